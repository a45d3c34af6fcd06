"""Takes the times of one question.

In: what happens, as it does. Out: `Timings`. Knows nothing about why.
"""

from __future__ import annotations

import time

from rag.types import Reading, Timings


class Clock:
    """Takes the times of one question."""

    def __init__(self) -> None:
        self._start = time.perf_counter()
        self._retrieve = 0.0
        self._reading = 0.0
        self._prompt: float | None = None
        self._first: float | None = None
        self._read: Reading | None = None
        self._answer_tokens = 0

    def retrieved(self) -> None:
        """The search is done."""
        self._retrieve = self._elapsed()

    def starts_reading(self) -> None:
        """The generator begins to read."""
        self._reading = self._elapsed()

    def read(self, reading: Reading) -> None:
        """The generator has read a prompt."""
        self._prompt = self._elapsed() - self._reading
        self._read = reading

    def wrote(self) -> None:
        """The generator wrote a piece."""
        self._answer_tokens += 1
        if self._first is None:
            self._first = self._elapsed()

    def timings(self) -> Timings:
        """Return the times so far."""
        return Timings(
            retrieve_ms=round(self._retrieve, 1),
            prompt_ms=None if self._prompt is None else round(self._prompt, 1),
            first_token_ms=None if self._first is None else round(self._first, 1),
            total_ms=round(self._elapsed(), 1),
            prompt_tokens=self._read.prompt_tokens if self._read else 0,
            answer_tokens=self._answer_tokens,
            prompt_reused=self._read.reused if self._read else 0,
        )

    def _elapsed(self) -> float:
        return (time.perf_counter() - self._start) * 1000
