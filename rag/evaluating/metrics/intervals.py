"""How sure a figure is, and whether two runs differ by more than chance.

In: a share or a value for each case. Out: figures with 95 % intervals, differences with p.
Knows nothing about what was measured.

Cases are resampled with replacement (percentile bootstrap: Efron and Tibshirani, An
Introduction to the Bootstrap, 1993, ch. 13). Everything is seeded: equal input, equal output.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import fsum

import numpy as np

from rag.evaluating.records import Metric, Share

SEED = 1979
RESAMPLES = 2000
EXACT = 12
"""Up to so many cases that differ, every swap is tried: at most 4,096."""
SWAPS = 10_000
_BLOCK = 200_000  # cells turned into floats at once: 1.6 MB, so they stay in the cache (7x faster)


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure of run B minus that of run A, its 95 % interval and the two-sided p-value."""

    value: float
    low: float
    high: float
    p: float


@lru_cache(maxsize=4)
def resampled_counts(n: int, *, seed: int = SEED, resamples: int = RESAMPLES) -> np.ndarray:
    """Return how often each resample holds each case: uint8, shape (resamples, n), read-only.

    Kept between calls, so that all figures over the same number of cases share one draw.
    """
    if n < 1:
        raise ValueError("no cases; an interval needs at least one")
    generator = np.random.default_rng(seed)
    counts = np.empty((resamples, n), np.uint8)
    for row in counts:
        row[:] = np.bincount(generator.integers(n, size=n), minlength=n)
    counts.setflags(write=False)
    return counts


def bootstrap_share(
    shares: Sequence[Share], *, seed: int = SEED, resamples: int = RESAMPLES
) -> Metric:
    """Return the sum of parts over the sum of wholes, with its interval over cases.

    Resamples without a whole are dropped. The order of the cases does not matter. One case,
    or cases that are all alike, give an interval of width 0: the bootstrap knows no other.
    ValueError where the wholes sum to 0.
    """
    columns = _columns(sorted(shares, key=lambda share: (share.part, share.whole)))
    counts = resampled_counts(len(shares), seed=seed, resamples=resamples)
    drawn = _ratios(_weighted(counts, columns))
    return Metric(_ratio(columns), *_interval(drawn, _ratio(columns)), len(shares))


def bootstrap_median(
    values: Sequence[float],
    *,
    quantile: float = 0.5,
    seed: int = SEED,
    resamples: int = RESAMPLES,
) -> Metric:
    """Return the median, or another quantile 0…1, with its interval over cases.

    Linear between two values, as `timing.percentile`. ValueError for no values.
    """
    n = len(values)
    ends = np.cumsum(resampled_counts(n, seed=seed, resamples=resamples), axis=1, dtype=np.int32)
    ordered = np.sort(np.asarray(values, float))
    below = int((n - 1) * quantile)
    lower, upper = (
        ordered[(ends > min(place, n - 1)).argmax(axis=1)] for place in (below, below + 1)
    )
    drawn = lower + ((n - 1) * quantile - below) * (upper - lower)
    value = float(np.quantile(ordered, quantile))
    return Metric(value, *_interval(drawn, value), n)


def paired_difference(
    a: Sequence[Share], b: Sequence[Share], *, seed: int = SEED, resamples: int = RESAMPLES
) -> Difference:
    """Return B minus A over the same cases, in the same order: interval and p-value.

    The interval resamples cases, the same on both sides. p is the probability, 0…1, of a
    difference at least as large if A and B were swapped at random in each case: a two-sided
    randomisation test (Noreen 1989; Smucker, Allan and Carterette, CIKM 2007). With up to 12
    cases that differ every swap is tried; with more, 10,000, and p = (count + 1) / 10,001.
    Equal runs give 0 and p = 1. ValueError where lengths differ or wholes sum to 0.
    """
    if len(a) != len(b):
        raise ValueError(f"{len(a)} cases against {len(b)}; pair the runs by case first")
    one, other = _columns(a), _columns(b)
    value = _ratio(other) - _ratio(one)
    counts = resampled_counts(len(a), seed=seed, resamples=resamples)
    drawn = _ratios(_weighted(counts, other)) - _ratios(_weighted(counts, one))
    return Difference(value, *_interval(drawn, value), _swap_p(one, other, value, seed=seed))


def _swap_p(one: np.ndarray, other: np.ndarray, value: float, *, seed: int) -> float:
    """Return the p-value of the swap test; a swap that leaves a side no whole counts against."""
    gap = (other - one)[(other != one).any(axis=1)]
    swaps = _swaps(len(gap), seed)
    moved = _weighted(swaps, gap)
    found = _ratios(other.sum(axis=0) - moved) - _ratios(one.sum(axis=0) + moved)
    count = int((~(np.abs(found) < abs(value) - 1e-12)).sum())
    return count / len(swaps) if len(gap) <= EXACT else (count + 1) / (len(swaps) + 1)


def _swaps(n: int, seed: int) -> np.ndarray:
    """Return which of `n` cases are swapped, a row for each try: all there are, or a sample."""
    if n <= EXACT:
        return np.arange(2**n)[:, None] >> np.arange(n) & 1
    drawn = np.random.default_rng(seed).integers(256, size=(SWAPS, -(-n // 8)), dtype=np.uint8)
    return np.unpackbits(drawn, axis=1, count=n)


def _columns(shares: Sequence[Share]) -> np.ndarray:
    """Return parts and wholes, shape (cases, 2)."""
    return np.array([(share.part, share.whole) for share in shares], float).reshape(-1, 2)


def _ratio(columns: np.ndarray) -> float:
    part, whole = (fsum(column) for column in columns.T)
    if whole <= 0:
        raise ValueError("the wholes sum to 0; leave out a metric that applies to no case")
    return part / whole


def _ratios(sums: np.ndarray) -> np.ndarray:
    """Return part over whole of each row, NaN where there is no whole."""
    parts, wholes = sums.T
    return np.divide(parts, wholes, out=np.full(len(sums), np.nan), where=wholes > 0)


def _weighted(weights: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return weights @ columns, a block of rows at a time."""
    blocks = np.array_split(weights, max(1, weights.size // _BLOCK))
    return np.concatenate([block.astype(float) @ columns for block in blocks])


def _interval(drawn: np.ndarray, value: float) -> tuple[float, float]:
    """Return the 2.5th and 97.5th percentile, moved to hold `value` where rounding left it out."""
    known = drawn[~np.isnan(drawn)]
    low, high = np.percentile(known, (2.5, 97.5)) if len(known) else (value, value)
    return min(float(low), value), max(float(high), value)
