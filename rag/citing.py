"""Turns the markers a model wrote into pointers to exact sentences.

In: the model's text, piece by piece, and the evidence it read. Out: text whose markers are
all valid, statements, and citations. Knows nothing about models: how well a sentence fits a
statement comes from the `score` function it is given.

A small model often picks the wrong number. So the program settles each one: a number is
kept while its passage carries the statement about as well as any other does, and otherwise
replaced by that other one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rag.splitting import sentences
from rag.types import Citation, Evidence, Span, Statement

_MARKER = re.compile(r"(\s*)\[\s*(?:passages?\s*)?(\d+(?:\s*[,;&–-]\s*\d+)*)\s*\]", re.IGNORECASE)
_OPEN = re.compile(r"\s*\[[^\]\n]{0,40}")
_WORD = re.compile(r"\w+(?:[.,:’'-]\w+)*")

# Chosen on 72 claims of WiCE dev by tests/benchmarks/resolving.py. On 71 held back, 90 % of
# right numbers are kept and 90 % of wrong ones replaced by the right one or another better.
MARGIN = 0.15
CARRIES = 0.85

GAIN = 0.15
"""The least share of a statement's words that a second sentence must add to be cited too."""
_MORE = 2  # sentences cited beside the best of each number
_LOOKED_AT = 12

Score = Callable[[str, Sequence[str]], Sequence[float]]
"""(statement, sentences) → one number, 0…1, for each sentence; higher fits better."""


@dataclass(frozen=True, slots=True)
class Fit:
    """The sentence of one piece of evidence that best carries a statement; `fit` is 0…2."""

    evidence: Evidence
    span: Span
    fit: float


class Sources:
    """Finds, in the evidence of one answer, the sentences that carry its statements."""

    def __init__(self, evidence: Sequence[Evidence], score: Score):
        self.evidence = tuple(evidence)
        self._score = score
        self._sentences = [
            (item, span)
            for item in evidence
            for part in item.kept
            for span in sentences(item.document.text, part)
        ]
        self._texts = [item.document.text[s.start : s.end] for item, s in self._sentences]
        self._known: dict[str, list[Fit]] = {}

    def ranked(self, statement: str) -> list[Fit]:
        """Return every sentence by how well it carries a statement, best first.

        The fit is the sum of `score` and `overlap`.
        """
        key = statement.strip(" .!?\n")
        if key not in self._known:
            scores = self._score(statement, self._texts)
            fits = [
                Fit(item, span, score + overlap(statement, text))
                for (item, span), text, score in zip(
                    self._sentences, self._texts, scores, strict=True
                )
            ]
            self._known[key] = sorted(fits, key=lambda fit: -fit.fit)
        return self._known[key]

    def fits(self, statement: str) -> dict[int, Fit]:
        """Return the best sentence of each piece of evidence, by its number."""
        best: dict[int, Fit] = {}
        for fit in self.ranked(statement):
            best.setdefault(fit.evidence.number, fit)
        return best

    def settle(self, statement: str, numbers: Sequence[int]) -> tuple[int, ...]:
        """Return the numbers that a statement should carry, given those the model gave it."""
        fits = self.fits(statement)
        if not fits:
            return tuple(numbers)
        top = max(fits.values(), key=lambda fit: (fit.fit, -fit.evidence.number))
        kept = tuple(n for n in numbers if fits[n].fit >= top.fit - MARGIN)
        if kept:
            return kept
        return (top.evidence.number,) if top.fit >= CARRIES else tuple(numbers)

    def grounds(self, statement: str, numbers: Sequence[int]) -> tuple[Citation, ...]:
        """Return the sentences that carry a statement together, from evidence of these numbers.

        They are the best of each number, and others that hold words of the statement which
        those before lack.
        """
        best = self.fits(statement)
        chosen = [best[number] for number in numbers if number in best]
        for fit in self.ranked(statement)[:_LOOKED_AT]:
            if len(chosen) - len(numbers) >= _MORE:
                break
            if fit.evidence.number in numbers and fit not in chosen:
                held = " ".join(map(_words_of, chosen))
                more = overlap(statement, f"{held} {_words_of(fit)}")
                if more >= overlap(statement, held) + GAIN:
                    chosen.append(fit)
        return tuple(_citation(fit) for fit in chosen)

    def statements(self, text: str) -> tuple[Statement, ...]:
        """Return the sentences of an answer, each with the exact sentences it cites."""
        return tuple(
            Statement(words, self.grounds(words, numbers))
            for words, numbers in cited_sentences(text)
        )


