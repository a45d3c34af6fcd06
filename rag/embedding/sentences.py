"""Runs an embedder in the form of sentence-transformers.

In: texts. Out: float32 unit vectors. Knows nothing about documents or indexes.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
import transformers
from sentence_transformers import SentenceTransformer

from rag.embedding.precision import device, one_thread, precision, use_threads
from rag.embedding.recipe import Recipe
from rag.embedding.tokens import unit
from rag.errors import ModelDamaged


class SentenceEmbedder:
    """A sentence-transformers model loaded from a folder."""

    def __init__(
        self, path: Path, *, identity: str, recipe: Recipe, threads: int = 0, gpu: bool = False
    ):
        """Load the model; `threads` 0 leaves torch's own choice, `gpu` takes one if there is one.

        Raises ModelDamaged when the folder does not hold such a model.
        """
        use_threads(threads)
        transformers.utils.logging.set_verbosity_error()
        transformers.utils.logging.disable_progress_bar()
        where = device(gpu=gpu)
        kind = precision() if where == "cpu" else torch.float32
        try:
            self._model = SentenceTransformer(
                str(path), device=where, local_files_only=True, model_kwargs={"dtype": kind}
            )
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            reason = str(error).splitlines()[0]
            raise ModelDamaged(
                f"{path} is not a sentence-transformers model that can be loaded ({reason}). "
                "Fetch it again with: rag models fetch"
            ) from None
        self.identity = identity
        self.scale = recipe.scale
        self._recipe = recipe
        self.dimension = int(self._model.get_embedding_dimension() or 0)
        self.window = int(self._model.max_seq_length or 512)
        self.window -= self.count_tokens(recipe.passage_prefix) - self.count_tokens("")

    def embed_passages(self, texts: Sequence[str]) -> np.ndarray:
        """Return float32 unit vectors, shape (len(texts), dimension)."""
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        prefix = self._recipe.passage_prefix
        return self._encoded(self._model.encode_document, list(texts), prefix)

    def embed_question(self, text: str) -> np.ndarray:
        """Return one float32 unit vector, shape (dimension,)."""
        with one_thread():
            return self._encoded(self._model.encode_query, [text], self._recipe.question_prefix)[0]

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens of a text, special ones included."""
        return len(self._model.tokenizer(text, truncation=False, verbose=False)["input_ids"])

    def _encoded(self, encode, texts: list[str], prefix: str) -> np.ndarray:
        vectors = encode(texts, prompt=prefix, convert_to_numpy=True, show_progress_bar=False)
        return unit(np.asarray(vectors, np.float32))
