"""Opens a library as the program searches it, for benchmarks that search without an assistant."""

from __future__ import annotations

from rag.assembling import Models
from rag.indexing import VectorIndex
from rag.retrieving import Searchable
from rag.settings import Settings
from rag.storing import Store


def searchable(store: Store, models: Models, settings: Settings) -> Searchable:
    """Return what is searched in a store whose passages all have token vectors."""
    return Searchable(
        store,
        VectorIndex.open(store),
        models.embedder,
        models.reranker,
        settings.candidates,
        models.late,
    )
