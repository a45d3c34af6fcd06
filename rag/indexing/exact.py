"""Exact search: every vector is compared.

In: vectors with rising ids. Out: the nearest ids. Knows nothing about files.
The products come from FAISS's kernel with one thread. Its search, like BLAS, waits for all
threads on every question: with other programs running, 100,000 vectors of 384 dimensions
took 67 ms that way, 24 ms with BLAS, and 9 ms like this, where p95 is 10 ms.
"""

from __future__ import annotations

import faiss
import numpy as np

from rag.indexing.ranking import best_first, contenders, similarities

GATHERED = 1 / 10
"""Up to this share of the vectors, copying them together is faster than comparing them all."""


class Exact:
    """A flat index with ids."""

    kind = "exact"

    def __init__(self, index: faiss.IndexIDMap, memory: np.ndarray | None = None):
        """Take an index, and the memory it lies in when it is mapped from a file."""
        self.index = index
        self._memory = memory

    @classmethod
    def empty(cls, dimension: int) -> Exact:
        """Return an index of no vectors."""
        return cls(faiss.IndexIDMap(faiss.IndexFlatIP(dimension)))

    @property
    def ids(self) -> np.ndarray:
        """The ids, rising: they are added in that order, and removing keeps it."""
        return faiss.vector_to_array(self.index.id_map)

    def add(self, ids: np.ndarray, vectors: np.ndarray) -> None:
        """Add vectors whose ids are above those that are there."""
        self.index.add_with_ids(vectors, ids)

    def remove(self, ids: np.ndarray) -> None:
        """Remove the vectors with these ids."""
        self.index.remove_ids(faiss.IDSelectorBatch(ids))

    def latest(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the largest `count` ids, rising, and their vectors."""
        return self.ids[-count:], self._vectors[-count:]

    def search(
        self, question: np.ndarray, limit: int, among: np.ndarray | None
    ) -> list[tuple[int, float]]:
        """Return the nearest of all, or of the rising ids `among`."""
        ids, vectors = self.ids, self._vectors
        rows = np.arange(len(ids)) if among is None else _places(ids, among)
        if len(rows) <= GATHERED * len(ids):
            scores = _products(vectors[rows], question)
        else:
            scores = _products(vectors, question)[rows]
        rows = rows[contenders(scores, limit)]
        return best_first(ids[rows], similarities(vectors[rows], question), limit)

    @property
    def _vectors(self) -> np.ndarray:
        """FAISS's own memory: valid until the index changes."""
        flat = faiss.downcast_index(self.index.index)
        data = faiss.rev_swig_ptr(flat.get_xb(), flat.ntotal * flat.d)
        return data.reshape(flat.ntotal, flat.d)


def _products(vectors: np.ndarray, question: np.ndarray) -> np.ndarray:
    question = np.ascontiguousarray(question, np.float32)
    scores = np.empty(len(vectors), np.float32)
    pointers = (faiss.swig_ptr(one) for one in (scores, question, vectors))
    faiss.fvec_inner_products_ny(*pointers, vectors.shape[1], len(vectors))
    return scores


def _places(ids: np.ndarray, among: np.ndarray) -> np.ndarray:
    """Return where the ids `among` stand in `ids`; both rise, unknown ones are left out."""
    places = np.searchsorted(ids, among)
    places = places[places < len(ids)] if len(ids) else places[:0]
    return places[ids[places] == among[: len(places)]]
