"""Answers one question from a library, as a stream of events.

In: a question, the open parts of the program. Out: events, the last one a whole `Answer`.
Knows nothing about where models and libraries come from or how answers are shown.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag import choosing, citing, merging, prompting, rewriting, verifying
from rag.errors import InputError
from rag.retrieving import Searchable, judged, retrieve
from rag.settings import Settings
from rag.types import (
    Answer,
    Document,
    Event,
    Evidence,
    EvidenceFound,
    Filters,
    Finished,
    Generator,
    Hit,
    HitsFound,
    Reading,
    Refusal,
    Rewritten,
    Span,
    Stage,
    Statement,
    TextGrown,
    Timings,
    Turn,
)

LONGEST_QUESTION = 4000  # characters
HITS = 24
"""Passages that a question's search brings; evidence is chosen from them."""
NOTHING_FOUND = "Nothing relevant to this question was found in the documents."
NOT_ANSWERED = "The documents do not answer this question."


@dataclass(frozen=True, slots=True)
class Recalled:
    """What an earlier search found, and the evidence that was chosen from it."""

    hits: tuple[Hit, ...]
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Tools:
    """What answering works with: a library to search, a generator, and the settings.

    With `recalled` an answer is given again, and the library is not searched.
    """

    library: Searchable
    generator: Generator
    settings: Settings
    recalled: Recalled | None = None


def checked(question: str) -> str:
    """Return a question without blanks around it; raises InputError when it cannot be asked."""
    question = " ".join(question.split())
    if not any(c.isalnum() for c in question):
        raise InputError("The question is empty: ask something in words.")
    if len(question) > LONGEST_QUESTION:
        raise InputError(
            f"The question has {len(question):,} characters: "
            f"ask it in at most {LONGEST_QUESTION:,}."
        )
    return question.encode("utf-8", "replace").decode("utf-8")


def answer(
    question: str, tools: Tools, filters: Filters | None = None, history: Sequence[Turn] = ()
) -> Iterator[Event]:
    """Yield the events of answering a question; the last one is `Finished`.

    A question that leans on `history` is answered as it is rewritten to stand alone. The
    generator is called once, and not at all when nothing relevant is found. Raises
    InputError for a question that cannot be asked.
    """
    clock = _Clock()
    question = checked(question)
    standalone = rewriting.standalone(question, history)
    if standalone:
        yield Rewritten(standalone)
    for event in _answered(standalone or question, tools, filters, clock):
        if isinstance(event, Finished):
            told = replace(event.answer, question=question, standalone=standalone)
            event = Finished(told)
        yield event


def _answered(
    question: str, tools: Tools, filters: Filters | None, clock: _Clock
) -> Iterator[Event]:
    yield Stage("searching", "Searching the documents")
    hits = tools.recalled.hits if tools.recalled else _search(question, tools, filters)
    clock.retrieved()
    yield HitsFound(tuple(hits))
    fitted = _fitted(tools)
    if not verifying.relevant(hits, fitted):
        yield Finished(_refused(question, "nothing_found", (), clock))
        return
    evidence = _evidence(question, hits, tools)
    if not evidence:  # passages that only speak to the model
        yield Finished(_refused(question, "nothing_found", (), clock))
        return
    yield EvidenceFound(evidence)
    yield Stage(
        "reading", f"Reading {len(evidence)} {'passages' if len(evidence) > 1 else 'passage'}"
    )
    folder = tools.settings.prompts
    clock.starts_reading()
    reading = tools.generator.read(prompting.evidence_prompt(evidence, folder))
    yes = tools.generator.ask(prompting.answerable_ending(question, folder))
    clock.read(reading)
    seen = verifying.signs(question, hits, evidence, yes)
    confidence = round(verifying.answerable(seen, fitted), 6)
    if confidence < fitted.answers:
        refused = _refused(question, "not_answered", evidence, clock)
        yield Finished(replace(refused, confidence=confidence))
        return
    yield Stage("writing", "Writing the answer")
    for event in _write(question, evidence, tools, clock):
        if isinstance(event, Finished):
            event = Finished(replace(event.answer, confidence=confidence))
        yield event


def _evidence(question: str, hits: Sequence[Hit], tools: Tools) -> tuple[Evidence, ...]:
    return tools.recalled.evidence if tools.recalled else evidence_for(question, hits, tools)


