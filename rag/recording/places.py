"""Which places of which documents an answer cites, in the order of its sentences.

In: records. Out: places, each with the sentence that cites it. Knows nothing about documents.
"""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from rag.recording.records import Record
from rag.types import Span, Verdict


@dataclass(frozen=True, slots=True)
class Place:
    """A cited span of a document, and the sentence of the answer that first cites it."""

    document_id: str
    span: Span
    sentence: str
    verdict: Verdict
    reason: str


@dataclass(frozen=True, slots=True)
class _Cited:
    document_id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Said:
    text: str
    verdict: Verdict
    citations: tuple[_Cited, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Told:
    statements: tuple[_Said, ...]


_TOLD = TypeAdapter(_Told)


def places_of(record: Record) -> tuple[Place, ...]:
    """Return what an answer cites, each place once; () where its record cannot be read."""
    try:
        told = _TOLD.validate_python(record.answer, strict=False)
    except ValidationError:
        return ()
    found: dict[tuple[str, Span], Place] = {}
    for said in told.statements:
        for one in said.citations:
            span = Span(one.start, one.end)
            place = Place(one.document_id, span, said.text, said.verdict, said.reason)
            found.setdefault((one.document_id, span), place)
    return tuple(found.values())
