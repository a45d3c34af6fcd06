"""Turns the outcomes of a run into its report.

In: what a run is a run of, its outcomes. Out: a `Report`. Knows nothing about files or about
how reports are shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from rag.evaluating.judging import judged
from rag.evaluating.metrics import intervals, refusals, timing
from rag.evaluating.records import (
    STAGES,
    Judged,
    Metric,
    Outcome,
    Report,
    Row,
    RunInfo,
    Share,
)
from rag.evaluating.running import digest

CLOCKS = ("first_token_ms", "total_ms", "retrieve_ms", "prompt_tokens", "tokens_per_second")
"""Figures of which the median is given; all but the tokens depend on the machine."""
FIRST = (
    "accuracy",
    "answer_accuracy",
    "refusal_recall",
    "refusal_precision",
    "wrong_refusals",
    "citation_precision",
    "citation_recall",
    "supported_share",
    "nugget_recall",
    "exact_match",
    "f1",
)
"""The metrics that a reader wants to see first."""


def report(info: RunInfo, outcomes: Sequence[Outcome]) -> Report:
    """Return the report of a run, finished or not."""
    cases = tuple(judged(outcome) for outcome in outcomes)
    counted = Counter(case.stage for case in cases)
    return Report(
        run=info,
        digest=digest(outcomes),
        complete=len(outcomes) == info.cases,
        metrics=metrics(cases),
        matrix=_matrix(cases),
        stages={stage: counted[stage] for stage in STAGES if counted[stage]},
        tags=_table(cases, lambda one: one.outcome.case.tags),
        documents=_table(cases, lambda one: one.outcome.case.documents),
        risk_coverage=_risk_coverage(cases),
        latency=_latency(cases),
        cases=cases,
    )


def metrics(cases: Sequence[Judged]) -> dict[str, Metric]:
    """Return every metric that applies to any case, the best known first."""
    names = dict.fromkeys(name for case in cases for name in case.shares)
    ordered = [name for name in FIRST if name in names]
    ordered += [name for name in names if name not in FIRST]
    found = {
        name: intervals.bootstrap_share(shares_of(cases, name))
        for name in ordered
        if any(share.whole for share in shares_of(cases, name))
    }
    clocks = {name: clock(cases, name) for name in CLOCKS}
    return found | {
        name: intervals.bootstrap_median(values) for name, values in clocks.items() if values
    }


def shares_of(cases: Sequence[Judged], name: str) -> list[Share]:
    """Return what each case that a metric applies to adds to it."""
    return [case.shares[name] for case in cases if name in case.shares]


def clock(cases: Sequence[Judged], name: str) -> list[float]:
    """Return the values of one of `CLOCKS`, for the cases that have it."""
    return [value for case in cases if (value := clock_of(case, name)) is not None]


def clock_of(case: Judged, name: str) -> float | None:
    """Return one of `CLOCKS` for one case; None where the question never came so far."""
    if name == "retrieve_ms":
        return case.outcome.retrieve_ms
    timings = (case.outcome.answer or {}).get("timings")
    if not timings:
        return None
    if name == "tokens_per_second":
        writing = timings["total_ms"] - (timings["first_token_ms"] or timings["total_ms"])
        return timing.tokens_per_second(timings["answer_tokens"], writing)
    return timings[name] or None


def _matrix(cases: Sequence[Judged]) -> Mapping[str, Mapping[str, int]]:
    answered = [case for case in cases if case.outcome.answer is not None]
    return refusals.refusal_matrix([(one.outcome.case.answerable, one.refused) for one in answered])


def _table(cases: Sequence[Judged], keys: Callable[[Judged], Sequence[str]]) -> Mapping[str, Row]:
    """Return a row for every key, the one with most wrong cases first."""
    groups: dict[str, list[Judged]] = {}
    for case in cases:
        for key in dict.fromkeys(keys(case)):
            groups.setdefault(key, []).append(case)
    rows = {key: _row(group) for key, group in groups.items()}
    return dict(sorted(rows.items(), key=lambda item: (_wrong(item[1]), item[0])))


def _row(cases: Sequence[Judged]) -> Row:
    stages = Counter(case.stage for case in cases)
    return Row(len(cases), stages["right"], dict(sorted(stages.items())))


def _wrong(row: Row) -> int:
    return row.right + row.stages.get("not judged", 0) - row.cases


def _risk_coverage(cases: Sequence[Judged]) -> tuple[tuple[float, float], ...]:
    """Return the curve over the answered cases; coverage counts all cases that were asked."""
    asked = [one for one in cases if one.outcome.answer is not None and one.stage != "not judged"]
    answered = [one for one in asked if not one.refused]
    if not answered:
        return ()
    points = refusals.risk_coverage(
        [one.outcome.answer.get("confidence") or 0.0 for one in answered],
        [one.stage != "right" for one in answered],
    )
    part = len(answered) / len(asked)
    return tuple((coverage * part, risk) for coverage, risk in points)


def _latency(cases: Sequence[Judged]) -> Mapping[str, Mapping[str, float]]:
    values = {name: clock(cases, name) for name in CLOCKS if name.endswith("_ms")}
    return {name: timing.summary(found) for name, found in values.items() if found}
