"""The pieces of the Verify tab without a browser: marks, cards, lines, and what they escape."""

from __future__ import annotations

import html
import json
import re
import threading

import pytest
from fastapi.testclient import TestClient
from hypothesis import example, given
from hypothesis import strategies as st

from rag.errors import InputError
from rag.factchecking import LONGEST_TEXT, stated
from rag.serving.pace import pace, span
from rag.serving.showing.verdicts import VERDICTS, badge, sign
from rag.serving.verifying.page import card, marked
from rag.serving.verifying.routes import Asked, Begun, Checked, Failed, checked
from rag.serving.web import web_app
from rag.types import Citation, Statement
from tests.chat_demo import DOCUMENTS, DemoAssistant
from tests.verifying_demo import DATE, FAULT, HOSTILE_CLAIM, TEXT, TRAMS

CONTROL = re.compile(r'<span class="control"[^>]*>U\+(202[DE])</span>')


def without_marks(found: str) -> str:
    """What a reader sees of marked text, with written-out direction overrides put back."""
    found = CONTROL.sub(lambda match: chr(int(match[1], 16)), found)
    return html.unescape(re.sub(r"<[^>]*>", "", found))


@given(st.text(min_size=1, max_size=300))
@example("a")
@example("One. Two!\r\n\r\n\tThree <b>&amp; four</b>…  \u2028 five\u202e six. \ud800 seven")
@example(TEXT)
def test_marked_text_without_its_marks_is_the_text(text):
    try:
        shown, spans = stated(text)
    except InputError:
        return
    assert len(shown) == len(text)
    assert without_marks(marked(shown, spans)) == shown
    rest = list(shown)
    for one in reversed(spans):
        del rest[one.start : one.end]
    assert not "".join(rest).strip()


@given(st.text(max_size=80))
def test_each_statement_is_a_button_with_its_words(words):
    text = f"First, {words} done. Second one."
    shown, spans = stated(text)
    buttons = re.findall(r'data-claim="(\d+)"[^>]*>(.*?)</span>(?!</span)', marked(shown, spans))
    assert [int(number) for number, _ in buttons] == list(range(1, len(spans) + 1))


def lines(text: str, **asked) -> list[Begun | Checked | Failed]:
    return list(checked(DemoAssistant(0), Asked(text=text, **asked), threading.Lock()))


def test_the_lines_are_the_text_and_then_its_statements_in_order():
    begun, *found = lines(TEXT)
    assert begun.of == 6 == len(found)
    assert [one.verdict for one in found] == [
        "supported",
        "contradicted",
        "partly supported",
        "not supported",
        "not checked",
        "supported",
    ]
    assert [one.number for one in found] == [1, 2, 3, 4, 5, 6]
    assert found[0].pace.startswith("1 of 6 statements · ")
    assert found[1].statement["text"] == DATE
    assert found[1].statement["deciding"]["quote"] == "does not expect to run before June"


def test_the_markdown_has_a_footnote_for_each_quote_and_nothing_that_acts():
    _, first, *_, last = lines(TEXT)
    assert first.markdown.startswith(f"{TRAMS}[^1] — **Supported.**")
    [note] = first.notes
    assert note.startswith("[^1]: “The bridge will reopen to trams on 2 March 2026")
    assert "Larkfield Herald, 2026-01-14, Bridge to reopen to trams in March" in note
    assert "<script>" not in last.markdown and "\\<script\\>" in last.markdown


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"text": " … "}, "There is nothing to verify: give a text in words."),
        ({"text": "a" * (LONGEST_TEXT + 1)}, "The text has 100,001 characters: verify at most"),
        ({"text": TRAMS, "after": "soon"}, "'soon' is no date"),
        ({"text": TRAMS, "before": "2019"}, "No document is left by"),
    ],
)
def test_what_cannot_be_checked_is_one_line(asked, told):
    [failed] = lines(**asked)
    assert told in failed.error and "\n" not in failed.error


