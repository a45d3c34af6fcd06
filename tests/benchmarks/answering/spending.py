"""Counts what llama.cpp reads and writes for an answer, whichever system asks it to.

In: calls of `llama_cpp.Llama.generate`, or of this program's generator. Out: tokens and seconds.
Knows nothing about prompts.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

import llama_cpp


class Spent:
    """What the generator took for one question; `began` is when it was first called."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Begin with the next question."""
        self.prompt_tokens = self.answer_tokens = 0
        self.seconds = 0.0
        self.began: float | None = None

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count the time of the `with` block."""
        start = perf_counter()
        self.began = self.began or start
        yield
        self.seconds += perf_counter() - start

    def timed(self, steps: Iterator) -> Iterator:
        """Pass steps on, and count the time until each is there."""
        ended = object()
        while True:
            with self.running():
                step = next(steps, ended)
            if step is ended:
                return
            yield step


def counted() -> Spent:
    """Return what every `Llama` of this process spends from now on."""
    spent, generate = Spent(), llama_cpp.Llama.generate

    def counting(self, tokens, *args, **options) -> Iterator[int]:
        spent.prompt_tokens += len(tokens)
        for token in spent.timed(generate(self, tokens, *args, **options)):
            spent.answer_tokens += 1
            yield token

    llama_cpp.Llama.generate = counting
    return spent
