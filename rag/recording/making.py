"""From an answer to its record.

In: the events of answering, what was asked and what the answer depends on. Out: a record.
Knows nothing about where it is kept.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path

from rag import __version__, identifying
from rag.recording.records import Call, Found, Part, Record, Shown, Source
from rag.rendering import answer_object
from rag.settings import Settings
from rag.types import (
    FACTS,
    Answer,
    Document,
    Event,
    Evidence,
    Filters,
    Finished,
    Hit,
    HitsFound,
    Span,
    Turn,
)

_AROUND = 600
"""Characters kept before and after evidence: checks look there for who "he" is."""
_NOT_KEPT = ("library", "runs", "models", "threads")
"""Settings that say where things are and how fast they go, not what is answered."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person asked."""

    question: str
    history: tuple[Turn, ...]
    filters: Filters


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What an answer depends on besides the question: settings, models, the library."""

    settings: Settings
    models: Mapping[str, str]
    library: Mapping[str, str | int]


def recorded(
    events: Iterator[Event], keep: Callable[[Answer, Sequence[Hit]], str]
) -> Iterator[Event]:
    """Yield events, the answer of the last one with the id under which `keep` has kept it."""
    hits: Sequence[Hit] = ()
    for event in events:
        if isinstance(event, HitsFound):
            hits = event.hits
        elif isinstance(event, Finished):
            event = Finished(replace(event.answer, answer_id=keep(event.answer, hits)))
        yield event


def kept(
    answer: Answer,
    hits: Sequence[Hit],
    calls: Sequence[Call],
    *,
    asked: Asked,
    circumstances: Circumstances,
) -> Record:
    """Return the record of an answer, with an id of its own."""
    answer_id = secrets.token_hex(6)
    settings = circumstances.settings
    return Record(
        answer_id=answer_id,
        answered_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        question=asked.question,
        history=asked.history,
        filters=asked.filters,
        settings=settings_kept(settings),
        models=circumstances.models,
        prompts=identifying.prompts(settings.prompts),
        library=circumstances.library,
        program={"version": __version__, "code": identifying.program()},
        libraries=identifying.libraries(),
        calls=tuple(calls),
        hits=tuple(map(_found, hits)),
        evidence=tuple(map(shown, answer.evidence)),
        sources=sources((*answer.evidence, *answer.nearest)),
        answer=answer_object(replace(answer, answer_id=answer_id)),
        nearest=tuple(map(shown, answer.nearest)),
    )


def settings_kept(settings: Settings) -> dict[str, str | int | float | None]:
    """Return the settings that an answer depends on, by name."""
    found = {one.name: getattr(settings, one.name) for one in fields(Settings)}
    return {
        name: str(value) if isinstance(value, Path) else value
        for name, value in found.items()
        if name not in _NOT_KEPT
    }


def _found(hit: Hit) -> Found:
    passage = hit.passage
    return Found(
        passage.document_id,
        passage.passage_id,
        passage.start,
        passage.end,
        score=hit.score,
        dense_rank=hit.dense_rank,
        keyword_rank=hit.keyword_rank,
        late=hit.late,
        reranker=hit.reranker,
    )


def shown(item: Evidence) -> Shown:
    """Return what is kept of a piece of evidence."""
    place = (item.number, item.document.document_id, item.start, item.end)
    return Shown(*place, item.withheld, item.flags, item.also)


def sources(evidence: Sequence[Evidence]) -> tuple[Source, ...]:
    """Return what is kept of the documents that evidence was taken from."""
    documents = {item.document.document_id: item.document for item in evidence}
    spans: dict[str, list[Span]] = {document_id: [] for document_id in documents}
    for item in evidence:
        spans[item.document.document_id].append(Span(item.start, item.end))
    return tuple(_source(one, spans[document_id]) for document_id, one in documents.items())


def _source(document: Document, spans: Sequence[Span]) -> Source:
    parts = [Span(max(0, one.start - _AROUND), one.end + _AROUND) for one in sorted(spans)]
    facts = {name: getattr(document, name) for name in FACTS}
    return Source(
        document_id=document.document_id,
        path=document.path,
        facts={name: fact for name, fact in facts.items() if fact},
        parts=tuple(Part(one.start, document.text[one.start : one.end]) for one in parts),
        pages={
            number: page
            for number, page in enumerate(document.pages, 1)
            if any(page.start < one.end and one.start < page.end for one in parts)
        },
    )
