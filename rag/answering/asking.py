"""Answers one question from a library, as a stream of events.

In: a question, the open parts of the program. Out: events, the last one a whole `Answer`.
Knows nothing about where models and libraries come from or how answers are shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag import citing, differing, prompting, rewriting, verifying
from rag.answering.timing import Clock
from rag.answering.tools import Tools, found, read
from rag.answering.writing import Draft, Writer, without_doubted
from rag.errors import InputError
from rag.types import (
    Answer,
    Disagreement,
    Event,
    Evidence,
    EvidenceFound,
    Filters,
    Finished,
    Hit,
    HitsFound,
    Refusal,
    Rewritten,
    Stage,
    Statement,
    TextGrown,
    Turn,
)

LONGEST_QUESTION = 4000  # characters
NOTHING_FOUND = "Nothing relevant to this question was found in the documents."
NOT_ANSWERED = "The documents do not answer this question."
_NEAREST = 3
"""Hits that are shown where nothing relevant was found."""


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

    A question that leans on `history` is answered as it is rewritten to stand alone; the
    history is never evidence. The generator reads the evidence once, and is not called at all
    when nothing relevant is found. Raises InputError for a question that cannot be asked.
    """
    clock = Clock()
    question = checked(question)
    standalone = rewriting.standalone(question, history)
    if standalone:
        yield Rewritten(standalone)
    for event in _answered(standalone or question, tools, filters, clock):
        if isinstance(event, Finished):
            event = Finished(replace(event.answer, question=question, standalone=standalone))
        yield event


def _answered(
    question: str, tools: Tools, filters: Filters | None, clock: Clock
) -> Iterator[Event]:
    yield Stage("searching", "Searching the documents")
    hits = found(question, tools, filters)
    clock.retrieved()
    yield HitsFound(tuple(hits))
    evidence = read(question, hits, tools) if verifying.relevant(hits, _fitted(tools)) else ()
    if not evidence:
        refused = _refused(question, "nothing_found", (), clock)
        yield Finished(replace(refused, nearest=_nearest(hits, tools)))
        return
    yield EvidenceFound(evidence)
    passages = "passages" if len(evidence) > 1 else "passage"
    yield Stage("reading", f"Reading {len(evidence)} {passages}")
    confidence = _confidence(question, hits, evidence, tools, clock)
    if confidence < _fitted(tools).answers:
        refused = _refused(question, "not_answered", evidence, clock)
        yield Finished(replace(refused, confidence=confidence))
        return
    for event in _written(question, evidence, tools, clock):
        if isinstance(event, Finished):
            event = Finished(replace(event.answer, confidence=confidence))
        yield event


def _nearest(hits: Sequence[Hit], tools: Tools) -> tuple[Evidence, ...]:
    """Return the best hits as they are shown beside a refusal that rests on none of them."""
    if tools.recalled:
        return tools.recalled.nearest
    document = tools.library.store.document
    best = enumerate((hit.passage for hit in hits[:_NEAREST]), 1)
    return tuple(Evidence(n, document(one.document_id), one.start, one.end) for n, one in best)


def _confidence(
    question: str,
    hits: Sequence[Hit],
    evidence: tuple[Evidence, ...],
    tools: Tools,
    clock: Clock,
) -> float:
    """Let the generator read the evidence; return how likely it answers the question."""
    folder = tools.settings.prompts
    clock.starts_reading()
    reading = tools.generator.read(prompting.evidence_prompt(evidence, folder))
    opinion = tools.generator.ask(prompting.answerable_ending(question, folder))
    clock.read(reading)
    fitted = _fitted(tools)
    seen = verifying.signs(question, hits, evidence, opinion, fitted.probe)
    return round(verifying.answerable(seen, fitted), 6)


def _fitted(tools: Tools) -> verifying.Calibration:
    """Return the thresholds of these models, with the strictness of the settings if set."""
    fitted = verifying.calibration(tools.generator.identity, tools.library.reranker.identity)
    strictness = tools.settings.strictness
    return fitted if strictness is None else replace(fitted, answers=strictness)


def _written(
    question: str, evidence: tuple[Evidence, ...], tools: Tools, clock: Clock
) -> Iterator[Event]:
    """Yield the answer as it is written and checked.

    Text that may still be taken back is not shown: only marking lets it stream.
    """
    yield Stage("writing", "Writing the answer")
    writer = Writer(question, evidence, tools, clock)
    handling = tools.settings.unsupported
    for text in writer.write(prompting.answer_ending(question, tools.settings.prompts)):
        if handling == "mark":
            yield TextGrown(text)
    yield Stage("checking", "Checking the answer against its sources")
    draft = writer.check()
    if draft.doubted and handling == "regenerate":
        yield Stage("writing", "Writing the answer again, as its sources do not support it")
        for _ in writer.again():
            pass
        draft = writer.draft
    if draft.doubted and handling == "drop":
        draft = without_doubted(draft)
    invented = _invented(question, draft, evidence)
    if invented or not draft.statements:
        yield Finished(_withdrawn(question, invented, evidence, clock))
        return
    if handling != "mark":
        yield TextGrown(draft.text)
    disagreements = _disagreements(question, evidence, draft, tools)
    yield Finished(_answer(question, draft, evidence, disagreements, clock))


def _invented(question: str, draft: Draft, evidence: tuple[Evidence, ...]) -> tuple[str, ...]:
    """Return what a draft says and no passage does, if none of its sentences is confirmed."""
    verdicts = {one.verdict for one in draft.statements}
    if verdicts & {"supported", "not checked"}:
        return ()
    return verifying.invented(question, draft.statements, evidence)


def _withdrawn(
    question: str, invented: tuple[str, ...], evidence: tuple[Evidence, ...], clock: Clock
) -> Answer:
    refused = _refused(question, "not_answered", evidence, clock)
    if not invented:
        return refused
    named = ", ".join(f"“{words}”" for words in invented)
    return replace(refused, missing=f"The answer that was drafted said {named}: no passage does.")


def _disagreements(
    question: str, evidence: tuple[Evidence, ...], draft: Draft, tools: Tools
) -> tuple[Disagreement, ...]:
    score = citing.likeness(tools.library.reranker.score)
    return differing.disagreements(question, evidence, score, answer=draft.text)


def _answer(
    question: str,
    draft: Draft,
    evidence: tuple[Evidence, ...],
    disagreements: tuple[Disagreement, ...],
    clock: Clock,
) -> Answer:
    return Answer(
        question=question,
        text=draft.text,
        refusal=None,
        statements=draft.statements,
        evidence=evidence,
        timings=clock.timings(),
        invalid_citations=draft.invalid,
        corrected_citations=draft.corrected,
        disagreements=disagreements,
    )


def _refused(
    question: str, refusal: Refusal, evidence: tuple[Evidence, ...], clock: Clock
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
