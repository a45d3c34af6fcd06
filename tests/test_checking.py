"""A statement's words are checked against its source: what agrees, conflicts, is absent."""

from __future__ import annotations

import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.checking import Source, coverage, findings

REPORT = (
    "Defence Minister Andrei Belousov said on Wednesday that the army had not lost 4.2 billion "
    "roubles before the audit. Exports of North Korea rose to 1,500 tonnes in March 2025."
)
PUBLISHED = date(2026, 1, 15)  # a Thursday


def against(statement: str, text: str, **more) -> list[tuple[str, str]]:
    """Return (kind, outcome) of what speaks against a statement."""
    found = findings(statement, Source(text, **more))
    return [(f.kind, f.outcome) for f in found if f.outcome != "agrees" and f.kind != "wording"]


AGREEING = (
    ("The army had not lost 4,200 million roubles.", REPORT),
    ("North Korea's exports rose to 1.5 thousand tonnes in 2025.", REPORT),
    ("Belousov said the army hadn't lost 4.2bn roubles.", REPORT),
    ("The road is 1.5 km long.", "The road is 1,500 metres long."),
    ("Three men were held.", "Police held 3 men."),
    ("About 120 people came.", "There came 118 people."),
    ("More than 100 people came.", "Some 100 people came."),
    ("DPRK troops came home.", "Troops of the Democratic People's Republic of Korea came home."),
    ("He was born in March 1990.", "He was born on 5 March 1990."),
    ("He was born on 1990-03-05.", "He was born on March 5 , 1990 ."),
    ("Inflation was 20 per cent.", "Inflation was 20% ."),
    ("Wages fell after the strike ended.", "After the strike ended, wages fell."),
    ("The bank was founded by Smith.", "Smith founded the bank."),
    ("Smith beat Jones.", "Jones was beaten by Smith."),
    ("No one was hurt.", "Nobody was hurt."),
    ("The minister refused to sign.", "The minister did not sign."),
    ('She called it "a fine day".', "She called it “a fine day” in May."),
    ('He said "the deal ... stands".', "He said “the deal of last week stands”."),
    ("It is not only cheap but also fast.", "It is cheap and also fast."),
    (
        "Rules must be arranged in a list by policy.",
        "A policy with no rules is open. Rules must be arranged in a list for each policy.",
    ),
)


@pytest.mark.parametrize(("statement", "text"), AGREEING)
def test_what_the_source_says_in_other_words_is_not_disputed(statement, text):
    assert against(statement, text) == []


DISPUTED = (
    ("The army had lost 4.2 billion roubles.", REPORT, "negation"),
    ("The army had not lost 9.7 billion roubles.", REPORT, "number"),
    ("Exports of North Korea rose to 1,500 tonnes in April 2025.", REPORT, "date"),
    ("Exports of North Korea fell to 1,500 tonnes in March 2025.", REPORT, "negation"),
    ("Exports of South Korea rose to 1,500 tonnes in March 2025.", REPORT, "name"),
    ("Defence Minister Sergei Lavrov said the army had not lost money.", REPORT, "name"),
    ("The army had not lost 4.2 billion roubles after the audit.", REPORT, "order"),
    ("Over 100 people came.", "Under 100 people came.", "number"),
    ("The road is 1.5 miles long.", "The road is 1.5 km long.", "number"),
    ("Smith beat Jones in the final.", "Jones beat Smith in the final.", "roles"),
    ("Smith was beaten by Jones.", "Smith beat Jones.", "roles"),
    ("The man has been identified.", "The man has never been identified.", "negation"),
    ("The plan is not approved.", "The plan is approved.", "negation"),
    ("Rain fell before the match started.", "The match started before rain fell.", "order"),
    ('She called it "a bad day".', "She called it “a fine day” in May.", "quotation"),
    ("He won the second round.", "He won the third round.", "number"),
    ("People crave things that are.", "People crave things that are not.", "negation"),
    ("Zones are not shown to strangers.", "Strangers can see the zones.", "negation"),
    ("It checks rules less effectively.", "The aim was a more effective check.", "negation"),
    ("Peskov said prices would rise.", "Gerasimov told Peskov that prices would rise.", "speaker"),
)


@pytest.mark.parametrize(("statement", "text", "kind"), DISPUTED)
def test_what_the_source_says_otherwise_is_disputed(statement, text, kind):
    assert kind in {kind for kind, _ in against(statement, text)}


