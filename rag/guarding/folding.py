"""Text as it is meant to be read: disguises taken off, every character's place kept.

In: text. Out: `Folded`, in lower case, without accents, invisible characters and letters of
other alphabets put in the place of Latin ones. Knows nothing about what is looked for.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from rag.types import Span

INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff"
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]"
)
"""Characters that show nothing: zero-width, bidirectional, tags, variations, control."""

_LATIN_AND_OTHER = re.compile(r"\b(?=\w*[a-z])(?=\w*[\u0370-\u052f])\w+")
_LOOKALIKES = str.maketrans(
    "аеорсухіјѕһԁԛԝвкмнтгпиαβγεικνορτυχωη",
    "aeopcyxijshdqwbkmhtrnuabyeiknoptuxwn",
)
_LEET = str.maketrans("013457@$!|", "oieastasil")
_LEET_WORD = re.compile(r"(?<!\S)(?=\S*[013457@$!|]\S)(?=\S*[a-z])[a-z013457@$!|]{2,}(?![\w/])")


class _Fold(dict):
    """Maps the code point of a character to its plain form, worked out when first seen."""

    def __missing__(self, code: int) -> str:
        plain = unicodedata.normalize("NFKD", chr(code))[:1].casefold()
        self[code] = plain if len(plain) == 1 else chr(code)
        return self[code]


_FOLD = _Fold()


@dataclass(frozen=True, slots=True)
class Folded:
    """`text` folded; `places` holds the offset of each of its characters, None where equal."""

    text: str
    places: tuple[int, ...] | None

    def span(self, start: int, end: int) -> Span:
        """Return the span of the original that became `text[start:end]`."""
        if self.places is None:
            return Span(start, end)
        if start == end:
            return Span(self.places[start], self.places[start])
        return Span(self.places[start], self.places[end - 1] + 1)


def fold(text: str) -> Folded:
    """Return a text folded; all but invisible characters keep their number."""
    if text.isascii() and not INVISIBLE.search(text):
        return Folded(text.lower(), None)
    hidden = {match.start() for match in INVISIBLE.finditer(text)}
    places = None
    if hidden:
        places = (*(at for at in range(len(text)) if at not in hidden), len(text))
        text = INVISIBLE.sub("", text)
    plain = text.translate(_FOLD)
    return Folded(_LATIN_AND_OTHER.sub(_latin, plain), places)


def folded_pattern(pattern: str) -> str:
    """Return a regular expression that matches folded text, escapes untouched."""
    return "".join(one if one.isascii() else _FOLD[ord(one)] for one in pattern)


def respelt(text: str) -> str:
    """Return folded text with telling words spelt right; lengths may differ by a letter or two.

    Digits and signs in a word are read as letters, and a letter lost or out of its place is
    mended in the words that commands to a model are made of.
    """
    plain = _LEET_WORD.sub(lambda match: match[0].translate(_LEET), text)
    return _LONG_WORD.sub(_mended, plain)


def _mended(word: re.Match[str]) -> str:
    meant = _MISSPELT.get(word[0])
    return meant if meant else word[0]


def _slips(word: str) -> set[str]:
    """Return a word with one letter lost, doubled, or two neighbours swapped."""
    inside = range(1, len(word))
    lost = {word[:at] + word[at + 1 :] for at in inside}
    doubled = {word[:at] + word[at] + word[at:] for at in inside}
    swapped = {
        word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(1, len(word) - 1)
    }
    return (lost | doubled | swapped) - {word}


_LONG_WORD = re.compile(r"[a-z]{5,14}")
_MISSPELT = {
    slip: word
    for word in ("ignore", "disregard", "previous", "instructions", "prompt", "answer", "forget")
    for slip in _slips(word)
    if slip not in ("forge", "forgot")
}


def _latin(word: re.Match[str]) -> str:
    return word[0].translate(_LOOKALIKES)
