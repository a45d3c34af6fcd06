"""Runs an embedder that gives one vector for each token: ONNX files, packed weights.

In: texts, a tokenizer, a transformer. Out: float32 unit vectors. Knows nothing about how
the transformer computes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from tokenizers import Tokenizer

from rag.embedding.recipe import Pooling, Recipe

_BATCH = 16


class Transformer(Protocol):
    """Turns token ids into vectors."""

    tokenizer: Tokenizer

    def run(self, **given: np.ndarray) -> np.ndarray:
        """Return vectors, shape (texts, tokens, dimension), or pooled, (texts, dimension)."""
        ...


class TokenEmbedder:
    """An embedder made of a transformer and a recipe."""

    def __init__(self, model: Transformer, *, identity: str, recipe: Recipe):
        self._model = model
        self._recipe = recipe
        model.tokenizer.no_truncation()
        model.tokenizer.no_padding()
        self.identity = identity
        self.scale = recipe.scale
        self.window = recipe.window
        self.window -= self.count_tokens(recipe.passage_prefix) - self.count_tokens("")
        self.dimension = len(self.embed_question("dimension"))

    def embed_passages(self, texts: Sequence[str]) -> np.ndarray:
        """Return float32 unit vectors, shape (len(texts), dimension)."""
        vectors = np.empty((len(texts), self.dimension), np.float32)
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        for first in range(0, len(order), _BATCH):
            batch = order[first : first + _BATCH]
            vectors[batch] = self._batch([self._recipe.passage_prefix + texts[at] for at in batch])
        return vectors

    def embed_question(self, text: str) -> np.ndarray:
        """Return one float32 unit vector, shape (dimension,)."""
        return self._batch([self._recipe.question_prefix + text])[0]

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens of a text, special ones included."""
        return len(self._model.tokenizer.encode(text).ids)

    def _batch(self, texts: list[str]) -> np.ndarray:
        encodings = self._model.tokenizer.encode_batch(texts)
        ids, mask = padded([shortened(one.ids, self._recipe.window) for one in encodings])
        vectors = self._model.run(
            input_ids=ids, attention_mask=mask, token_type_ids=np.zeros_like(ids)
        )
        return unit(pooled(vectors, mask, self._recipe.pooling))


def shortened(ids: list[int], window: int) -> list[int]:
    """Return at most `window` ids, the closing special token among them."""
    return ids if len(ids) <= window else [*ids[: window - 1], ids[-1]]


def padded(rows: Sequence[Sequence[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Return ids and mask, int64, shape (rows, longest row); padding is masked, so any id does."""
    longest = max(map(len, rows))
    mask = np.array([[1] * len(row) + [0] * (longest - len(row)) for row in rows], np.int64)
    ids = np.zeros_like(mask)
    ids[mask == 1] = np.concatenate([np.asarray(row, np.int64) for row in rows])
    return ids, mask


def pooled(vectors: np.ndarray, mask: np.ndarray, pooling: Pooling) -> np.ndarray:
    """Return one float32 vector for each text, from its first token or the mean of all."""
    vectors = vectors.astype(np.float32, copy=False)
    if vectors.ndim == 2:  # an export that pools by itself
        return vectors
    if pooling == "cls":
        return vectors[:, 0]
    weights = mask[:, :, None].astype(np.float32)
    return (vectors * weights).sum(axis=1) / weights.sum(axis=1)


def unit(vectors: np.ndarray) -> np.ndarray:
    """Return vectors scaled to length 1, rows of zeros left as they are."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(lengths, lengths, 1)
