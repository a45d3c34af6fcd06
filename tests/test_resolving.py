"""Relative days of a document: resolved where they can mean one day only."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.rendering import document_object
from rag.resolving import resolved_dates
from rag.serving.showing.cards import card
from rag.serving.talking.exchange import Exchange
from rag.types import Document, Evidence, Fact, Span

THURSDAY = date(2026, 1, 1)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def document(text: str, published: date | None = THURSDAY) -> Document:
    fact = Fact(published.isoformat(), "", "front matter") if published else None
    return Document("d", "d.txt", text, (Span(0, len(text)),), published=fact)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("The board met on Wednesday.", "Wednesday = 31 December 2025"),
        ("On Friday morning the bridge was closed.", "Friday = 26 December 2025"),
        ("The board met on Thursday.", "Thursday = 1 January 2026"),
        ("“We met,” she said on Wednesday.", "Wednesday = 31 December 2025"),
        ('"We met," she said on Wednesday.', "Wednesday = 31 December 2025"),
        ("The painters came yesterday.", "yesterday = 31 December 2025"),
        ("OSLO, December 31 (Wire) - It fell on Wednesday.", "Wednesday = 31 December 2025"),
        ("It will rain soon. The board met on Wednesday.", "Wednesday = 31 December 2025"),
    ],
)
def test_a_relative_day_is_resolved_against_the_day_of_publication(text, told):
    (found,) = resolved_dates(document(text))
    assert found.told == told
    assert text[found.start : found.end] == found.words


@pytest.mark.parametrize(
    "text",
    [
        "The board will meet on Wednesday.",
        "The board meets on Wednesday.",
        "The paint was to be dry by Wednesday.",
        "The board met last Wednesday.",
        "The board met on Wednesdays.",
        "The board met every Wednesday.",
        "It was told on Good Friday.",
        "It was told by the Sunday Times.",
        "The board met from Monday to Wednesday.",
        "The board met on Wednesday in March 1998.",
        "The board met on Wednesday, 12 November.",
        "“We met on Wednesday,” she said.",
        '"We met on Wednesday," she said.',
        "The wednesday club met.",
        "The board met in December.",
        "The board met on 30 December 2025.",
    ],
)
def test_a_day_that_may_be_another_is_not_resolved(text):
    assert resolved_dates(document(text)) == []


def test_without_a_day_of_publication_nothing_is_resolved():
    assert resolved_dates(document("The board met on Wednesday.", None)) == []


@given(
    published=st.dates(date(1990, 1, 1), date(2030, 1, 1)),
    weekday=st.integers(0, 6),
    before=st.sampled_from(["", "It rained. ", "Nobody came.\n\n"]),
)
def test_a_weekday_is_the_last_one_up_to_publication(published, weekday, before):
    text = f"{before}The board met on {WEEKDAYS[weekday]} and agreed."
    (found,) = resolved_dates(document(text, published))
    assert found.day.weekday() == weekday
    assert timedelta(0) <= published - found.day < timedelta(7)
    assert text[found.start : found.end] == WEEKDAYS[weekday]


@given(st.text(alphabet="on Wednesday, yesterday met\n.“”Å0-", max_size=120))
def test_no_text_makes_resolving_fail_and_every_span_is_its_words(text):
    for found in resolved_dates(document(text)):
        assert text[found.start : found.end] == found.words


def test_only_what_stands_in_the_span_is_resolved():
    text = "The board met on Monday. The paint came on Wednesday."
    (found,) = resolved_dates(document(text), Span(25, len(text)))
    assert found.words == "Wednesday"


def test_people_and_programs_are_told():
    text = "The board met on Wednesday. The paint came on Wednesday."
    told = document_object(document(text))["resolved_dates"]
    assert told == [
        {"words": "Wednesday", "start": 17, "end": 26, "day": "2025-12-31"},
        {"words": "Wednesday", "start": 46, "end": 55, "day": "2025-12-31"},
    ]
    evidence = Evidence(1, document(text), 0, len(text))
    shown = card(Exchange(1, "When?", evidence=(evidence,)), evidence)
    assert shown.count('<p class="resolved">Wednesday = 31 December 2025</p>') == 1
    undated = Evidence(1, document(text, None), 0, len(text))
    assert "resolved" not in card(Exchange(1, "When?", evidence=(undated,)), undated)
