"""What the tests of evaluation share: a small library of fakes, and outcomes made by hand."""

from __future__ import annotations

from collections.abc import Mapping

from rag.evaluating.records import Case, Found, Gold, Outcome, Unit
from rag.types import Span


def answered(
    text: str = "The dam at Ilm held.",
    *,
    cites: tuple[Unit, ...] = (),
    evidence: tuple[Unit, ...] = (),
    refusal: str | None = None,
    total_ms: float = 100.0,
) -> Mapping:
    """Return an answer object of one statement, as `rag ask --json` prints it."""
    return {
        "question": "?",
        "text": text,
        "refusal": refusal,
        "statements": [
            {
                "text": text,
                "verdict": "not checked",
                "citations": [{"number": 1, **_place(unit)} for unit in cites],
            }
        ],
        "evidence": [{"number": n, **_place(unit)} for n, unit in enumerate(evidence, 1)],
        "timings": {
            "retrieve_ms": 10.0,
            "prompt_ms": 50.0,
            "first_token_ms": None if refusal else 60.0,
            "total_ms": total_ms,
            "prompt_tokens": 100,
            "answer_tokens": 0 if refusal else 8,
        },
        "invalid_citations": 0,
        "corrected_citations": 0,
        "confidence": 0.9,
    }


def unit(document: str, start: int = 0, end: int = 20) -> Unit:
    return Unit(document, Span(start, end))


def found(*units: Unit) -> tuple[Found, ...]:
    """Return places as hits, best first."""
    return tuple(
        Found(one.document_id, one.document_id, one.span.start, one.span.end, 1 / rank, 0.0)
        for rank, one in enumerate(units, 1)
    )


def outcome(case: Case, gold: Gold | None = None, **parts) -> Outcome:
    """Return an outcome of a case; what is not named is empty."""
    return Outcome(
        case=case,
        gold=gold or Gold(),
        found=parts.get("found", ()),
        answer=parts.get("answer"),
        retrieve_ms=parts.get("retrieve_ms", 10.0),
        error=parts.get("error", ""),
    )


def _place(one: Unit) -> dict:
    return {"document_id": one.document_id, "start": one.span.start, "end": one.span.end}
