"""The records that travel through the program.

In: nothing. Out: frozen records, and the protocols that models implement.
Knows nothing about files, databases or libraries.

Every offset counts Unicode code points of one document's canonical text, and every
span is half open: the words of a span are `text[start:end]`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, NamedTuple, Protocol

import numpy as np

FileState = Literal[
    "new",
    "changed",
    "unchanged",
    "moved",
    "removed",
    "duplicate",
    "empty",
    "failed",
    "excluded",
]
Refusal = Literal["nothing_found", "not_answered"]
Verdict = Literal["supported", "partly supported", "contradicted", "not supported", "not checked"]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of code points."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Fact:
    """One piece of metadata and the evidence for it.

    `words` are the exact words it was read from ("" where it was computed, as a
    detected language is); `where` names the place: "front matter", "dateline".
    """

    value: str
    words: str
    where: str


FACTS = ("title", "publisher", "author", "published", "modified", "language", "link")
"""The fields of a `Document` that are facts."""
DAYS = ("published", "modified")
"""Those of them that are days, as ISO 8601 dates."""


class Box(NamedTuple):
    """A rectangle on a page, in points from the page's lower left corner."""

    left: float
    bottom: float
    right: float
    top: float


@dataclass(frozen=True, slots=True)
class PageLine:
    """A line of a page: the span of its words in the text, the 1-based page, and its place."""

    span: Span
    page: int
    box: Box


@dataclass(frozen=True, slots=True)
class Document:
    """One source: its canonical text, what is known about it, and what counts as its body.

    `path` is the file's own path, with "#2" appended for the second document of a file
    that holds several. `body` lists, in order, the spans that may become evidence: what
    lies outside them is page furniture. `published.value` is an ISO 8601 date, and so is
    `modified.value`: the day on which the document itself says that it was last changed.
    `lines` are those of a PDF as it was read; a library keeps them apart (`Store.lines`).
    """

    document_id: str
    path: str
    text: str
    body: tuple[Span, ...]
    title: Fact | None = None
    publisher: Fact | None = None
    author: Fact | None = None
    published: Fact | None = None
    modified: Fact | None = None
    language: Fact | None = None
    link: Fact | None = None
    pages: tuple[Span, ...] = ()
    lines: tuple[PageLine, ...] = field(default=(), compare=False, repr=False)

    def page_at(self, offset: int) -> int | None:
        """Return the 1-based page that holds `offset`; None where the format has no pages."""
        for number, page in enumerate(self.pages, 1):
            if page.start <= offset < page.end:
                return number
        return None


