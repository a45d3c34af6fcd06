"""What `rag ask` prints while an answer grows, and at its end."""

from __future__ import annotations

import pytest

from rag.cli.ask import _write
from rag.types import Answer, Finished, Refusal, Stage, Statement, TextGrown, Timings


def finished(text: str, refusal: Refusal | None = None, missing: str = "") -> Finished:
    """The last event of an answer of one sentence."""
    times = Timings(1.0, 1.0, 1.0, 1.0, 1, 1)
    said = (Statement(text, ()),)
    return Finished(Answer("Who?", text, refusal, said, (), times, missing=missing))


@pytest.fixture
def printed(capsys):
    """Print events as `rag ask` does; return what a person reads."""

    def print_(*events) -> str:
        _write(iter(events))
        return capsys.readouterr().out

    return print_


def test_an_answer_is_printed_once_as_it_grows(printed):
    events = TextGrown("Ann"), TextGrown("Ann Lee."), finished("Ann Lee. [1]")
    assert printed(*events) == "Ann Lee. [1]\n"


def test_an_answer_that_was_taken_back_is_said_to_be(printed):
    refused = finished("The documents do not say.", "not_answered", "No passage says May.")
    out = printed(TextGrown("In May."), Stage("checking", "Checking"), refused)
    assert out.splitlines()[:3] == [
        "In May.",
        "Withdrawn: The documents do not say.",
        "No passage says May.",
    ]
