"""Asks every question of a test set and keeps what came of it.

In: cases, something that answers, a journal. Out: outcomes in the journal. Knows nothing
about models, or about what an outcome is worth.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from rag.errors import InputError, PromptTooLong
from rag.evaluating.journal import Journal
from rag.evaluating.naming import Names
from rag.evaluating.records import Case, Found, Outcome
from rag.rendering import answer_object
from rag.types import Document, Event, Filters, Finished, Hit, HitsFound, Turn

_DIGITS = 6
"""Decimals kept of a score: beyond them, processors differ in the order of additions."""


class Answerer(Protocol):
    """What a run asks: the part of `Assistant` that it uses."""

    def stream(
        self, question: str, history: Sequence[Turn], *, filters: Filters | None
    ) -> Iterator[Event]:
        """Yield the events of answering."""
        ...

    def search(self, question: str, limit: int, *, filters: Filters | None) -> list[Hit]:
        """Return hits, best first."""
        ...

    def documents(self) -> list[Document]:
        """Return every document."""
        ...


@dataclass(frozen=True, slots=True)
class Plan:
    """How a test set is run.

    `depth` is the number of hits of a retrieval-only run, None for runs that answer;
    `own` lets each question be answered only from the documents that its case brings; `noise`
    is the share of them without the answer, by the rule of RGB, None to leave them as they are.
    """

    depth: int | None = None
    own: bool = False
    noise: float | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is, and how many seconds of this process went into it.

    `answering` is the part of `seconds` that answering or searching itself took; `outcomes`
    are those that are kept so far, and grow with the run.
    """

    done: int
    of: int
    seconds: float
    answering: float
    outcomes: Sequence[Outcome] = ()


def run(
    cases: Sequence[Case],
    answerer: Answerer,
    journal: Journal,
    plan: Plan,
    *,
    progress: Callable[[Progress], None] = lambda _: None,
) -> None:
    """Answer the cases that the journal does not hold yet, in their order.

    A case whose question cannot be asked is kept with its error; everything else that goes
    wrong ends the run, which goes on from there when it is started again.
    """
    began = time.perf_counter()
    documents = answerer.documents()
    names, paths = Names(documents), {one.document_id: one.path for one in documents}
    done = {outcome.case.case_id for outcome in journal.outcomes}
    answering = 0.0
    progress(Progress(len(done), len(cases), 0.0, 0.0, journal.outcomes))
    for case in cases:
        if case.case_id in done:
            continue
        asked = time.perf_counter()
        hits, answer, error = _answered(case, answerer, plan, names.filters(case, own=plan.own))
        spent = time.perf_counter() - asked
        answering += spent
        found = tuple(_found(hit, paths) for hit in hits)
        retrieve = answer["timings"]["retrieve_ms"] if answer else round(spent * 1000, 1)
        journal.add(Outcome(case, names.gold(case), found, answer, retrieve, error))
        done.add(case.case_id)
        seconds = time.perf_counter() - began
        progress(Progress(len(done), len(cases), seconds, answering, journal.outcomes))


def digest(outcomes: Sequence[Outcome]) -> str:
    """Return the SHA-256, first 16 digits, of all that does not depend on the clock.

    Cases count in the order of their ids, so that the order of a test set does not matter.
    """
    whole = sha256()
    for outcome in sorted(outcomes, key=lambda one: one.case.case_id):
        answer = dict(outcome.answer or {})
        timings = answer.pop("timings", {})
        kept = (
            outcome.case.case_id,
            [(one.document_id, one.start, one.end) for one in outcome.found],
            json.dumps(_without_paths(answer), sort_keys=True),
            {name: value for name, value in sorted(timings.items()) if name.endswith("_tokens")},
            outcome.error,
        )
        whole.update(json.dumps(kept).encode())
    return whole.hexdigest()[:16]


def _answered(
    case: Case, answerer: Answerer, plan: Plan, filters: Filters
) -> tuple[Sequence[Hit], dict | None, str]:
    """Return the hits, the answer object and the error of one case."""
    hits: Sequence[Hit] = ()
    try:
        if plan.depth is not None:
            return answerer.search(case.question, plan.depth, filters=filters), None, ""
        for event in answerer.stream(case.question, case.history, filters=filters):
            if isinstance(event, HitsFound):
                hits = event.hits
            elif isinstance(event, Finished):
                return hits, answer_object(event.answer), ""
    except (InputError, PromptTooLong) as error:
        return hits, None, str(error)
    raise AssertionError("a stream ends with Finished")


def _found(hit: Hit, paths: dict[str, str]) -> Found:
    passage = hit.passage
    return Found(
        document_id=passage.document_id,
        path=paths.get(passage.document_id, ""),
        start=passage.start,
        end=passage.end,
        score=round(hit.score, _DIGITS),
        reranker=None if hit.reranker is None else round(hit.reranker, _DIGITS),
    )


def _without_paths(value: object) -> object:
    """Return a value of JSON without the places of files, which differ between machines."""
    if isinstance(value, dict):
        return {key: _without_paths(one) for key, one in value.items() if key != "path"}
    if isinstance(value, list | tuple):
        return [_without_paths(one) for one in value]
    return value
