"""Asks every system the same questions, in turns.

In: questions, systems. Out: for each system and setting, the ranking and the time of each
question. Knows nothing about what is right, or what a system is made of.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from tqdm import tqdm

from rag.errors import InputError
from rag.evaluating.records import Case
from tests.benchmarks.side_by_side.journal import Journal, Reply

SYSTEMS = ("ours", "llamaindex", "haystack_pipeline")
"""In this order: the first writes down the passages that the others read."""
_QUIET = {
    "HAYSTACK_TELEMETRY_ENABLED": "false",
    "HF_HUB_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "OMP_NUM_THREADS": "2",
}
_REST = 0.01  # seconds; threads of the system asked before may still spin, waiting for work


class Worker:
    """A system that is running."""

    def __init__(self, system: str, process: subprocess.Popen):
        self.system = system
        self._process = process
        self.settings: list[str] = self._read()["settings"]

    def ask(self, setting: str, question: str) -> Reply:
        """Return what the system finds, and how long it took there."""
        asked = json.dumps({"setting": setting, "question": question})
        print(asked, file=self._process.stdin, flush=True)
        reply = self._read()
        documents = dict.fromkeys(name.rpartition("#")[0] for name in reply["names"])
        return Reply(tuple(documents), reply["ms"])

    def _read(self) -> dict:
        line = self._process.stdout.readline()
        if not line:
            raise InputError(
                f"{self.system} stopped; its reason stands above. Where a package is missing: "
                'pip install -e ".[bench]"'
            )
        return json.loads(line)


@contextmanager
def started(system: str, spec: Sequence[str]) -> Iterator[Worker]:
    """Start a system over what a spec names, and end it with the `with` block."""
    process = subprocess.Popen(
        [sys.executable, "-m", f"{__package__}.worker", system, *spec],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **_QUIET},
    )
    try:
        yield Worker(system, process)
    finally:
        process.stdin.close()
        process.wait()


def ask(
    cases: Sequence[Case], spec: Sequence[str], journal: Journal
) -> dict[tuple[str, str], list[Reply]]:
    """Return, by system and setting, a reply for each question; `spec` is what workers take.

    One question goes to every system before the next; who is first changes each time. The
    first question is asked once before, untimed.
    """
    name = spec[0]
    with ExitStack() as stack:
        workers = [stack.enter_context(started(one, spec)) for one in SYSTEMS]
        turns = [(worker, setting) for worker in workers for setting in worker.settings]
        for worker, setting in turns:
            worker.ask(setting, cases[0].question)
        for number, case in enumerate(tqdm(cases, desc=name, unit="question")):
            first = number % len(turns)
            for worker, setting in turns[first:] + turns[:first]:
                key = (name, worker.system, setting, case.case_id)
                if key not in journal:
                    time.sleep(_REST)
                    journal.add(key, worker.ask(setting, case.question))
    return {
        (worker.system, setting): [
            journal[name, worker.system, setting, case.case_id] for case in cases
        ]
        for worker, setting in turns
    }
