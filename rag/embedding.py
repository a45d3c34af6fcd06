"""Turns texts into unit vectors with a sentence-transformers model.

In: texts. Out: float32 unit vectors. Knows nothing about documents or indexes.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
import transformers
from sentence_transformers import SentenceTransformer

from rag.errors import ModelDamaged


class SentenceEmbedder:
    """A sentence-transformers model loaded from a folder."""

    def __init__(self, path: Path, *, identity: str, threads: int = 0):
        """Load the model; `threads` 0 leaves torch's own choice.

        Raises ModelDamaged when the folder does not hold such a model.
        """
        if threads:
            torch.set_num_threads(threads)
        transformers.utils.logging.set_verbosity_error()
        transformers.utils.logging.disable_progress_bar()
        try:
            self._model = SentenceTransformer(str(path), device="cpu", local_files_only=True)
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            reason = str(error).splitlines()[0]
            raise ModelDamaged(
                f"{path} is not a sentence-transformers model that can be loaded ({reason}). "
                "Fetch it again with: rag models fetch"
            ) from None
        self.identity = identity
        self.dimension = int(self._model.get_embedding_dimension() or 0)
        self.window = int(self._model.max_seq_length or 512)

    def embed_passages(self, texts: Sequence[str]) -> np.ndarray:
        """Return float32 unit vectors, shape (len(texts), dimension)."""
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        return self._encoded(self._model.encode_document, list(texts))

    def embed_question(self, text: str) -> np.ndarray:
        """Return one float32 unit vector, shape (dimension,)."""
        return self._encoded(self._model.encode_query, [text])[0]

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens of a text, special ones included."""
        return len(self._model.tokenizer(text, truncation=False, verbose=False)["input_ids"])

    def _encoded(self, encode, texts: list[str]) -> np.ndarray:
        vectors = encode(
            texts, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
        )
        return np.asarray(vectors, dtype=np.float32)
