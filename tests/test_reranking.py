"""The real rerankers: order, independence of batches, clear errors."""

from __future__ import annotations

import numpy as np
import pytest

from rag.assembling import Models
from rag.errors import ModelDamaged
from rag.reranking import CrossEncoder, LateInteraction, maxsim

pytestmark = pytest.mark.model

TEXTS = ["Barley is cheap.", "The dam at Ilm burst in May.", "word " * 900, "A dam is a wall.", ""]


@pytest.fixture(scope="module")
def reranker(model_settings) -> CrossEncoder:
    return Models(model_settings).reranker


def test_the_text_that_answers_scores_highest(reranker):
    scores = reranker.score("When did the dam at Ilm burst?", TEXTS)
    assert scores.shape == (len(TEXTS),) and scores.dtype == np.float32
    assert scores.argmax() == 1


def test_nothing_to_score(reranker):
    assert reranker.score("When?", []).shape == (0,)


def test_a_very_long_question_leaves_room_for_the_text(reranker):
    scores = reranker.score("When did the dam burst? " * 900, TEXTS)
    assert np.isfinite(scores).all()


def test_a_folder_that_is_no_model_is_said(tmp_path):
    with pytest.raises(ModelDamaged, match="rag models fetch"):
        CrossEncoder(tmp_path, identity="x")


@pytest.fixture(scope="module")
def late(model_settings) -> LateInteraction:
    return Models(model_settings).late


def test_token_vectors_tell_the_text_that_answers(late):
    question = late.encode_question("When did the dam at Ilm burst?")
    assert np.linalg.norm(question, axis=1) == pytest.approx(1, abs=1e-5)
    scores = maxsim(question, late.encode(TEXTS))
    assert scores.argmax() == 1
    assert (np.abs(scores) <= 1).all()


def test_signs_do_not_depend_on_the_texts_beside(late):
    together = late.encode(TEXTS)
    for text, signs in zip(TEXTS, together, strict=True):
        assert signs.dtype == np.uint8 and signs.shape[1] == late.dimension // 8
        assert np.array_equal(late.encode([text])[0], signs)


def test_only_tokens_of_the_text_have_vectors(late):
    assert len(late.encode(["Barley is cheap."])[0]) < 10
    assert len(late.encode_question("Barley?")) < 10


def test_a_folder_that_is_no_late_interaction_model_is_said(tmp_path):
    with pytest.raises(ModelDamaged, match="rag models fetch"):
        LateInteraction(tmp_path, identity="x")
