"""The whole of finding: what may be found, the searches, and near-duplicates.

In: a question, a library, filters. Out: hits, best first, each with its copies.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from rag.merging import collapse
from rag.retrieving.chaining import chained
from rag.retrieving.searching import Scope, Searchable, judge, search
from rag.types import Filters, Hit

_SPARE = 2  # hits looked at for each one wanted, as copies fall together


def retrieve(
    question: str, library: Searchable, *, limit: int, filters: Filters | None = None
) -> list[Hit]:
    """Return up to `limit` hits, best first, from the documents that `filters` let through.

    As many come back as there are, up to `limit`: filters cut in before anything is ranked.
    Passages of other documents that say the same stand with the best of them as its copies.
    """
    among = library.store.passage_ids(filters) if filters else None
    find = partial(search, library=library, scope=Scope(filters, among), limit=_SPARE * limit)
    return collapse(chained(question, find))[:limit]


def judged(question: str, hits: Sequence[Hit], library: Searchable, *, most: int) -> list[Hit]:
    """Return hits of which the cross-encoder read the first `most`; read ones stay as they are."""
    first, rest = list(hits[:most]), list(hits[most:])
    if all(hit.reranker is not None for hit in first):
        return [*first, *rest]
    return [*judge(question, first, library.reranker), *rest]
