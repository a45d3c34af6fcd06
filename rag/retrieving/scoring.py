"""The arithmetic by which one passage is put before another.

In: what each search and each reranker said of a passage. Out: one number. Every term
depends on the question and the passage alone, never on which other passages were found: a
filter changes which passages compete and not how they compare.
"""

from __future__ import annotations

import math

KEYWORD = 0.3
LATE = 5.0
JUDGED = 0.2
"""Chosen on the tuning halves of RGB and 2Wiki; tests/benchmarks/weights.py shows how near the
best they are there and on SciFact, held-back halves beside (.776 and .786; .759 and .807)."""


def fused(*, dense: float, keyword: float, late: float | None) -> float:
    """Return the weighted sum of a passage's scores (Bruch, Gai and Ingber, TOIS 2023).

    `dense` is the cosine of the vectors times the embedder's scale, `keyword` BM25 as a share
    of the most possible, `late` the mean MaxSim, None where there is none.
    """
    return dense + KEYWORD * keyword + (LATE * late if late is not None else 0.0)


def judged(logit: float) -> float:
    """Return what a cross-encoder's opinion adds; never less than 0.

    So a passage that it did not read stays behind those it did that were before it.
    """
    return JUDGED / (1 + math.exp(-max(logit, -60.0)))
