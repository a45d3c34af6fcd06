"""Notes what a generator is asked and what it replies, changing neither.

In: a generator. Out: the same generator, and its calls. Knows nothing about answers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import astuple, replace
from hashlib import sha256

from rag.recording.records import Call
from rag.types import Generator, Message, Reading


class Listener:
    """A generator that notes its calls; for the length of one question."""

    def __init__(self, generator: Generator):
        self.calls: list[Call] = []
        self._generator = generator

    def __getattr__(self, name: str) -> object:
        return getattr(self._generator, name)

    def read(self, messages: Sequence[Message]) -> Reading:
        """Read a prompt; see `Generator.read`."""
        reading = self._generator.read(messages)
        self.calls.append(Call(prompt_hash(messages), reading.prompt_tokens, reading.yes))
        return reading

    def write(self, *, opening: str = "", limit: int) -> Iterator[str]:
        """Yield the reply to the prompt just read; see `Generator.write`."""
        pieces: list[str] = []
        try:
            for piece in self._generator.write(opening=opening, limit=limit):
                pieces.append(piece)
                yield piece
        finally:
            if self.calls:
                told = {"opening": opening, "limit": limit, "output": "".join(pieces)}
                self.calls[-1] = replace(self.calls[-1], **told)


def prompt_hash(messages: Sequence[Message]) -> str:
    """Return the SHA-256 of a prompt; the template around it is the model's, hashed with it."""
    exact = json.dumps([astuple(message) for message in messages])
    return sha256(exact.encode()).hexdigest()
