"""Whether the program refuses where it should, and whether its confidence says when.

In: booleans and confidences, one for each case. Out: counts, shares, curves. Knows nothing
about why a case was refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rag.evaluating.records import Share

Pairs = Sequence[tuple[bool, bool]]
"""For each case, whether it is answerable and whether it was refused."""
Points = Sequence[tuple[float, float]]
"""Points (coverage, risk), coverage rising to 1."""


def refusal_matrix(pairs: Pairs) -> dict[str, dict[str, int]]:
    """Return how many answerable and unanswerable cases were answered and refused."""
    return {
        name: {
            "answered": sum(pair == (answerable, False) for pair in pairs),
            "refused": sum(pair == (answerable, True) for pair in pairs),
        }
        for name, answerable in (("answerable", True), ("unanswerable", False))
    }


def refusal_precision(pairs: Pairs) -> Share | None:
    """Return the share of the refused cases that are unanswerable; None where none is refused."""
    refused = [answerable for answerable, was_refused in pairs if was_refused]
    return Share(refused.count(False), len(refused)) if refused else None


def refusal_recall(pairs: Pairs) -> Share | None:
    """Return the share of the unanswerable cases that were refused; None where none is."""
    unanswerable = [was_refused for answerable, was_refused in pairs if not answerable]
    return Share(unanswerable.count(True), len(unanswerable)) if unanswerable else None


def risk_coverage(
    confidences: Sequence[float], wrong: Sequence[bool]
) -> tuple[tuple[float, float], ...]:
    """Return a point for each confidence from which on one might answer, the highest first.

    Coverage is the share, 0…1, of cases that would be answered, risk the share, 0…1, of these
    that are wrong. Cases of equal confidence are one step. Source: El-Yaniv and Wiener, JMLR
    2010; Geifman and El-Yaniv, NeurIPS 2017.
    """
    cases = sorted(zip(confidences, wrong, strict=True), key=lambda case: -case[0])
    points, answered, failed = [], 0, 0
    for _, step in groupby(cases, key=lambda case: case[0]):
        outcomes = [was_wrong for _, was_wrong in step]
        answered += len(outcomes)
        failed += sum(outcomes)
        points.append((answered / len(cases), failed / answered))
    return tuple(points)


def area_under_risk_coverage(points: Points) -> float:
    """Return the mean risk, 0…1, over all coverages; lower is better.

    Each step counts with its width and the risk at its end: with distinct confidences the
    mean of the risks (AURC of Geifman, Uziel and El-Yaniv, ICLR 2019). ValueError without
    points.
    """
    if not points:
        raise ValueError("no points; the curve needs a case with a confidence")
    before = [0.0, *(coverage for coverage, _ in points)]
    return sum((now - old) * risk for old, (now, risk) in zip(before, points, strict=False))


def excess_area(confidences: Sequence[float], wrong: Sequence[bool]) -> float:
    """Return how much larger the area is than with every right case before every wrong one.

    0…1, lower is better; 0 is perfect order. E-AURC of Geifman, Uziel and El-Yaniv (ICLR
    2019), with the exact best area in place of their approximation.
    """
    best = risk_coverage(range(len(wrong), 0, -1), sorted(wrong))
    area = area_under_risk_coverage(risk_coverage(confidences, wrong))
    return max(0.0, area - area_under_risk_coverage(best))
