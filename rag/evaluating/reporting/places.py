"""Where gold words, hits, evidence and citations of one case overlap.

In: places of documents in code points. Out: pieces of text with flags, and plain words.
Knows nothing about any output format.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from operator import itemgetter

from rag.evaluating.records import Found, Judged, Unit
from rag.evaluating.reporting.wording import answer_of

CITED, GOLD = 1, 2
"""The flags of a piece of text; a piece that is both has their sum."""


@dataclass(frozen=True, slots=True)
class Place:
    """A half-open range of one document's text."""

    document_id: str
    start: int
    end: int

    def touches(self, other: Place) -> bool:
        """Return whether the two share a character."""
        same = self.document_id == other.document_id
        return same and max(self.start, other.start) < min(self.end, other.end)

    def covers(self, other: Place) -> bool:
        """Return whether all of the other lies within this one."""
        same = self.document_id == other.document_id
        return same and self.start <= other.start and other.end <= self.end


@dataclass(frozen=True, slots=True)
class Places:
    """The places of one case: what was found, read and cited, and where the gold words are."""

    found: tuple[Place, ...]
    evidence: tuple[Place, ...]
    cited: tuple[Place, ...]
    quoted: tuple[Place, ...]
    documents: tuple[Place, ...]

    def reached(self, units: Iterable[Unit], *, entire: bool) -> str:
        """Return how far the best of some gold places came on the road to a citation.

        `entire`: whether a citation must cover all of a place to be more than one in part.
        """
        places = [of_unit(unit) for unit in units]
        if any(cited.covers(place) for place in places for cited in self.cited):
            return "cited"
        steps = (
            (self.cited, "cited in part" if entire else "cited"),
            (self.evidence, "read"),
            (self.found, "retrieved"),
        )
        for step, told in steps:
            if _touch(step, places):
                return told
        return "not retrieved"

    def standing(self, place: Place) -> tuple[str, bool]:
        """Return which gold a hit holds ("quote", "document", "") and whether it was shown."""
        gold = "quote" if _touch([place], self.quoted) else ""
        if not gold and _touch([place], self.documents):
            gold = "document"
        return gold, _touch([place], self.evidence)


def of_case(judged: Judged) -> Places:
    """Return the places of one case."""
    answer, gold = answer_of(judged), judged.outcome.gold
    statements = answer.get("statements", ())
    return Places(
        found=tuple(map(of_hit, judged.outcome.found)),
        evidence=tuple(map(of_object, answer.get("evidence", ()))),
        cited=tuple(of_object(one) for said in statements for one in said["citations"]),
        quoted=tuple(of_unit(unit) for quote in gold.quotes for unit in quote),
        documents=tuple(map(of_unit, gold.documents)),
    )


def of_hit(found: Found) -> Place:
    """Return the place of a hit."""
    return Place(found.document_id, found.start, found.end)


def of_unit(unit: Unit) -> Place:
    """Return the place of a gold unit."""
    return Place(unit.document_id, unit.span.start, unit.span.end)


def of_object(told: dict) -> Place:
    """Return the place of a piece of evidence or a citation as `rag ask --json` prints it."""
    return Place(told["document_id"], told["start"], told["end"])


def segments(
    text: str, at: Place, cited: Iterable[Place], gold: Iterable[Place]
) -> list[tuple[str, int]]:
    """Return `text`, which stands `at` a place, in pieces with the flags of what covers each.

    The pieces joined are the text; neighbours differ in their flags; none is empty.
    """
    spans = [
        (flag, max(0, place.start - at.start), min(len(text), place.end - at.start))
        for flag, places in ((CITED, cited), (GOLD, gold))
        for place in places
        if at.touches(place)
    ]
    edges = sorted({0, len(text), *(edge for _, *ends in spans for edge in ends)})
    pieces = [
        (text[start:end], _flags(spans, start))
        for start, end in pairwise(edges)
        if end <= len(text)
    ]
    return [
        ("".join(piece for piece, _ in run), flags)
        for flags, run in groupby(pieces, key=itemgetter(1))
    ]


def _flags(spans: Sequence[tuple[int, int, int]], position: int) -> int:
    flags = 0
    for flag, start, end in spans:
        if start <= position < end:
            flags |= flag
    return flags


def _touch(some: Iterable[Place], others: Iterable[Place]) -> bool:
    others = tuple(others)
    return any(one.touches(other) for one in some for other in others)
