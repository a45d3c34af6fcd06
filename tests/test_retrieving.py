"""Hits say how they were found; filters cut in first; questions of several parts chain."""

from __future__ import annotations

import random
import sqlite3
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag import keywords, syncing
from rag.indexing import VectorIndex
from rag.reranking import maxsim
from rag.retrieving import Searchable, judged, retrieve
from rag.retrieving.scoring import JUDGED, KEYWORD, LATE, fused
from rag.retrieving.scoring import judged as opinion
from rag.storing import DATABASE, Store
from rag.types import Filters, Hit
from tests.fakes import WordEmbedder, WordLate, WordReranker


def library_of(folder: Path, *, late: WordLate | None, candidates: int = 10) -> Searchable:
    """Build a library of the files in a folder."""
    embedder = WordEmbedder()
    store = Store.create(folder / "library")
    syncing.sync([folder], store=store, embedder=embedder, passage_tokens=20, late=late)
    return Searchable(store, VectorIndex.open(store), embedder, WordReranker(), candidates, late)


@pytest.fixture(params=["late interaction", "cross-encoder"])
def library(request, tmp_path):
    texts = {
        "dam": "The dam at Ilm held in spring. Engineers had mended it.",
        "barley": "Barley was sold early. The price of barley fell.",
        "café": "The Café Zürich reopened on Monday. Its owner is Ann Lee.",
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.txt").write_text(text)
    built = library_of(tmp_path, late=WordLate() if request.param == "late interaction" else None)
    yield built
    built.store.close()


def test_the_signals_are_summed_by_their_weights():
    assert fused(dense=0.5, keyword=0.25, late=None) == 0.5 + KEYWORD * 0.25
    assert fused(dense=0.5, keyword=0.25, late=0.75) == 0.5 + KEYWORD * 0.25 + LATE * 0.75


@pytest.mark.parametrize(("logit", "share"), [(0, 0.5), (800, 1), (-800, 0)])
def test_an_opinion_adds_and_never_takes_away(logit, share):
    assert opinion(logit) == pytest.approx(JUDGED * share)


def test_late_interaction_is_the_mean_of_the_best_matches():
    signs = np.array([[1, 1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, -1, -1, -1, -1]])
    packed = np.packbits(signs > 0, axis=1)
    question = (signs[:1] / np.sqrt(8)).astype(np.float32)
    other = (np.array([[-1, -1, -1, -1, 1, 1, 1, 1]]) / np.sqrt(8)).astype(np.float32)
    assert maxsim(question, [packed, packed[1:]]).tolist() == pytest.approx([1, 0])
    both = np.concatenate([question, other])
    assert maxsim(both, [packed, packed[:1]]).tolist() == pytest.approx([0.5, 0.5])
    assert maxsim(both, []).shape == (0,)


def test_a_hit_says_how_it_was_found(library):
    best = retrieve("price of barley", library, limit=10)[0]
    assert "barley" in best.passage.text.lower()
    assert (best.dense_rank, best.keyword_rank) == (1, 1)
    assert (best.late is None) != (best.reranker is None)


def test_words_match_without_accents_and_endings(library):
    for question, held in (("cafe zurich", "Café"), ("engineer mending", "Engineers")):
        first, *_ = library.store.keyword_search(question, 5)
        assert held in library.store.passages([first[0]])[0].text


def test_as_many_as_asked_for_in_falling_order(library):
    hits = retrieve("the dam and the barley", library, limit=2)
    assert len(hits) == 2
    assert hits[0].score >= hits[1].score


@pytest.mark.parametrize("question", ['"quoted" AND NOT (', "NEAR/3 *", "a-b:c^2", "漢字", "the"])
def test_signs_of_the_query_language_are_words(library, question):
    assert retrieve(question, library, limit=3)


def test_the_cross_encoder_reads_the_first_hits_only(library):
    hits = retrieve("dam barley café", library, limit=3)
    read = judged("dam barley café", hits, library, most=2)
    assert sorted(one.passage.passage_id for one in read) == sorted(
        one.passage.passage_id for one in hits
    )
    assert all(one.reranker is not None for one in read[:2])
    if library.late:
        assert read[2] == hits[2]


def test_copies_of_one_story_take_one_place(tmp_path):
    story = "The dam at Ilm held in spring although the river rose by two metres in a week."
    for day, name in enumerate(("TASS", "KCNA", "YONHAP"), 1):
        (tmp_path / f"{name}.txt").write_text(f"ULM, May {day} ({name}) — {story}")
    (tmp_path / "other.txt").write_text("Barley was sold early this spring in Ilm.")
    library = library_of(tmp_path, late=WordLate())
    hits = retrieve("Did the dam at Ilm hold in spring?", library, limit=2)
    assert len(hits[0].copies) == 2
    told = [hits[0].passage, *hits[0].copies]
    assert len({passage.document_id for passage in told}) == 3
    assert "Barley" in hits[1].passage.text
    library.store.close()


# --- several searches ---


PEOPLE = {
    "Ilm": "Ilm is a film directed by Ada Zorn about a dam.",
    "Oder": "Oder is a film directed by Bob Quist about a river.",
    "Ada Zorn": "Ada Zorn was born in Ulm. She studied music.",
    "Bob Quist": "Bob Quist was born in Graz. He studied law.",
    **{f"Town {n}": f"Town {n} lies on a river and holds a market each week." for n in range(9)},
}


@pytest.fixture
def people(tmp_path):
    for name, text in PEOPLE.items():
        (tmp_path / f"{name}.md").write_text(f"---\ntitle: {name}\n---\n\n{text}")
    built = library_of(tmp_path, late=WordLate())
    yield built
    built.store.close()


def texts(hits: list[Hit]) -> str:
    return " ".join(hit.passage.text for hit in hits)


def test_a_question_about_two_things_finds_both(people):
    found = texts(retrieve("Which film is older, Ilm or Oder?", people, limit=2))
    assert "Ilm is" in found and "Oder is" in found


def test_a_name_that_was_found_leads_to_the_next_document(people):
    found = texts(retrieve("Where was the director of the film Ilm born?", people, limit=3))
    assert "Ilm is" in found and "Ada Zorn was born" in found


# --- filters ---

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
    built = library_of(tmp_path, late=WordLate())
    yield built
    built.store.close()


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


WORDS = """
    dam river barley price spring engineer mended held sold early owner monday reopened flood
    bridge council vote budget school teacher harvest rain storm harbour ship sailor
"""
VOCABULARY = WORDS.split()
MANY = 40


@pytest.fixture(scope="module")
def crowd(tmp_path_factory):
    """A library of forty documents of several passages, of random words and facts."""
    folder, chance = tmp_path_factory.mktemp("crowd"), random.Random(4)
    for number in range(MANY):
        head = f"publisher: P{number % 5}\npublished: 2026-01-{1 + number % 28:02}\n"
        lines = [" ".join(chance.choices(VOCABULARY, k=12)).capitalize() + "." for _ in range(4)]
        where = folder / ("north" if number % 2 else "south") / f"{number}.md"
        where.parent.mkdir(exist_ok=True)
        where.write_text(f"---\n{head}---\n\n" + "\n\n".join(lines))
    built = library_of(folder, late=WordLate(), candidates=1000)
    yield built, folder
    built.store.close()


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_filtered_results_are_the_full_ranking_filtered(crowd, data):
    library, folder = crowd
    question = " ".join(data.draw(st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=5)))
    filters = data.draw(filterings(library, folder))
    limit = data.draw(st.integers(1, 30))
    full = retrieve(question, library, limit=1000)
    allowed = set(library.store.passage_ids(filters).tolist())
    expected = [hit for hit in full if hit.passage.passage_id in allowed][:limit]
    found = retrieve(question, library, limit=limit, filters=filters)
    assert [hit.passage for hit in found] == [hit.passage for hit in expected]
    assert [hit.score for hit in found] == pytest.approx([hit.score for hit in expected])


