"""One system in a process of its own, so that no library disturbs another's threads.

In: JSON lines on stdin, {"setting": …, "question": …}, after the command line's spec. Out: JSON
lines on stdout: {"settings": […]} once when ready, then {"names": […], "ms": …} for each
question. Whatever else is printed goes to stderr. Knows nothing about what is right.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from time import perf_counter

import torch

from tests.benchmarks.processes import serve
from tests.benchmarks.side_by_side.products import THREADS, Search, Spec


def main(system: str, name: str, data: str, cache: str, candidates: str) -> None:
    """Open a system and answer until stdin ends."""

    def opened() -> tuple[dict, Callable[[dict], dict]]:
        torch.set_num_threads(THREADS)
        module = importlib.import_module(f"tests.benchmarks.side_by_side.{system}")
        searches = module.open_system(Spec(name, Path(data), Path(cache), int(candidates)))
        return {"settings": list(searches)}, lambda asked: _reply(searches, asked)

    serve(opened)


def _reply(searches: Mapping[str, Search], asked: Mapping[str, str]) -> dict:
    start = perf_counter()
    names = searches[asked["setting"]](asked["question"])
    return {"names": names, "ms": 1000 * (perf_counter() - start)}


if __name__ == "__main__":
    main(*sys.argv[1:])
