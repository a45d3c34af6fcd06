"""LlamaIndex: vectors and BM25, fused by `QueryFusionRetriever`, then a reranker.

In: a spec. Out: a search for each setting. The parts are those of its documentation on
reciprocal rerank fusion; the vectors lie in its FAISS store, as its own keeps them in
Python lists. Queries are not multiplied (`num_queries=1`), so no generator is needed.
"""

from __future__ import annotations

import faiss
from llama_index.core import Settings, StorageContext, VectorStoreIndex
from llama_index.core.llms import MockLLM
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.retrievers import QueryFusionRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
from llama_index.retrievers.bm25 import BM25Retriever
from llama_index.vector_stores.faiss import FaissVectorStore
from pydantic import PrivateAttr

from tests.benchmarks.side_by_side.products import (
    Search,
    Spec,
    embedder_path,
    kept,
    scorer,
)

DEFAULT = 2
"""`similarity_top_k` and the `top_n` of its rerankers, where nothing else is said."""


class OnnxRerank(BaseNodePostprocessor):
    """`SentenceTransformerRerank`, with the cross-encoder that all systems have."""

    top_n: int
    _score = PrivateAttr()

    def __init__(self, score, top_n: int):
        super().__init__(top_n=top_n)
        self._score = score

    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        logits = self._score(query_bundle.query_str, [node.get_content() for node in nodes])
        for node, logit in zip(nodes, logits, strict=True):
            node.score = float(logit)
        return sorted(nodes, key=lambda node: -node.score)[: self.top_n]


def open_system(spec: Spec) -> dict[str, Search]:
    """Return the documented defaults, and as many candidates as ours, reranked and not."""
    Settings.llm = MockLLM()  # else it asks for a key of OpenAI's
    Settings.embed_model = HuggingFaceEmbedding(embedder_path(), device="cpu")
    nodes = _nodes(spec)
    store = FaissVectorStore(faiss.IndexFlatIP(len(nodes[0].embedding)))
    index = VectorStoreIndex(
        nodes, storage_context=StorageContext.from_defaults(vector_store=store)
    )
    score, many = scorer(), spec.candidates
    return {
        f"documented defaults, top {DEFAULT}": _search(index, nodes, score, DEFAULT),
        f"{many} candidates": _search(index, nodes, score, many),
        f"{many} candidates, not reranked": _search(index, nodes, None, many),
    }


def _nodes(spec: Spec) -> list[TextNode]:
    return [TextNode(id_=one.name, text=one.text, embedding=vector) for one, vector in kept(spec)]


def _search(index: VectorStoreIndex, nodes: list[TextNode], score, many: int) -> Search:
    retriever = QueryFusionRetriever(
        [
            index.as_retriever(similarity_top_k=many),
            BM25Retriever.from_defaults(nodes=nodes, similarity_top_k=many),
        ],
        mode="reciprocal_rerank",
        num_queries=1,
        similarity_top_k=many,
    )
    reranker = OnnxRerank(score, many) if score else None

    def search(question: str) -> list[str]:
        hits = retriever.retrieve(question)
        if reranker:
            hits = reranker.postprocess_nodes(hits, query_str=question)
        return [hit.node.node_id for hit in hits]

    return search
