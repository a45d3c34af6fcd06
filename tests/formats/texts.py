"""The texts of the made-up collection and the questions about them.

In: texts.toml beside this file. Out: records. Knows nothing about how files are made.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

HERE = Path(__file__).parent
FILES = HERE / "files"


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a page: a heading, a paragraph, a footnote, or the cells of a row."""

    kind: Literal["heading", "words", "note", "row"]
    words: str
    cells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, words of its answer, and the page on which they stand, None without pages."""

    question: str
    answer: str
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """What one file says, and what it is asked.

    `made` says with what and how it is made, `holds` which files are in it, `within` which file
    it is in, "" for one of its own.
    """

    file: str
    made: str
    title: str
    pages: tuple[tuple[Block, ...], ...]
    asks: tuple[Asked, ...] = ()
    holds: tuple[str, ...] = ()
    within: str = ""
    columns: int = 1


def texts() -> list[Text]:
    """Return the texts of the collection, in the order of texts.toml."""
    with (HERE / "texts.toml").open("rb") as file:
        return [_text(**entry) for entry in tomllib.load(file)["document"]]


def _text(*, text: str = "", asks: list = (), holds: list = (), **stated) -> Text:
    pages = tuple(tuple(_blocks(page)) for page in text.split("---\n") if page.strip())
    return Text(pages=pages, asks=tuple(Asked(*a) for a in asks), holds=tuple(holds), **stated)


def _blocks(page: str) -> list[Block]:
    blocks: list[Block] = []
    for line in page.strip().split("\n"):
        if line.startswith("# "):
            blocks.append(Block("heading", line[2:]))
        elif line.startswith("^ "):
            blocks.append(Block("note", line[2:]))
        elif line.startswith("| "):
            blocks.append(Block("row", line, tuple(line[2:].split(" | "))))
        elif blocks and blocks[-1].kind == "words":
            blocks[-1] = Block("words", f"{blocks[-1].words} {line}")
        else:
            blocks.append(Block("words", line))
    return blocks
