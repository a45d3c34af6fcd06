"""Notes what a generator is asked and what it replies, changing neither.

In: a generator. Out: the same generator, and its calls. Knows nothing about answers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import astuple
from hashlib import sha256

from rag.recording.records import Call
from rag.types import Generator, Message, Opinion, Reading


class Listener:
    """A generator that notes its calls; for the length of one question."""

    def __init__(self, generator: Generator):
        self.calls: list[Call] = []
        self._generator = generator
        self._messages: tuple[Message, ...] = ()
        self._tokens = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._generator, name)

    def read(self, messages: Sequence[Message]) -> Reading:
        """Read a prompt but for its ending; see `Generator.read`."""
        reading = self._generator.read(messages)
        self._messages, self._tokens = tuple(messages), reading.prompt_tokens
        return reading

    def ask(self, ending: str) -> Opinion:
        """Return what the generator thinks; see `Generator.ask`."""
        opinion = self._generator.ask(ending)
        self.calls.append(Call(prompt_hash(self._messages, ending), self._tokens, opinion.yes))
        return opinion

    def write(self, ending: str = "", *, opening: str = "", limit: int) -> Iterator[str]:
        """Yield the reply; see `Generator.write`."""
        exact = prompt_hash(self._messages, ending, opening)
        pieces: list[str] = []
        try:
            for piece in self._generator.write(ending, opening=opening, limit=limit):
                pieces.append(piece)
                yield piece
        finally:
            told = "".join(pieces)
            self.calls.append(Call(exact, self._tokens, limit=limit, output=told))


def prompt_hash(messages: Sequence[Message], *endings: str) -> str:
    """Return the SHA-256 of a prompt; the template around it is the model's, hashed with it."""
    exact = json.dumps([*(astuple(message) for message in messages), *endings])
    return sha256(exact.encode()).hexdigest()
