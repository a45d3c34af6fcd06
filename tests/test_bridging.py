"""A question over a second document is led there by the names in the first."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.bridging import bridges, names

FILM = (
    "Blue Harbor is a 1955 American crime film directed by R. G. Berg and written by John K. "
    "Hill. The film stars Ann Lee and Bo Park. It was released on May 19, 1955, by Republic."
)
QUEEN = (
    "Joan of Ilm (12 May 1712 – 1760) was a regent by marriage to Christian von Berg. She was "
    "the daughter of Otto, Count of Hof and his wife Maria de la Cruz."
)


@pytest.mark.parametrize(
    ("question", "text", "name"),
    [
        ("Where was the director of film Blue Harbor born?", FILM, "R. G. Berg"),
        ("Which film has the director who died later Blue Harbor", FILM, "R. G. Berg"),
        ("What nationality is Blue Harbor's writer?", FILM, "John K. Hill"),
        ("When was the husband of Joan of Ilm born?", QUEEN, "Christian von Berg"),
        ("Where did Joan of Ilm's father die?", QUEEN, "Otto"),
        ("Who is Joan of Ilm's mother-in-law?", QUEEN, "Christian von Berg"),
    ],
)
def test_the_name_beside_the_relation_comes_among_the_first(question, text, name):
    assert any(found.endswith(f" {name}") for found in bridges(question, [text], limit=2))


def test_a_second_question_keeps_what_was_asked():
    question = "Where was the director of film Blue Harbor born?"
    assert bridges(question, [FILM], limit=1) == ("Where was director film born R. G. Berg",)


@pytest.mark.parametrize(
    "question",
    [
        "Who directed Blue Harbor?",
        "Who is the director of Blue Harbor?",
        "When was Ann Lee born?",
        "When did the film come out?",
        "Which oil producer is an ally of the United States?",
        "Кто жена режиссёра фильма?",
        "",
    ],
)
def test_a_question_that_one_search_answers_leads_nowhere(question):
    assert bridges(question, [FILM, QUEEN]) == ()


def test_a_text_about_something_else_comes_later():
    question = "Where was the director of film Blue Harbor born?"
    other = "Red Field is a film directed by Max Moor."
    assert bridges(question, [other, FILM], limit=1)[0].endswith("R. G. Berg")


def test_a_name_with_a_document_of_its_own_comes_before_others():
    question = "Where was the director of film Blue Harbor born?"
    text = "Blue Harbor was made by Ann Lee. Bo Park was its director."
    assert bridges(question, [text], limit=1)[0].endswith("Bo Park")
    chosen = bridges(question, [text], limit=1, is_title={"Ann Lee"}.__contains__)
    assert chosen[0].endswith("Ann Lee")


def test_no_texts_no_names():
    assert bridges("Where was the wife of Bo Park born?", []) == ()
    assert bridges("Where was the wife of Bo Park born?", ["bo park had a wife."]) == ()


@given(st.text(max_size=300))
def test_names_are_slices_and_never_overlap(text):
    found = names(text)
    for name, start, end in found:
        assert text[start:end].startswith(name)
    assert all(one[2] <= other[1] for one, other in pairwise(found))


@given(st.text(max_size=120), st.lists(st.text(max_size=120), max_size=4))
def test_any_question_and_texts_will_do(question, texts):
    assert len(bridges(question, texts)) <= 3
    assert len(bridges(f"Where was the wife of Bo {question} born", texts)) <= 3
