"""The real embedder: unit vectors, honest lengths, clear errors."""

from __future__ import annotations

import numpy as np
import pytest

from rag.assembling import Models
from rag.embedding import SentenceEmbedder
from rag.errors import ModelDamaged

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def embedder(model_settings) -> SentenceEmbedder:
    return Models(model_settings).embedder


def test_vectors_are_unit_and_near_for_near_meanings(embedder):
    vectors = embedder.embed_passages(["The dam burst.", "The barrage broke.", "Barley is cheap."])
    assert vectors.shape == (3, embedder.dimension) and vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]


def test_no_texts_give_no_vectors(embedder):
    assert embedder.embed_passages([]).shape == (0, embedder.dimension)


def test_tokens_are_counted_beyond_the_window(embedder):
    assert embedder.count_tokens("") == 2  # the two special tokens
    assert embedder.count_tokens("word " * 1000) == 1002 > embedder.window


def test_a_folder_that_is_no_model_is_said(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelDamaged, match="rag models fetch"):
        SentenceEmbedder(tmp_path, identity="x")
