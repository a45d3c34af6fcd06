"""Picks, in each source, the values that may be its answer to a question.

In: a question, evidence, and a `score` function. Out: picks with their strength. Knows
nothing about comparing sources.

A value is an answer rather than a bystander when it stands near the question's words, and
when the sentence without it answers the question less well.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from rag.citing import Score
from rag.differing.asking import Wanted
from rag.differing.sameness import alike
from rag.differing.values import Value, values
from rag.keywords import indexed
from rag.splitting import sentences
from rag.types import Evidence, Span

_SENTENCES = 20  # in all, that are scored against the question
_TRIALS = 20  # in all, of a sentence without one of its values
_KEPT = 2  # sentences of each source whose values are tried
_LONGEST = 1200  # characters; a longer "sentence" is a list or a table
_WORD = re.compile(r"\w+")
_FORMS = {"date": "date", "number": "quantity", "money": "quantity"}
_FORMS |= {"percent": "quantity", "score": "quantity"}
_CURRENCIES = ("$", "€", "£", "¥", "₩")
_BARE_MONEY = 1000  # a sum without a currency is at least this


class Signs(NamedTuple):
    """What speaks for a value being an answer; each a number, most of them 0 or 1."""

    second: float  # it stands in the source's second best sentence
    lost: float  # how much worse the sentence fits without it, in logits of the cross-encoder
    near: float  # 0…1: how near it stands to the question's words
    first: float
    several: float  # words
    full_name: float  # where a person is asked for
    placed: float  # "in", "at" and the like before it, where a place is asked for
    placed_person: float
    made_by: float
    repeated: float
    capitals: float
    rivals: float  # values of the kind in its sentence
    full_date: float
    vague: float  # the question does not tell the kind of its answer
    covered: float  # the share of the question's words in its sentence


# Fitted by logistic regression on even lines: see tests/benchmarks/differing.py.
_WEIGHTS = Signs(-0.94, 0.31, 2.44, 0.46, -0.26, 0.63, 1.33, -0.7, 0.6, 1.43, -1.28, -0.22, 0.66,
                 0.41, -0.65)  # fmt: skip
_BIAS = -0.59


@dataclass(frozen=True, slots=True)
class Pick:
    """A value that may be a source's answer, its sentence, and how well that fits, in logits."""

    evidence: Evidence
    sentence: Span
    value: Value
    fit: float
    signs: Signs

    @property
    def strength(self) -> float:
        """The log odds that the value is what its source answers."""
        return _BIAS + sum(a * b for a, b in zip(_WEIGHTS, self.signs, strict=True))

    @property
    def words(self) -> str:
        """The value as the source writes it."""
        return self.evidence.document.text[self.value.span.start : self.value.span.end]


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence that holds values of the wanted kind; `covered` as in `Signs`."""

    item: Evidence
    span: Span
    found: tuple[Value, ...]
    covered: float

    @property
    def text(self) -> str:
        return self.item.document.text[self.span.start : self.span.end]

    def without(self, value: Value) -> str:
        """Return the sentence with the value left out."""
        text = self.item.document.text
        return text[self.span.start : value.span.start] + text[value.span.end : self.span.end]


def picks(want: Wanted, question: str, evidence: Sequence[Evidence], score: Score) -> list[Pick]:
    """Return the values of each piece of evidence that may be its answer."""
    each = max(2, _SENTENCES // max(1, len(evidence)))
    found = []
    for item in evidence:
        held = _held(want, item)[:each]
        fits = _logits(score, question, [sentence.text for sentence in held])
        best = sorted(zip(fits, held, strict=True), key=lambda pair: -pair[0])[:_KEPT]
        found += _tried(want, question, best, score, max(2, _TRIALS // len(evidence)))
    return found


def _held(want: Wanted, item: Evidence) -> list[_Sentence]:
    """Return the sentences with values of the kind, those that cover the question best first."""
    text = item.document.text
    lower = set(re.findall(r"(?<![#@\w])[a-z]+", item.text))
    held = []
    for span in sentences(text, Span(item.start, item.end)):
        if span.end - span.start > _LONGEST:
            continue
        found = (value for value in values(text, span) if _is_wanted(want, value))
        kept = tuple(value for value in found if not _only_opens(text, span, value, lower))
        if kept:
            held.append(_Sentence(item, span, kept, covered(want, text[span.start : span.end])))
    return sorted(held, key=lambda sentence: -sentence.covered)


def _tried(
    want: Wanted,
    question: str,
    best: Sequence[tuple[float, _Sentence]],
    score: Score,
    most: int,
) -> list[Pick]:
    """Return the most promising values of a source's best sentences, each tried by its absence."""
    trials = [
        (rank, fit, sentence, value, _nearness(want, sentence, value))
        for rank, (fit, sentence) in enumerate(best)
        for value in sentence.found
    ]
    trials.sort(key=lambda trial: 0.3 * trial[0] - trial[4])
    kept: list[tuple[int, float, _Sentence, Value, float]] = []
    for trial in trials:
        if len(kept) < most and not any(alike(trial[3], other[3]) for other in kept):
            kept.append(trial)
    rest = _logits(score, question, [sentence.without(value) for _, _, sentence, value, _ in kept])
    return [
        Pick(sentence.item, sentence.span, value, fit, _signs(want, sentence, value)._replace(
            second=rank, lost=min(6.0, max(-2.0, fit - less)), near=near))
        for (rank, fit, sentence, value, near), less in zip(kept, rest, strict=True)
    ]  # fmt: skip


