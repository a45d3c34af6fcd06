"""Scores texts by the vectors of their tokens, made once when the texts are indexed.

In: texts. Out: a sign bit for each dimension of each token; float vectors for questions; the
mean of the best match of each of the question's tokens (MaxSim; Khattab and Zaharia, SIGIR
2020). Knows nothing about passages or where the bits are kept.

One bit a dimension is a 32nd of float32 and ranks as well: over 80 RGB questions nDCG@10 is
.836 with bits and .838 with floats (tests/benchmarks/LOG.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rag.running_onnx import OnnxTransformer

_WINDOW = 300  # tokens; the model was trained on documents of this length
_QUESTION_WINDOW = 64


class LateInteraction:
    """A late-interaction model (model.onnx beside tokenizer.json) loaded from a folder."""

    def __init__(self, path: Path, *, identity: str, threads: int = 0):
        """Load the model; `threads` 0 leaves onnxruntime's own choice.

        Raises ModelDamaged when the folder does not hold such a model.
        """
        self._model = OnnxTransformer(path, kind="a late-interaction model", threads=threads)
        self._model.tokenizer.no_padding()  # its file may ask for one
        self.identity = identity
        self.dimension = self.encode_question("dimension").shape[1]

    def encode(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Return for each text the signs of its token vectors, uint8, (tokens, dimension / 8).

        One text at a time: int8 rounds with its batch, so the same text would get other bits
        beside other texts, and padding makes batches slower on a processor.
        """
        return [np.packbits(self._vectors(text, _WINDOW) > 0, axis=1) for text in texts]

    def encode_question(self, text: str) -> np.ndarray:
        """Return float32 unit vectors, shape (tokens, dimension)."""
        tokens = self._vectors(text, _QUESTION_WINDOW).astype(np.float32)
        return tokens / np.maximum(np.linalg.norm(tokens, axis=1, keepdims=True), 1e-9)

    def _vectors(self, text: str, window: int) -> np.ndarray:
        self._model.tokenizer.enable_truncation(window)
        ids = np.array([self._model.tokenizer.encode(text).ids], np.int64)
        ones, zeros = np.ones_like(ids), np.zeros_like(ids)
        return self._model.run(input_ids=ids, attention_mask=ones, token_type_ids=zeros)[0]


def maxsim(question: np.ndarray, texts: Sequence[np.ndarray]) -> np.ndarray:
    """Return the score of each text, float32, -1 to 1, shape (len(texts),).

    `question` is what `encode_question` gives, `texts` what `encode` gives; none is empty.
    """
    if not texts:
        return np.empty(0, np.float32)
    signs = np.unpackbits(np.concatenate(texts), axis=1).astype(np.float32)
    starts = np.cumsum([0, *(len(text) for text in texts[:-1])])
    best = np.maximum.reduceat(signs @ question.T, starts, axis=0)
    # Signs are 0 and 1 here and stand for -1 and 1: 2 q·s - sum(q), over the length of s.
    cosines = (2 * best - question.sum(axis=1)) / np.sqrt(question.shape[1])
    return cosines.mean(axis=1).astype(np.float32)
