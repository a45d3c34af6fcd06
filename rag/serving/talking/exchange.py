"""One question and what has come of it so far.

In: the events of a streaming answer. Out: a frozen record that grows with each of them.
Knows nothing about HTML or threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from rag.timewords import Proposal
from rag.types import (
    Answer,
    Event,
    Evidence,
    EvidenceFound,
    Filters,
    Finished,
    HitsFound,
    Refusal,
    Rewritten,
    Span,
    Stage,
    TextGrown,
    Turn,
)

SHORT = 280
"""Characters of a question that are repeated where it only serves as a reminder."""


def waiting(place: int) -> Stage:
    """Return the stage of a question at this place in line; 0 is its turn."""
    if place == 0:  # until the first event comes, the assistant answers somebody else
        return Stage("searching", "Waiting for the model")
    ends = {1: "st", 2: "nd", 3: "rd"} if place % 100 not in (11, 12, 13) else {}
    ordinal = "next" if place == 1 else f"{place}{ends.get(place % 10, 'th')}"
    return Stage("searching", f"Waiting for the model: {ordinal} in line")


WAITING = waiting(0)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question, and the answer, the error or the stop that it ended with, if it ended."""

    number: int
    question: str
    asked_at: str = ""
    """A time in UTC, as ISO 8601."""
    standalone: str = ""
    """The question as it was understood, when it was rewritten to stand alone."""
    filters: Filters = field(default_factory=Filters)
    proposed: Proposal | None = None
    """What of the filters time words of the question proposed."""
    titles: tuple[tuple[str, str], ...] = ()
    """Ids and titles of the documents among the filters."""
    note: str = ""
    stage: Stage = WAITING
    evidence: tuple[Evidence, ...] = ()
    text: str = ""
    answer: Answer | None = None
    error: str = ""
    stopped: bool = False
    seconds: float = 0.0

    @property
    def is_open(self) -> bool:
        """Whether more may come of it."""
        return not (self.answer or self.error or self.stopped)

    @property
    def nearest(self) -> tuple[Evidence, ...]:
        """What came nearest where nothing relevant was found; no model read it."""
        return self.answer.nearest if self.answer else ()

    @property
    def refusal(self) -> Refusal | None:
        """The kind of refusal it ended with, if it did."""
        return self.answer.refusal if self.answer else None

    @property
    def short_question(self) -> str:
        """The question, or its beginning and its length where it is very long."""
        if len(self.question) <= SHORT:
            return self.question
        return f"{self.question[:SHORT].rstrip()}… ({len(self.question):,} characters)"

    def cited_spans(self, evidence: Evidence) -> list[Span]:
        """Return the spans of the document that the answer cites under this number."""
        if self.answer is None:
            return []
        found = {
            Span(citation.start, citation.end)
            for statement in self.answer.statements
            for citation in statement.citations
            if citation.number == evidence.number
        }
        return sorted(found)

    def after(self, event: Event) -> Exchange:
        """Return this exchange with one more event in it."""
        match event:
            case Stage():
                return replace(self, stage=event)
            case Rewritten(question):
                return replace(self, standalone=question)
            case EvidenceFound(evidence):
                return self.over(evidence)
            case TextGrown(text):
                return replace(self, text=text)
            case Finished(answer):
                return self.ended(answer)
            case HitsFound():  # the page shows what is read, not what else was found
                return self

    def over(self, evidence: tuple[Evidence, ...]) -> Exchange:
        """Return this exchange over evidence that the model reads."""
        return replace(self, evidence=evidence)

    def ended(self, answer: Answer) -> Exchange:
        """Return this exchange with its answer."""
        return replace(self, answer=answer, text=answer.text, evidence=answer.evidence)

    def failed(self, error: str) -> Exchange:
        """Return this exchange with the error that ended it."""
        return replace(self, error=error)


def history(exchanges: Sequence[Exchange]) -> list[Turn]:
    """Return the finished exchanges as the turns of a conversation.

    Of a refusal only the question goes in: its text says nothing that one could go on from.
    """
    turns = []
    for exchange in exchanges:
        if exchange.answer:
            turns.append(Turn("user", exchange.question))
        if exchange.answer and not exchange.refusal:
            turns.append(Turn("assistant", exchange.answer.text))
    return turns
