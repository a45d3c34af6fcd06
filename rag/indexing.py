"""Finds the passages whose vectors are nearest to a question's.

In: a store. Out: passage ids by similarity. Knows nothing about models or documents.
The FAISS file is derived: it is rebuilt from the store whenever it is missing, older
than the store, or damaged, and it is replaced in one step so that a reader never sees
half of one.
"""

from __future__ import annotations

import os
from pathlib import Path

import faiss
import numpy as np

from rag.storing import Store


class VectorIndex:
    """An exact inner-product index over the passages of a store."""

    def __init__(self, index: faiss.Index):
        self._index = index

    @classmethod
    def open(cls, store: Store) -> VectorIndex:
        """Return the index of the store as it is now, rebuilding it where necessary.

        A folder that cannot be written to gets an index in memory.
        """
        path = index_path(store)
        index = _read(path) if path.is_file() else None
        if index is None or index.ntotal != store.counts()[1]:
            index = _built(store)
            _replace(path, index)
        return cls(index)

    def search(
        self, vector: np.ndarray, limit: int, among: np.ndarray | None = None
    ) -> list[tuple[int, float]]:
        """Return up to `limit` pairs of passage id and inner product, nearest first.

        `vector` is float32 of shape (dimension,); `among` limits the search to passage ids,
        int64 of shape (n,). Equal similarities keep passage order.
        """
        known = self._index.ntotal if among is None else len(among)
        if not known or limit < 1:
            return []
        chosen = None
        if among is not None:
            chosen = faiss.SearchParameters(sel=faiss.IDSelectorBatch(among))
        scores, ids = self._index.search(vector[np.newaxis], min(limit, known), params=chosen)
        pairs = [(int(i), float(s)) for i, s in zip(ids[0], scores[0], strict=True) if i >= 0]
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))


def index_path(store: Store) -> Path:
    """Return where the FAISS file of the store's present generation belongs."""
    return store.folder / f"passages.{store.generation()}.faiss"


def _built(store: Store) -> faiss.Index:
    ids, vectors = store.vectors()
    index = faiss.IndexIDMap2(faiss.IndexFlatIP(vectors.shape[1] or 1))
    if len(ids):
        index.add_with_ids(vectors, ids)
    return index


def _read(path: Path) -> faiss.Index | None:
    try:
        return faiss.read_index(str(path))
    except RuntimeError:  # what FAISS raises for a damaged file
        return None


def _replace(path: Path, index: faiss.Index) -> None:
    """Write beside, flush to disk, rename; then remove the files of older generations."""
    partial = path.with_suffix(f".{os.getpid()}.partial")
    try:
        partial.write_bytes(faiss.serialize_index(index).tobytes())
        with open(partial, "rb") as written:
            os.fsync(written.fileno())
        os.replace(partial, path)
    except OSError:
        return  # read-only or full: the index in memory serves, the next run tries again
    for other in path.parent.glob("passages.*"):
        if other != path:
            other.unlink(missing_ok=True)
