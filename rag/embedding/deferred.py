"""Questions embedded at once, passages by a library that is loaded when the first one comes.

In: texts. Out: float32 unit vectors. Knows nothing about documents or indexes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np

from rag.embedding.tokens import TokenEmbedder
from rag.types import Embedder


class DeferredEmbedder:
    """Two embedders of one model: one that is there at once, and one that is fast with many."""

    def __init__(self, questions: TokenEmbedder, load: Callable[[], Embedder]):
        self._questions = questions
        self._load = load
        self.identity = questions.identity
        self.scale = questions.scale
        self.dimension = questions.dimension
        self.window = questions.window

    def embed_passages(self, texts: Sequence[str]) -> np.ndarray:
        """Return float32 unit vectors, shape (len(texts), dimension); raises ModelDamaged."""
        return self._passages.embed_passages(texts)

    def embed_question(self, text: str) -> np.ndarray:
        """Return one float32 unit vector, shape (dimension,)."""
        return self._questions.embed_question(text)

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens of a text, special ones included."""
        return self._questions.count_tokens(text)

    @cached_property
    def _passages(self) -> Embedder:
        return self._load()
