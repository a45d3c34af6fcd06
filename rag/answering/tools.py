"""What answering works with, and what of it is read for a question.

In: a question, a library, a generator, settings. Out: hits and evidence. Knows nothing about
how an answer is written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf

from rag import choosing, merging, prompting
from rag.answering.copies import with_copies
from rag.bridging import leads_on
from rag.retrieving import Searchable, judged, retrieve
from rag.settings import Settings
from rag.types import Document, Evidence, Filters, Generator, Hit, Span

_STEP = 50  # tokens of evidence
HITS = 24
"""Passages that a question's search brings; evidence is chosen from them."""


@dataclass(frozen=True, slots=True)
class Recalled:
    """What an earlier search found, the evidence chosen from it, and what was nearest."""

    hits: tuple[Hit, ...]
    evidence: tuple[Evidence, ...]
    nearest: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Tools:
    """What answering works with: a library to search, a generator, and the settings.

    With `recalled` an answer is given again, and the library is not searched.
    """

    library: Searchable
    generator: Generator
    settings: Settings
    recalled: Recalled | None = None


def found(question: str, tools: Tools, filters: Filters | None) -> Sequence[Hit]:
    """Return the hits of a question, best first."""
    if tools.recalled:
        return tools.recalled.hits
    hits = retrieve(question, tools.library, limit=HITS, filters=filters)
    return judged(question, hits, tools.library, most=tools.settings.judged)


def read(question: str, hits: Sequence[Hit], tools: Tools) -> tuple[Evidence, ...]:
    """Return the evidence that the generator reads."""
    return tools.recalled.evidence if tools.recalled else evidence_for(question, hits, tools)


def evidence_for(question: str, hits: Sequence[Hit], tools: Tools) -> tuple[Evidence, ...]:
    """Return the evidence that the generator is given, numbered, best first.

    Sentences are chosen from the hits that the reranker read and found near the best. Of several
    copies of one text the best takes a place, and neighbours take one together.
    """
    hits = merging.collapse(hits)[: tools.settings.judged]
    hits = [hits[at] for at in looked_at(question, [hit.reranker for hit in hits])]
    return with_copies(_chosen(question, hits, tools), hits, tools.library.store)


def looked_at(
    question: str, logits: Sequence[float | None], far: float = choosing.FAR
) -> Sequence[int]:
    """Return where the passages stand of which sentences may be chosen, by their logits."""
    return choosing.near(logits, _reach(question, far))


def _chosen(question: str, hits: Sequence[Hit], tools: Tools) -> tuple[Evidence, ...]:
    documents = {hit.passage.document_id for hit in hits}
    by_id = {document_id: tools.library.store.document(document_id) for document_id in documents}
    passages = [
        (by_id[hit.passage.document_id], Span(hit.passage.start, hit.passage.end)) for hit in hits
    ]
    return chosen(question, passages, tools)


def chosen(
    question: str, passages: Sequence[tuple[Document, Span]], tools: Tools
) -> tuple[Evidence, ...]:
    """Return the sentences of passages that the generator is given."""
    budget = budget_for(tools.settings, tools.generator.pace)
    spread = tools.settings.evidence_spread or inf
    room = room_for(question, tools.generator.count_tokens, budget, spread)
    return choosing.choose(question, passages, score=tools.library.reranker.score, room=room)


def budget_for(settings: Settings, pace: float | None) -> int:
    """Return the tokens of evidence that a generator of this pace, tokens a second, is given.

    In steps, so that a pace that is measured again seldom changes an answer.
    """
    most = settings.evidence_tokens
    if not (settings.reading_seconds and pace):
        return most
    in_time = int(settings.reading_seconds * pace) // _STEP * _STEP
    return min(most, max(choosing.SURE, in_time))


def room_for(
    question: str,
    count: Callable[[str], int],
    budget: int,
    spread: float,
    sure: int = choosing.SURE,
) -> choosing.Room:
    """Return how much may be chosen for a question, in tokens that `count` counts."""
    return choosing.Room(
        budget=budget,
        cost=lambda words: count(words) + 1,
        opening=lambda document: count(f"[1] {prompting.heading(document)}\n\n"),
        sure=sure,
        spread=_reach(question, spread),
    )


def _reach(question: str, logits: float) -> float:
    """Return how far below the best may be read; no bound where a question leads on.

    The second half of what such a question asks for lies far from its own words.
    """
    return inf if leads_on(question) else logits
