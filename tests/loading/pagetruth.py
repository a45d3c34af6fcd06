"""How well facts are read from the pages in `pages/`, whose truth is known.

In: pages, and `truth.toml` with a table for each: the facts it states, those left out being
unknown. Out: precision and recall by fact. Of pages 01 to 68 the even ones were read while the
reader was mended, the odd ones were held back until it was; those from 69 on were written
after that. The commits that added and mended them give the figures before. Print them with:

    python -m tests.loading.pagetruth [even|odd|all] [--wrong]
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.loading import load
from rag.types import FACTS, Document

PAGES = Path(__file__).parent / "pages"


@dataclass(frozen=True, slots=True)
class Reading:
    """What one page says of one fact, and what was read; "" is unknown."""

    page: str
    fact: str
    true: str
    read: str


@dataclass(frozen=True, slots=True)
class Score:
    """How many readings are right, of how many that were read and that are known."""

    right: int
    read: int
    known: int

    @property
    def precision(self) -> float:
        """The share of what was read that is right; 1 where nothing was read."""
        return self.right / self.read if self.read else 1.0

    @property
    def recall(self) -> float:
        """The share of what is known that was read; 1 where nothing is known."""
        return self.right / self.known if self.known else 1.0


def readings(half: str = "all") -> list[Reading]:
    """Return what was read of the pages with "even" or "odd" numbers, or of "all"."""
    truth = tomllib.loads((PAGES / "truth.toml").read_text(encoding="utf-8"))
    found = []
    for name, facts in truth.items():
        if half in ("all", "odd" if int(name[:2]) % 2 else "even"):
            [document] = load(PAGES / f"{name}.html")
            found += [Reading(name, key, facts.get(key, ""), _read(document, key)) for key in FACTS]
    return found


def score(found: Sequence[Reading], fact: str) -> Score:
    """Return the score of one fact."""
    of_fact = [one for one in found if one.fact == fact]
    right = sum(1 for one in of_fact if one.read and one.read == one.true)
    return Score(right, sum(bool(one.read) for one in of_fact), sum(bool(o.true) for o in of_fact))


def _read(document: Document, key: str) -> str:
    fact = getattr(document, key)
    return fact.value if fact else ""


def main(half: str = "all", *, wrong: bool = False) -> None:
    """Print the figures, and every reading that is not the truth."""
    found = readings(half)
    for fact in FACTS:
        one = score(found, fact)
        print(
            f"{fact:10} precision {one.precision:6.1%} ({one.right}/{one.read})"
            f"  recall {one.recall:6.1%} ({one.right}/{one.known})"
        )
    for one in found if wrong else ():
        if one.read != one.true:
            print(f"{one.page}: {one.fact}: read {one.read!r}, true {one.true!r}")


if __name__ == "__main__":
    named = [word for word in sys.argv[1:] if not word.startswith("-")]
    main(*named, wrong="--wrong" in sys.argv)
