"""Finds the passages that may answer a question.

In: a question, and a library with the models that search it. Out: hits, best first. Knows
nothing about prompts or generators.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rag.indexing import VectorIndex
from rag.storing import Store
from rag.types import Embedder, Filters, Hit, Reranker

_RRF = 60
"""The constant of reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009)."""


@dataclass(frozen=True, slots=True)
class Searchable:
    """A library and what it is searched with; `candidates` passages of each search compete."""

    store: Store
    index: VectorIndex
    embedder: Embedder
    reranker: Reranker
    candidates: int


def retrieve(
    question: str, library: Searchable, *, limit: int, filters: Filters | None = None
) -> list[Hit]:
    """Return up to `limit` hits, best first, from the documents that `filters` let through.

    The best of dense and keyword search, fused, are reranked; then the three rankings are
    fused. Ties keep document order.
    """
    depth = max(limit, library.candidates)
    vector = library.embedder.embed_question(question)
    among = library.store.passage_ids(filters) if filters else None
    dense = [found for found, _ in library.index.search(vector, depth, among)]
    keyword = library.store.keyword_search(question, depth, filters)
    fused = _best_first(fuse((dense, keyword)))[:depth]
    passages = library.store.passages(fused)
    logits = library.reranker.score(question, [passage.text for passage in passages])
    reranked = [passages[at].passage_id for at in np.argsort(-logits, kind="stable")]
    scores = fuse((dense, keyword, reranked))
    hits = [
        Hit(
            passage=passage,
            score=scores[passage.passage_id],
            dense_rank=_rank(dense, passage.passage_id),
            keyword_rank=_rank(keyword, passage.passage_id),
            reranker=float(logit),
        )
        for passage, logit in zip(passages, logits, strict=True)
    ]
    hits.sort(key=lambda hit: (-hit.score, hit.passage.document_id, hit.passage.start))
    return hits[:limit]


def fuse(rankings: Sequence[Sequence[int]]) -> dict[int, float]:
    """Return the reciprocal rank fusion of rankings: for each id, the sum of 1 / (60 + rank)."""
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, found in enumerate(ranking, 1):
            scores[found] = scores.get(found, 0.0) + 1 / (_RRF + rank)
    return scores


def _best_first(scores: dict[int, float]) -> list[int]:
    return sorted(scores, key=lambda found: (-scores[found], found))


def _rank(ranking: Sequence[int], found: int) -> int | None:
    return ranking.index(found) + 1 if found in ranking else None
