"""Lays the words of a statement beside those of its source.

In: the words of both. Out: an `Alignment`: for each word of the statement the place of its
counterpart, and the stretch of the source that stands where some words of the statement do.
Knows nothing about what the words mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.checking.words import Word, read

_CANDIDATES = 6  # places of one word that are tried
_NAME = 2.0  # what a word is worth; a figure or a capitalised one more than others
_NEAR = 3  # content words; a step of so many costs nothing
_STEP, _BACK, _SENTENCE = (
    0.08,
    0.35,
    0.15,
)  # what each further one, a step back, a new sentence cost
_FARTHEST = 0.9
_LONGEST_SLOT = 8


@dataclass(frozen=True, slots=True)
class Alignment:
    """`at[i]` is the place in `right` of the counterpart of `left[i]`, None where it has none."""

    left: tuple[Word, ...]
    right: tuple[Word, ...]
    at: tuple[int | None, ...]

    def slot(self, first: int, last: int) -> range | None:
        """Return the places in `right` where the words `left[first:last]` would stand.

        They lie between the counterparts of the content words before and after. None where
        these do not stand near each other in one sentence.
        """
        before = self._neighbour(range(first - 1, max(-1, first - 5), -1))
        after = self._neighbour(range(last, min(len(self.left), last + 4)))
        if before is not None and after is not None:
            near = before < after <= before + _LONGEST_SLOT + last - first
            one_sentence = self.right[before].sentence == self.right[after].sentence
            return range(before + 1, after) if near and one_sentence else None
        return None

    def opening(self, last: int) -> range | None:
        """Return the places before the counterpart of what follows the opening `left[:last]`."""
        after = self._neighbour(range(last, min(len(self.left), last + 4)))
        if after is None:
            return None
        start = after
        while (
            start
            and after - start < 6
            and self.right[start - 1].sentence == self.right[after].sentence
        ):
            start -= 1
        return range(start, after)

    def closing(self, first: int) -> range | None:
        """Return the places after the counterpart of what precedes the end `left[first:]`."""
        before = self._neighbour(range(first - 1, max(-1, first - 5), -1))
        if before is None:
            return None
        end = before + 1
        while end < len(self.right) and end - before < 6:
            if self.right[end].sentence != self.right[before].sentence:
                break
            end += 1
        return range(before + 1, end)

    def _neighbour(self, places: Sequence[int]) -> int | None:
        """Return the counterpart of the first content word among places, if it has one."""
        for place in places:
            if self.left[place].content:
                return self.at[place]
        return None


@lru_cache(maxsize=64)
def aligned(statement: str, text: str) -> Alignment:
    """Return the alignment that keeps most words in one order and place."""
    left, right = read(statement), read(text)
    where: dict[str, list[int]] = {}
    for at, word in enumerate(right):
        where.setdefault(word.stem, []).append(at)
    content = [i for i, word in enumerate(left) if word.content]
    places = [where.get(left[i].stem, [])[:_CANDIDATES] for i in content]
    at: list[int | None] = [None] * len(left)
    for i, place in zip(content, _best(left, right, content, places), strict=True):
        at[i] = place
    return Alignment(left, right, tuple(at))


def _best(
    left: Sequence[Word],
    right: Sequence[Word],
    content: Sequence[int],
    places: Sequence[list[int]],
) -> list[int | None]:
    """Return for each content word its place, by dynamic programming over their order."""
    # Each state: the score so far, the last place, and the chain of choices behind it.
    states: list[tuple[float, int | None, tuple]] = [(0.0, None, ())]
    for i, options in zip(content, places, strict=True):
        worth = _NAME if left[i].capitalised or left[i].figure else 1.0
        if not options:
            states = [(score, last, (chain, None)) for score, last, chain in states]
            continue
        grown = []
        for place in options:
            score, last, chain = max(
                ((s - _cost(right, p, place), p, c) for s, p, c in states), key=lambda one: one[0]
            )
            grown.append((score + worth, place, (chain, place)))
        score, last, chain = max(states, key=lambda one: one[0])
        grown.append((score, last, (chain, None)))
        states = grown
    return _unrolled(max(states, key=lambda one: one[0])[2])


def _cost(right: Sequence[Word], last: int | None, place: int) -> float:
    if last is None:
        return 0.0
    if place == last:
        return _FARTHEST
    step = place - last
    cost = _STEP * max(0, abs(step) - _NEAR) + (_BACK if step < 0 else 0.0)
    if right[last].sentence != right[place].sentence:
        cost += _SENTENCE
    return min(cost, _FARTHEST)


def _unrolled(chain: tuple) -> list[int | None]:
    found = []
    while chain:
        chain, place = chain
        found.append(place)
    return found[::-1]
