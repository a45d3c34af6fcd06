"""Markers become pointers; made-up ones are dropped and counted; quotes are slices."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.citing import CitedText, Sources, cited_sentences, overlap, squashed
from rag.types import Document, Evidence, Span

TEXT = "İ 😀 Menu. On May 3, Ann Lee said that the dam held. Bo Park did not agree. It rained."
DOCUMENT = Document("d", "d.txt", TEXT, (Span(10, len(TEXT)),))
OTHER = "The harvest of barley was brought in early. Farmers were paid for it in June."
EVIDENCE = (
    Evidence(1, DOCUMENT, 10, len(TEXT)),
    Evidence(2, Document("e", "e.txt", OTHER, (Span(0, len(OTHER)),)), 0, len(OTHER)),
)


def no_opinion(statement: str, sentences: list[str]) -> list[float]:
    return [0.5] * len(sentences)


SOURCES = Sources(EVIDENCE, no_opinion)


def cited(*pieces: str) -> CitedText:
    text = CitedText(SOURCES)
    for piece in pieces:
        text.feed(piece)
    text.finish()
    return text


@pytest.mark.parametrize(
    ("written", "shown", "invalid"),
    [
        ("So it goes [1].", "So it goes [1].", 0),
        ("So it goes [9].", "So it goes.", 1),
        ("So it goes [1, 2].", "So it goes [1][2].", 0),
        ("So it goes [1-3].", "So it goes [1][2].", 1),
        ("So it goes [Passage 2].", "So it goes [2].", 0),
        ("So it goes [1][1].", "So it goes [1].", 0),
        ("So [aside] goes.", "So [aside] goes.", 0),
        ("So it goes [1", "So it goes [1", 0),
        ("So it goes [99999999999999999999].", "So it goes.", 1),
    ],
)
def test_markers_are_checked(written, shown, invalid):
    text = cited(*written)
    assert (text.text, text.invalid) == (shown, invalid)


@pytest.mark.parametrize(
    ("written", "shown", "corrected"),
    [
        ("Ann Lee said that the dam held [1].", "Ann Lee said that the dam held [1].", 0),
        ("Ann Lee said that the dam held [2].", "Ann Lee said that the dam held [1].", 1),
        ("Ann Lee said that the dam held.", "Ann Lee said that the dam held. [1]", 1),
        ("Ann Lee said that the dam held [7].", "Ann Lee said that the dam held [1].", 1),
        ("Nobody knows whether pigs flew.", "Nobody knows whether pigs flew.", 0),
        (
            "The dam held, said Ann Lee. Farmers were paid in June. [1]",
            "The dam held, said Ann Lee. [1] Farmers were paid in June. [2]",
            2,
        ),
    ],
)
def test_numbers_are_settled_by_what_the_passages_say(written, shown, corrected):
    text = cited(*written)
    assert (text.text, text.corrected) == (shown, corrected)


def test_an_abbreviation_does_not_end_a_sentence():
    assert cited("On Jan. 5 farmers were paid in June.").text.count("[2]") == 1


@given(st.text(alphabet="aB .[]12-,9\n", max_size=60), st.integers(1, 7))
def test_streamed_text_only_grows_and_does_not_depend_on_the_pieces(written, size):
    text = CitedText(SOURCES)
    seen = ""
    for at in range(0, len(written), size):
        grown = text.feed(written[at : at + size])
        assert text.text == seen + grown
        seen = text.text
    text.finish()
    assert text.text.startswith(seen)
    assert text.text == cited(written).text


def test_a_marker_belongs_to_the_sentence_before_it():
    assert cited_sentences("It held [1]. It rained. [2] [1]") == [
        ("It held.", (1,)),
        ("It rained.", (2, 1)),
    ]


def test_a_number_before_its_words_waits_for_them():
    written = "[1] The dam held, said Ann Lee. [2] Farmers were paid in June."
    assert cited(written).text == "The dam held, said Ann Lee. [1] Farmers were paid in June. [2]"


def test_numbers_without_any_words_show_nothing():
    text = CitedText(SOURCES)
    text.feed("[1]")
    assert text.text == ""
    text.feed(" “Farmers were paid for it in June.” [2]")
    text.finish()
    assert text.text == "“Farmers were paid for it in June.” [2]"


def test_text_without_words_makes_no_statement():
    assert cited_sentences(" ") == []


def test_a_citation_is_the_sentence_that_carries_the_statement():
    found = SOURCES.statements("Ann Lee said on May 3 that the dam held [1].")
    (citation,) = found[0].citations
    assert citation.quote == "On May 3, Ann Lee said that the dam held."
    assert TEXT[citation.start : citation.end] == citation.quote


def test_the_scorer_decides_between_equal_words():
    def prefers_rain(statement, sentences):
        return squashed([9 if "rained" in s else -9 for s in sentences])

    assert Sources(EVIDENCE, prefers_rain).grounds("So it goes.", (1,))[0].quote == "It rained."


def test_a_citation_never_leaves_its_evidence():
    narrow = Evidence(1, DOCUMENT, 51, 74)
    (only,) = Sources([narrow], no_opinion).grounds("It rained.", (1,))
    assert only.quote == "Bo Park did not agree."


def test_overlap_counts_names_and_numbers_twice():
    # "Park" 2, "agree" 1, "2024" 2: of these "agree" and "Park" stand in the sentence.
    assert overlap("Park to agree 2024", "Bo Park did not agree.") == 3 / 5
    assert overlap("of it", "of it") == 0.0
