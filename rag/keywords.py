"""Turns text into the terms that keyword search compares.

In: text and its language. Out: terms, for indexing or for asking. Knows nothing about
databases or ranking. Words are folded (case, accents) and stemmed; names are kept unstemmed
beside that, figures and codes whole, symbols as their code points, and Chinese, Japanese and
Korean as pairs of characters, because they put no blanks between words.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import Stemmer

MOST_TERMS = 64
"""Terms of one question that are searched for; a longer one is cut there."""

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_TOKEN = re.compile(
    rf"""
    (?P<cjk>[{_CJK}]+)
    | (?P<code>[^\W_]\+\+|[^\W_]\#|U\+[0-9A-Fa-f]{{4,6}}\b)
    | (?P<figure>\d+(?:[.,:/-]\d+)+|[^\W{_CJK}]+(?:-[^\W{_CJK}]*\d[^\W{_CJK}]*)+)
    | (?P<word>[^\W{_CJK}]+)
    | (?P<symbol>[^\w\s])
    """,
    re.VERBOSE,
)
_POSSESSIVE = re.compile(r"(?<=\w)['’]s\b")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_UNDECOMPOSED = str.maketrans(
    {"ø": "o", "đ": "d", "ł": "l", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"}
)
_STEMMERS = {
    "ar": "arabic", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "es": "spanish", "fi": "finnish", "fr": "french", "hu": "hungarian", "id": "indonesian",
    "it": "italian", "nl": "dutch", "no": "norwegian", "pt": "portuguese", "ro": "romanian",
    "ru": "russian", "sv": "swedish", "tr": "turkish",
}  # fmt: skip
FUNCTION_WORDS = Path(__file__).with_name("function_words.toml")


@dataclass(frozen=True, slots=True)
class Terms:
    """`words` are stems, figures and codes; `names` the capitalised words, unstemmed."""

    words: tuple[str, ...]
    names: tuple[str, ...]


def indexed(text: str, language: str = "en") -> Terms:
    """Return the terms of a text, as often and in the order they stand there."""
    stem = _stemmer(language)
    text = _POSSESSIVE.sub("", text)
    return Terms(tuple(_words(text, stem)), tuple(_names(text)))


def asked(question: str, languages: Sequence[str] = ("en",)) -> Terms:
    """Return the terms of a question, each once, in the languages of what is searched.

    Function words are left out unless nothing else is asked.
    """
    question = _POSSESSIVE.sub("", question)
    languages = languages or ("en",)
    stop = frozenset().union(*map(_stop, languages))
    stems = [_stemmer(language) for language in languages]
    content = [term for stem in stems for term in _words(question, stem, without=stop)]
    whole = content or [term for stem in stems for term in _words(question, stem)]
    return Terms(_once(whole), _once(_names(question, without=stop)))


def stem(word: str, language: str = "en") -> str:
    """Return the stem of one word, folded."""
    return _stemmer(language).stemWord(fold(word))


def function_words(language: str = "en") -> frozenset[str]:
    """Return the folded words of a language that say nothing about what a text is about."""
    return _stop(language)


def fold(text: str) -> str:
    """Return a text without case and accents; "ß" becomes "ss" and "ø" becomes "o"."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in apart if not unicodedata.combining(c)).translate(_UNDECOMPOSED)


def _words(
    text: str, stem: Stemmer.Stemmer, without: frozenset[str] = frozenset()
) -> Iterator[str]:
    for found in _TOKEN.finditer(text):
        kind, token = found.lastgroup, found.group()
        if kind == "cjk":
            yield from _pairs(token)
        elif kind == "symbol":
            if unicodedata.category(token)[0] == "S":
                yield f"u+{ord(token):04x}"
        elif kind == "figure":
            yield from _figure(token)
        elif kind == "code":
            yield fold(token)
        elif not _is_function_word(found, without):
            yield stem.stemWord(fold(token))


def _names(text: str, without: frozenset[str] = frozenset()) -> Iterator[str]:
    for found in _TOKEN.finditer(text):
        capitalised = found.lastgroup == "word" and found.group()[0].isupper()
        if capitalised and not _is_function_word(found, without):
            yield fold(found.group())


def _is_function_word(found: re.Match, stop: frozenset[str]) -> bool:
    """Say whether a word is a function word: "who" is, "WHO" and the "May" of a date are not."""
    word = found.group()
    a_name = word[0].isupper() and found.start() > 0 and len(word) > 1
    return fold(word) in stop and not a_name and not (len(word) > 1 and word.isupper())


def _figure(token: str) -> Iterator[str]:
    """Yield a figure or code whole; one with "-", "/" or ":" in it also part by part."""
    folded = _THOUSANDS.sub("", fold(token))
    yield folded
    parts = re.split(r"[-/:]", folded)
    if len(parts) > 1:
        yield from filter(None, parts)


def _pairs(run: str) -> Iterable[str]:
    return [run[at : at + 2] for at in range(len(run) - 1)] or [run]


def _once(terms: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(terms))[:MOST_TERMS]


@cache
def _stemmer(language: str) -> Stemmer.Stemmer:
    return Stemmer.Stemmer(_STEMMERS.get(language[:2].casefold(), "english"))


@cache
def _stop(language: str) -> frozenset[str]:
    known = tomllib.loads(FUNCTION_WORDS.read_text(encoding="utf-8"))
    return frozenset(known.get(language[:2].casefold(), known["en"]).split())
