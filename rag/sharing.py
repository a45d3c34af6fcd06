"""Models that several threads use: whoever asks first is served first.

In: models that must not be used twice at a time, as their tokenizers keep the options of the
last call. Out: models that answer alike and may be. Knows nothing about what they compute.
Taking turns by arrival keeps a long run of indexing from holding up a question.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from rag.types import Embedder, LateReranker


class Turns:
    """A lock that is given to those who wait for it in the order in which they came."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._taken = False

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold the turn for the length of a `with`."""
        mine = threading.Lock()
        mine.acquire()
        with self._guard:
            if self._taken:
                self._waiting.append(mine)
            else:
                self._taken = True
                mine.release()
        mine.acquire()  # at once, or when the one before is done
        try:
            yield
        finally:
            self._end()

    def _end(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False


class SharedEmbedder:
    """An embedder whose calls take turns."""

    def __init__(self, embedder: Embedder):
        self._embedder = embedder
        self._turns = Turns()
        self.identity = embedder.identity
        self.dimension = embedder.dimension
        self.window = embedder.window
        self.scale = embedder.scale

    def embed_passages(self, texts: Sequence[str]) -> np.ndarray:
        """Return float32 unit vectors, shape (len(texts), dimension)."""
        with self._turns.taken():
            return self._embedder.embed_passages(texts)

    def embed_question(self, text: str) -> np.ndarray:
        """Return one float32 unit vector, shape (dimension,)."""
        with self._turns.taken():
            return self._embedder.embed_question(text)

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens of a text, special ones included."""
        with self._turns.taken():
            return self._embedder.count_tokens(text)


class SharedLate:
    """A late-interaction model whose calls take turns, one text of a list after the other."""

    def __init__(self, late: LateReranker):
        self._late = late
        self._turns = Turns()
        self.identity = late.identity
        self.dimension = late.dimension

    def encode(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Return for each text the signs of its token vectors; it is read alone in any case."""
        return [self._one(text) for text in texts]

    def encode_question(self, text: str) -> np.ndarray:
        """Return float32 unit vectors, shape (tokens, dimension)."""
        with self._turns.taken():
            return self._late.encode_question(text)

    def _one(self, text: str) -> np.ndarray:
        with self._turns.taken():
            return self._late.encode([text])[0]
