"""Similarities that depend on nothing but the two vectors, and orders made of them.

In: vectors. Out: inner products, best first. Knows nothing about FAISS or SQLite.
"""

from __future__ import annotations

import numpy as np

SLACK = 1e-4
"""More than a fast inner product of unit vectors is off by: 2 ** -24 for each dimension."""


def similarities(vectors: np.ndarray, question: np.ndarray) -> np.ndarray:
    """Return the inner products of rows with a question, float32 of shape (n,).

    Equal rows get equal values wherever they stand, which no BLAS promises.
    """
    return (vectors.astype(np.float64) * question).sum(axis=1).astype(np.float32)


def contenders(scores: np.ndarray, limit: int) -> np.ndarray:
    """Return the places of the best `limit` scores, and of those too close to them to tell."""
    if len(scores) <= limit:
        return np.arange(len(scores))
    last = np.partition(scores, len(scores) - limit)[len(scores) - limit]
    return np.flatnonzero(scores >= last - SLACK)


def best_first(ids: np.ndarray, scores: np.ndarray, limit: int) -> list[tuple[int, float]]:
    """Return up to `limit` pairs of id and score, best first; equal scores keep id order."""
    order = np.lexsort((ids, -scores))[:limit]
    return list(zip(ids[order].tolist(), scores[order].tolist(), strict=True))
