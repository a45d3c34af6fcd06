"""Asks every system the same questions: first each in fresh processes, then all in turns.

In: cases, systems, journals. Out: outcomes in the journals. Knows nothing about what is right.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from datetime import datetime

import psutil
from tqdm import tqdm

from rag.evaluating.journal import Journal
from rag.evaluating.records import Case
from tests.benchmarks.answering.keeping import outcome
from tests.benchmarks.processes import REST, Worker

WARM_UP = "What are these documents about?"
"""Asked of each system before the questions that are timed in turns."""
Start = Callable[[str], AbstractContextManager[Worker]]
"""Starts a system by its name, and ends it with the `with` block."""


def asked_cold(cases: Sequence[Case], start: Start, journals: Mapping[str, Journal]) -> None:
    """Ask each system each question as the first one of a new process.

    `start_ms` is from the start of the process until the system is ready for a question.
    """
    for number, case in enumerate(cases):
        for name in _turns(list(journals), number):
            if _kept(case, journals[name]):
                continue
            began = time.perf_counter()
            with start(name) as worker:
                ready = round(1000 * (time.perf_counter() - began), 1)
                reply = worker.ask(question=case.question)
            reply["timings"]["start_ms"] = ready
            journals[name].add(outcome(case, reply | _circumstances()))


def asked_in_turns(cases: Sequence[Case], start: Start, journals: Mapping[str, Journal]) -> None:
    """Ask running systems what their journals do not hold yet.

    One question goes to every system before the next, so that what else the machine does hits
    all alike; who is first changes each time.
    """
    wanted = [name for name, kept in journals.items() if not all(_kept(c, kept) for c in cases)]
    with ExitStack() as stack:
        workers = {name: stack.enter_context(start(name)) for name in wanted}
        for worker in workers.values():
            worker.ask(question=WARM_UP)
        for number, case in enumerate(tqdm(cases, unit="question", disable=not wanted)):
            for name in _turns(wanted, number):
                if not _kept(case, journals[name]):
                    time.sleep(REST)
                    reply = workers[name].ask(question=case.question)
                    journals[name].add(outcome(case, reply | _circumstances()))


def _circumstances() -> dict:
    """Return when a question was answered, and how busy the machine was in the last minute."""
    return {"at": datetime.now().isoformat(" ", "minutes"), "load": psutil.getloadavg()[0]}


def _turns(names: Sequence[str], number: int) -> list[str]:
    first = number % len(names) if names else 0
    return [*names[first:], *names[:first]]


def _kept(case: Case, journal: Journal) -> bool:
    return any(one.case.case_id == case.case_id for one in journal.outcomes)
