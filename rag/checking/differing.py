"""Where a statement repeats a sentence of its source, and in which words it departs from it.

In: the words of both, aligned. Out: a `Match` of the statement with one sentence. Knows nothing
about what the words mean.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from rag.checking.aligning import Alignment
from rag.checking.words import Word

_ENOUGH = 0.4  # of the statement's words must be the sentence's, in its order, or
_MANY = 8  # of them
_MORE = 3  # words that the source may have more in one place
_RUN = 2  # words repeated in a row that are no chance
_SWAPPED = 6  # words between such runs, as many on both sides, that are compared one by one
_SENTENCES = 2  # of the source that are compared


@dataclass(frozen=True, slots=True)
class Match:
    """`at[i]` is the place in the source of the statement's word `i` where it is repeated.

    `right` are the source's words, `first` and `last` the places just outside the sentence.
    """

    at: tuple[int | None, ...]
    right: tuple[Word, ...]
    first: int
    last: int

    def place(self, run: range) -> range | None:
        """Return the words of the source in the place of a run, if its neighbours are repeated.

        The range may be empty. Where the statement begins or ends, a clause of the sentence may.
        """
        before = self.first if run.start == 0 else self.at[run.start - 1]
        after = self.last if run.stop >= len(self.at) else self.at[run.stop]
        if before is None or after is None or not before < after:
            return None
        if run.stop >= len(self.at):
            after = self._clause_end(before + 1, after)
        return range(before + 1, after) if after - before - 1 <= len(run) + _MORE else None

    def following(self, run: range) -> range | None:
        """Return as many words of the source after the two repeated words before a run."""
        before = self.at[max(0, run.start - 2) : run.start]
        if len(before) < 2 or None in before or before[0] + 1 != before[1]:
            return None
        start = before[1] + 1
        return range(start, self._clause_end(start, min(self.last, start + len(run))))

    def _clause_end(self, start: int, last: int) -> int:
        """Return where the clause ends in which a place of the source stands."""
        end = start
        while end < last and self.right[end].clause == self.right[start].clause:
            end += 1
        return end


def matches(alignment: Alignment) -> tuple[Match, ...]:
    """Return how the statement repeats the sentences that it is most aligned with."""
    counted = Counter(
        alignment.right[place].sentence for place in alignment.at if place is not None
    )
    found = (_matched(alignment, sentence) for sentence, _ in counted.most_common(_SENTENCES))
    return tuple(match for match in found if match)


def _matched(alignment: Alignment, sentence: int) -> Match | None:
    inside = [i for i, word in enumerate(alignment.right) if word.sentence == sentence]
    first, end = inside[0], inside[-1] + 1
    own = [word.stem for word in alignment.left]
    theirs = [word.stem for word in alignment.right[first:end]]
    at = [None if b is None else first + b for b in _repeated(own, theirs)]
    if sum(place is not None for place in at) < min(_ENOUGH * len(own), _MANY):
        return None
    return Match(tuple(at), alignment.right, first - 1, end)


def _repeated(own: Sequence[str], theirs: Sequence[str]) -> list[int | None]:
    """Return where each word is repeated; between longer runs, words in the same place first."""
    at: list[int | None] = [None] * len(own)
    blocks = SequenceMatcher(None, own, theirs, autojunk=False).get_matching_blocks()
    long = [block for block in blocks if block.size >= _RUN or block.size == 0]
    a = b = 0
    for block in long:
        gap, there = block.a - a, block.b - b
        if 1 < gap == there <= _SWAPPED:
            for i in range(gap):
                at[a + i] = b + i if own[a + i] == theirs[b + i] else None
        else:
            for short in blocks:
                if a <= short.a < block.a:
                    at[short.a : short.a + short.size] = range(short.b, short.b + short.size)
        at[block.a : block.a + block.size] = range(block.b, block.b + block.size)
        a, b = block.a + block.size, block.b + block.size
    return at
