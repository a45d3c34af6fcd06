"""Decides whether a run is good enough.

In: a report and bars, or a comparison with an earlier run. Out: reasons why not, in plain
words; none when it is. Knows nothing about exit codes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rag.errors import InputError, UsageError
from rag.evaluating.comparing import TIMES, Comparison, Row
from rag.evaluating.records import Report
from rag.evaluating.reporting.wording import figure

GATED = (
    "accuracy",
    "answer_accuracy",
    "nugget_recall",
    "f1",
    "refusal_recall",
    "wrong_refusals",
    "citation_precision",
    "citation_recall",
    "supported_share",
    "recall@10",
    "ndcg@10",
    "mrr",
    "quote_recall@10",
)
"""The metrics that a run may not lose against a baseline, times left aside."""


@dataclass(frozen=True, slots=True)
class Bars:
    """The lowest and highest value that a metric may have."""

    least: Mapping[str, float] = field(default_factory=dict)
    most: Mapping[str, float] = field(default_factory=dict)


def read_bars(path: Path) -> Bars:
    """Return bars from JSON: {"min": {"accuracy": 0.8}, "max": {"total_ms": 9000}}.

    Raises InputError.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if set(found) - {"min", "max"}:
            raise ValueError
        pairs = {
            key: {name: float(value) for name, value in found.get(key, {}).items()}
            for key in ("min", "max")
        }
    except (OSError, ValueError, TypeError, AttributeError):
        raise InputError(
            f'{path} holds no bars: write {{"min": {{"accuracy": 0.8}}, "max": {{}}}}.'
        ) from None
    return Bars(pairs["min"], pairs["max"])


def below(report: Report, bars: Bars) -> list[str]:
    """Return a reason for every bar that a run misses. Raises UsageError for unknown names."""
    if not report.complete:
        missing = report.run.cases - len(report.cases)
        return [f"{missing} of {report.run.cases} cases have not been run"]
    reasons = []
    for wanted, kind, fails in (
        (bars.least, "at least", lambda value, bar: value < bar),
        (bars.most, "at most", lambda value, bar: value > bar),
    ):
        for name, bar in wanted.items():
            value = _value(report, name)
            if fails(value, bar):
                reasons.append(f"{name} is {figure(value)} and has to be {kind} {figure(bar)}")
    return reasons


def worse(comparison: Comparison, *, alpha: float, drop: float | None = None) -> list[str]:
    """Return a reason for every metric in which B is worse than A beyond chance.

    A loss is beyond chance where its one-sided p-value is below `alpha`; with `drop`, a
    larger loss is a reason whatever its p-value.
    """
    reasons = []
    for name in GATED:
        row = comparison.rows.get(name)
        if row and (row.chance_of_loss(name) < alpha or _dropped(name, row, drop)):
            reasons.append(
                f"{name} was {figure(row.a)} and is {figure(row.b)} over {row.cases} cases "
                f"(difference {row.difference.value:+.3f}, "
                f"{row.difference.low:+.3f} to {row.difference.high:+.3f}, "
                f"one-sided p = {row.chance_of_loss(name):.3g})"
            )
    return reasons


def _dropped(name: str, row: Row, drop: float | None) -> bool:
    loss = row.difference.value if name == "wrong_refusals" else -row.difference.value
    return drop is not None and loss > drop and name not in TIMES


def _value(report: Report, name: str) -> float:
    if name not in report.metrics:
        raise UsageError(f"{report.run.name} has no {name}. It has: {', '.join(report.metrics)}.")
    return report.metrics[name].value
