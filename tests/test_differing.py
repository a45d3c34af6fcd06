"""Sources that give different answers are told apart from sources that agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.citing import overlap
from rag.differing import disagreements
from rag.differing.asking import wanted
from rag.differing.sameness import alike, compatible
from rag.differing.values import values
from rag.rendering import disagreement_lines
from rag.types import Document, Evidence, Fact, Span

WHO = "Who won the 2019 Wimbledon women's singles?"
HALEP = "Simona Halep won the 2019 Wimbledon women's singles on Saturday in London."
KERBER = "Angelique Kerber won the 2019 Wimbledon women's singles on Saturday in London."


def evidence(*texts: str) -> tuple[Evidence, ...]:
    """Return each text as the whole of a document of its own."""
    return tuple(
        Evidence(number, Document(f"d{number}", f"{number}.txt", text, ()), 0, len(text))
        for number, text in enumerate(texts, 1)
    )


def score(question: str, sentences: Sequence[str]) -> list[float]:
    """Return how many of the question's words stand in each sentence, as a share."""
    return [overlap(question, sentence) for sentence in sentences]


def shown(question: str, *texts: str, answer: str = "") -> list[list[str]]:
    """Return the values that are shown side by side."""
    found = disagreements(question, evidence(*texts), score, answer=answer)
    return [[account.value for account in one.accounts] for one in found]


def only_value(text: str):
    (value,) = values(text, Span(0, len(text)))
    return value


def test_names_that_differ_stand_side_by_side():
    assert shown(WHO, HALEP, KERBER) == [["Simona Halep", "Angelique Kerber"]]


def test_a_date_that_differs_is_shown():
    told = [f"The game was released on {day}, 2017 in Japan." for day in ("December 1", "May 9")]
    found = shown("When was the game released in Japan?", *told)
    assert found == [["December 1, 2017", "May 9, 2017"]]


def test_an_amount_that_differs_is_shown():
    told = [f"Tesla reported a revenue of {sum_} for the quarter." for sum_ in ("$6.3bn", "$1.3bn")]
    assert shown("What was Tesla's revenue for the quarter?", *told) == [["$6.3bn", "$1.3bn"]]


@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        (WHO, HALEP, HALEP.replace("Simona Halep", "Halep")),
        (WHO, HALEP, HALEP.replace("on Saturday", "in July")),
        ("When was it sold?", "It was sold on 3 May 2019.", "It was sold in May 2019."),
        ("How many died?", "In all 1,179 people died.", "In all 1,200 people died."),
        ("How much was paid?", "They paid $2 million.", "They paid $2,000,000."),
    ],
)
def test_the_same_answer_in_other_words_is_no_disagreement(question, one, other):
    assert shown(question, one, other) == []


def test_a_source_that_names_both_contradicts_neither():
    both = HALEP + " Angelique Kerber won it the year before."
    assert shown(WHO, both, KERBER) == []


def test_two_values_of_one_document_do_not_disagree():
    text = f"{HALEP} {KERBER}"
    assert shown(WHO, text) == []
    document = evidence(text)[0].document
    cut = len(HALEP)
    parts = (Evidence(1, document, 0, cut), Evidence(2, document, cut + 1, len(text)))
    assert disagreements(WHO, parts, score) == ()


def test_a_passage_on_something_else_is_not_an_account():
    other = "Roger Federer opened a tennis school for children in Basel in spring."
    assert shown(WHO, HALEP, other) == []


def test_whether_something_is_so():
    told = "The minister {} confirm the closing of the plant on Monday."
    question = "Did the minister confirm the closing of the plant?"
    assert len(shown(question, told.format("did"), told.format("did not"))) == 1
    assert shown(question, told.format("did"), told.format("did")) == []
    assert shown(question, told.format("did not"), told.format("never did")) == []


def test_the_answer_decides_which_pair_is_shown():
    third = KERBER.replace("Angelique Kerber", "Serena Williams")
    found = shown(WHO, HALEP, KERBER, third, answer="It was Serena Williams [3].")
    assert "Serena Williams" in found[0]


def test_accounts_are_slices_of_their_documents():
    (found,) = disagreements(WHO, evidence(KERBER, HALEP), score)
    for account in found.accounts:
        assert account.value in account.citation.quote
        assert account.citation.quote in account.citation.document.text


def test_accounts_are_written_with_publisher_and_date():
    one, other = evidence(HALEP, KERBER)
    facts = {"publisher": Fact("TASS", "", ""), "published": Fact("2019-07-14", "", "")}
    one = replace(one, document=replace(one.document, **facts))
    assert disagreement_lines(disagreements(WHO, (one, other), score)) == [
        "Sources differ:",
        "  TASS (2019-07-14): “Simona Halep” [1]",
        "  2.txt: “Angelique Kerber” [2]",
    ]


def test_what_a_question_wants():
    asked = {
        "Who acquired Instagram?": "person",
        "Which university was fined over $37 million?": "name",
        "What was Tesla's revenue in Q1 2021?": "money",
        "What is the premiere date of Season 11?": "date",
        "Super Bowl 2021 location": "place",
        "How many jobs were created in April 2023?": "number",
        "What was the inflation rate in August 2022?": "percent",
    }
    assert {question: wanted(question).kind for question in asked} == asked


def test_names_are_parted_at_titles():
    text = "Tesla CEO Elon Musk met President Joe Biden of the U.S. at the White House."
    found = [text[v.span.start : v.span.end] for v in values(text, Span(0, len(text)))]
    assert found == ["Tesla", "Elon Musk", "Joe Biden of the U.S", "White House"]


@pytest.mark.parametrize(
    ("one", "other", "fits"),
    [
        ("Elon Musk", "Musk", True),
        ("United Nations", "UN", True),
        ("Spain", "Spanish", True),
        ("Germany", "Spain", False),
        ("3 May 2019", "May 2019", True),
        ("3 May 2019", "4 May 2019", False),
        ("$68.7 billion", "$68.7bn", True),
        ("$6.3 billion", "$1.3 billion", False),
        ("12%", "$12", True),
        ("6–2", "2-6", True),
    ],
)
def test_which_values_can_both_be_meant(one, other, fits):
    assert compatible(only_value(one), only_value(other)) is fits


@given(st.text(alphabet="Aab 12.,$%-–'’MayJune\n", max_size=60))
def test_values_are_slices_and_like_themselves(text):
    for value in values(text, Span(0, len(text))):
        assert 0 <= value.span.start < value.span.end <= len(text)
        assert text[value.span.start : value.span.end].strip()
        assert alike(value, value)


@given(st.lists(st.sampled_from([HALEP, KERBER, "Nobody was there."]), max_size=5))
def test_a_disagreement_has_two_documents_and_two_values(texts):
    for one in disagreements(WHO, evidence(*texts), score):
        documents = [account.citation.document.document_id for account in one.accounts]
        assert len(set(documents)) == len(documents) >= 2
        assert len({account.value for account in one.accounts}) >= 2
