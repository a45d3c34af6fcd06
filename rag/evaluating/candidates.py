"""Chooses sentences that are worth a question, and the words of each that shall be the answer.

In: documents, a seed. Out: candidates, spread over publishers and documents, the same order
for the same seed. Knows nothing about models or questions.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from typing import Literal

from rag.splitting import sentences
from rag.types import Document, Span

Kind = Literal["date", "number", "name"]

WORDS = (8, 40)
"""The fewest and the most words of a sentence that is asked about."""
LONGEST = 300  # characters

_MONTH = (
    "(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_DATE = re.compile(
    rf"\b(?:{_DAY} {_MONTH}(?:,? \d{{4}})?|{_MONTH} {_DAY}(?!\d)(?:,? \d{{4}})?|{_MONTH},? \d{{4}}"
    r"|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|\d{4}-\d\d-\d\d"
    r"|(?<![-.,/$€£\d])(?:1[5-9]|20)\d\d(?![-/]|[.,]\d))(?!\w)"
)
_NUMBER = re.compile(
    r"(?<![\w.,:/-])[$€£]?\d+(?:[.,]\d+)*"
    r"(?:\s?%| per ?cent| (?:hundred|thousand|million|billion|trillion))?(?![\w:/-]|[.,]\d)"
)
_WORD = re.compile(r"[^\W_]+(?:[’'.-][^\W_]+)*")
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)")
_POSSESSIVE = re.compile(r"[’']s$")
_ENDED = re.compile(r"[.!…。！][”\"’')\]]*$")


def word_set(words: str) -> frozenset[str]:
    """Return the words of a line as a set."""
    return frozenset(words.split())


_LEANING = word_set(
    "he she it they we i you this that these those his her hers its their our my your but and or "
    "so yet however then there here such also moreover therefore thus meanwhile both neither "
    "another others instead besides still"
)
"""First words of sentences that lean on the one before."""
_PLAIN = _LEANING | word_set(
    "a an the in on at by for from of to with as after before during since until under over "
    "when while where who what which why how if though although because despite according "
    "among between many most some all no not one two three every each any more last next "
    "earlier later today yesterday now whose whom do does did is are was were has have had can "
    "could will would should may might"
)
_TITLES = word_set(
    "president vice mr mrs ms dr prof professor prime minister general secretary chairman "
    "chairwoman premier king queen pope sir leader comrade marshal senator governor ambassador "
    "director judge captain colonel"
)
_NAME = 5  # words of the longest name
_BETWEEN = (" ", "’ ", "' ")
_LINKS = word_set("of the de da del la van von der al bin")


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that can be an answer, at `start` of a sentence."""

    text: str
    kind: Kind
    start: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence of a document, and the words of it that a question shall ask for."""

    document: Document
    span: Span
    answer: Phrase

    @property
    def quote(self) -> str:
        """The exact words of the document."""
        return self.document.text[self.span.start : self.span.end]

    @property
    def sentence(self) -> str:
        """The sentence on one line."""
        return on_one_line(self.quote)


def candidates(documents: Sequence[Document], *, seed: int) -> Iterator[Candidate]:
    """Yield candidates: publishers take turns, then documents, then sentences.

    Sentences whose answer would be a name that stands everywhere come last; those that
    stand in several documents not at all: nobody could say which one a question is about.
    A document is split only when its turn comes.
    """
    groups: dict[str, list[Document]] = defaultdict(list)
    for document in sorted(documents, key=lambda one: draw(seed, one.document_id)):
        groups[publisher(document)].append(document)
    common = _Common(documents)

    def of_document(document: Document) -> Callable[[], Iterator[Candidate]]:
        return lambda: _of_document(document, common, seed)

    def of_publisher(name: str) -> Callable[[], Iterator[Candidate]]:
        return lambda: in_turns(map(of_document, groups[name]))

    publishers = sorted(groups, key=lambda name: draw(seed, name))
    for one in in_turns(map(of_publisher, publishers)):
        if sum(one.quote in document.text for document in documents) == 1:
            yield one


def publisher(document: Document) -> str:
    """Return the publisher of a document, "" where it is not known."""
    return on_one_line(document.publisher.value) if document.publisher else ""


def in_turns(makers: Iterable[Callable[[], Iterator]]) -> Iterator:
    """Yield one item of each iterator, then a second of each; each is made at its first turn."""
    waiting: deque[Iterator] = deque()
    for make in makers:
        iterator = make()
        for item in iterator:
            yield item
            waiting.append(iterator)
            break
    while waiting:
        iterator = waiting.popleft()
        for item in iterator:
            yield item
            waiting.append(iterator)
            break


def spans(document: Document) -> Iterator[Span]:
    """Yield the sentences of a document's body."""
    language = document.language.value if document.language else "en"
    for part in document.body:
        yield from sentences(document.text, part, language)


