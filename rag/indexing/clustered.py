"""Search in a large library: vectors of one byte a dimension in lists of similar ones.

In: a store, vectors with ids. Out: the nearest ids. A question is compared with the lists
whose centres are nearest; the best of what is found are compared again with the vectors
in the store, so similarities are exact and only a passage in no such list can be missed.
"""

from __future__ import annotations

import math

import faiss
import numpy as np

from rag.indexing.ranking import best_first, similarities
from rag.storing import Store

PROBED = 400
"""Lists that a question is compared with. On real questions and synthetic passages (see
tests.benchmarks.indexing) recall@10 against comparing all was .999 at 100,000 passages and
.998 at 200,000. With a quarter of the lists it was .974 of 6,119 real passages, .978 of as
many synthetic ones."""
RESCORED = 2
"""How many times `limit` passages are compared again, exactly. Once would cost no recall@10."""
SCORED = 1000
"""Up to so many passages let through by filters are compared exactly, without the lists."""
TRAINED = 40
"""Vectors for each list that centres are computed from; FAISS asks for 39 or more."""


class Clustered:
    """An inverted file with scalar quantisation, and the store that has the true vectors."""

    kind = "clustered"

    def __init__(self, index: faiss.IndexIVF, store: Store, memory: np.ndarray | None = None):
        """Take an index, and the memory it lies in when it is mapped from a file."""
        self.index = index
        self._store = store
        self._memory = memory

    @classmethod
    def trained(cls, sample: np.ndarray, passages: int, store: Store) -> Clustered:
        """Return an index of no vectors, made for so many that look like the sample."""
        lists = n_lists(passages)
        index = faiss.index_factory(sample.shape[1], f"IVF{lists},SQ8", faiss.METRIC_INNER_PRODUCT)
        index.train(sample)
        return cls(index, store)

    @property
    def ids(self) -> np.ndarray:
        """The ids, rising."""
        return np.sort(self._listed())

    def add(self, ids: np.ndarray, vectors: np.ndarray) -> None:
        """Add vectors."""
        self.index.add_with_ids(vectors, ids)

    def remove(self, ids: np.ndarray) -> None:
        """Remove the vectors with these ids."""
        self.index.remove_ids(faiss.IDSelectorBatch(ids))

    def latest(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the largest `count` ids, rising, and their vectors as they were rounded."""
        listed, ends = self._listed(), np.cumsum(self._sizes())
        places = np.argsort(listed)[-count:]
        vectors = np.empty((len(places), self.index.d), np.float32)
        for row, place in enumerate(places):
            at = int(np.searchsorted(ends, place, side="right"))
            within = int(place - (ends[at - 1] if at else 0))
            self.index.reconstruct_from_offset(at, within, faiss.swig_ptr(vectors[row]))
        return listed[places], vectors

    def search(
        self, question: np.ndarray, limit: int, among: np.ndarray | None
    ) -> list[tuple[int, float]]:
        """Return the nearest of all, or of the rising ids `among`."""
        if among is not None and len(among) <= SCORED:
            return self._compared(among, question, limit)
        probed = self._probes(among)
        found = self._compared(self._nearest(question, limit, among, probed), question, limit)
        if len(found) < limit and probed < self.index.nlist:
            every = self._nearest(question, limit, among, self.index.nlist)
            found = self._compared(every, question, limit)
        return found

    def _probes(self, among: np.ndarray | None) -> int:
        """Return how many lists to look at: the fewer passages count, the more lists."""
        share = 1.0 if among is None else len(among) / self.index.ntotal
        return min(self.index.nlist, math.ceil(PROBED / share))

    def _nearest(
        self, question: np.ndarray, limit: int, among: np.ndarray | None, probed: int
    ) -> np.ndarray:
        chosen = None if among is None else faiss.IDSelectorBitmap(_bitmap(among))
        options = faiss.SearchParametersIVF(nprobe=probed, sel=chosen)
        wanted = min(self.index.ntotal, RESCORED * limit)
        ids = self.index.search(question[np.newaxis], wanted, params=options)[1][0]
        return ids[ids >= 0]

    def _compared(
        self, ids: np.ndarray, question: np.ndarray, limit: int
    ) -> list[tuple[int, float]]:
        known, vectors = self._store.vectors_of(ids)
        if not len(known):
            return []
        return best_first(known, similarities(vectors, question), limit)

    def _sizes(self) -> np.ndarray:
        lists = self.index.invlists
        return np.array([lists.list_size(at) for at in range(self.index.nlist)])

    def _listed(self) -> np.ndarray:
        """Return the ids list after list."""
        lists = self.index.invlists
        parts = [
            faiss.rev_swig_ptr(lists.get_ids(at), int(size))
            for at, size in enumerate(self._sizes())
            if size
        ]
        return np.concatenate(parts) if parts else np.empty(0, np.int64)


def n_lists(passages: int) -> int:
    """Return how many lists suit so many passages: about 4 times the root, as FAISS advises."""
    return max(1, min(round(4 * math.sqrt(passages)), passages // TRAINED))


def _bitmap(ids: np.ndarray) -> np.ndarray:
    """Return a bit for each id from 0 to the last, set for those that are in."""
    ids = ids[ids >= 0]
    bits = np.zeros(int(ids[-1]) + 1 if len(ids) else 0, bool)
    bits[ids] = True
    return np.packbits(bits, bitorder="little")