def _search(question: str, tools: Tools, filters: Filters | None) -> list[Hit]:
    hits = retrieve(question, tools.library, limit=HITS, filters=filters)
    return judged(question, hits, tools.library, most=tools.settings.judged)


def _fitted(tools: Tools) -> verifying.Calibration:
    """Return the thresholds of these models, with the strictness of the settings if set."""
    fitted = verifying.calibration(tools.generator.identity, tools.library.reranker.identity)
    strictness = tools.settings.strictness
    return fitted if strictness is None else replace(fitted, answers=strictness)


def evidence_for(question: str, hits: Sequence[Hit], tools: Tools) -> tuple[Evidence, ...]:
    """Return the evidence that the generator is given, numbered, best first.

    Sentences are chosen from the hits that the reranker read. Of several copies of one text
    the best takes a place, and neighbours take one together.
    """
    hits = merging.collapse(hits)[: tools.settings.judged]
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
    count = tools.generator.count_tokens
    room = choosing.Room(
        budget=tools.settings.evidence_tokens,
        cost=lambda words: count(words) + 1,
        opening=lambda document: count(f"[1] {prompting.heading(document)}\n\n"),
    )
    return choosing.choose(question, passages, score=tools.library.reranker.score, room=room)


def _write(
    question: str, evidence: tuple[Evidence, ...], tools: Tools, clock: _Clock
) -> Iterator[Event]:
    def score(statement: str, sentences: Sequence[str]) -> list[float]:
        return citing.squashed(tools.library.reranker.score(statement, sentences))

    sources = citing.Sources(evidence, score)
    cited = citing.CitedText(sources)
    ending = prompting.answer_ending(question, tools.settings.prompts)
    for piece in tools.generator.write(ending, limit=tools.settings.answer_tokens):
        clock.wrote()
        if cited.feed(piece):
            yield TextGrown(cited.text)
    if not any(c.isalpha() for c in cited.text):
        # A small model at times answers with a bare number: its source then speaks itself.
        cited.feed(_quoted(question, sources))
    if cited.finish():
        yield TextGrown(cited.text)
    yield Finished(
        Answer(
            question=question,
            text=cited.text,
            refusal=None,
            statements=sources.statements(cited.text),
            evidence=evidence,
            timings=clock.timings(),
            invalid_citations=cited.invalid,
            corrected_citations=cited.corrected,
        )
    )


def _quoted(question: str, sources: citing.Sources) -> str:
    """Return the sentence of the evidence that fits the question best, as a quotation."""
    best = max(sources.fits(question).values(), key=lambda fit: fit.fit)
    words = best.evidence.document.text[best.span.start : best.span.end]
    return f"“{' '.join(words.split())}” [{best.evidence.number}]"


def _refused(
    question: str, refusal: Refusal, evidence: tuple[Evidence, ...], clock: _Clock
) -> Answer:
    text = NOTHING_FOUND if refusal == "nothing_found" else NOT_ANSWERED
    absent = verifying.missing_names(question, evidence) if evidence else ()
    return Answer(
        question=question,
        text=text,
        refusal=refusal,
        statements=(Statement(text, ()),),
        evidence=evidence,
        timings=clock.timings(),
        missing=f"No passage found mentions {', '.join(absent)}." if absent else "",
    )


class _Clock:
    """Takes the times of one question."""

    def __init__(self) -> None:
        self._start = time.perf_counter()
        self._retrieve = 0.0
        self._reading = 0.0
        self._prompt: float | None = None
        self._first: float | None = None
        self._prompt_tokens = 0
        self._answer_tokens = 0

    def retrieved(self) -> None:
        self._retrieve = self._elapsed()

    def starts_reading(self) -> None:
        self._reading = self._elapsed()

    def read(self, reading: Reading) -> None:
        self._prompt = self._elapsed() - self._reading
        self._prompt_tokens = reading.prompt_tokens

    def wrote(self) -> None:
        self._answer_tokens += 1
        if self._first is None:
            self._first = self._elapsed()

    def timings(self) -> Timings:
        return Timings(
            retrieve_ms=round(self._retrieve, 1),
            prompt_ms=None if self._prompt is None else round(self._prompt, 1),
            first_token_ms=None if self._first is None else round(self._first, 1),
            total_ms=round(self._elapsed(), 1),
            prompt_tokens=self._prompt_tokens,
            answer_tokens=self._answer_tokens,
        )

    def _elapsed(self) -> float:
        return (time.perf_counter() - self._start) * 1000