@dataclass(frozen=True, slots=True)
class Passage:
    """A span of a document, the unit of retrieval: `text == document.text[start:end]`."""

    passage_id: int
    document_id: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage and how it was found; ranks are 1-based, None where that search missed it.

    `score` is what the hits are ordered by. `late` is the score of late interaction, -1 to 1,
    `reranker` the cross-encoder's logit; None where that reranker did not read the passage.
    `copies` are the passages of other documents that say the same in nearly the same words.
    """

    passage: Passage
    score: float
    dense_rank: int | None = None
    keyword_rank: int | None = None
    late: float | None = None
    reranker: float | None = None
    copies: tuple[Passage, ...] = ()


@dataclass(frozen=True, slots=True)
class Copy:
    """Where another document says the same in nearly the same words, who published it, and when."""

    document_id: str
    path: str
    start: int
    end: int
    publisher: Fact | None = None
    published: Fact | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """A numbered span exactly as the model read it; the number is what the model may cite.

    `withheld` are the spans inside it that the model was not given, because they speak to
    the model and not to a reader; `flags` say in plain words why. `also` are the copies that
    hold all that the model was given of it; it was given none of them.
    """

    number: int
    document: Document
    start: int
    end: int
    withheld: tuple[Span, ...] = ()
    flags: tuple[str, ...] = ()
    also: tuple[Copy, ...] = field(default=(), compare=False)

    @property
    def text(self) -> str:
        """The words of the span, those withheld among them."""
        return self.document.text[self.start : self.end]

    @property
    def kept(self) -> tuple[Span, ...]:
        """The spans of it that the model was given, in order."""
        edges = [self.start, *(at for span in self.withheld for at in (span.start, span.end))]
        pairs = zip(edges[::2], [*edges[1::2], self.end], strict=True)
        return tuple(Span(start, end) for start, end in pairs if start < end)

    @property
    def read(self) -> str:
        """The words of it that the model was given."""
        return " ".join(self.document.text[span.start : span.end] for span in self.kept)


@dataclass(frozen=True, slots=True)
class Citation:
    """A span of a document that backs a statement. Its quote is a slice, never a copy."""

    number: int
    document: Document
    start: int
    end: int

    @property
    def quote(self) -> str:
        """The exact words of the source."""
        return self.document.text[self.start : self.end]

    @property
    def page(self) -> int | None:
        """The 1-based page on which the span begins, None where there are no pages."""
        return self.document.page_at(self.start)


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of the answer: `text` without markers, its citations and its verdict.

    `reason` says in plain words what decided the verdict, `deciding` where in the source it
    stands (None where no words of a source decide it). `support` is the probability, 0…1,
    that the citations support the sentence; None where it was not checked.
    """

    text: str
    citations: tuple[Citation, ...]
    verdict: Verdict = "not checked"
    reason: str = ""
    deciding: Citation | None = None
    support: float | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """What one source gives as the answer: `value`, a few of its words, and where they stand."""

    value: str
    citation: Citation


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Accounts of different documents that cannot all be true, side by side; none is merged."""

    accounts: tuple[Account, ...]


@dataclass(frozen=True, slots=True)
class Timings:
    """Milliseconds since the question arrived, but `prompt_ms`: the reading of the prompt alone.

    `prompt_reused` counts those of the prompt's tokens that did not have to be read again.
    """

    retrieve_ms: float
    prompt_ms: float | None
    first_token_ms: float | None
    total_ms: float
    prompt_tokens: int
    answer_tokens: int
    prompt_reused: int = 0


@dataclass(frozen=True, slots=True)
class Filters:
    """Which documents a question may be answered from; an empty field lets all through.

    Publishers and languages are compared without regard to case. `after` and `before` are
    the first and the last day of publication that is let through; a document without a
    date is not. `as_of` leaves out what is known to be published later, nothing else.
    `documents` are document ids; `folders` are absolute paths, and let through the files
    anywhere below them.
    """

    publishers: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    after: date | None = None
    before: date | None = None
    as_of: date | None = None

    def __bool__(self) -> bool:
        return self != Filters()


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What one filter left, after those before it: `by` names it in plain words."""

    by: str
    documents: int
    passages: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What the chat, the command line and the evaluator show: one object for all.

    `text` carries markers such as "[2]", each the number of a piece of evidence.
    `missing` says in plain words what the documents do not hold, "" when nothing is.
    `invalid_citations` counts the numbers that the model made up, which were dropped;
    `corrected_citations` the sentences whose numbers the program replaced or added.
    `confidence` is the probability, 0…1, that the evidence answers the question, on which
    the program decided; None when nothing was read. `standalone` is the question as it was
    searched and answered when it was rewritten for leaning on the conversation, else "".
    `disagreements` are the points on which the evidence differs. `nearest` are the nearest
    passages where none was relevant, to be shown beside the refusal; no model read them.
    `answer_id` names the answer in the library's log, "" where it was not logged.
    """

    question: str
    text: str
    refusal: Refusal | None
    statements: tuple[Statement, ...]
    evidence: tuple[Evidence, ...]
    timings: Timings
    invalid_citations: int = 0
    corrected_citations: int = 0
    missing: str = ""
    confidence: float | None = None
    standalone: str = ""
    disagreements: tuple[Disagreement, ...] = ()
    nearest: tuple[Evidence, ...] = ()
    answer_id: str = ""

    @property
    def unchecked(self) -> float:
        """The share, 0…1, of the statements that no check covered."""
        open_ = sum(statement.verdict == "not checked" for statement in self.statements)
        return open_ / len(self.statements) if self.statements else 0.0


@dataclass(frozen=True, slots=True)
class Stage:
    """An event of a streaming answer: what the program is doing now, in plain words."""

    name: Literal["searching", "reading", "writing", "checking"]
    detail: str


@dataclass(frozen=True, slots=True)
class Rewritten:
    """An event: the question as it is searched and answered, rewritten to stand alone."""

    question: str


@dataclass(frozen=True, slots=True)
class HitsFound:
    """An event: every hit of the search, best first, before any is chosen."""

    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class EvidenceFound:
    """An event: the evidence the model is about to read, before it has read it."""

    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class TextGrown:
    """An event: the answer's text so far. Each one starts with the one before it."""

    text: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The last event: the whole answer."""

    answer: Answer


Event = Stage | Rewritten | HitsFound | EvidenceFound | TextGrown | Finished


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of the conversation so far."""

    role: Literal["user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of one file while indexing; `reason` is "" unless there is one to give."""

    path: str
    state: FileState
    reason: str = ""


@dataclass(frozen=True, slots=True)
class IndexReport:
    """A library after indexing: its size, and a line for each file looked at."""

    documents: int
    passages: int
    files: tuple[FileReport, ...] = field(default=())


class Embedder(Protocol):
    """Turns texts into unit vectors whose inner product is their similarity.

    `scale` makes that similarity spread as widely as the default model's: some models put
    all texts close together.
    """

    identity: str
    dimension: int
    window: int
    scale: float

    def embed_passages(self, texts: Sequence[str]) -> np.ndarray:
        """Return float32 unit vectors, shape (len(texts), dimension)."""
        ...

    def embed_question(self, text: str) -> np.ndarray:
        """Return one float32 unit vector, shape (dimension,)."""
        ...

    def count_tokens(self, text: str) -> int:
        """Return how many of the `window` tokens a text takes, special tokens included."""
        ...


class Reranker(Protocol):
    """Scores how well texts answer a question."""

    identity: str

    def score(self, question: str, texts: Sequence[str]) -> np.ndarray:
        """Return one float32 logit for each text, shape (len(texts),); higher is better."""
        ...


class LateReranker(Protocol):
    """Scores texts by token vectors that were made when they were indexed."""

    identity: str
    dimension: int

    def encode(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Return for each text the signs of its token vectors, uint8, (tokens, dimension / 8)."""
        ...

    def encode_question(self, text: str) -> np.ndarray:
        """Return float32 unit vectors, shape (tokens, dimension)."""
        ...


@dataclass(frozen=True, slots=True)
class Message:
    """One part of a prompt, before any model's chat template."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Reading:
    """The generator after it read a prompt.

    `reused` counts the leading tokens that it did not have to read again.
    """

    prompt_tokens: int
    reused: int


@dataclass(frozen=True, slots=True, eq=False)
class Opinion:
    """What the generator thinks of a question of yes or no, before it says a word.

    `yes` is the probability, 0…1, of "yes" against "no" as the first word of the reply. `state` is
    what a layer in its depth holds at the question's end, (width,) float32; None where that
    cannot be read.
    """

    yes: float
    state: np.ndarray | None = None


class Generator(Protocol):
    """Reads a prompt once, and replies to it with any number of different endings.

    One prompt at a time: `read`, then `ask` and `write` as often as wanted. Each takes the
    end of the last message, `ending`, and forgets it again.
    """

    identity: str
    context: int

    @property
    def pace(self) -> float | None:
        """How fast prompts are read here, in tokens a second; None where that is not known."""
        ...

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens of a text in this model's own vocabulary."""
        ...

    def read(self, messages: Sequence[Message]) -> Reading:
        """Read a prompt but for its ending. Raises PromptTooLong when the context is too short."""
        ...

    def ask(self, ending: str) -> Opinion:
        """Return what the generator thinks of the question in `ending`."""
        ...

    def write(self, ending: str = "", *, opening: str = "", limit: int) -> Iterator[str]:
        """Yield the reply, after `opening`, piece by piece, greedily."""
        ...


def as_date(fact: Fact | None) -> date | None:
    """Return a dated fact as a date; None when it is unknown."""
    return date.fromisoformat(fact.value) if fact else None
