"""Turning texts into unit vectors.

In: a model's folder, texts. Out: float32 unit vectors. Knows nothing about documents or indexes.

    recipe     prefixes, pooling and length     sentences  models of sentence-transformers
    tokens     models that give token vectors   packed     one with weights of four bits
    plain      a BERT without torch             deferred   that one until passages come
    precision  how torch computes here

`sentences` and `packed` are imported when they are needed: torch takes seconds.
"""

from __future__ import annotations

from pathlib import Path

from rag.embedding import plain
from rag.embedding.deferred import DeferredEmbedder
from rag.embedding.recipe import Recipe, recipe_of
from rag.embedding.tokens import TokenEmbedder
from rag.running_onnx import OnnxTransformer
from rag.types import Embedder

__all__ = ["Recipe", "load", "recipe_of"]


def load(
    path: Path, *, identity: str, recipe: Recipe, threads: int = 0, gpu: bool = False
) -> Embedder:
    """Return the embedder in a folder; `threads` 0 leaves the choice to its library.

    With `gpu` one of sentence-transformers embeds passages on a GPU, if there is one.

    Raises ModelDamaged when the folder does not hold one that can be loaded.
    """

    def with_sentence_transformers() -> Embedder:
        from rag.embedding.sentences import SentenceEmbedder

        return SentenceEmbedder(path, identity=identity, recipe=recipe, threads=threads, gpu=gpu)

    if (path / "model.onnx").is_file():
        model = OnnxTransformer(path, kind="an embedder", threads=threads)
        return TokenEmbedder(model, identity=identity, recipe=recipe)
    if plain.runs(path):
        questions = TokenEmbedder(plain.PlainTransformer(path), identity=identity, recipe=recipe)
        return DeferredEmbedder(questions, with_sentence_transformers)
    if not (path / "modules.json").is_file() and any(path.glob("*.bin")):
        from rag.embedding.packed import PackedTransformer

        packed = PackedTransformer(path, threads=threads)
        return TokenEmbedder(packed, identity=identity, recipe=recipe)
    return with_sentence_transformers()
