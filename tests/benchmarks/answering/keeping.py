"""Keeps what systems replied as runs of the evaluator, and says what each reply is worth.

In: cases and replies. Out: outcomes in journals, judged by the product's own measure. Knows
nothing about processes.

Of peers nobody knows which place a sentence rests on, so places are left out of the judgement of
all: a right answer holds every expected part (`answer_accuracy`), and to a question without an
answer the right reply is to decline. Peers decline in words of their own: `declines` looks for
them, and for everybody, so that a system which hedges in one sentence is given the benefit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from rag.evaluating import journal
from rag.evaluating.judging import judged
from rag.evaluating.metrics.answers import answer_correct, plain
from rag.evaluating.records import Case, Gold, Judged, Outcome, RunInfo

_DECLINES = re.compile(
    r"\b(?:(?:do|does|did|is|are|was|were|has|have)(?: not|n['’]t)(?: \w+){0,3}? "
    r"(?:mention|state|specif|provide|contain|answer|include|indicate|say|give|know|disclose|"
    r"detail|explicit|available|discuss|address|offer|found|list|identif|name[ds]?\b|have any)"
    r"|can(?:not|['’]t| not) (?:be )?(?:answer|determine|find|found|provide|tell|say)"
    r"|no (?:\w+ ){0,2}?(?:information|mention|answer|details?|indication|evidence)"
    r"|not (?:enough|sufficient) (?:information|context)|unable to|nothing relevant"
    r"|none of the (?:\w+ ){0,2}?sources)",
    re.IGNORECASE,
)


def declines(text: str) -> bool:
    """Say whether a reply says that the documents do not tell, or that it does not know."""
    return _DECLINES.search(text) is not None


def outcome(case: Case, reply: Mapping) -> Outcome:
    """Return a reply as the evaluator keeps it; whether it declines is judged later."""
    answer = {**reply, "refusal": None, "statements": []}
    return Outcome(case, Gold(), (), answer, reply["timings"]["retrieve_ms"])


def worth(kept: Outcome) -> Judged:
    """Return what a reply is worth; one that holds the expected words is no refusal."""
    case, answer = replace(kept.case, documents=(), grades=(), quotes=()), dict(kept.answer)
    right = case.answerable and answer_correct(plain(answer["text"]), case.answers)
    if not right and (declines(answer["text"]) or not answer["text"].strip()):
        answer["refusal"] = "not_answered"
    return judged(replace(kept, case=case, answer=answer))


@contextmanager
def opened(infos: Mapping[str, RunInfo]) -> Iterator[dict[str, journal.Journal]]:
    """Hold the runs of systems for writing; raises InputError where one is of something else.

    A run is named after its folder, as the evaluator names it when it comes back to one.
    """
    with ExitStack() as stack:
        for info in infos.values():
            journal.start(replace(info, name=Path(info.folder).name))
        yield {
            name: stack.enter_context(journal.opened(Path(info.folder)))
            for name, info in infos.items()
        }


def common(runs: Mapping[str, Sequence[Outcome]]) -> dict[str, list[Judged]]:
    """Return what the questions that all of these systems answered are worth, in one order."""
    by_case = {name: {one.case.case_id: one for one in run} for name, run in runs.items()}
    shared = set.intersection(*(set(cases) for cases in by_case.values())) if by_case else set()
    return {
        name: [worth(cases[case_id]) for case_id in sorted(shared)]
        for name, cases in by_case.items()
    }