def _signs(want: Wanted, sentence: _Sentence, value: Value) -> Signs:
    text = sentence.item.document.text
    words = text[value.span.start : value.span.end]
    before = text[max(sentence.span.start, value.span.start - 12) : value.span.start].split()
    last = before[-1].casefold() if before else ""
    placed = last in ("in", "at", "to", "from", "of", "near")
    person = want.kind == "person"
    return Signs(
        second=0,
        lost=0,
        near=0,
        first=value.span.start - sentence.span.start < 2,
        several=len(value.words) > 1,
        full_name=person and 2 <= len(value.words) <= 3,
        placed=want.kind == "place" and placed,
        placed_person=person and placed,
        made_by=person and last == "by",
        repeated=sentence.item.text.count(words) > 1,
        capitals=words.isupper(),
        rivals=min(len(sentence.found), 8),
        full_date=bool(value.day[0] and value.day[1]),
        vague=want.kind in ("thing", "name"),
        covered=sentence.covered,
    )


def _is_wanted(want: Wanted, value: Value) -> bool:
    """Say whether a value is of the wanted kind, and not merely the question's own words."""
    if value.form != _FORMS.get(want.kind, "name"):
        return False
    if value.form == "name":
        told = (word in want.names or set(indexed(word).words) & want.stems for word in value.words)
        return not all(told) and any(len(word) > 1 for word in value.words)
    if value.form == "date":
        year, month, _ = value.day
        return bool(month) or str(year) not in want.years
    if want.kind == "money":
        return value.unit in _CURRENCIES or (value.unit == "" and value.size >= _BARE_MONEY)
    return value.unit == {"percent": "%", "score": "-"}.get(want.kind, "")


def _only_opens(text: str, sentence: Span, value: Value, lower: set[str]) -> bool:
    """Say whether a capital only marks the first word of a sentence, or a headline's word."""
    if value.form != "name" or len(value.words) > 1:
        return False
    before = text[sentence.start : value.span.start].strip("\"“‘'(*- ")
    if before and not _is_headline(text[sentence.start : sentence.end]):
        return False
    word = value.words[0]
    return word in lower or word.endswith(("ed", "ing", "ly"))


def _is_headline(text: str) -> bool:
    words = re.findall(r"[^\W\d_]{4,}", text)
    return len(words) >= 4 and sum(word[0].isupper() for word in words) > 0.7 * len(words)


def _nearness(want: Wanted, sentence: _Sentence, value: Value) -> float:
    """Return how near a value stands to the question's words: four words off count half."""
    words = _stemmed(sentence.text)
    at_value = Span(value.span.start - sentence.span.start, value.span.end - sentence.span.start)
    inside = [at for at, (_, start) in enumerate(words) if at_value.start <= start < at_value.end]
    if not inside or not want.stems:
        return 0.0
    total = 0.0
    for stem in want.stems:
        gaps = [
            min(abs(at - inside[0]), abs(at - inside[-1]))
            for at, (stems, _) in enumerate(words)
            if stem in stems and at not in inside
        ]
        total += 1 / (1 + min(gaps) / 4) if gaps else 0.0
    return total / len(want.stems)


@lru_cache(maxsize=64)
def _stemmed(text: str) -> tuple[tuple[frozenset[str], int], ...]:
    """Return for each word of a text its stems and where it begins."""
    words = _WORD.finditer(text)
    return tuple((frozenset(indexed(word[0]).words), word.start()) for word in words)


def covered(want: Wanted, text: str) -> float:
    """Return the share, 0…1, of the question's words that stand in a text."""
    found = want.stems & set(indexed(text).words)
    return len(found) / len(want.stems) if want.stems else 0.0


def _logits(score: Score, question: str, texts: Sequence[str]) -> list[float]:
    """Return scores as the cross-encoder gave them, before `citing.squashed`."""
    if not texts:
        return []
    kept = (min(max(float(x), 1e-9), 1 - 1e-9) for x in score(question, texts))
    return [3 * math.log(x / (1 - x)) for x in kept]
