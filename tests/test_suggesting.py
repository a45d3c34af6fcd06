"""Suggested questions come from the library's own words."""

from rag.suggesting import example_questions
from rag.types import Document, Fact, Span


def document(text: str, title: str) -> Document:
    return Document("d", "d.txt", text, (Span(0, len(text)),), Fact(title, title, "headline"))


def test_people_who_are_quoted_come_before_titles():
    text = (
        "Ann Lee, the mayor of Ilm, said that the dam held. It rained. Bo Park told reporters so."
    )
    assert example_questions([document(text, "The dam")]) == [
        "What did Ann Lee say?",
        "What did Bo Park say?",
        "What is “The dam” about?",
    ]


def test_words_outside_the_body_suggest_nothing():
    text = "Body. Ann Lee said no."
    assert example_questions([Document("d", "d.txt", text, (Span(0, 5),))]) == []


def test_an_empty_library_has_no_examples():
    assert example_questions([]) == []
