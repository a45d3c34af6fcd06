"""Haystack: BM25 and embedding retrievers in memory, a `DocumentJoiner`, then a ranker.

In: a spec. Out: a search for each setting. The pipeline is that of its tutorial on hybrid
retrieval, joined by reciprocal rank fusion.
"""

from __future__ import annotations

from haystack import Document, Pipeline, component
from haystack.components.joiners import DocumentJoiner
from haystack.components.retrievers.in_memory import (
    InMemoryBM25Retriever,
    InMemoryEmbeddingRetriever,
)
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack.utils import ComponentDevice
from haystack_integrations.components.embedders.sentence_transformers import (
    SentenceTransformersTextEmbedder,
)

from tests.benchmarks.side_by_side.products import (
    Search,
    Spec,
    embedder_path,
    kept,
    scorer,
)

DEFAULT = 10
"""`top_k` of its retrievers and rankers, where nothing else is said."""


@component
class OnnxRanker:
    """`SentenceTransformersSimilarityRanker`, with the cross-encoder that all systems have."""

    def __init__(self, score, top_k: int):
        self._score = score
        self._top_k = top_k

    @component.output_types(documents=list[Document])
    def run(self, query: str, documents: list[Document]) -> dict:
        """Return the documents, best first."""
        logits = self._score(query, [one.content for one in documents])
        order = sorted(range(len(documents)), key=lambda at: -logits[at])
        return {"documents": [documents[at] for at in order[: self._top_k]]}


def open_system(spec: Spec) -> dict[str, Search]:
    """Return the documented defaults, and as many candidates as ours, reranked and not."""
    store = InMemoryDocumentStore(return_embedding=False)
    store.write_documents(_documents(spec))
    score, many = scorer(), spec.candidates
    return {
        f"documented defaults, top {DEFAULT}": _search(store, score, DEFAULT, joined=None),
        f"{many} candidates": _search(store, score, many, joined=many),
        f"{many} candidates, not reranked": _search(store, None, many, joined=many),
    }


def _documents(spec: Spec) -> list[Document]:
    return [Document(id=one.name, content=one.text, embedding=vector) for one, vector in kept(spec)]


def _search(store: InMemoryDocumentStore, score, many: int, *, joined: int | None) -> Search:
    line = _pipeline(store, many, joined)
    last = "joiner"
    if score:
        line.add_component("ranker", OnnxRanker(score, many))
        line.connect("joiner", "ranker")
        last = "ranker"

    def search(question: str) -> list[str]:
        given = {"embedder": {"text": question}, "keyword": {"query": question}}
        if score:
            given["ranker"] = {"query": question}
        return [one.id for one in line.run(given)[last]["documents"]]

    return search


def _pipeline(store: InMemoryDocumentStore, many: int, joined: int | None) -> Pipeline:
    line = Pipeline()
    embedder = SentenceTransformersTextEmbedder(
        model=embedder_path(),
        device=ComponentDevice.from_str("cpu"),
        progress_bar=False,
        normalize_embeddings=True,
        local_files_only=True,
    )
    line.add_component("embedder", embedder)
    line.add_component("dense", InMemoryEmbeddingRetriever(store, top_k=many))
    line.add_component("keyword", InMemoryBM25Retriever(store, top_k=many))
    joiner = DocumentJoiner(join_mode="reciprocal_rank_fusion", top_k=joined)
    line.add_component("joiner", joiner)
    line.connect("embedder.embedding", "dense.query_embedding")
    line.connect("dense", "joiner")
    line.connect("keyword", "joiner")
    return line
