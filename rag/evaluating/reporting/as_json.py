"""A report as the object that `rag eval run --json` prints.

In: a report. Out: plain dictionaries for `json`, strict JSON: a figure that is no number is
null. Knows nothing about how they are sent.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from rag.evaluating.records import Judged, Report, Share
from rag.evaluating.reporting.wording import answer_of, rightness


def report_object(report: Report) -> dict:
    """Return everything that a report says, the cases without their evidence."""
    run = report.run
    return plain(
        {
            "run": str(run.folder),
            "name": run.name,
            "metrics": {name: asdict(metric) for name, metric in report.metrics.items()},
            "cases": [case_object(judged) for judged in report.cases],
            "digest": report.digest,
            "complete": report.complete,
            "matrix": report.matrix,
            "stages": report.stages,
            "tags": {name: asdict(row) for name, row in report.tags.items()},
            "documents": {name: asdict(row) for name, row in report.documents.items()},
            "risk_coverage": report.risk_coverage,
            "latency": report.latency,
            "test_set": run.test_set,
            "settings": run.settings,
            "models": run.models,
            "library": run.library,
            "program": run.program,
            "retrieval_only": run.retrieval_only,
        }
    )


def case_object(judged: Judged) -> dict:
    """Return one case: what was asked, what was given, and what that is worth."""
    case, answer = judged.outcome.case, answer_of(judged)
    timings = answer.get("timings") or {}
    return {
        "id": case.case_id,
        "question": case.question,
        "tags": list(case.tags),
        "answerable": case.answerable,
        "stage": judged.stage,
        "right": rightness(judged),
        "refusal": answer.get("refusal"),
        "text": answer.get("text", ""),
        "confidence": answer.get("confidence"),
        "scores": {name: _score(share) for name, share in judged.shares.items()},
        "error": judged.outcome.error,
        "first_token_ms": timings.get("first_token_ms"),
        "total_ms": timings.get("total_ms"),
    }


def plain(value: object) -> object:
    """Return a value made of what JSON knows; anything else becomes its string."""
    if isinstance(value, Mapping):
        return {str(key): plain(held) for key, held in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [plain(held) for held in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, str | int | float) else str(value)


def _score(share: Share) -> float | None:
    return share.part / share.whole if share.whole else None
