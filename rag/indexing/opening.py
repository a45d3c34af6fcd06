"""The index of a store, kept in step with it.

In: a store. Out: `VectorIndex`. Knows nothing about bytes on disk. What is there is used
as it is, or changed by what was added and removed since, or made anew from the store.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import faiss
import numpy as np

from rag.indexing import files
from rag.indexing.clustered import TRAINED, Clustered, n_lists
from rag.indexing.exact import Exact
from rag.indexing.files import Label, index_path
from rag.indexing.ranking import similarities
from rag.storing import Store

EXACT_UP_TO = 120_000
"""Passages up to which all are compared. With 384 dimensions and one thread p95 was 10 ms at
100,000 and 18 at 200,000, and of a clustered index 8: python -m tests.benchmarks.indexing"""
_OUTGROWN = 2
"""How many times more or fewer passages than planned the lists of an index can carry."""
_WITNESSES = 64
ROUNDED = 0.2
"""Distance up to which a vector counts as another one rounded: a cosine of .98."""
_BLOCK = 8192

_Kind = Exact | Clustered


class VectorIndex:
    """An inner-product index over the passages of a store, of the kind that suits its size."""

    def __init__(self, kind: _Kind, store: Store):
        self._kind = kind
        self._store = store

    @classmethod
    def open(
        cls,
        store: Store,
        *,
        exact_up_to: int = EXACT_UP_TO,
        progress: Callable[[int, int], None] = lambda done, of: None,
    ) -> VectorIndex:
        """Return the index of the store as it is now, changing or building it where necessary.

        `progress` is told how many passages are in, of how many to add. A folder that cannot
        be written to gets an index in memory.
        """
        kind = _ready(store, exact_up_to)
        if kind is None:
            with files.one_at_a_time(store.folder):
                kind = _ready(store, exact_up_to) or _in_step(store, exact_up_to, progress)
        return cls(kind, store)

    @property
    def kind(self) -> str:
        """How it searches: "exact" or "clustered"."""
        return self._kind.kind

    def search(
        self, vector: np.ndarray, limit: int, among: np.ndarray | None = None
    ) -> list[tuple[int, float]]:
        """Return up to `limit` pairs of passage id and inner product, nearest first.

        `vector` is a float32 unit vector of shape (dimension,); `among` limits the search to
        passage ids, int64 of shape (n,), and as many of these as `limit` are returned. Equal
        similarities keep passage order. The inner products are exact.
        """
        if among is not None and not (np.diff(among) > 0).all():
            among = np.unique(among)
        empty = not self._kind.index.ntotal or (among is not None and not len(among))
        return [] if empty or limit < 1 else self._kind.search(vector, limit, among)

    def similarity(self, vector: np.ndarray, passage_ids: Sequence[int]) -> np.ndarray:
        """Return the exact inner product with each passage, float32 of shape (n,).

        `vector` is float32 of shape (dimension,). Passages that are not in the store
        (removed a moment ago) get 0.
        """
        ids = np.asarray(passage_ids, np.int64)
        known, vectors = self._store.vectors_of(ids)
        found = np.zeros(len(ids), np.float32)
        if len(known):
            places = np.minimum(np.searchsorted(known, ids), len(known) - 1)
            found = np.where(known[places] == ids, similarities(vectors, vector)[places], 0)
        return found.astype(np.float32)


def _ready(store: Store, exact_up_to: int) -> _Kind | None:
    """Return the index on disk if it is of the store as it is now."""
    path, passages = index_path(store), store.counts()[1]
    label = files.label_of(path, store.identity())
    if label is None or not _suits(label, passages, exact_up_to):
        return None
    found = files.mapped(path)
    kind = found and of_kind(label.kind, store, *found)
    sound = kind and kind.index.ntotal == passages and _agrees(kind, store)
    return kind if sound else None


def _in_step(store: Store, exact_up_to: int, progress: Callable[[int, int], None]) -> _Kind:
    """Return the index of the store, of an earlier one where there is one, and save it."""
    path, library, generation = index_path(store), store.identity(), store.generation()
    ids = store.all_passage_ids()
    kind, planned = _earlier(store, ids, exact_up_to) or (None, len(ids))
    if kind is None:
        progress(0, len(ids))  # a minute may pass before the first passage is in
        kind = _empty(store, ids, exact_up_to)
    _add(kind, np.setdiff1d(ids, kind.ids, assume_unique=True), store, progress)
    label = Label(library, generation, kind.kind, planned)
    if files.write(path, label, kind.index):
        files.remove_others(path)
    return kind


def _suits(label: Label, passages: int, exact_up_to: int) -> bool:
    """Return whether an index is of the right kind and size for so many passages."""
    if label.kind == Exact.kind:
        return passages <= exact_up_to
    # Kept some way below, or a library about that large would be made anew again and again.
    small = passages <= exact_up_to / _OUTGROWN
    return not small and label.planned / _OUTGROWN <= passages <= label.planned * _OUTGROWN


def _earlier(store: Store, ids: np.ndarray, exact_up_to: int) -> tuple[_Kind, int] | None:
    """Return an index that lacks at most the latest of `ids`, and what it was planned for."""
    for path in files.earlier(store.folder):
        label = files.label_of(path, store.identity())
        index = files.load(path) if label and _suits(label, len(ids), exact_up_to) else None
        if index is None:
            continue
        kind = of_kind(label.kind, store, index)
        gone = np.setdiff1d(kind.ids, ids, assume_unique=True)
        if len(gone):
            kind.remove(gone)
        rest = kind.ids
        if len(rest) and np.array_equal(rest, ids[: len(rest)]) and _agrees(kind, store):
            return kind, label.planned
    return None


def of_kind(kind: str, store: Store, index: faiss.Index, memory: np.ndarray | None = None) -> _Kind:
    """Return what searches a FAISS index of this kind."""
    if kind == Exact.kind:
        return Exact(index, memory)
    return Clustered(index, store, memory)


def _agrees(kind: _Kind, store: Store) -> bool:
    """Return whether the latest passages of the index are those of the store.

    Ids rise, so where a store was put back to an earlier state and then changed in another
    way, it is in the latest common ids that the two differ.
    """
    ids, kept = kind.latest(_WITNESSES)
    known, vectors = store.vectors_of(ids)
    if kept.shape != vectors.shape or not np.array_equal(known, ids):
        return not len(ids)
    return bool((np.linalg.norm(kept - vectors, axis=1) <= ROUNDED).all())


def _empty(store: Store, ids: np.ndarray, exact_up_to: int) -> _Kind:
    """Return an index of nothing, made for the passages with these ids."""
    if len(ids) <= exact_up_to:
        return Exact.empty(store.vectors_of(ids[:1])[1].shape[1] or 1)
    some = np.random.default_rng(0).choice(ids, TRAINED * n_lists(len(ids)), replace=False)
    some.sort()
    blocks = [store.vectors_of(some[at : at + _BLOCK])[1] for at in range(0, len(some), _BLOCK)]
    return Clustered.trained(np.concatenate(blocks), len(ids), store)


def _add(kind: _Kind, ids: np.ndarray, store: Store, progress: Callable[[int, int], None]) -> None:
    for at in range(0, len(ids), _BLOCK):
        progress(at, len(ids))
        known, vectors = store.vectors_of(ids[at : at + _BLOCK])
        if len(known):
            kind.add(known, vectors)
    progress(len(ids), len(ids))
