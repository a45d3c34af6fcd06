"""Fusion is arithmetic; hits say how they were found."""

from __future__ import annotations

from datetime import date

import pytest

from rag import syncing
from rag.indexing import VectorIndex
from rag.retrieving import Searchable, fuse, retrieve
from rag.storing import Store
from rag.types import Filters, Hit
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


ARTICLES = {
    "a": ("TASS", "2026-01-01", "en"),
    "b": ("KCNA", "2026-01-01", "en"),
    "c": ("tass", "2025-06-30", "en"),
    "d": ("KCNA", None, "de"),
    "e": (None, "2026-01-02", None),
}
"""Publisher, day and language of five documents with the same words."""


@pytest.fixture
def articles(tmp_path):
    for name, facts in ARTICLES.items():
        keys = zip(("publisher", "published", "language"), facts, strict=True)
        head = "".join(f"{key}: {value}\n" for key, value in keys if value)
        (tmp_path / f"{name}.md").write_text(f"---\n{head}---\n\nThe dam {name} held in spring.")
    embedder = WordEmbedder()
    store = Store.create(tmp_path / "library")
    syncing.sync([tmp_path], store=store, embedder=embedder, passage_tokens=20)
    yield Searchable(store, VectorIndex.open(store), embedder, WordReranker(), 10)
    store.close()


@pytest.mark.parametrize(
    ("filters", "left"),
    [
        (Filters(), "abcde"),
        (Filters(publishers=("TASS",)), "ac"),
        (Filters(publishers=("kcna", "TASS")), "abcd"),
        (Filters(after=date(2026, 1, 1)), "abe"),
        (Filters(before=date(2026, 1, 1)), "abc"),
        (Filters(after=date(2026, 1, 1), before=date(2026, 1, 1)), "ab"),
        (Filters(as_of=date(2026, 1, 1)), "abcd"),
        (Filters(languages=("DE",)), "d"),
        (Filters(publishers=("TASS",), after=date(2026, 1, 1)), "a"),
        (Filters(publishers=("Reuters",)), ""),
    ],
)
def test_filters_let_through_what_they_say(articles, filters, left):
    hits = retrieve("Which dam held?", articles, limit=10, filters=filters)
    found = [articles.store.document(hit.passage.document_id).path[-4] for hit in hits]
    assert sorted(found) == list(left)


def test_a_filter_is_applied_before_the_limit(articles):
    one = articles.store.documents()[4]
    filters = Filters(documents=(one.document_id,))
    hits = retrieve("Which dam a held?", articles, limit=1, filters=filters)
    assert [hit.passage.document_id for hit in hits] == [one.document_id]
