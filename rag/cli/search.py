"""`rag search`: find passages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from rag.assembling import Assistant
from rag.cli.common import emit, json_option, library_option, settings_for
from rag.cli.filters import chosen_filters, filter_options, narrowing_lines
from rag.filtering import Wish, nothing_left
from rag.prompting import heading
from rag.rendering import search_results
from rag.types import Document, Hit


@click.command()
@click.argument("question")
@click.option("-k", "limit", default=10, show_default=True, type=click.IntRange(1, 1000))
@filter_options
@library_option
@json_option
def search(
    question: str,
    limit: int,
    wish: Wish,
    dates_from_question: bool,
    library: Path | None,
    as_json: bool,
) -> None:
    """Find the passages nearest to QUESTION, best first, and how each was found."""
    assistant = Assistant.open(settings_for(library))
    filters = chosen_filters(assistant, question, wish, dates_from_question=dates_from_question)
    hits = assistant.search(question, limit, filters=filters)
    documents, left = assistant.sources(hits), assistant.narrowing(filters)

    def text() -> str:
        lines = narrowing_lines(left, assistant.choices()) if left else []
        found = _blocks(hits, documents) or [nothing_left(left) or "Nothing was found."]
        return "\n\n".join([*filter(None, ["\n".join(lines)]), *found])

    emit(search_results(hits, documents, left), as_json, text)


def _blocks(hits: Sequence[Hit], documents: dict[str, Document]) -> list[str]:
    return [
        f"{rank}. {_about(documents[hit.passage.document_id])}\n"
        f"   {_how(hit)}\n{_copies(hit, documents)}{hit.passage.text}"
        for rank, hit in enumerate(hits, 1)
    ]


def _how(hit: Hit) -> str:
    """Return the ranks, and the score of each reranker that read the passage."""
    told = [f"dense {hit.dense_rank or '-'}", f"keyword {hit.keyword_rank or '-'}"]
    if hit.late is not None:
        told.append(f"late interaction {hit.late:.2f}")
    if hit.reranker is not None:
        told.append(f"reranker {hit.reranker:.1f}")
    return ", ".join(told)


def _copies(hit: Hit, documents: dict[str, Document]) -> str:
    if not hit.copies:
        return ""
    number = f"{len(hit.copies)} near-duplicate{'' if len(hit.copies) == 1 else 's'}"
    where = "; ".join(_source(documents[one.document_id]) for one in hit.copies)
    return f"   {number}: {where}\n"


def _source(document: Document) -> str:
    """Return publisher and date, else the path."""
    known = (document.publisher, document.published)
    return ", ".join(fact.value for fact in known if fact) or document.path


def _about(document: Document) -> str:
    return heading(document) or document.path
