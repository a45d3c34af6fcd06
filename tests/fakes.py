"""Fakes with meaning: models under which texts that share words are close, and a generator.

So it is under the embedder, in late interaction and for the reranker, which counts shared
words. The generator says what it is told and keeps the prompts it saw. FAISS, SQLite and
files are real in tests.
"""

from __future__ import annotations

import re
import zlib
from collections import deque
from collections.abc import Iterator, Sequence

import numpy as np

from rag.errors import PromptTooLong
from rag.types import Message, Opinion, Reading


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


class WordEmbedder:
    """Maps a text to the set of its words, each hashed to one of 64 dimensions."""

    identity = "words@0"
    dimension = 64
    window = 200
    scale = 1.0

    def __init__(self) -> None:
        self.embedded: list[str] = []

    def embed_passages(self, texts: Sequence[str]) -> np.ndarray:
        self.embedded += texts
        return np.array([self._vector(t) for t in texts], np.float32).reshape(-1, self.dimension)

    def embed_question(self, text: str) -> np.ndarray:
        return self._vector(text)

    def count_tokens(self, text: str) -> int:
        return len(words(text))

    def _vector(self, text: str) -> np.ndarray:
        vector = np.zeros(self.dimension, np.float32)
        for word in words(text):
            vector[zlib.crc32(word.encode()) % self.dimension] = 1
        return vector / (np.linalg.norm(vector) or 1)


class WordLate:
    """Gives every word a token vector of 64 signs, the same wherever it stands."""

    identity = "words@3"
    dimension = 64

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str]) -> list[np.ndarray]:
        self.encoded += texts
        return [np.packbits(self._signs(text) > 0, axis=1) for text in texts]

    def encode_question(self, text: str) -> np.ndarray:
        return (self._signs(text) / 8).astype(np.float32)

    def _signs(self, text: str) -> np.ndarray:
        seeds = [zlib.crc32(word.encode()) for word in words(text)] or [0]
        return np.array([np.random.default_rng(seed).choice([-1, 1], 64) for seed in seeds])


class WordReranker:
    """Scores a text by the number of the question's longer words that it holds."""

    identity = "words@1"

    def score(self, question: str, texts: Sequence[str]) -> np.ndarray:
        asked = {word for word in words(question) if len(word) > 3}
        return np.array([4.0 * len(asked & set(words(t))) - 10 for t in texts], np.float32)


class ToldGenerator:
    """Says the replies it was given, in order, word by word; thinks "yes" with `yes`."""

    identity = "told@2"
    pace = None

    def __init__(self, *replies: str, yes: float = 0.99, context: int = 4096):
        self.replies = deque(replies)
        self.yes = yes
        self.context = context
        self.prompts: list[str] = []
        self.asked: list[str] = []
        self.endings: list[str] = []
        self.written = 0

    def count_tokens(self, text: str) -> int:
        return len(words(text))

    def read(self, messages: Sequence[Message]) -> Reading:
        prompt = "\n".join(f"{m.role}: {m.content}" for m in messages)
        if self.count_tokens(prompt) > self.context:
            raise PromptTooLong("too long")
        self.prompts.append(prompt)
        return Reading(self.count_tokens(prompt), 0)

    def ask(self, ending: str) -> Opinion:
        self.asked.append(ending)
        return Opinion(self.yes)

    def write(self, ending: str = "", *, opening: str = "", limit: int) -> Iterator[str]:
        self.endings.append(ending)
        for piece in re.findall(r"\S+\s*|\s+", self.replies.popleft())[:limit]:
            self.written += 1
            yield piece
