"""Asks every system the same questions, in turns.

In: questions, systems. Out: for each system and setting, the ranking and the time of each
question. Knows nothing about what is right, or what a system is made of.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack

from tqdm import tqdm

from rag.evaluating.records import Case
from tests.benchmarks.processes import REST, Worker, started
from tests.benchmarks.side_by_side.journal import Journal, Reply
from tests.benchmarks.side_by_side.products import THREADS

SYSTEMS = ("ours", "llamaindex", "haystack_pipeline")
"""In this order: the first writes down the passages that the others read."""


def ask(
    cases: Sequence[Case], spec: Sequence[str], journal: Journal
) -> dict[tuple[str, str], list[Reply]]:
    """Return, by system and setting, a reply for each question; `spec` is what workers take.

    One question goes to every system before the next; who is first changes each time. The
    first question is asked once before, untimed.
    """
    name = spec[0]
    with ExitStack() as stack:
        module = f"{__package__}.worker"
        workers = [
            stack.enter_context(started(module, one, *spec, threads=THREADS)) for one in SYSTEMS
        ]
        turns = [(worker, setting) for worker in workers for setting in worker.hello["settings"]]
        for worker, setting in turns:
            _reply(worker, setting, cases[0].question)
        for number, case in enumerate(tqdm(cases, desc=name, unit="question")):
            first = number % len(turns)
            for worker, setting in turns[first:] + turns[:first]:
                key = (name, worker.name, setting, case.case_id)
                if key not in journal:
                    time.sleep(REST)
                    journal.add(key, _reply(worker, setting, case.question))
    return {
        (worker.name, setting): [
            journal[name, worker.name, setting, case.case_id] for case in cases
        ]
        for worker, setting in turns
    }


def _reply(worker: Worker, setting: str, question: str) -> Reply:
    """Return what a system finds, and how long it took there."""
    reply = worker.ask(setting=setting, question=question)
    documents = dict.fromkeys(name.rpartition("#")[0] for name in reply["names"])
    return Reply(tuple(documents), reply["ms"])
