"""A statement beside its source, read once for all checks.

In: a statement and a `Source`. Out: a `Pair`: the words of all parts, their alignment, the
stretch of the source that stands in a stretch's place. Knows nothing about any one check.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from rag.checking.aligning import Alignment, aligned
from rag.checking.dates import Day, days
from rag.checking.differing import Match, matches
from rag.checking.records import Source
from rag.checking.words import Word, read
from rag.types import Span


@dataclass(frozen=True)
class Pair:
    """A statement and its source, with what several checks need of them."""

    statement: str
    source: Source

    @cached_property
    def alignment(self) -> Alignment:
        """The statement's words beside those of the cited text."""
        return aligned(self.statement, self.source.text)

    @property
    def words(self) -> tuple[Word, ...]:
        """The statement's words."""
        return self.alignment.left

    @property
    def cited(self) -> tuple[Word, ...]:
        """The words of the cited text."""
        return self.alignment.right

    @cached_property
    def around(self) -> tuple[Word, ...]:
        """The words of the context and the heading."""
        return read(self.source.context) + read(self.source.heading)

    @cached_property
    def names(self) -> frozenset[str]:
        """The words, folded, that the source has capitalised inside a sentence."""
        words = (*self.cited, *self.around)
        return frozenset(word.key for word in words if word.capitalised and not word.opens)

    @cached_property
    def days(self) -> tuple[Day, ...]:
        """The statement's dates."""
        return days(self.statement, self.source.published)

    @cached_property
    def cited_days(self) -> tuple[Day, ...]:
        """The dates of the cited text."""
        return days(self.source.text, self.source.published)

    @cached_property
    def keys(self) -> frozenset[str]:
        """The statement's words, folded."""
        return frozenset(word.key for word in self.words)

    @cached_property
    def cited_keys(self) -> frozenset[str]:
        """The words of the cited text, folded."""
        return frozenset(word.key for word in self.cited)

    @cached_property
    def around_keys(self) -> frozenset[str]:
        """The words of the context and the heading, folded."""
        return frozenset(word.key for word in self.around)

    def within(self, start: int, end: int) -> range:
        """Return the places of the statement's words inside a span of it."""
        inside = [at for at, word in enumerate(self.words) if start <= word.start < end]
        return range(inside[0], inside[-1] + 1) if inside else range(0)

    @cached_property
    def matches(self) -> tuple[Match, ...]:
        """How the statement repeats sentences of the cited text."""
        return matches(self.alignment)

    @cached_property
    def verbatim(self) -> bool:
        """Whether the cited text holds the statement word for word, and no "not" beside it."""
        own = " ".join(word.key for word in self.words)
        told = " ".join(word.key for word in self.cited)
        return re.search(rf"(?<! not) {re.escape(own)} (?!not\b)", f" {told} ") is not None

    def instead(self, run: range) -> range | None:
        """Return other words that the source has between the very words around a run."""
        for match in self.matches:
            place = match.place(run)
            if place and not all(match.at[i] is not None for i in run):
                return place
        return None

    def following(self, run: range) -> range | None:
        """Return the words of the source after the very words that stand before a run."""
        found = (match.following(run) for match in self.matches)
        return next((place for place in found if place), None)

    def place(self, run: range) -> range | None:
        """Return the words of the cited text that stand where those of the statement do."""
        if instead := self.instead(run):
            return instead
        slot = self.alignment.slot(run.start, run.stop)
        if slot is not None:
            return slot
        if run.start == 0:
            return self.alignment.opening(run.stop)
        if run.stop == len(self.words):
            return self.alignment.closing(run.start)
        return None

    def span(self, places: range) -> Span:
        """Return the span of words of the cited text."""
        return Span(self.cited[places[0]].start, self.cited[places[-1]].end)

    def quote(self, span: Span) -> str:
        """Return the words of a span of the cited text."""
        return " ".join(self.source.text[span.start : span.end].split())

    def said(self, run: range) -> str:
        """Return words of the statement as they stand there."""
        return self.statement[self.words[run[0]].start : self.words[run[-1]].end]
