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
from rag.evaluating.summarising import FIRST

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
    """One metric on both sides, over the cases that have it on either; B minus A."""

    a: float
    b: float
    cases: int
    difference: Difference

    def chance_of_loss(self, name: str) -> float:
        """Return the one-sided p-value of B being worse than A; 1 where it is not worse.

        Half of the two-sided one: swapping sides makes losses and gains equally likely.
        """
        sign = -1 if name in LOWER_IS_BETTER else 1
        return self.difference.p / 2 if sign * self.difference.value < 0 else 1.0


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
    known = {name for case_id in shared for name in a.cases[case_id].scores}
    names = [*(name for name in FIRST if name in known), *sorted(known - {*FIRST}, key=_depth)]
    rows = {name: _row(name, a, b, shared) for name in names}
    flips = tuple(
        Flip(case_id, a.cases[case_id], b.cases[case_id])
        for case_id in shared
        if a.cases[case_id].stage != b.cases[case_id].stage
    )
    return Comparison(a, b, len(shared), {name: row for name, row in rows.items() if row}, flips)


def _depth(name: str) -> tuple[str, int, str]:
    """Sort what has a depth behind what has none, and by it."""
    kind, _, depth = name.partition("@")
    return kind if depth else "", int(depth or 0), name


def _row(name: str, a: Side, b: Side, shared: list[str]) -> Row | None:
    """Compare one metric; a case that has it on one side only adds nothing to the other.

    What an answer cites or refuses decides whether some metrics apply to it at all.
    """
    one, other = ([_share(side.cases[case_id], name) for case_id in shared] for side in (a, b))
    if not any(share.whole for share in one) or not any(share.whole for share in other):
        return None
    pairs = [(x, y) for x, y in zip(one, other, strict=True) if x.whole or y.whole]
    return Row(
        a=_mean(one),
        b=_mean(other),
        cases=len(pairs),
        difference=paired_difference([x for x, _ in pairs], [y for _, y in pairs]),
    )


def _share(case: Kept, name: str) -> Share:
    value = case.scores.get(name)
    return Share(0, 0) if value is None else Share(value, 1)


def _mean(shares: list[Share]) -> float:
    return sum(share.part for share in shares) / sum(share.whole for share in shares)


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
