"""Exchanges as they are kept, and back.

In: exchanges, and what gives back the answers of the log. Out: JSON, and the same exchanges
over the evidence as it was read. Knows nothing about files.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from pydantic import TypeAdapter, ValidationError

from rag import recording
from rag.errors import InputError
from rag.recording import Told
from rag.serving.talking.exchange import Exchange
from rag.storing.conversations import KeptExchange
from rag.timewords import Proposal
from rag.types import Answer, Document, Filters

INTERRUPTED = "The program ended while this was being answered. Ask again."
LOST = "This answer can no longer be read. Ask again."


class Recollecting(Protocol):
    """What of an assistant is needed to show answers again."""

    def recollected(self, answer_id: str) -> Answer | None:
        """Return an answer of the log, None where it cannot be read."""
        ...

    def document(self, document_id: str) -> Document:
        """Return one document; raises InputError for an unknown id."""
        ...


@dataclass(frozen=True, slots=True)
class _Record:
    """What is kept of an exchange; `told` is what the log does not hold of it."""

    question: str
    asked_at: str = ""
    standalone: str = ""
    filters: Filters = field(default_factory=Filters)
    proposed: Proposal | None = None
    titles: tuple[tuple[str, str], ...] = ()
    note: str = ""
    text: str = ""
    error: str = ""
    stopped: bool = False
    seconds: float = 0.0
    answer_id: str = ""
    told: Told | None = None


_RECORD = TypeAdapter(_Record)
_FILTERS = TypeAdapter(Filters)


def kept(exchange: Exchange) -> KeptExchange:
    """Return an exchange as it is kept: of an answer in the log, its id."""
    answer_id = exchange.answer.answer_id if exchange.answer else ""
    record = _Record(
        question=exchange.question,
        asked_at=exchange.asked_at,
        standalone=exchange.standalone,
        filters=exchange.filters,
        proposed=exchange.proposed,
        titles=exchange.titles,
        note=exchange.note,
        text="" if answer_id else exchange.text,
        error=exchange.error,
        stopped=exchange.stopped,
        seconds=exchange.seconds,
        answer_id=answer_id,
        told=None if answer_id else _told(exchange),
    )
    words = f"{exchange.question}\n{exchange.text}"
    return KeptExchange(exchange.number, words, _RECORD.dump_json(record).decode())


def reopened(found: KeptExchange, assistant: Recollecting) -> Exchange:
    """Return the exchange that was kept; one that had not ended was interrupted."""
    try:
        record = _RECORD.validate_json(found.record)
    except ValidationError:
        return Exchange(found.number, found.words.partition("\n")[0], error=LOST)
    return _ended(_begun(found.number, record), record, assistant)


def filters_kept(filters: Filters) -> str:
    """Return filters as JSON."""
    return _FILTERS.dump_json(filters).decode()


def filters_of(text: str) -> Filters:
    """Return the filters that JSON holds; none where it holds no such thing."""
    try:
        return _FILTERS.validate_json(text)
    except ValidationError:
        return Filters()


def _told(exchange: Exchange) -> Told | None:
    """Return the answer, or of an answer that was stopped the evidence that stood beside it."""
    if exchange.answer:
        return recording.told(exchange.answer)
    if exchange.evidence:
        return recording.told_of_evidence(exchange.evidence)
    return None


def _begun(number: int, record: _Record) -> Exchange:
    return Exchange(
        number,
        record.question,
        asked_at=record.asked_at,
        standalone=record.standalone,
        filters=record.filters,
        proposed=record.proposed,
        titles=record.titles,
        note=record.note,
        text=record.text,
        error=record.error,
        stopped=record.stopped,
        seconds=record.seconds,
    )


def _ended(exchange: Exchange, record: _Record, assistant: Recollecting) -> Exchange:
    known = _known(assistant)
    if record.answer_id:
        answer = assistant.recollected(record.answer_id)
        return exchange.ended(answer) if answer else exchange.failed(LOST)
    if record.told and record.told.answer:
        return exchange.ended(recording.answer_of(record.told, known))
    if record.told:
        exchange = exchange.over(recording.evidence_of(record.told, known))
    return exchange.failed(INTERRUPTED) if exchange.is_open else exchange


def _known(assistant: Recollecting) -> Callable[[str], Document | None]:
    def known(document_id: str) -> Document | None:
        try:
            return assistant.document(document_id)
        except InputError:
            return None

    return known
