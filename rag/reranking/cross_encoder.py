"""Scores how well texts answer a question, with a cross-encoder in ONNX form.

In: a question and texts. Out: one logit for each. Knows nothing about passages or ranks.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rag.running_onnx import OnnxTransformer

_WINDOW = 512  # the positions a BERT cross-encoder was trained with
_BATCH = 8


class CrossEncoder:
    """A cross-encoder (model.onnx beside tokenizer.json) loaded from a folder."""

    def __init__(self, path: Path, *, identity: str, threads: int = 0):
        """Load the model; `threads` 0 leaves onnxruntime's own choice.

        Raises ModelDamaged when the folder does not hold such a model.
        """
        self._model = OnnxTransformer(path, kind="a cross-encoder", threads=threads)
        self.identity = identity
        self._model.tokenizer.enable_truncation(_WINDOW, strategy="only_second")
        self._model.tokenizer.enable_padding()

    def score(self, question: str, texts: Sequence[str]) -> np.ndarray:
        """Return one float32 logit for each text, shape (len(texts),); higher is better.

        A question of more than 200 words is cut there: the model reads 512 tokens in all.
        """
        question = " ".join(question.split()[:200])[:1000]
        scores = np.empty(len(texts), np.float32)
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        for first in range(0, len(order), _BATCH):
            batch = order[first : first + _BATCH]
            scores[batch] = self._batch(question, [texts[at] for at in batch])
        return scores

    def _batch(self, question: str, texts: list[str]) -> np.ndarray:
        encoded = self._model.tokenizer.encode_batch([(question, text) for text in texts])
        logits = self._model.run(
            input_ids=np.array([given.ids for given in encoded], np.int64),
            attention_mask=np.array([given.attention_mask for given in encoded], np.int64),
            token_type_ids=np.array([given.type_ids for given in encoded], np.int64),
        )
        return logits.reshape(len(texts), -1)[:, 0]
