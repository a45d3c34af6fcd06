"""What a hostile file is, and what is to be said of it.

In: nothing. Out: the record `Hostile`, and small helpers to make packages. Knows nothing about
single formats.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass

GOOD = "The bridge at Larkfield was closed in March because a pier had cracked."


@dataclass(frozen=True, slots=True)
class Hostile:
    """A hostile file: how its bytes are made, and what is reported of it.

    `told` are words of the reason it is left out for, wholly or in part; "" where it is read.
    `state` is "failed", "empty" or "new"; what is read must be read within the same bounds.
    """

    name: str
    make: Callable[[], bytes]
    told: str = ""
    state: str = "failed"


def packed(members: Mapping[str, bytes | str], *, squeeze: bool = True) -> bytes:
    """Return a ZIP package of these members."""
    made = io.BytesIO()
    way = zipfile.ZIP_DEFLATED if squeeze else zipfile.ZIP_STORED
    with zipfile.ZipFile(made, "w", way) as package:
        for name, content in members.items():
            package.writestr(name, content)
    return made.getvalue()
