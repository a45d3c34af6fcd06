"""The prompt holds the evidence in order, whole, within its budget."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from rag import prompting
from rag.errors import InputError
from rag.types import Document, Evidence, Fact, Span

TEXT = "One two three four. Five six seven eight."
DOCUMENT = Document(
    "d",
    "d.txt",
    TEXT,
    (Span(0, len(TEXT)),),
    publisher=Fact("TASS", "/TASS/", "dateline"),
    published=Fact("2026-01-01", "January 1", "dateline"),
)
ELSEWHERE = replace(DOCUMENT, document_id="e")


def test_evidence_is_rendered_with_number_publisher_and_date():
    item = Evidence(2, DOCUMENT, 0, 19)
    assert prompting.rendered(item) == "[2] TASS | 2026-01-01\nOne two three four."


def test_the_prompt_holds_the_evidence_in_order():
    evidence = [Evidence(1, DOCUMENT, 0, 19), Evidence(2, ELSEWHERE, 20, 41)]
    user = prompting.evidence_prompt(evidence)[1].content
    assert user.index("One two") < user.index("Five six")


def test_endings_hold_what_is_asked_word_for_word():
    assert "Why $5?" in prompting.answer_ending("Why $5?")
    assert "Why $5?" in prompting.answerable_ending("Why $5?")
    assert "It cost $5." in prompting.again_ending("Why?", "It cost $5.")


@pytest.mark.parametrize("words", ["Near: $nearest. $question", "For $ 5: $question"])
def test_a_place_that_nothing_fills_is_a_clear_error(words, tmp_path):
    for file in prompting.PROMPTS.glob("*.txt"):
        shutil.copy(file, tmp_path)
    prompting.check(tmp_path)
    (tmp_path / "answer.ending.txt").write_text(words)
    with pytest.raises(InputError, match=r"answer\.ending\.txt .*\$question") as raised:
        prompting.check(tmp_path)
    assert "\n" not in str(raised.value)


def test_a_missing_template_is_a_clear_error():
    with pytest.raises(InputError, match="restore it"):
        prompting.template("no-such")
