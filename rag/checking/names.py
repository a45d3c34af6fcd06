"""The names of a text, and whether two words are forms of one name.

In: words. Out: runs of them. Knows nothing about statements and sources.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rag.checking.words import Word, listed

_WITHIN = frozenset(
    listed(
        """
    of de del della di da du la le von van der den bin ibn al el y
    """
    )
)
_NO_NAMES = frozenset(
    listed(
        """
    i yes no ok okay monday tuesday wednesday thursday friday saturday sunday mr mrs ms
    dr january february march april may june july august september october november
    december
    """
    )
)
_ENDINGS = frozenset(
    ["", "n", "an", "ian", "ean", "ese", "i", "ic", "s", "es", "ish", "y", "ns", "ans", "ians"]
)
_PEOPLES = (
    "france french frenchman", "britain british uk unitedkingdom", "spain spanish spaniard",
    "netherlands dutch holland", "switzerland swiss", "greece greek", "wales welsh",
    "ireland irish", "denmark danish dane", "poland polish pole", "turkey turkish turk",
    "england english", "scotland scottish scots", "sweden swedish swede", "finland finnish finn",
    "us usa america american americans", "norway norwegian", "portugal portuguese",
    "philippines filipino philippine", "afghanistan afghan", "iraq iraqi", "israel israeli",
    "ukraine ukrainian", "belgium belgian", "argentina argentine argentinian", "peru peruvian",
    "europe european eu", "thailand thai", "dprk northkorea", "rok southkorea",
)  # fmt: skip
_PEOPLE_OF = {word: number for number, words in enumerate(_PEOPLES) for word in words.split()}


def is_name(word: Word) -> bool:
    """Say whether a word is written like a name."""
    return (
        word.capitalised
        and word.key not in _NO_NAMES
        and (word.content or (word.text.isupper() and len(word.key) > 1))
    )


def runs(words: Sequence[Word]) -> list[range]:
    """Return the runs of capitalised words, with "of" and the like between them."""
    found: list[range] = []
    at = 0
    while at < len(words):
        end = at
        while end < len(words) and _continues(words, at, end):
            end += 1
        while end > at and not is_name(words[end - 1]):
            end -= 1
        if end > at:
            found.append(range(at, end))
        at = max(end, at + 1)
    return found


def _continues(words: Sequence[Word], start: int, at: int) -> bool:
    word = words[at]
    if at == start:
        return is_name(word)
    if word.clause != words[start].clause or word.sentence != words[start].sentence:
        return False
    return is_name(word) or word.key in _WITHIN or (word.figure and is_name(words[at - 1]))


def one_name(one: str, other: str) -> bool:
    """Say whether two folded words are forms of one name: "Russia" and "Russian"."""
    if one == other or _PEOPLE_OF.get(one, one) == _PEOPLE_OF.get(other, other):
        return True
    one, other = sorted((one, other), key=len)
    if len(one) < 4 or len(other) - len(one) > 4:
        return len(one) > 4 and _spelled_alike(one, other)
    bases = (one, one[:-1]) if len(one) > 4 else (one,)
    inflected = any(other.startswith(base) and other[len(base) :] in _ENDINGS for base in bases)
    return inflected or _spelled_alike(one, other)


def _spelled_alike(one: str, other: str) -> bool:
    """Say whether long words differ in one inner letter, as "Zelensky" and "Zelenskyy" do."""
    if len(one) < 6 or len(other) - len(one) > 1 or one[:3] != other[:3]:
        return False
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    return one[at:] == other[at + 1 :] or one[at + 1 :] == other[at + 1 :]


def initials(words: Sequence[Word]) -> set[str]:
    """Return the acronyms that the names of a text can have."""
    found = set()
    for run in runs(words):
        letters = [(words[at].key[0], is_name(words[at])) for at in run]
        found.add("".join(letter for letter, _ in letters))
        found.add("".join(letter for letter, named in letters if named))
    return {one for one in found if len(one) > 1}


def stands(word: str, among: Iterable[str]) -> bool:
    """Say whether a name stands among folded words in one of its forms."""
    return any(one_name(word, other) for other in among)
