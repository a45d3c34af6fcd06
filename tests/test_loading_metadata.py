"""What a document says about itself, and that it says no more than it does."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.loading import load
from rag.loading.dates import full_dates, infer_year, stated_date
from rag.types import Document, Fact

PROSE = "The harbour board met on Monday and agreed that an old bridge would be painted before May."


@pytest.fixture
def read(tmp_path):
    def loaded(text: str, name: str = "note.txt") -> Document:
        path: Path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        documents = load(path)
        assert len(documents) == 1
        return documents[0]

    return loaded


# Front matter

BLOCK = """---
title: "Paint: a note"
publisher: the daily Wire
authors:
  - Ann Lee
  - Bo Ek
date: 2021-02-03 23:30:00 +09:00
lang: no
source: https://wire.example/paint
---
"""


@pytest.mark.parametrize("name", ["note.md", "note.txt"])
def test_front_matter_states_facts_and_is_no_text(read, name):
    document = read(f"{BLOCK}\n{PROSE}", name)
    assert document.text == f"\n{PROSE}"
    assert document.title == Fact("Paint: a note", "Paint: a note", "front matter")
    assert document.publisher == Fact("the daily Wire", "the daily Wire", "front matter")
    assert document.author.value == "Ann Lee, Bo Ek"
    assert document.published == Fact("2021-02-03", "2021-02-03 23:30:00 +09:00", "front matter")
    assert document.language == Fact("no", "no", "front matter")
    assert document.link.value == "https://wire.example/paint"


def test_a_source_in_words_names_no_publisher(read):
    document = read(f"---\nsource: Notes after a report by Wire\n---\n{PROSE}")
    assert (document.publisher, document.link) == (None, None)


@pytest.mark.parametrize("day", ["2026-02-31", "03/04/2021", "soon", "2021", "[1]", "{}", "''"])
def test_a_front_matter_date_that_is_none_or_two_is_unknown(read, day):
    assert read(f"---\ndate: {day}\n---\n{PROSE}").published is None


def test_front_matter_that_yaml_refuses_is_read_line_by_line(read):
    document = read(f"---\ntitle: Paint: a note\ndate: 2021-02-03\n---\n{PROSE}")
    assert document.title.value == "Paint: a note"
    assert document.published.value == "2021-02-03"


@pytest.mark.parametrize(
    "block",
    ["---\nJust a line.\n---\n", "---\n- a\n---\n", "---\na: [\n---\n", "---\n" + "[" * 9000],
)
def test_rules_around_text_are_no_front_matter(read, block):
    text = f"{block}\n{PROSE}"
    if "a: [" in block:
        text = text.replace("a: [", "Some words, a: [")
    assert read(text).text == text


def test_front_matter_that_repeats_the_heading_takes_it_out_of_the_body(read):
    document = read(f"---\ntitle: Paint\n---\n# Paint\n\n{PROSE}", "a.md")
    assert [document.text[span.start : span.end] for span in document.body] == [PROSE]


def test_escapes_cannot_smuggle_in_what_utf8_lacks(read):
    document = read(f'---\ntitle: "a\\ud800\\0b"\n---\n{PROSE}')
    assert document.title.value == "ab"


# Titles


def test_the_first_heading_is_the_title_and_a_comment_in_code_is_not(read):
    text = f"```sh\n# no title\n```\n\n# The *Title* #\n\n{PROSE}\n\n## Part\n\nMore."
    document = read(text, "a.md")
    assert document.title == Fact("The *Title*", "The *Title*", "heading")
    assert "## Part" in document.text[document.body[-1].start : document.body[-1].end]


def test_headings_of_markdown_stay_but_for_the_title(read):
    document = read(
        f"The Title\n=========\n\n## Part\n\n{PROSE} [paint](https://wire.example)", "a.md"
    )
    assert document.title.value == "The Title"
    span = document.body[0]
    assert document.text[span.start : span.end] == document.text[document.text.index("## Part") :]


def test_a_heading_below_other_text_is_the_title_and_stays_in_the_body(read):
    document = read("- one\n- two\n\n# Later\n\nSome text", "a.md")
    assert document.title.value == "Later"
    assert [document.text[span.start : span.end] for span in document.body] == [document.text]


@pytest.mark.parametrize("first", ["Dear friends,", "It is done.", "- paint", "Note:", "paint"])
def test_a_first_line_that_is_no_headline_is_no_title(read, first):
    document = read(f"{first}\n\n{PROSE}")
    assert document.title.where == "first words"
    assert document.body[0].start == 0


def test_a_question_is_a_headline_only_above_a_dateline(read):
    assert read(f"Who Paints?\n\n{PROSE}").title.where == "first words"
    assert read(f"Who Paints?\n\nOSLO, May 4 (AP) - {PROSE}").title.value == "Who Paints?"


def test_without_a_headline_the_first_words_are_the_title(read):
    document = read(f"OSLO, May 4 (AP) - {PROSE}")
    words = "The harbour board met on Monday and agreed that an old bridge would be painted"
    assert document.title == Fact(f"{words}…", words, "first words")
    assert (
        read("Mr Lee has painted it. He is done with it.").title.value == "Mr Lee has painted it."
    )


# Publishers and authors


@pytest.mark.parametrize(
    ("line", "publisher"),
    [
        ("Source: Wire.com (En)", "Wire"),
        ("Date: 21/01/2021 | Source: The Wire", "The Wire"),
        ("Publisher: The Wire", "The Wire"),
        ("Source: https://wire.example/a", None),
        ("Photo: The Wire", None),
    ],
)
def test_a_labelled_line_names_the_publisher(read, line, publisher):
    found = read(f"Bridge to Be Painted\n\n{line}\n\n{PROSE}").publisher
    assert (found.value if found else None) == publisher


def test_a_cited_agency_is_no_publisher(read):
    document = read(
        f"Bridge to Be Painted\n\nA picture of the bridge / Wire\n\n{PROSE}, Wire (AP) said."
    )
    assert document.publisher is None


def test_a_labelled_line_comes_before_the_dateline(read):
    document = read(f"Paint\n\nSource: Wire\n\nOSLO, May 4 (AP) - {PROSE}")
    assert document.publisher == Fact("Wire", "Wire", "metadata line")


def test_a_byline_names_the_author(read):
    document = read(f"Bridge to Be Painted\nBy Ann Lee and Bo Ek, The Wire\n\n{PROSE}")
    assert document.author == Fact("Ann Lee and Bo Ek", "Ann Lee and Bo Ek", "byline")
    assert document.body[0].start == document.text.index(PROSE)
    assert read(f"Bridge to Be Painted\n\nBy noon it was painted\n\n{PROSE}").author is None


# Dates


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("21/01/2021", date(2021, 1, 21)),
        ("01/21/2021", date(2021, 1, 21)),
        ("21.1.2021", date(2021, 1, 21)),
        ("2021-03-04", date(2021, 3, 4)),
        ("2021-03-04T23:00:00Z", date(2021, 3, 4)),
        ("2021/03/04", date(2021, 3, 4)),
        ("20210304", date(2021, 3, 4)),
        ("04/04/2021", date(2021, 4, 4)),
        ("Thursday, 4 March 2021, 10:00", date(2021, 3, 4)),
        ("Sept. 4th, 2021", date(2021, 9, 4)),
        ("4 de março de 2021", date(2021, 3, 4)),
        ("2021년 3월 4일", date(2021, 3, 4)),
        ("03/04/2021", None),
        ("03.04.2021", None),
        ("03/04/21", None),
        ("31/02/2021", None),
        ("13/13/2021", None),
        ("2021-02-30", None),
        ("February 30, 2021", None),
        ("March 2021", None),
        ("2021", None),
        ("yesterday", None),
        ("2020 days ago", None),
        ("March 4, 2021 or March 5, 2021", None),
    ],
)
def test_a_stated_date_has_one_reading_or_none(words, day):
    assert stated_date(words) == day


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        (
            f"---\ndate: 2021-01-02\nlastmod: 2021-03-04\n---\n{PROSE}",
            Fact("2021-03-04", "2021-03-04", "front matter"),
        ),
        (
            f"Paint\n\nUpdated: 4 March 2021\n\n{PROSE}",
            Fact("2021-03-04", "4 March 2021", "metadata line"),
        ),
        (f"Paint\n\nUpdated: 03/04/2021\n\n{PROSE}", None),
        (f"Paint\n\nAccessed: 4 March 2021\n\n{PROSE}", None),
    ],
)
def test_the_day_of_change_is_no_day_of_publication(read, text, fact):
    document = read(text)
    assert document.modified == fact
    assert document.published is None or document.published.value == "2021-01-02"


def test_a_sidecar_states_the_day_of_change(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(PROSE)
    (tmp_path / "a.txt.yaml").write_text("modified: 2021-03-04\n")
    assert load(path)[0].modified == Fact("2021-03-04", "2021-03-04", "a.txt.yaml")
    (tmp_path / "a.txt.yaml").write_text("modified: in spring\n")
    assert load(path)[0].modified is None


def test_a_dateline_decides_the_order_of_a_numeric_date(read):
    document = read(f"Paint\n\nDate: 03/04/2021\n\nOSLO, April 2 (AP) - {PROSE}")
    assert document.published == Fact("2021-04-03", "03/04/2021", "metadata line")
    assert read(f"Paint\n\nDate: 03/04/2021\n\nOSLO, June 2 (AP) - {PROSE}").published is None


def test_a_leading_date_is_metadata(read):
    document = read(f" date 2026-01-05 OSLO, January 5. /AP/. {PROSE}")
    assert document.published == Fact("2026-01-05", "2026-01-05", "date line")
    assert document.text[document.body[0].start :] == PROSE


def test_a_lone_date_counts_below_the_headline_and_not_above_it(read):
    below = read(f"Bridge to Be Painted\nMarch 3, 2021\n\n{PROSE}")
    assert below.published == Fact("2021-03-03", "March 3, 2021", "date line")
    assert read(f"March 3, 2021\nBridge to Be Painted\n\n{PROSE}").published is None


def test_a_dateline_with_a_year_is_a_date(read):
    document = read(f"OSLO, May 4, 2020 (AP) - {PROSE}")
    assert document.published == Fact("2020-05-04", "May 4, 2020", "dateline")


@pytest.mark.parametrize(
    ("when", "evidence", "published"),
    [
        ("January 1", "It met on December 31, 2025 in Oslo.", "2026-01-01"),
        ("January 2", "They toasted the New Year 2026 in Oslo.", "2026-01-02"),
        ("January 1", "The year 2026 began a minute ago.", "2026-01-01"),
        ("March 4", "It met on 2 March 2021.", "2021-03-04"),
        ("March 4", "It met on Monday.", None),
        ("March 4", "The year 2026 began.", None),
        ("March 4", "It met on January 2, 2021.", None),
        ("March 4", "It met on March 1, 2020 and March 1, 2021.", None),
        ("January 2", "In the New Year 2026 it met, as on January 1, 2024.", None),
        ("July 28", "The war ended on July 27, 1953.", None),
        ("July 28", "The founding of July 27, 2001 has its anniversary.", None),
        ("July 28", "It met on July 27, 2011 and grew until 2019.", None),
        ("February 29", "It met on February 27, 2021.", None),
    ],
)
def test_the_year_of_a_dateline_needs_evidence(read, when, evidence, published):
    document = read(f"Paint\n\nOSLO, {when} (AP) - {PROSE} {evidence}")
    assert (document.published.value if document.published else None) == published


def test_the_evidence_for_a_year_is_named(read):
    document = read(f"OSLO, January 1 (AP) - It met on December 31, 2025. {PROSE}")
    assert document.published.words == "January 1"
    assert document.published.where == 'dateline, year from "December 31, 2025"'


def test_dates_in_furniture_are_no_evidence(read):
    tail = "Related stories\n\nMay 3, 2020\n\nFerry Is Late"
    assert read(f"Paint\n\nOSLO, May 4 (AP) - {PROSE}\n\n{tail}").published is None


@settings(deadline=None)
@given(day=st.dates(date(1900, 1, 1), date(2099, 12, 31)), later=st.integers(0, 31))
def test_inferred_years_are_those_of_the_evidence(day, later):
    assert stated_date(day.isoformat()) == day
    assert stated_date(f"{day:%B} {day.day}, {day.year}") == day
    assert [found.day for found in full_dates(f"{day.day} {day:%b} {day.year}")] == [day]
    report = date.fromordinal(day.toordinal() + later)
    inferred = infer_year(report.month, report.day, f"It was {day:%B} {day.day}, {day.year}.")
    assert inferred is None or inferred.year == report.year


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=40) | st.from_regex(r"\d{1,4}[-/. ]\w{1,5}[-/. ]\d{1,4}", fullmatch=True))
def test_no_words_make_a_date_fail(words):
    assert stated_date(words) is None or isinstance(stated_date(words), date)


# Languages


def test_languages_are_stated_or_detected_or_unknown(read):
    assert read(f"---\nlanguage: pt-BR\n---\n{PROSE}").language == Fact(
        "pt", "pt-BR", "front matter"
    )
    assert read(f"{PROSE} {PROSE}").language == Fact("en", "", "detected")
    german = (
        "Der Vorstand des Hafens hat am Montag beschlossen, dass die alte Brücke gestrichen wird."
    )
    assert read(german).language.value == "de"
    assert read("Oslo 12345.").language is None
    assert read("xx zq 17 -- xx zq 17 -- xx zq 17 -- xx zq 17 -- xx zq 17").language is None


def test_several_items_share_what_a_file_states_of_all(tmp_path):
    path = tmp_path / "a.txt"
    block = "---\ntitle: All\npublisher: Wire\ndate: 2020-01-01\nlang: en\n---\n"
    path.write_text(f"{block}A Bridge\nOSLO (AP) — {PROSE}\nA Ferry\nOSLO (AP) — {PROSE}")
    documents = load(path)
    assert [document.title.value for document in documents] == ["A Bridge", "A Ferry"]
    assert {document.publisher.value for document in documents} == {"Wire"}
    assert {document.published for document in documents} == {None}
