"""Says whether values mean the same, and whether a source mentions one.

In: values, evidence. Out: yes or no. Knows nothing about questions.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from math import isclose

from rag.differing.values import Value, values
from rag.keywords import fold
from rag.types import Evidence, Span

_WORD = re.compile(r"[^\W_]+")
_STEM = 4  # letters that a name shares with words made from it: Spain and Spanish do
_ROUNDED = 0.03  # "about 1,200" for 1,179


class Mentions:
    """What one source mentions, read once."""

    def __init__(self, item: Evidence):
        self._words = set(_WORD.findall(fold(item.text)))
        self._stems = {word[:_STEM] for word in self._words if len(word) >= _STEM}
        self._values = values(item.document.text, Span(item.start, item.end))

    def __contains__(self, value: Value) -> bool:
        if value.form == "name":
            return any(self._mentions(word) for word in value.words if len(word) > 2)
        return any(alike(value, other) for other in self._values)

    def _mentions(self, word: str) -> bool:
        return word in self._words or (len(word) >= _STEM and word[:_STEM] in self._stems)


def compatible(one: Value, other: Value) -> bool:
    """Say whether two values can both be meant: the same, one vaguer, or of different kinds."""
    if one.form != other.form or one.unit != other.unit:
        return True
    if one.form == "name":
        return _same_name(one.words, other.words)
    if one.form == "date":
        return all(a == b for a, b in zip(one.day, other.day, strict=True) if a and b)
    return one.size == other.size or (min(one.size, other.size) >= 100 and _near(one, other))


def alike(one: Value, other: Value) -> bool:
    """Say whether two values are the same one, as far as both tell."""
    if one.form != other.form or one.unit != other.unit or not compatible(one, other):
        return False
    if one.form != "date":
        return True
    told = [a is not None and b is not None for a, b in zip(one.day, other.day, strict=True)]
    return told[1] or (told[0] and not (one.day[1] or other.day[1]))


def _near(one: Value, other: Value) -> bool:
    return isclose(one.size, other.size, rel_tol=_ROUNDED)


def _same_name(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Say whether names share a word, near enough, or one is the other's initials."""
    if any(_same_word(a, b) for a in one for b in other):
        return True
    first, second = ("".join(word[0] for word in words) for words in (one, other))
    return "".join(one) == second or "".join(other) == first


def _same_word(one: str, other: str) -> bool:
    if one == other:
        return True
    if one[:1] != other[:1] or min(len(one), len(other)) < _STEM:
        return False
    if one[:_STEM] == other[:_STEM] and abs(len(one) - len(other)) <= 3:
        return True
    return SequenceMatcher(None, one, other).ratio() >= 0.8