def phrases(sentence: str) -> tuple[Phrase, ...]:
    """Return the dates, numbers and names of a sentence, in order, without overlap."""
    found = [Phrase(match[0], "date", match.start()) for match in _DATE.finditer(sentence)]
    found += _free((_number(match) for match in _NUMBER.finditer(sentence)), found)
    found += _free(_names(sentence), found)
    return tuple(sorted(found, key=lambda phrase: phrase.start))


def suitable(sentence: str) -> bool:
    """Say whether a sentence, on one line, is one that can be understood by itself."""
    words = _WORD.findall(sentence)
    first = words[0].casefold() if words else ""
    letters = sum(c.isalpha() or c == " " for c in sentence)
    return (
        WORDS[0] <= len(words) <= WORDS[1]
        and len(sentence) <= LONGEST
        and letters > 0.75 * len(sentence)
        and not sentence[0].islower()
        and first not in _LEANING
        and bool(_ENDED.search(sentence))
        and "?" not in sentence
        and sentence.count("“") == sentence.count("”")
        and sentence.count('"') % 2 == 0
    )


def draw(seed: int, *words: str) -> bytes:
    """Return what things are sorted by to come in an order that only the seed decides."""
    return sha256("\n".join((str(seed), *words)).encode("utf-8", "replace")).digest()


def on_one_line(text: str) -> str:
    """Return a text with single blanks between its words."""
    return " ".join(text.split())


# --- below: how ---


class _Common:
    """Says of words whether they stand everywhere: in over a quarter of the documents."""

    def __init__(self, documents: Sequence[Document]):
        self._documents = documents
        self._most = max(2, len(documents) // 4)
        self._known: dict[str, bool] = {}

    def __call__(self, words: str) -> bool:
        if words not in self._known:
            holding = (document for document in self._documents if words in document.text)
            self._known[words] = len(list(islice(holding, self._most + 1))) > self._most
        return self._known[words]


def _of_document(
    document: Document, common: Callable[[str], bool], seed: int
) -> Iterator[Candidate]:
    found = []
    for span in spans(document):
        answer = _answer(document, span, common, seed)
        if answer:
            late, phrase = answer
            found.append((late, draw(seed, document.document_id, str(span.start)), span, phrase))
    for _, _, span, phrase in sorted(found, key=lambda one: one[:2]):
        yield Candidate(document, span, phrase)


def _answer(
    document: Document, span: Span, common: Callable[[str], bool], seed: int
) -> tuple[bool, Phrase] | None:
    """Return the words of a sentence to ask for, and whether they stand everywhere."""
    sentence = on_one_line(document.text[span.start : span.end])
    found = phrases(sentence) if suitable(sentence) else ()
    ordered = [
        (common(one.text) or one.text in publisher(document), draw(seed, sentence, one.text), one)
        for one in found
        if sentence.count(one.text) == 1
    ]
    if not ordered:
        return None
    late, _, chosen = min(ordered, key=lambda item: item[:2])
    return late, chosen


def _free(wanted: Iterable[Phrase | None], taken: Sequence[Phrase]) -> list[Phrase]:
    """Return the phrases that share no place with those that are taken."""
    places = [(one.start, one.start + len(one.text)) for one in taken]
    return [
        one
        for one in wanted
        if one
        and not any(one.start < end and start < one.start + len(one.text) for start, end in places)
    ]


def _number(match: re.Match[str]) -> Phrase:
    return Phrase(match[0], "number", match.start())


def _names(sentence: str) -> Iterator[Phrase | None]:
    """Yield each run of capitalised words; "of" and the like may stand within one."""
    run: list[re.Match[str]] = []
    for word in _WORD.finditer(sentence):
        if run and sentence[run[-1].end() : word.start()] not in _BETWEEN:
            yield _name(sentence, run)
            run = []
        if word[0][0].isupper() or _ORDINAL.fullmatch(word[0]) or (run and word[0] in _LINKS):
            run.append(word)
        elif run:
            yield _name(sentence, run)
            run = []
    yield _name(sentence, run)


def _name(sentence: str, run: Sequence[re.Match[str]]) -> Phrase | None:
    """Return a run of words as a name, without titles; None for one that may be no name."""
    while run and _idle(run[0][0]):
        run = run[1:]
    while run and not run[-1][0][0].isupper():
        run = run[:-1]
    if not run:
        return None
    start, end = run[0].start(), run[-1].end()
    end += "." in run[-1][0] and sentence[end : end + 1] == "."  # "U.S."
    text = _POSSESSIVE.sub("", sentence[start:end])
    # The first word of a sentence is capitalised whatever it is.
    doubtful = len(run) == 1 and not sentence[:start].strip('“"') and not text.isupper()
    fits = len(text) >= 2 and len(run) <= _NAME
    return None if doubtful or not fits else Phrase(text, "name", start)


def _idle(word: str) -> bool:
    return word.rstrip(".").casefold() in _TITLES | _PLAIN or word in _LINKS
