"""One system in a process of its own, so that no library disturbs another's threads.

In: JSON lines on stdin, {"setting": …, "question": …}, after the command line's spec. Out: JSON
lines on stdout: {"settings": […]} once when ready, then {"names": […], "ms": …} for each
question. Whatever else is printed goes to stderr. Knows nothing about what is right.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path
from time import perf_counter

import torch

from tests.benchmarks.side_by_side.products import THREADS, Spec


def main(system: str, name: str, data: str, cache: str, candidates: str) -> None:
    """Open a system and answer until stdin ends."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    torch.set_num_threads(THREADS)
    module = importlib.import_module(f"tests.benchmarks.side_by_side.{system}")
    searches = module.open_system(Spec(name, Path(data), Path(cache), int(candidates)))
    print(json.dumps({"settings": list(searches)}), file=replies, flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        start = perf_counter()
        names = searches[asked["setting"]](asked["question"])
        reply = {"names": names, "ms": 1000 * (perf_counter() - start)}
        print(json.dumps(reply), file=replies, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
