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

_ENOUGH = 0.4  # of the statement's words must be the sentence's, in its order
_MORE = 3  # words that the source may have more in one place
_RUN = 2  # words repeated in a row that are no chance
_SWAPPED = 6  # words between such runs, as many on both sides, that are compared one by one
_SENTENCES = 2  # of the source that are compared


@dataclass(frozen=True, slots=True)
class Match:
    """`at[i]` is the place in the source of the statement's word `i` where it is repeated.

    `first` and `last` are the places just outside the sentence.
    """

    at: tuple[int | None, ...]
    first: int
    last: int

    def place(self, run: range) -> range | None:
        """Return the words of the source in the place of a run, if its neighbours are repeated.

        The range may be empty. A neighbour beyond the end of the statement is one of the
        sentence.
        """
        before = self._edge(run.start - 1)
        after = self._edge(run.stop)
        if before is None or after is None or not before < after:
            return None
        return range(before + 1, after) if after - before - 1 <= len(run) + _MORE else None

    def _edge(self, at: int) -> int | None:
        if at < 0:
            return self.first
        return self.last if at >= len(self.at) else self.at[at]


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
    if sum(place is not None for place in at) < _ENOUGH * len(own):
        return None
    return Match(tuple(at), first - 1, end)


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
