"""One search of a library: dense and keyword candidates, reranked and fused.

In: a question and the passages it may find. Out: hits, best first. Knows nothing about
questions that need several searches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rag.guarding import readable
from rag.indexing import VectorIndex
from rag.reranking import maxsim
from rag.retrieving.scoring import fused, judged
from rag.storing import Store
from rag.types import Embedder, Filters, Hit, LateReranker, Passage, Reranker

READ = 24
"""Candidates that the cross-encoder reads where it alone reranks: about a third of a second."""


@dataclass(frozen=True, slots=True)
class Searchable:
    """A library and what it is searched with; `candidates` passages of each search compete.

    Without `late`, which needs token vectors in the library, the cross-encoder `reranker`
    reads the best candidates.
    """

    store: Store
    index: VectorIndex
    embedder: Embedder
    reranker: Reranker
    candidates: int
    late: LateReranker | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """The passages that may be found: `among` are the ids that `filters` let through."""

    filters: Filters | None = None
    among: np.ndarray | None = None


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A passage that a search found, before its text is looked up."""

    passage_id: int
    score: float
    dense_rank: int | None
    keyword_rank: int | None
    late: float | None


def search(question: str, library: Searchable, scope: Scope, *, limit: int) -> list[Hit]:
    """Return up to `limit` hits, best first; equal ones in the order they were stored."""
    depth = max(limit, library.candidates)
    wanted = limit if library.late else max(limit, READ)
    best = sorted(_candidates(question, library, scope, depth), key=_order)[:wanted]
    passages = library.store.passages(one.passage_id for one in best)
    by_id = {passage.passage_id: passage for passage in passages}
    hits = [_hit(one, by_id[one.passage_id]) for one in best if one.passage_id in by_id]
    if not library.late:
        hits = [*judge(question, hits[:READ], library.reranker), *hits[READ:]]
    return hits[:limit]


def judge(question: str, hits: Sequence[Hit], reranker: Reranker) -> list[Hit]:
    """Return hits with the cross-encoder's opinion of each, in the order they then have."""
    logits = reranker.score(question, [readable(hit.passage.text) for hit in hits]).tolist()
    read = [
        replace(hit, reranker=logit, score=hit.score + judged(logit))
        for hit, logit in zip(hits, logits, strict=True)
    ]
    return sorted(read, key=lambda hit: (-hit.score, hit.passage.passage_id))


def _candidates(question: str, library: Searchable, scope: Scope, depth: int) -> list[_Candidate]:
    vector = library.embedder.embed_question(question)
    dense = dict(library.index.search(vector, depth, scope.among))
    keyword = dict(library.store.keyword_search(question, depth, scope.filters))
    others = [found for found in keyword if found not in dense]
    cosines = dense | dict(
        zip(others, library.index.similarity(vector, others).tolist(), strict=True)
    )
    late = _late(question, library, list(cosines))
    dense_ranks, keyword_ranks = _ranks(dense), _ranks(keyword)
    return [
        _Candidate(
            found,
            fused(
                dense=library.embedder.scale * cosine,
                keyword=keyword.get(found, 0.0),
                late=late.get(found),
            ),
            dense_ranks.get(found),
            keyword_ranks.get(found),
            late.get(found),
        )
        for found, cosine in cosines.items()
    ]


def _late(question: str, library: Searchable, passage_ids: list[int]) -> dict[int, float]:
    """Return the late-interaction score of each passage; {} where the library has none."""
    if library.late is None or not passage_ids:
        return {}
    signs = library.store.signs_of(passage_ids)
    shape = (-1, library.late.dimension // 8)
    scores = maxsim(
        library.late.encode_question(question), [bits.reshape(shape) for bits in signs.values()]
    )
    return dict(zip(signs, scores.tolist(), strict=True))


def _ranks(found: dict[int, float]) -> dict[int, int]:
    return {passage_id: rank for rank, passage_id in enumerate(found, 1)}


def _order(one: _Candidate) -> tuple[float, int]:
    return -one.score, one.passage_id


def _hit(found: _Candidate, passage: Passage) -> Hit:
    return Hit(
        passage=passage,
        score=found.score,
        dense_rank=found.dense_rank,
        keyword_rank=found.keyword_rank,
        late=found.late,
    )