def test_relative_dates_are_those_of_publication():
    said = "Belousov said so on 14 January 2026."
    assert against(said, REPORT, published=PUBLISHED) == []
    assert ("date", "conflicts") in against(
        "Belousov said on 13 January 2026 that the army lost nothing.",
        "Belousov said on Wednesday that the army lost nothing.",
        published=PUBLISHED,
    )


SAID = "On December 29, Valery Gerasimov said that soldiers had helped. He will speak on May 2."


@pytest.mark.parametrize(
    ("statement", "speaks_against"),
    [
        ("Gerasimov said so on December 29, 2025.", []),
        ("Gerasimov said so in December 2025.", []),
        ("Gerasimov said so on December 29, 2026.", [("date", "conflicts")]),
        ("Gerasimov said so in December 2026.", [("date", "conflicts")]),
        ("Gerasimov said so on December 29, 2023.", [("date", "absent")]),
        ("Gerasimov will speak on May 2, 2026.", []),
    ],
)
def test_a_year_that_the_source_leaves_open_is_the_last_one_before_it_was_published(
    statement, speaks_against
):
    found = against(statement, SAID, published=date(2026, 1, 1), heading="TASS | 2026-01-01")
    assert found == speaks_against


def test_an_open_year_may_stand_in_the_passage():
    context = f"It was 2023. {SAID}"
    told = "Gerasimov said so on December 29, 2023."
    assert against(told, SAID, context=context, published=date(2026, 1, 1)) == []


def test_a_name_may_come_from_the_passage_where_the_sentence_leans_on_it():
    text, context = "He resigned in May.", "Li Wei led the bank. He resigned in May."
    assert against("Li Wei resigned in May.", text, context=context) == []
    assert against("Wang Hao resigned in May.", text, context=context) == [("name", "absent")]


def test_a_publisher_named_by_the_heading_is_known():
    text = "Exports rose in March."
    assert against("TASS said exports rose in March.", text, heading="TASS | 2025-04-01 | T") == []


def test_a_conflict_points_at_the_words_of_the_source():
    text = "The fund lost 22% in 2008."
    (found,) = [
        f for f in findings("The fund lost 30% in 2008.", Source(text)) if f.outcome == "conflicts"
    ]
    assert found.source is not None
    assert text[found.source.start : found.source.end] == "22%"
    assert found.reason == 'The source says "22%", not "30%".'


def test_words_without_a_counterpart_are_absent():
    found = findings("The bank hired gardeners.", Source("The bank hired cooks."))
    assert [(f.kind, f.words) for f in found if f.outcome == "absent"] == [("wording", "gardeners")]


def test_coverage_tells_a_copy_from_another_text():
    copy = coverage(REPORT, Source(REPORT))
    other = coverage(REPORT, Source("Snow lay on the hills of Wales."))
    assert (copy.text, copy.aligned, copy.run, copy.conflicts, copy.absents) == (1, 1, 0, 0, 0)
    assert other.text < 0.2 and other.run > 5 and other.absents > 3


def test_coverage_counts_findings():
    seen = coverage("The fund lost 30% in 2009.", Source("The fund lost 22% in 2008."))
    assert (seen.number, seen.date, seen.conflicts) == (1, 1, 2)


SENTENCES = st.lists(
    st.sampled_from([*REPORT.replace(".", " .").split(), "not", "Smith", "by", "12", "“", "after"]),
    max_size=25,
).map(" ".join)


@settings(deadline=None)
@given(SENTENCES)
def test_a_statement_never_conflicts_with_itself(text):
    assert [f for f in findings(text, Source(text)) if f.outcome == "conflicts"] == []


@settings(deadline=None)
@given(st.text(max_size=80), st.text(max_size=80))
def test_any_text_can_be_checked_and_spans_lie_in_the_source(statement, text):
    for found in findings(statement, Source(text)):
        if found.source is not None:
            assert 0 <= found.source.start <= found.source.end <= len(text)


def test_checking_is_fast():
    statements = [f"{REPORT} It was number {n}." for n in range(40)]
    started = time.process_time()
    for statement in statements:
        findings(statement, Source(REPORT * 3))
    assert (time.process_time() - started) / len(statements) < 0.02  # 10 times the usual
