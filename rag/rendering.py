"""Turns records into the JSON objects that every way out of the program shares.

In: records. Out: plain dictionaries for `json`. Knows nothing about how they are sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from rag.filtering import Choices
from rag.resolving import Resolved, resolved_dates
from rag.types import (
    FACTS,
    Answer,
    Citation,
    Copy,
    Disagreement,
    Document,
    Evidence,
    Fact,
    Hit,
    IndexReport,
    Narrowing,
    Span,
    Statement,
)


def index_report(report: IndexReport) -> dict:
    """Return what `rag index --json` prints."""
    return {
        "documents": report.documents,
        "passages": report.passages,
        "files": [asdict(file) for file in report.files],
    }


def search_results(
    hits: Sequence[Hit], documents: Mapping[str, Document], filters: Sequence[Narrowing] = ()
) -> dict:
    """Return what `rag search --json` prints; `documents` also holds those of the copies."""
    return {
        "filters": [asdict(one) for one in filters],
        "hits": [_hit(rank, hit, documents) for rank, hit in enumerate(hits, 1)],
    }


def choices_object(choices: Choices) -> dict:
    """Return what the library can be filtered by, as the interface for programs tells it."""
    return {
        "documents": choices.documents,
        "passages": choices.passages,
        "publishers": _named("publisher", choices.publishers),
        "languages": _named("language", choices.languages),
        "first": choices.first and choices.first.isoformat(),
        "last": choices.last and choices.last.isoformat(),
        "undated": choices.undated,
    }


def answer_object(answer: Answer) -> dict:
    """Return what `rag ask --json` prints."""
    return {
        "answer_id": answer.answer_id,
        "question": answer.question,
        "standalone": answer.standalone,
        "text": answer.text,
        "refusal": answer.refusal,
        "missing": answer.missing,
        "statements": [_statement(said, answer.evidence) for said in answer.statements],
        "evidence": evidence_list(answer.evidence),
        "timings": asdict(answer.timings),
        "invalid_citations": answer.invalid_citations,
        "corrected_citations": answer.corrected_citations,
        "confidence": answer.confidence,
        "unchecked": answer.unchecked,
        "disagreements": [_disagreement(one, answer.evidence) for one in answer.disagreements],
        "nearest": evidence_list(answer.nearest),
    }


def evidence_list(evidence: Sequence[Evidence]) -> list[dict]:
    """Return the evidence of an answer, as it stands in what `rag ask --json` prints."""
    return [_evidence(item) for item in evidence]


def disagreement_lines(disagreements: Sequence[Disagreement]) -> list[str]:
    """Return accounts side by side, a line for each: publisher (date): "words" [number]."""
    lines = []
    for one in disagreements:
        lines.append("Sources differ:")
        for account in one.accounts:
            document = account.citation.document
            source = _value(document.publisher) or document.path
            day = f" ({document.published.value})" if document.published else ""
            words = " ".join(account.value.split())
            lines.append(f"  {source}{day}: “{words}” [{account.citation.number}]")
    return lines


def verification(statements: Sequence[Statement]) -> dict:
    """Return what `rag verify --json` prints."""
    return {"statements": [_statement(said, ()) for said in statements]}


def document_object(document: Document) -> dict:
    """Return what `rag show --json` prints; `read_from` holds the words behind each fact.

    `resolved_dates` are the days that words such as "on Wednesday" mean, with their spans.
    """
    facts = {name: getattr(document, name) for name in FACTS}
    return {
        **_about(document),
        **{name: _value(fact) for name, fact in facts.items()},
        "text": document.text,
        "body": [[span.start, span.end] for span in document.body],
        "read_from": {
            name: {"words": fact.words, "where": fact.where} for name, fact in facts.items() if fact
        },
        "resolved_dates": [_resolved(one) for one in resolved_dates(document)],
    }


def document_list(documents: Sequence[Document]) -> dict:
    """Return what `rag documents --json` prints."""
    return {
        "documents": [
            {
                **_about(one),
                "modified": _value(one.modified),
                "language": _value(one.language),
                "characters": len(one.text),
            }
            for one in documents
        ]
    }


def _about(document: Document) -> dict:
    return {
        "document_id": document.document_id,
        "path": document.path,
        "title": _value(document.title),
        "publisher": _value(document.publisher),
        "published": _value(document.published),
    }


def _value(fact: Fact | None) -> str | None:
    return fact.value if fact else None


def _named(noun: str, names: Sequence[tuple[str, int]]) -> list[dict]:
    return [{noun: name, "documents": count} for name, count in names]


def _hit(rank: int, hit: Hit, documents: Mapping[str, Document]) -> dict:
    passage = hit.passage
    return {
        "rank": rank,
        "score": hit.score,
        **_place(documents[passage.document_id], passage.start, passage.end),
        "text": passage.text,
        "dense_rank": hit.dense_rank,
        "keyword_rank": hit.keyword_rank,
        "late": hit.late,
        "reranker": hit.reranker,
        "copies": [_place(documents[one.document_id], one.start, one.end) for one in hit.copies],
    }


def _statement(said: Statement, evidence: Sequence[Evidence]) -> dict:
    return {
        "text": said.text,
        "verdict": said.verdict,
        "reason": said.reason,
        "support": said.support,
        "deciding": _citation(said.deciding, evidence) if said.deciding else None,
        "citations": [_citation(citation, evidence) for citation in said.citations],
    }


def also_cited(citation: Citation, evidence: Sequence[Evidence]) -> tuple[Copy, ...]:
    """Return the documents that hold the words of a citation too, as far as they were found."""
    for item in evidence:
        if item.document.document_id == citation.document.document_id and any(
            span.start <= citation.start and citation.end <= span.end for span in item.kept
        ):
            return item.also
    return ()


def also_line(copies: Sequence[Copy]) -> str:
    """Return who else published something, and when: "Also: TASS, 2026-01-12; b.txt"."""
    told = [
        ", ".join(fact.value for fact in (one.publisher, one.published) if fact) or one.path
        for one in copies
    ]
    return f"Also: {'; '.join(told)}" if told else ""


def _citation(citation: Citation, evidence: Sequence[Evidence]) -> dict:
    place = _place(citation.document, citation.start, citation.end)
    also = [_copy(one) for one in also_cited(citation, evidence)]
    return {"number": citation.number, **place, "quote": citation.quote, "also": also}


def _copy(copy: Copy) -> dict:
    return {
        "document_id": copy.document_id,
        "path": copy.path,
        "publisher": _value(copy.publisher),
        "published": _value(copy.published),
        "start": copy.start,
        "end": copy.end,
    }


def _disagreement(one: Disagreement, evidence: Sequence[Evidence]) -> dict:
    accounts = (
        {"value": said.value, **_citation(said.citation, evidence)} for said in one.accounts
    )
    return {"accounts": list(accounts)}


def _evidence(item: Evidence) -> dict:
    place = _place(item.document, item.start, item.end)
    return {
        "number": item.number,
        **place,
        "text": item.text,
        "withheld": [[span.start, span.end] for span in item.withheld],
        "flags": list(item.flags),
        "also": [_copy(one) for one in item.also],
    }


def _place(document: Document, start: int, end: int) -> dict:
    return {
        **_about(document),
        "page": document.page_at(start),
        "start": start,
        "end": end,
        "resolved_dates": [_resolved(one) for one in resolved_dates(document, Span(start, end))],
    }


def _resolved(one: Resolved) -> dict:
    return {"words": one.words, "start": one.start, "end": one.end, "day": one.day.isoformat()}
