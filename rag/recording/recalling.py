"""From a record to what answering needs: hits, evidence, settings.

In: a record, and documents of the library as it is now. Out: the records that travelled
through the program then. Knows nothing about models.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, replace
from pathlib import Path

from rag.recording.records import Found, Part, Record, Shown, Source
from rag.settings import Settings
from rag.types import FACTS, Document, Evidence, Hit, Passage, Span

Known = Callable[[str], Document | None]


def evidence_of(record: Record, known: Known) -> tuple[Evidence, ...]:
    """Return the evidence as it was read; `known` gives a document that the library still has.

    Such a document is taken whole where its words are still the same. Of any other one only
    the recorded parts are there, at their old offsets, with blanks between them.
    """
    return _shown_again(record.evidence, record.sources, known)


def nearest_of(record: Record, known: Known) -> tuple[Evidence, ...]:
    """Return what was shown beside a refusal that read nothing, as `evidence_of` does."""
    return _shown_again(record.nearest, record.sources, known)


def _shown_again(
    shown: Iterable[Shown], sources: Iterable[Source], known: Known
) -> tuple[Evidence, ...]:
    documents = {one.document_id: _document(one, known(one.document_id)) for one in sources}
    return tuple(
        Evidence(
            one.number,
            documents[one.document_id],
            one.start,
            one.end,
            withheld=one.withheld,
            flags=one.flags,
            also=one.also,
        )
        for one in shown
    )


def document_of(records: Iterable[Record], document_id: str) -> Document | None:
    """Return what records hold of a document, None when they hold nothing of it.

    The parts that evidence was taken from are its body, with blanks between them. Of records
    that differ in what its text is, the first ones count: put the latest first.
    """
    found = None
    for record in records:
        for source in record.sources:
            if source.document_id == document_id:
                found = _joined(found, source) if found else source
    return _document(found, None) if found else None


def hits_of(record: Record, evidence: tuple[Evidence, ...]) -> tuple[Hit, ...]:
    """Return the hits of the search; the words of a passage only where evidence was taken."""
    texts = {item.document.document_id: item.document.text for item in evidence}
    return tuple(_hit(one, texts) for one in record.hits)


def same_words(source: Source, document: Document) -> bool:
    """Say whether a document holds the recorded words where they were."""
    return all(
        document.text[part.start : part.start + len(part.text)] == part.text
        for part in source.parts
    )


def settings_of(record: Record, today: Settings) -> Settings:
    """Return today's settings with those of a record that answers depend on.

    A folder of prompts that is no longer there stays today's.
    """
    known = {field.name for field in fields(Settings)}
    then = {name: value for name, value in record.settings.items() if name in known}
    folder = Path(str(then.pop("prompts", today.prompts)))
    return replace(today, **then, prompts=folder if folder.is_dir() else today.prompts)


def _joined(one: Source, other: Source) -> Source:
    """Return a source with the parts of both, where the two agree in the words they share."""
    text = _text(one.parts)
    fits = all(
        known in (" ", new)
        for part in other.parts
        for known, new in zip(text[part.start :], part.text, strict=False)
    )
    if not fits:
        return one
    parts = sorted({*one.parts, *other.parts}, key=lambda part: (part.start, part.text))
    return replace(one, parts=tuple(parts), pages={**other.pages, **one.pages})


def _text(parts: Iterable[Part]) -> str:
    """Return parts at their offsets, blanks between them; they rise, and they may overlap."""
    text = ""
    for part in parts:
        text = text.ljust(part.start) + part.text[max(0, len(text) - part.start) :]
    return text


def _document(source: Source, present: Document | None) -> Document:
    facts = {name: source.facts.get(name) for name in FACTS}
    if present and same_words(source, present):
        return replace(present, path=source.path, **facts)
    text = _text(source.parts)
    last = max(source.pages, default=0)
    return Document(
        document_id=source.document_id,
        path=source.path,
        text=text,
        body=tuple(Span(part.start, part.start + len(part.text)) for part in source.parts),
        pages=tuple(source.pages.get(number, Span(0, 0)) for number in range(1, last + 1)),
        **facts,
    )


def _hit(found: Found, texts: Mapping[str, str]) -> Hit:
    text = texts.get(found.document_id, "")[found.start : found.end]
    return Hit(
        Passage(found.passage_id, found.document_id, found.start, found.end, text),
        score=found.score,
        dense_rank=found.dense_rank,
        keyword_rank=found.keyword_rank,
        late=found.late,
        reranker=found.reranker,
    )