def filterings(library: Searchable, folder: Path) -> st.SearchStrategy[Filters]:
    """Return filters of every selectivity: one document, some, by facts, all."""
    ids = [document.document_id for document in library.store.documents()]
    days = st.integers(1, 28).map(lambda day: date(2026, 1, day))
    some = st.lists(st.sampled_from(ids), min_size=1, max_size=MANY, unique=True)
    return st.one_of(
        st.sampled_from(ids).map(lambda one: Filters(documents=(one,))),
        some.map(lambda chosen: Filters(documents=tuple(chosen))),
        st.builds(Filters, publishers=st.sampled_from([(), ("P1",), ("p2", "P4")]), after=days),
        st.builds(Filters, before=days, folders=st.sampled_from([(), (str(folder / "north"),)])),
        st.just(Filters()),
    )


# --- keyword search and the file's format ---


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("Missiles were mended", ("missil", "were", "mend")),
        ("Café Straße İstanbul Łódź Ørsted", ("cafe", "strass", "istanbul", "lodz", "orst")),
        ("1,000 and 4.2 and 10:30", ("1000", "and", "4.2", "and", "10:30", "10", "30")),
        ("KN-23 and C++ in max_len", ("kn-23", "kn", "23", "and", "c++", "in", "max_len")),
        ("on 2026-01-01", ("on", "2026-01-01", "2026", "01", "01")),
        ("€ is U+20AC", ("u+20ac", "is", "u+20ac")),
        ("Gerasimov’s men", ("gerasimov", "men")),
        ("北京大学", ("北京", "京大", "大学")),
    ],
)
def test_figures_codes_and_accents_become_terms(text, terms):
    assert keywords.indexed(text).words == terms


