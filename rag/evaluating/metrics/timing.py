"""How long answers take.

In: durations in any unit, tokens and milliseconds. Out: percentiles and speeds. Knows nothing
about clocks.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def percentile(values: Sequence[float], q: float) -> float:
    """Return the `q`-th percentile, 0 ≤ q ≤ 100, linear between two values; ValueError for none.

    Definition 7 of Hyndman and Fan (The American Statistician 1996), numpy's default.
    """
    if not len(values):
        raise ValueError("no values; a percentile needs at least one")
    return float(np.percentile(values, q))


def summary(values: Sequence[float]) -> dict[str, float]:
    """Return the percentiles of a report, {"p50": …, "p90": …, "p95": …, "p99": …}."""
    return {f"p{q}": percentile(values, q) for q in (50, 90, 95, 99)}


def tokens_per_second(tokens: int, milliseconds: float) -> float | None:
    """Return the tokens read or written in a second; None where no time passed."""
    return 1000 * tokens / milliseconds if milliseconds > 0 else None
