"""Says whether a question that a model wrote is fit for a test set.

In: a question, the sentence it was written for, the questions there already. Out: what is
wrong with it in plain words, "" when nothing is; and questions that miss narrowly. Knows
nothing about models or files.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice

from rag.evaluating.candidates import (
    Candidate,
    Kind,
    Phrase,
    draw,
    on_one_line,
    phrases,
    spans,
    word_set,
)
from rag.evaluating.metrics.answers import matches
from rag.types import Document
from rag.verifying import names

FEWEST, MOST = 4, 30
"""Words of a question."""
COPIED = 6
"""So many words in a row of the sentence are a copy of it."""
ALIKE = 0.75
"""The share of content words, of all that two questions have, at which they are one."""

_SAYS = 5  # content words of a question without a name or a number
_TRIED = 200  # names in place of one
_WORD = re.compile(r"[^\W_]+")
_LABEL = re.compile(r"^(?:[-*>#\s]|\d+[.)]\s)*(?:\**(?:Question|Q)\s*\d*\**\s*:\**)?\s*", re.I)
_OUTSIDE = re.compile(
    r"\b(?:(?:this|that|the|these|given|above|following) (?:\w+ )?"
    r"(?:sentence|passage|text|article|paragraph|excerpt|quote|quotation|statement|document)s?"
    r"|mentioned|described above|according to (?:him|her|them|it))\b",
    re.I,
)
_PRONOUN = re.compile(r"\b(?:he|she|they|him|her|his|them|their|it|its|we|our|you|your)\b", re.I)
_ASKS: dict[Kind, tuple[re.Pattern[str], bool]] = {
    "date": (re.compile(r"\b(?:when|what time|dates?|days?|months?|years?)\b", re.I), True),
    "number": (re.compile(r"\b(?:who|whom|whose|where|when|why)\b", re.I), False),
    "name": (re.compile(r"\b(?:when|why|how many|how much|how long|how often)\b", re.I), False),
}
"""What a question for a kind of answer must hold, or (False) must not hold; English only."""
_ENGLISH = re.compile(r"\b(?:who|whom|whose|what|which|when|where|why|how)\b", re.I)
_EMPTY = word_set(
    "a an and are as at be been by did do does for from had has have how in is it its many much "
    "of on or that the their there these this those to was were what when where which who whom "
    "whose why will with would about after before into than during"
)
"""Words that say nothing about what a question is about."""


def cleaned(reply: str) -> str:
    """Return the question in a model's reply: its first line that holds words, to its "?"."""
    lines = (on_one_line(_LABEL.sub("", line)) for line in reply.splitlines())
    line = next((line for line in lines if _WORD.search(line)), "")
    asked, mark, _ = line.partition("?")
    return (asked + mark).strip('"“”*` ')


def fault(question: str, candidate: Candidate, others: Sequence[str]) -> str:
    """Return what is wrong with a question, "" when nothing is; `others` are those there."""
    answer, kind = candidate.answer.text, candidate.answer.kind
    checks = (
        (not question.endswith("?"), "no question mark at the end"),
        (not FEWEST <= len(_WORD.findall(question)) <= MOST, f"not {FEWEST} to {MOST} words"),
        (matches(question, answer), "holds the answer"),
        (_copies(question, candidate.sentence), "copies the sentence"),
        (bool(_OUTSIDE.search(question)), "refers to a text"),
        (_leans(question), "does not stand alone"),
        (not _asks_for(question, kind), f"does not ask for a {kind}"),
        (any(alike(question, other) for other in others), "like another question"),
    )
    return next((reason for wrong, reason in checks if wrong), "")


def content_words(text: str) -> frozenset[str]:
    """Return the words of a text that say what it is about, without case or plural s."""
    folded = (word.casefold() for word in _WORD.findall(text))
    return frozenset(word.removesuffix("s") for word in folded if word not in _EMPTY)


def alike(one: str, other: str) -> bool:
    """Say whether two questions are nearly the same."""
    words, more = content_words(one), content_words(other)
    return len(words & more) >= ALIKE * max(1, len(words | more))