def test_a_fault_ends_the_lines_and_keeps_those_before_it():
    begun, first, failed = lines(f"{TRAMS} {FAULT}")
    assert (begun.of, first.number) == (2, 1)
    assert failed.error.startswith("Something went wrong inside the program")


def test_filters_decide_what_is_searched():
    _, found = lines(TRAMS, publishers=["Eastern Tramways"])
    assert found.verdict == "not supported"


def test_a_card_escapes_the_words_of_documents_people_and_reasons():
    _, found = lines(HOSTILE_CLAIM)
    assert "<script" not in found.card and "<img" not in found.card
    assert "&lt;script&gt;" in found.card and "&lt;Who&gt;" in found.card
    assert "\u202e" not in found.card


def test_the_deciding_words_are_marked_within_the_quote_and_its_context():
    _, found = lines(DATE)
    quote = re.search(r"<blockquote dir=\"auto\" lang.*?</blockquote>", found.card, re.DOTALL)[0]
    assert re.findall("<mark>(.*?)</mark>", quote) == ["does not expect to run before June"]
    assert '<span class="around">Statement of the tram operator. </span>' in quote
    assert "Eastern Tramways" in found.card and "16 January 2026" in found.card


@given(st.data())
def test_the_shown_context_is_a_slice_of_the_document(data):
    document = data.draw(st.sampled_from(DOCUMENTS))
    start = data.draw(st.integers(0, len(document.text) - 1))
    end = data.draw(st.integers(start + 1, len(document.text)))
    statement = Statement("Said.", (Citation(1, document, start, end),), "supported")
    found = re.search(r"<blockquote dir=\"auto\" lang.*?</blockquote>", card(statement, 1, 1), re.S)
    shown = without_marks(found[0]).removeprefix("… ").removesuffix(" …")
    assert shown in document.text and document.text[start:end] in shown


def test_every_verdict_has_a_sign_and_a_word_of_its_own():
    badges = {verdict: badge(verdict) for verdict in VERDICTS}
    assert len(set(badges.values())) == len(set(map(sign, VERDICTS))) == 5
    for verdict, found in badges.items():
        assert verdict.capitalize() in found and sign(verdict) in found
    assert "because &lt;b&gt;" in badge("supported", "because <b>")


@pytest.mark.parametrize(
    ("done", "before", "seconds", "told"),
    [
        (0, 0, 0.0, "0 of 12 cases"),
        (3, 0, 1.5, "3 of 12 cases · 2.0 a second · 4 s left"),
        (6, 4, 60.0, "6 of 12 cases · 2.0 a minute · 3 min left"),
        (6, 5, 1800.0, "6 of 12 cases · 2.0 an hour · 3 h 0 min left"),
        (12, 0, 9.0, "12 of 12 cases"),
        (4, 4, 9.0, "4 of 12 cases"),
    ],
)
def test_the_pace_in_words(done, before, seconds, told):
    assert pace(done, 12, "case", seconds=seconds, before=before) == told


def test_lengths_of_time():
    assert [span(one) for one in (0.1, 59, 60, 3540, 7500)] == [
        "1 s",
        "59 s",
        "1 min",
        "59 min",
        "2 h 5 min",
    ]


def test_the_route_streams_lines_and_turns_away_what_another_site_may_send():
    client = TestClient(web_app(DemoAssistant(0)), base_url="http://127.0.0.1")
    answer = client.post("/verify/run", json={"text": TRAMS})
    assert [sorted(json.loads(one))[0] for one in answer.text.splitlines()] == ["of", "card"]
    sent = client.post("/verify/run", content=json.dumps({"text": TRAMS}))
    assert (sent.status_code, sent.json()["error"][:4]) == (400, "Send")
    assert client.post("/verify/run", json={"text": 5}).json()["error"].startswith("text: ")
    long = client.post("/verify/run", json={"text": "a" * 2_000_001})
    assert "That is too much at once" in long.json()["error"]
