"""What a record holds, and its form as JSON.

In: records. Out: JSON and back; fields that this version does not know are passed over.
Knows nothing about how answers come about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from rag.errors import LibraryDamaged
from rag.storing.answers import Entry
from rag.types import Copy, Fact, Filters, Refusal, Span, Turn


@dataclass(frozen=True, slots=True)
class Call:
    """One thing that the generator was asked: `prompt` is the SHA-256 of exactly that.

    `yes` is how likely it held a yes, where that was asked; `output` what it wrote, in at most
    `limit` tokens, where it was to write.
    """

    prompt: str
    prompt_tokens: int
    yes: float | None = None
    limit: int = 0
    output: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """Words of a document, from the offset `start` on."""

    start: int
    text: str


@dataclass(frozen=True, slots=True)
class Source:
    """A document as it was: its facts, the parts that evidence was taken from, their pages."""

    document_id: str
    path: str
    facts: Mapping[str, Fact]
    parts: tuple[Part, ...]
    pages: Mapping[int, Span]


@dataclass(frozen=True, slots=True)
class Shown:
    """A piece of evidence, as a span of its source; see `Evidence`."""

    number: int
    document_id: str
    start: int
    end: int
    withheld: tuple[Span, ...] = ()
    flags: tuple[str, ...] = ()
    also: tuple[Copy, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """A hit of the search, as a span of its document; see `Hit`."""

    document_id: str
    passage_id: int
    start: int
    end: int
    score: float
    dense_rank: int | None = None
    keyword_rank: int | None = None
    late: float | None = None
    reranker: float | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """An answer and all that it rests on.

    `sources` are the documents of `evidence` and `nearest`, see `Answer`.
    `models` holds the identity ("name@fingerprint") of each, `prompts` the SHA-256 of each
    prompt file, `library` identity and generation of what was searched, `program` version and
    digest of the code, `answer` the object that `rag ask --json` prints.
    """

    answer_id: str
    answered_at: str
    question: str
    history: tuple[Turn, ...]
    filters: Filters
    settings: Mapping[str, str | int | float | None]
    models: Mapping[str, str]
    prompts: Mapping[str, str]
    library: Mapping[str, str | int]
    program: Mapping[str, str]
    libraries: Mapping[str, str]
    calls: tuple[Call, ...]
    hits: tuple[Found, ...]
    evidence: tuple[Shown, ...]
    sources: tuple[Source, ...]
    answer: dict
    nearest: tuple[Shown, ...] = ()


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation as it was reported."""

    number: int
    document_id: str
    path: str
    quote: str
    title: str | None = None
    publisher: str | None = None
    published: str | None = None
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """A statement as it was reported."""

    text: str
    verdict: str
    citations: tuple[Cited, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AccountGiven(Cited):
    """What one source gave as the answer, as it was reported, and where it stands."""

    value: str = ""


@dataclass(frozen=True, slots=True)
class Differing:
    """Accounts that differ, as they were reported."""

    accounts: tuple[AccountGiven, ...] = ()


@dataclass(frozen=True, slots=True)
class Reported:
    """The part of a reported answer that people read."""

    text: str
    refusal: Refusal | None
    statements: tuple[Said, ...]
    missing: str = ""
    standalone: str = ""
    disagreements: tuple[Differing, ...] = ()


_RECORD = TypeAdapter(Record)
_REPORTED = TypeAdapter(Reported)


def to_json(record: Record) -> str:
    """Return a record as one line of JSON."""
    return _RECORD.dump_json(record).decode()


def entry_of(record: Record) -> Entry:
    """Return a record as an entry of the log."""
    told = (record.answer_id, record.answered_at, record.question, record.answer["text"])
    return Entry(*told, to_json(record))


def from_json(text: str) -> Record:
    """Return the record that a JSON object holds; raises LibraryDamaged."""
    try:
        return _RECORD.validate_json(text)
    except ValidationError as error:
        raise _unreadable(error) from None


def reported(record: Record) -> Reported:
    """Return what people read of the answer of a record; raises LibraryDamaged."""
    try:
        return _REPORTED.validate_python(record.answer, strict=False)
    except ValidationError as error:
        raise _unreadable(error) from None


def _unreadable(error: ValidationError) -> LibraryDamaged:
    first = error.errors()[0]
    where = ".".join(map(str, first["loc"]))
    return LibraryDamaged(
        f"This answer was logged in a form that cannot be read ({where}: {first['msg']}). "
        "See it as it is with: rag log export"
    )