class CitedText:
    """A model's text as it may be shown: made-up markers dropped, the others settled.

    What was let through is never taken back. `invalid` counts the numbers that were never
    shown to the model, `corrected` the sentences whose numbers were replaced or added.
    """

    def __init__(self, sources: Sources):
        self.text = ""
        self.invalid = 0
        self.corrected = 0
        self._sources = sources
        self._shown = {item.number for item in sources.evidence}
        self._held = ""
        self._sentence = ""
        self._numbers: list[int] = []
        self._proposed: list[int] = []

    def feed(self, piece: str) -> str:
        """Return what can be shown now that `piece` has arrived."""
        before = len(self.text)
        for character in piece:
            self._push(character)
        return self.text[before:]

    def finish(self) -> str:
        """Return what was still held back."""
        before = len(self.text)
        held, self._held = self._held.rstrip(), ""
        if held:
            self._say(held)
        self._close()
        return self.text[before:]

    def _push(self, character: str) -> None:
        held = self._held + character
        if held.isspace() or _OPEN.fullmatch(held):
            self._held = held
            return
        self._held = ""
        marker = _MARKER.fullmatch(held)
        if marker:
            self._mark(marker[1], list(_numbers(marker[2])))
        else:
            if held[0].isspace() and len(sentences(self._sentence + held)) > 1:
                self._close()
            self._say(held)

    def _say(self, words: str) -> None:
        words = words if self.text else words.lstrip()
        self.text += words
        self._sentence += words

    def _mark(self, blank: str, asked: list[int]) -> None:
        valid = [number for number in dict.fromkeys(asked) if number in self._shown]
        self.invalid += sum(number not in self._shown for number in asked)
        self._proposed += valid
        if not _WORD.search(self._sentence):
            return  # a number before its words waits for them
        new = [number for number in self._settled() if number not in self._numbers]
        if new:
            self.text += (blank if self.text else "") + "".join(f"[{n}]" for n in new)
            self._numbers += new

    def _close(self) -> None:
        """End a sentence; one without a marker gets its citation, if there is one for it."""
        if not self._numbers and _WORD.search(self._sentence):
            found = self._settled()
            self.text += " " * bool(found) + "".join(f"[{number}]" for number in found)
        self._sentence, self._numbers, self._proposed = "", [], []

    def _settled(self) -> tuple[int, ...]:
        """Return the sentence's numbers, given those proposed since the last were settled."""
        proposed, self._proposed = dict.fromkeys(self._proposed), []
        settled = self._sources.settle(self._sentence.strip(), tuple(proposed))
        self.corrected += not set(settled) <= set(proposed)
        return settled


def _words_of(fit: Fit) -> str:
    return fit.evidence.document.text[fit.span.start : fit.span.end]


def _citation(fit: Fit) -> Citation:
    return Citation(fit.evidence.number, fit.evidence.document, fit.span.start, fit.span.end)


def cited_sentences(text: str) -> list[tuple[str, tuple[int, ...]]]:
    """Return the sentences of a text without markers, each with the numbers it carries.

    A marker belongs to the sentence before it, where `CitedText` puts it.
    """
    plain, marks = _without_markers(text)
    spans = sentences(plain)
    numbers: list[list[int]] = [[] for _ in spans]
    for offset, number in marks:
        before = [at for at, span in enumerate(spans) if span.start < offset]
        if before and number not in numbers[before[-1]]:
            numbers[before[-1]].append(number)
    return [
        (_tidy(plain[span.start : span.end]), tuple(found))
        for span, found in zip(spans, numbers, strict=True)
    ]


def squashed(logits: Sequence[float]) -> list[float]:
    """Return a cross-encoder's logits as numbers from 0 to 1 (a logistic of a third of each)."""
    return [1 / (1 + math.exp(-max(min(float(x), 60.0), -60.0) / 3)) for x in logits]


def likeness(logits: Score) -> Score:
    """Return a cross-encoder's scoring as one whose numbers are from 0 to 1."""
    return lambda statement, sentences: squashed(logits(statement, sentences))


def overlap(statement: str, sentence: str) -> float:
    """Return the share, 0…1, of a statement's words that stand in a sentence.

    Words of three letters or fewer count only when they are numbers; numbers and
    capitalised words count twice.
    """
    held = {word.casefold() for word in _WORD.findall(sentence)}
    found = total = 0
    for word in dict.fromkeys(_WORD.findall(statement)):
        if len(word) <= 3 and not any(c.isdigit() for c in word):
            continue
        weight = 2 if word[0].isupper() or word[0].isdigit() else 1
        total += weight
        found += weight * (word.casefold() in held)
    return found / total if total else 0.0


def _numbers(words: str) -> Iterator[int]:
    for part in re.split(r"\s*[,;&]\s*", words):
        first, *last = (int(number[:6]) for number in re.split(r"\s*[–-]\s*", part))
        yield from range(first, min(last[-1], first + 20) + 1) if last else (first,)


def _without_markers(text: str) -> tuple[str, list[tuple[int, int]]]:
    """Return a text without markers, and (offset in it, number) for each one."""
    plain = ""
    marks = []
    at = 0
    for match in _MARKER.finditer(text):
        plain += text[at : match.end(1)]
        marks += [(len(plain), number) for number in _numbers(match[2])]
        at = match.end()
    return plain + text[at:], marks


def _tidy(text: str) -> str:
    return re.sub(r"\s+([.,;:!?])", r"\1", " ".join(text.split()))
