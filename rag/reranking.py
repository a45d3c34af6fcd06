"""Scores how well texts answer a question, with a cross-encoder in ONNX form.

In: a question and texts. Out: one logit for each. Knows nothing about passages or ranks.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from rag.errors import ModelDamaged

_WINDOW = 512  # the positions a BERT cross-encoder was trained with
_BATCH = 8


class CrossEncoder:
    """A cross-encoder (model.onnx beside tokenizer.json) loaded from a folder."""

    def __init__(self, path: Path, *, identity: str, threads: int = 0):
        """Load the model; `threads` 0 leaves onnxruntime's own choice.

        Raises ModelDamaged when the folder does not hold such a model.
        """
        onnxruntime.disable_telemetry_events()  # on by default on Windows
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                str(path / "model.onnx"), options, providers=["CPUExecutionProvider"]
            )
            self._tokenizer = Tokenizer.from_file(str(path / "tokenizer.json"))
        except Exception as error:  # both libraries raise bare Exceptions of their own
            reason = str(error).splitlines()[0]
            raise ModelDamaged(
                f"{path} is not a cross-encoder that can be loaded ({reason}). "
                "Fetch it again with: rag models fetch"
            ) from None
        self.identity = identity
        self._inputs = {given.name for given in self._session.get_inputs()}
        self._tokenizer.enable_truncation(_WINDOW, strategy="only_second")
        self._tokenizer.enable_padding()

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
        encoded = self._tokenizer.encode_batch([(question, text) for text in texts])
        values = {
            "input_ids": [given.ids for given in encoded],
            "attention_mask": [given.attention_mask for given in encoded],
            "token_type_ids": [given.type_ids for given in encoded],
        }
        feed = {name: np.array(values[name], np.int64) for name in self._inputs}
        return self._session.run(None, feed)[0].reshape(len(texts), -1)[:, 0]
