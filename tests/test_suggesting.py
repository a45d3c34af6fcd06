"""Suggested questions come from the library's own words."""

from rag.suggesting import example_questions, follow_ups
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


def test_one_goes_on_with_people_and_titles_that_nobody_asked_about():
    text = "Ann Lee said that the dam held. Bo Park told reporters so. Cy Orr said no more."
    found = [
        document(text, "The dam"),
        document("It rained.", "Rain"),
        document("Ann Lee said so.", "So"),
    ]
    assert follow_ups(found, []) == [
        "What did Ann Lee say?",
        "What did Bo Park say?",
        "What is “The dam” about?",
    ]
    assert follow_ups(found, ["What did ann lee say of “the dam”?", "And Bo Park?"]) == [
        "What did Cy Orr say?",
        "What is “Rain” about?",
        "What is “So” about?",
    ]
    assert follow_ups([], ["Why?"]) == []
