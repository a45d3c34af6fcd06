"""Fusion is arithmetic; hits say how they were found."""

from __future__ import annotations

import pytest

from rag import syncing
from rag.indexing import VectorIndex
from rag.retrieving import Searchable, fuse, retrieve
from rag.storing import Store
from rag.types import Hit
from tests.fakes import WordEmbedder, WordReranker


@pytest.fixture
def search(tmp_path):
    texts = {
        "dam": "The dam at Ilm held in spring. Engineers had mended it.",
        "barley": "Barley was sold early. The price of barley fell.",
        "café": "The Café Zürich reopened on Monday. Its owner is Ann Lee.",
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.txt").write_text(text)
    embedder = WordEmbedder()
    store = Store.create(tmp_path / "library")
    syncing.sync([tmp_path], store=store, embedder=embedder, passage_tokens=12)
    library = Searchable(store, VectorIndex.open(store), embedder, WordReranker(), 10)

    def find(question: str, limit: int = 10) -> list[Hit]:
        return retrieve(question, library, limit=limit)

    yield find
    store.close()


def test_fusion_is_the_sum_of_reciprocal_ranks():
    assert fuse([[7, 8], [8, 9]]) == {7: 1 / 61, 8: 1 / 62 + 1 / 61, 9: 1 / 62}


def test_a_hit_says_how_it_was_found(search):
    best = search("price of barley")[0]
    assert "barley" in best.passage.text.lower()
    assert (best.dense_rank, best.keyword_rank) == (1, 1)
    assert best.reranker > -10
    assert best.score == 3 * (1 / 61)


def test_words_match_without_accents_and_endings(search):
    assert search("cafe zurich")[0].keyword_rank == 1
    assert search("engineer mending")[0].keyword_rank == 1


def test_as_many_as_asked_for_in_falling_order(search):
    hits = search("the dam and the barley", limit=2)
    assert len(hits) == 2
    assert hits[0].score >= hits[1].score


@pytest.mark.parametrize("question", ['"quoted" AND NOT (', "NEAR/3 *", "a-b:c^2", "漢字"])
def test_signs_of_the_query_language_are_words(search, question):
    assert search(question) is not None
