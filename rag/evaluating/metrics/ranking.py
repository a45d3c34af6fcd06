"""How well a ranking puts the relevant items first.

In: item ids, best first, and the grade of each relevant item. Out: numbers from 0 to 1, higher
is better. Knows nothing about what an item is.

Throughout, an item is relevant when its grade is above 0, an item that is ranked twice counts
where it stands first, and ValueError is raised where no item is relevant or a cutoff is below
1. All agree with trec_eval (NIST, https://github.com/usnistgov/trec_eval).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log2


def recall_at(ranking: Sequence[str], relevant: Mapping[str, float], k: int) -> float:
    """Return the share, 0…1, of the relevant items among the first `k` (trec_eval `recall_k`)."""
    grades = _grades(ranking, relevant, k)
    return sum(grade > 0 for grade in grades) / len(_ideal(relevant))


def hit_at(ranking: Sequence[str], relevant: Mapping[str, float], k: int) -> float:
    """Return 1 when a relevant item is among the first `k`, else 0 (trec_eval `success_k`)."""
    return float(any(grade > 0 for grade in _grades(ranking, relevant, k)))


def reciprocal_rank(ranking: Sequence[str], relevant: Mapping[str, float]) -> float:
    """Return 1 / the rank of the first relevant item, 0 where none is (trec_eval `recip_rank`).

    Its mean over questions is the MRR (Voorhees, TREC-8 1999). Range 0…1.
    """
    grades = _grades(ranking, relevant)
    return next((1 / rank for rank, grade in enumerate(grades, 1) if grade > 0), 0.0)


def average_precision(ranking: Sequence[str], relevant: Mapping[str, float]) -> float:
    """Return the mean precision at the rank of each relevant item (trec_eval `map`).

    An item that is not ranked adds 0. The mean over questions is the MAP. Range 0…1.
    """
    grades = _grades(ranking, relevant)
    ranks = [rank for rank, grade in enumerate(grades, 1) if grade > 0]
    return sum(found / rank for found, rank in enumerate(ranks, 1)) / len(_ideal(relevant))


def ndcg_at(ranking: Sequence[str], relevant: Mapping[str, float], k: int) -> float:
    """Return the gain of the first `k`, as a share, 0…1, of the best ranking's.

    The gain is linear, grade / log2(rank + 1), as trec_eval's `ndcg_cut_k` and BEIR have it
    (Järvelin and Kekäläinen, TOIS 2002, with the usual log2(rank + 1); Thakur et al. 2021).
    """
    return _gain(_grades(ranking, relevant, k)) / _gain(_ideal(relevant)[:k])


def _grades(
    ranking: Sequence[str], relevant: Mapping[str, float], k: int | None = None
) -> list[float]:
    """Return the grade of each distinct item of the first `k`; 0 for what is not relevant."""
    if k is not None and k < 1:
        raise ValueError(f"the cutoff is {k}; it must be at least 1")
    if not _ideal(relevant):
        raise ValueError("no item is relevant; leave such a question out of the ranking metrics")
    distinct = list(dict.fromkeys(ranking))[:k]
    return [max(relevant.get(item, 0.0), 0.0) for item in distinct]


def _ideal(relevant: Mapping[str, float]) -> list[float]:
    """Return the grades above 0, highest first: those of the best ranking."""
    return sorted((grade for grade in relevant.values() if grade > 0), reverse=True)


def _gain(grades: Sequence[float]) -> float:
    return sum(grade / log2(rank + 1) for rank, grade in enumerate(grades, 1))
