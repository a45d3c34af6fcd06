"""An answer from what was kept of it: the whole object, over the evidence as it was read.

In: a record of the log, or what is kept of an answer that is not in the log. Out: an `Answer`.
Knows nothing about where either is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rag.recording.making import shown, sources
from rag.recording.recalling import evidence_of, nearest_of
from rag.recording.records import Record, Shown, Source
from rag.rendering import answer_object
from rag.types import (
    Account,
    Answer,
    Citation,
    Disagreement,
    Document,
    Evidence,
    Statement,
    Timings,
)

_PLAIN = (
    *("question", "text", "refusal", "invalid_citations", "corrected_citations", "missing"),
    *("confidence", "standalone", "answer_id"),
)
"""Fields of an answer that are in its JSON as they are."""


@dataclass(frozen=True, slots=True)
class Told:
    """An answer with the words that it rests on: what a `Record` holds of them."""

    answer: dict
    evidence: tuple[Shown, ...]
    sources: tuple[Source, ...]
    nearest: tuple[Shown, ...] = ()


def told(answer: Answer) -> Told:
    """Return what has to be kept of an answer to show it again."""
    return Told(
        answer_object(answer),
        tuple(map(shown, answer.evidence)),
        sources((*answer.evidence, *answer.nearest)),
        tuple(map(shown, answer.nearest)),
    )


def told_of_evidence(evidence: Sequence[Evidence]) -> Told:
    """Return what has to be kept of evidence that no answer was made of; its answer is empty."""
    return Told({}, tuple(map(shown, evidence)), sources(evidence))


def answer_of(kept: Record | Told, known: Callable[[str], Document | None]) -> Answer:
    """Return the answer; `known` gives a document that the library still has, see `evidence_of`.

    Citations of documents that are not among the evidence are left out.
    """
    evidence = evidence_of(kept, known)
    documents = {item.document.document_id: item.document for item in evidence}
    given = kept.answer
    differing = given.get("disagreements", ())
    return Answer(
        **{name: given[name] for name in _PLAIN if name in given},
        statements=tuple(_statement(one, documents) for one in given["statements"]),
        evidence=evidence,
        timings=Timings(**given["timings"]),
        disagreements=tuple(_disagreement(one, documents) for one in differing),
        nearest=nearest_of(kept, known),
    )


def _statement(given: Mapping, documents: Mapping[str, Document]) -> Statement:
    cited = (_citation(one, documents) for one in given["citations"])
    return Statement(
        text=given["text"],
        citations=tuple(one for one in cited if one),
        verdict=given["verdict"],
        reason=given.get("reason", ""),
        deciding=_citation(given.get("deciding"), documents),
        support=given.get("support"),
    )


def _disagreement(given: Mapping, documents: Mapping[str, Document]) -> Disagreement:
    accounts = ((one["value"], _citation(one, documents)) for one in given["accounts"])
    return Disagreement(tuple(Account(value, cited) for value, cited in accounts if cited))


def _citation(given: Mapping | None, documents: Mapping[str, Document]) -> Citation | None:
    document = given and documents.get(given["document_id"])
    return Citation(given["number"], document, given["start"], given["end"]) if document else None
