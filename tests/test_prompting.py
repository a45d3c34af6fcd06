"""The prompt holds the evidence in order, whole, within its budget."""

from __future__ import annotations

import pytest

from rag import prompting
from rag.errors import InputError
from rag.types import Document, Evidence, Fact, Span
from tests.fakes import words

TEXT = "One two three four. Five six seven eight."
DOCUMENT = Document(
    "d",
    "d.txt",
    TEXT,
    (Span(0, len(TEXT)),),
    publisher=Fact("TASS", "/TASS/", "dateline"),
    published=Fact("2026-01-01", "January 1", "dateline"),
)
FIRST, SECOND = (DOCUMENT, Span(0, 19)), (DOCUMENT, Span(20, 41))


def count(text: str) -> int:
    return len(words(text))


def test_evidence_is_rendered_with_number_publisher_and_date():
    item = Evidence(2, DOCUMENT, 0, 19)
    assert prompting.rendered(item) == "[2] TASS | 2026-01-01\nOne two three four."


def test_the_prompt_holds_the_evidence_in_order_and_the_question():
    evidence = prompting.select([FIRST, SECOND], budget=100, count=count)
    user = prompting.answer_prompt("Why $5?", evidence).messages[1].content
    assert user.index("One two") < user.index("Five six") < user.index("Why $5?")
    assert [item.number for item in evidence] == [1, 2]


def test_the_budget_leaves_out_whole_passages_but_never_the_first():
    assert len(prompting.select([FIRST, SECOND], budget=1, count=count)) == 1
    exactly = 2 * count(prompting.rendered(Evidence(1, *FIRST[:1], 0, 19)))
    assert len(prompting.select([FIRST, SECOND], budget=exactly, count=count)) == 2
    assert len(prompting.select([FIRST, SECOND], budget=exactly - 1, count=count)) == 1


def test_a_missing_template_is_a_clear_error():
    with pytest.raises(InputError, match="restore it"):
        prompting.template("no-such")
