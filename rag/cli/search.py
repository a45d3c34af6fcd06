"""`rag search`: find passages."""

from __future__ import annotations

from pathlib import Path

import click

from rag.assembling import Assistant
from rag.cli.common import emit, json_option, library_option, settings_for
from rag.prompting import heading
from rag.rendering import search_results
from rag.types import Document, Hit


@click.command()
@click.argument("question")
@click.option("-k", "limit", default=10, show_default=True, type=click.IntRange(1, 1000))
@library_option
@json_option
def search(question: str, limit: int, library: Path | None, as_json: bool) -> None:
    """Find the passages nearest to QUESTION, best first."""
    assistant = Assistant.open(settings_for(library))
    hits = assistant.search(question, limit)
    documents = {id: assistant.document(id) for id in {hit.passage.document_id for hit in hits}}
    emit(search_results(hits, documents), as_json, lambda: _text(hits, documents))


def _text(hits: list[Hit], documents: dict[str, Document]) -> str:
    blocks = []
    for rank, hit in enumerate(hits, 1):
        document = documents[hit.passage.document_id]
        about = heading(document) or document.path
        blocks.append(f"{rank}. {about}\n   {_how(hit)}\n{hit.passage.text}")
    return "\n\n".join(blocks) or "Nothing was found."


def _how(hit: Hit) -> str:
    reranker = "-" if hit.reranker is None else f"{hit.reranker:.1f}"
    return f"dense {hit.dense_rank or '-'}, keyword {hit.keyword_rank or '-'}, reranker {reranker}"
