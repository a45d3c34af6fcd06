"""Runs a transformer in ONNX form on the processor.

In: a folder with model.onnx and tokenizer.json; token ids. Out: the model's first output.
Knows nothing about what that output means. The only importer of onnxruntime.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from rag.errors import ModelDamaged


class OnnxTransformer:
    """A session, and the tokenizer of its model, which the caller may set up."""

    def __init__(self, path: Path, *, kind: str, threads: int = 0):
        """Load the model; `threads` 0 leaves onnxruntime's own choice.

        Raises ModelDamaged, which names the `kind` of model, when the folder does not hold it.
        """
        onnxruntime.disable_telemetry_events()  # on by default on Windows
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        # Threads that spin for the next call hold up the other models of the same search.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = onnxruntime.InferenceSession(
                str(path / "model.onnx"), options, providers=["CPUExecutionProvider"]
            )
            self.tokenizer = Tokenizer.from_file(str(path / "tokenizer.json"))
        except Exception as error:  # both libraries raise bare Exceptions of their own
            reason = str(error).splitlines()[0]
            raise ModelDamaged(
                f"{path} is not {kind} that can be loaded ({reason}). "
                "Fetch it again with: rag models fetch"
            ) from None
        self._inputs = {given.name for given in self._session.get_inputs()}

    def run(self, **given: np.ndarray) -> np.ndarray:
        """Return the first output for input_ids, attention_mask and token_type_ids, int64.

        Those that the model does not take are left out.
        """
        feed = {name: given[name] for name in self._inputs}
        return self._session.run(None, feed)[0]
