"""How many answers a new process gives again byte for byte.

    python -m tests.benchmarks.replaying ask TESTSET LIBRARY --size 50
    python -m tests.benchmarks.replaying replay LIBRARY

The first asks questions of a test set over a library (made with `rag index`), through the
program as a person would, so that they are logged. The second, a new process, replays every
answer of the log and prints those that differ with what differs. The models are those of the
environment.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from rag.assembling import Assistant, Models
from rag.evaluating import testsets
from rag.evaluating.naming import Names
from rag.evaluating.sampling import sample
from rag.recording import from_json
from rag.replaying import replay
from rag.settings import Settings
from rag.storing import answers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    tasks = parser.add_subparsers(dest="task", required=True)
    asking = tasks.add_parser("ask")
    asking.add_argument("test_set", type=Path)
    asking.add_argument("library", type=Path)
    asking.add_argument("--size", type=int, default=50)
    tasks.add_parser("replay").add_argument("library", type=Path)
    options = parser.parse_args()
    settings = replace(Settings.from_environment(), library=options.library)
    if options.task == "ask":
        ask(options.test_set, options.size, settings)
    else:
        replay_all(settings)


def ask(test_set: Path, size: int, settings: Settings) -> None:
    cases = sample(testsets.read(test_set).cases, size)
    with closing(Assistant.open(settings)) as assistant:
        names = Names(assistant.documents())
        refusals: Counter[str] = Counter()
        for number, case in enumerate(cases, 1):
            filters = names.filters(case, own=False)
            answer = assistant.ask(case.question, case.history, filters=filters)
            refusals[answer.refusal or "answered"] += 1
            print(f"\r{number} of {len(cases)} asked", end="", file=sys.stderr, flush=True)
    print(f"\n{len(cases)} asked: " + ", ".join(f"{n} {kind}" for kind, n in refusals.items()))


def replay_all(settings: Settings) -> None:
    kept = list(answers.entries(settings.library))[::-1]
    models, began, same = Models(settings), time.perf_counter(), 0
    for number, entry in enumerate(kept, 1):
        found = replay(from_json(entry.record), settings, models)
        same += found.reproduced
        if not found.reproduced:
            print(f"\n{entry.answer_id} {entry.question}")
            print("\n".join(f"  {line}" for line in (*found.differences, *found.changes)))
        print(f"\r{number} of {len(kept)} replayed", end="", file=sys.stderr, flush=True)
    seconds = time.perf_counter() - began
    print(f"\n{same} of {len(kept)} reproduced byte for byte in {seconds:.0f} s")
    sys.exit(same != len(kept))


if __name__ == "__main__":
    main()
