"""Compares two runs case by case.

In: two runs, or reports that were kept as JSON. Out: differences with intervals, and the
cases whose outcome changed. Knows nothing about how runs are made or shown.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rag.errors import InputError
from rag.evaluating.metrics.intervals import Difference, paired_difference
from rag.evaluating.records import Report, Share
from rag.evaluating.reporting.as_json import report_object

TIMES = ("first_token_ms", "total_ms")
LOWER_IS_BETTER = ("wrong_refusals", *TIMES)


@dataclass(frozen=True, slots=True)
class Kept:
    """One case of a kept run: what it scored, and what a reader wants to see of it."""

    question: str
    stage: str
    text: str
    scores: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Side:
    """One of two runs that are compared."""

    name: str
    digest: str
    cases: Mapping[str, Kept]


@dataclass(frozen=True, slots=True)
class Row:
    """One metric on both sides, over the cases that have it on both; B minus A."""

    a: float
    b: float
    cases: int
    difference: Difference

    def worse(self, name: str, *, alpha: float = 0.05) -> bool:
        """Say whether B is worse than A beyond chance: p below `alpha`, in the bad direction."""
        sign = -1 if name in LOWER_IS_BETTER else 1
        return sign * self.difference.value < 0 and self.difference.p < alpha


@dataclass(frozen=True, slots=True)
class Flip:
    """A case that ended differently."""

    case_id: str
    a: Kept
    b: Kept


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs between two runs over the cases they share."""

    a: Side
    b: Side
    shared: int
    rows: Mapping[str, Row]
    flips: tuple[Flip, ...]

    @property
    def identical(self) -> bool:
        """Whether both gave the same answers, citations and figures to the same cases."""
        return self.a.digest == self.b.digest


def side(report: Report) -> Side:
    """Return a report as one side of a comparison."""
    return _side(report_object(report), report.run.name)


def kept_side(path: Path) -> Side:
    """Return a report kept as JSON as one side. Raises InputError."""
    try:
        return _side(json.loads(path.read_text(encoding="utf-8")), path.stem)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise InputError(
            f"{path} is no report: save one with: rag eval report RUN --json > {path.name}"
        ) from None


def compare(a: Side, b: Side) -> Comparison:
    """Return what differs. Raises InputError when the runs share no case."""
    shared = [case_id for case_id in a.cases if case_id in b.cases]
    if not shared:
        raise InputError(f"{a.name} and {b.name} have no case in common: compare others.")
    names = dict.fromkeys(name for case_id in shared for name in a.cases[case_id].scores)
    rows = {name: _row(name, a, b, shared) for name in names}
    flips = tuple(
        Flip(case_id, a.cases[case_id], b.cases[case_id])
        for case_id in shared
        if a.cases[case_id].stage != b.cases[case_id].stage
    )
    return Comparison(a, b, len(shared), {name: row for name, row in rows.items() if row}, flips)


def _row(name: str, a: Side, b: Side, shared: list[str]) -> Row | None:
    pairs = [(a.cases[one].scores.get(name), b.cases[one].scores.get(name)) for one in shared]
    both = [(x, y) for x, y in pairs if x is not None and y is not None]
    if not both:
        return None
    one, other = ([Share(value, 1) for value in column] for column in zip(*both, strict=True))
    count = len(both)
    return Row(
        a=sum(share.part for share in one) / count,
        b=sum(share.part for share in other) / count,
        cases=count,
        difference=paired_difference(one, other),
    )


def _side(report: Mapping, name: str) -> Side:
    return Side(
        name=name,
        digest=report["digest"],
        cases={case["id"]: _kept(case) for case in report["cases"]},
    )


def _kept(case: Mapping) -> Kept:
    times = {name: case[name] for name in TIMES if case.get(name)}
    return Kept(
        question=case["question"],
        stage=case["stage"],
        text=case["text"] or case["error"],
        scores={**case["scores"], **times},
    )
