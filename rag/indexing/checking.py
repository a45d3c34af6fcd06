"""Whether the FAISS file of a store agrees with it, all of it.

In: a store. Out: what is wrong. Knows nothing about how an index is made.
"""

from __future__ import annotations

import numpy as np

from rag.indexing import files
from rag.indexing.exact import Exact
from rag.indexing.opening import ROUNDED, of_kind
from rag.storing import Store

_BLOCK = 8192
_SAME = 1e-6


def flaw(store: Store) -> str:
    """Return how the index file differs from the store, "" where it does not.

    An exact index is compared whole; of a clustered one, whose vectors are rounded, all ids
    and the latest vectors.
    """
    path = files.index_path(store)
    if not path.exists():
        return "is not there"
    label = files.label_of(path, store.identity())
    index = files.load(path) if label else None
    if index is None:
        return "is damaged, or of another library"
    kind = of_kind(label.kind, store, index)
    ids = store.all_passage_ids()
    if not np.array_equal(kind.ids, ids):
        return f"holds {len(kind.ids):,} vectors and not those of the {len(ids):,} passages"
    exact = label.kind == Exact.kind
    listed, vectors = kind.latest(len(ids) if exact else _BLOCK)
    for at in range(0, len(listed), _BLOCK):
        kept = vectors[at : at + _BLOCK]
        _, true = store.vectors_of(listed[at : at + _BLOCK])
        limit = _SAME if exact else ROUNDED
        if kept.shape != true.shape or (np.linalg.norm(kept - true, axis=1) > limit).any():
            return "holds other vectors than the library"
    return ""


def remove(store: Store) -> None:
    """Remove the index file of a store, which the next opening makes anew."""
    files.index_path(store).unlink(missing_ok=True)