def test_function_words_are_not_asked_but_names_spelt_like_them_are():
    terms = keywords.asked("What did the WHO say in May about it, and who paid?")
    assert terms.words == ("who", "say", "may", "paid")
    assert keywords.asked("Who is it?").words == ("who", "is", "it")


def test_a_question_is_stemmed_as_each_language_of_the_library_is():
    terms = keywords.asked("Häuser houses", ("de", "en"))
    assert {"haus", "hous"} <= set(terms.words)


def test_a_name_is_found_as_it_is_written(tmp_path):
    (tmp_path / "mars.txt").write_text("Probes went to Mars before.")
    (tmp_path / "mar.txt").write_text("Scratches mar the surface of it.")
    library = library_of(tmp_path, late=None)
    first, *_ = library.store.keyword_search("Who went to Mars?", 5)
    assert "Probes" in library.store.passages([first[0]])[0].text
    library.store.close()


def test_keyword_scores_are_shares_of_the_most_possible(crowd):
    library, _ = crowd
    scores = [score for _, score in library.store.keyword_search("dam river harbour", 50)]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1 for score in scores)


def test_the_words_of_an_earlier_format_are_read_anew(tmp_path):
    (tmp_path / "dam.txt").write_text("The dam at Ilm held in spring.")
    library = library_of(tmp_path, late=WordLate())
    library.store.close()
    with sqlite3.connect(tmp_path / "library" / DATABASE) as old:
        for name in ("word_counts", "words", "signs", "answers"):
            old.execute(f"DROP TABLE {name}")
        old.execute("CREATE VIRTUAL TABLE words USING fts5 (text)")
        old.execute("PRAGMA user_version = 1")
    old.close()
    store = Store.open(tmp_path / "library")
    assert store.keyword_search("Ilm", 5)
    reopened = replace(library, store=store, index=VectorIndex.open(store), late=None)
    found = retrieve("Ilm dam", reopened, limit=1)
    assert found[0].passage.text.startswith("The dam")
    store.close()
