"""What a reader of one file format hands on.

In: nothing. Out: the records `Source` and `Part`. Knows nothing about formats, files or
furniture.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rag.types import Fact, PageLine, Span


@dataclass(frozen=True, slots=True)
class Source:
    """The canonical text of a whole file and what its format says about it.

    `stated` holds the facts that the file states outside its text, such as those of front
    matter, under the names of `Document` fields. Their values are as written. `recognised` says
    that some of the text was read from pictures, and may be wrong. `lines` are those of pages.
    """

    text: str
    stated: Mapping[str, Fact] = field(default_factory=dict)
    markdown: bool = False
    bare: bool = False
    pages: tuple[Span, ...] = ()
    lines: tuple[PageLine, ...] = ()
    recognised: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """What a file that holds several things holds at one place.

    `place` follows the path of the file: "#3" for its third message, "!a.pdf" for a file
    in it. `content` is what was read, or the bytes of a file that is yet to be. `unread` says
    why there is none: "is a link", "" where there is.
    """

    place: str
    content: Source | bytes = b""
    unread: str = ""
