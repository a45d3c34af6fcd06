"""One system in a process of its own: `python -m … SYSTEM GIVEN`, asked as `processes` has it.

In: {"question": …}. Out: the answer, when its first word was there and when all of it, and what
the generator took. Knows nothing about what is right.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable
from time import perf_counter

from tests.benchmarks.answering.given import Given, System
from tests.benchmarks.processes import serve


def main(name: str, given: str) -> None:
    """Open a system and answer until stdin ends."""

    def opened() -> tuple[dict, Callable[[dict], dict]]:
        module = importlib.import_module(f"{__package__}.{name}")
        system = module.open_system(Given(**json.loads(given)))
        return {}, lambda asked: reply(system, asked["question"])

    serve(opened)


def reply(system: System, question: str) -> dict:
    """Return an answer with milliseconds since it was asked for, and tokens."""
    spent, text, first = system.spent, "", None
    spent.clear()
    start = perf_counter()
    for text in system.ask(question):
        if first is None and any(c.isalnum() for c in text):
            first = perf_counter()
    end = perf_counter()
    return {
        "text": text,
        "timings": {
            "retrieve_ms": _ms(start, spent.began or end),
            "first_token_ms": _ms(start, first or end),
            "total_ms": _ms(start, end),
            "generator_ms": round(1000 * spent.seconds, 1),
            "prompt_tokens": spent.prompt_tokens,
            "answer_tokens": spent.answer_tokens,
        },
    }


def _ms(start: float, end: float) -> float:
    return round(1000 * (end - start), 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