class Names:
    """The names of a library, and the words that stand beside each of them."""

    def __init__(self, documents: Sequence[Document], *, seed: int, most: int = 200):
        """Read the names of up to `most` documents; all are searched for company."""
        self._documents = documents
        self._seed = seed
        self._split: dict[str, list[str]] = {}
        self._beside: dict[str, frozenset[str]] = {}
        self._known: dict[str, set[tuple[int, str]]] = defaultdict(set)
        chosen = sorted(documents, key=lambda one: draw(seed, one.document_id))[:most]
        for sentence in (one for document in chosen for one in self._sentences(document)):
            for phrase in _named(sentence):
                self._known[phrase.text] |= _neighbours(sentence, phrase)

    def near(self, question: str) -> Iterator[str]:
        """Yield the question with one of its names replaced by another of the library.

        The other one stands in no sentence with any word of the rest that says what the
        question is about, so there is no answer. Names that keep the same company ("in …",
        "… said") come first: a place then takes the place of a place.
        """
        for phrase in _named(question):
            end = phrase.start + len(phrase.text)
            rest = content_words(f"{question[: phrase.start]} {question[end:]}")
            for name in islice(self._instead_of(question, phrase), _TRIED):
                if rest and not _meet(rest, self._company(name)):
                    yield question[: phrase.start] + name + question[end:]

    def _instead_of(self, question: str, phrase: Phrase) -> list[str]:
        own, size = content_words(phrase.text), len(phrase.text.split())
        company = _neighbours(question, phrase) | self._known.get(phrase.text, set())

        def unlike(name: str) -> tuple[int, bool, bytes]:
            shared = len(company & self._known[name])
            return -shared, len(name.split()) != size, draw(self._seed, question, name)

        others = (name for name in self._known if not matches(question, name))
        return sorted((name for name in others if not own & content_words(name)), key=unlike)

    def _company(self, name: str) -> frozenset[str]:
        """Return the content words of every sentence that holds a name."""
        if name not in self._beside:
            holding = (
                sentence
                for document in self._documents
                if name in document.text
                for sentence in self._sentences(document)
                if name in sentence
            )
            self._beside[name] = frozenset().union(*map(content_words, holding))
        return self._beside[name]

    def _sentences(self, document: Document) -> list[str]:
        if document.document_id not in self._split:
            found = [on_one_line(document.text[one.start : one.end]) for one in spans(document)]
            self._split[document.document_id] = found
        return self._split[document.document_id]


# --- below: how ---


def _copies(question: str, sentence: str) -> bool:
    asked, said = _folded(question), f" {' '.join(_folded(sentence))} "
    runs = (asked[at : at + COPIED] for at in range(len(asked) - COPIED + 1))
    return any(f" {' '.join(run)} " in said for run in runs)


def _leans(question: str) -> bool:
    """Say whether a question names nothing, and says too little to be told from others."""
    return not names(question) and bool(
        _PRONOUN.search(question) or len(content_words(question)) < _SAYS
    )


def _asks_for(question: str, kind: Kind) -> bool:
    pattern, wanted = _ASKS[kind]
    return not _ENGLISH.search(question) or bool(pattern.search(question)) is wanted


def _folded(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]


def _meet(rest: frozenset[str], company: frozenset[str]) -> bool:
    """Say whether any word of a question stands in company, in this or another form of it."""
    stems = tuple(word[: max(4, len(word) - 2)] for word in rest)
    return any(word.startswith(stems) for word in company)


def _named(text: str) -> list[Phrase]:
    return [phrase for phrase in phrases(text) if phrase.kind == "name"]


def _neighbours(text: str, phrase: Phrase) -> set[tuple[int, str]]:
    """Return the words before (-1) and after (1) a phrase, none across punctuation."""
    before = re.search(r"(\w+) $", text[: phrase.start])
    after = re.match(r" (\w+)", text[phrase.start + len(phrase.text) :])
    return {(side, one[1].casefold()) for side, one in ((-1, before), (1, after)) if one}
