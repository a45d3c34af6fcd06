"""What is read is sentences of what was found, the best ones, within the budget."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.tools import room_for
from rag.choosing import FAR, SURE, Room, choose, near
from rag.types import Document, Evidence, Span
from tests.fakes import WordReranker, words

TEXT = "The dam at Ilm held in spring. Barley was sold at noon. Nobody bought the old mill."
DOCUMENT = Document("d", "d.txt", TEXT, (Span(0, len(TEXT)),))
ELSEWHERE = replace(DOCUMENT, document_id="e")
WHOLE = Span(0, len(TEXT))


def chosen(question: str, passages, budget: int, **how) -> tuple[Evidence, ...]:
    cost, opening = (lambda text: len(words(text))), (lambda document: 1)
    room = Room(budget, cost=cost, opening=opening, **how)
    return choose(question, passages, score=WordReranker().score, room=room)


def read(item: Evidence) -> list[str]:
    """The words of a piece that were not withheld."""
    held = {at for span in item.withheld for at in range(span.start, span.end)}
    kept = (
        c
        for at, c in enumerate(item.document.text)
        if item.start <= at < item.end and at not in held
    )
    return words("".join(kept))


def test_the_sentence_that_answers_is_chosen():
    (item,) = chosen("When was barley sold?", [(DOCUMENT, WHOLE)], 7)
    assert item.text == "Barley was sold at noon."


def test_sentences_between_chosen_ones_are_withheld():
    question = "What held in spring, and who bought the mill?"
    (item,) = chosen(question, [(DOCUMENT, WHOLE)], 15)
    assert (item.start, item.end) == (0, len(TEXT))
    assert [TEXT[s.start : s.end] for s in item.withheld] == ["Barley was sold at noon."]


def test_the_better_document_comes_first_and_neighbours_are_one_piece():
    parts = [(ELSEWHERE, Span(0, 30)), (DOCUMENT, Span(56, 83)), (DOCUMENT, Span(31, 55))]
    one, other = chosen("When was barley sold?", parts, 100)
    assert (one.number, one.document, one.start, one.end) == (1, DOCUMENT, 31, len(TEXT))
    assert (other.number, other.document) == (2, ELSEWHERE)


def test_no_document_takes_all_the_room():
    much = " ".join(f"Barley was sold in June at stall {n}." for n in range(9))
    market = Document("m", "m.txt", much, (Span(0, len(much)),))
    passages = [(market, Span(0, len(much))), (DOCUMENT, WHOLE)]
    assert {e.document.document_id for e in chosen("Barley sold in June?", passages, 40)} == {
        "m",
        "d",
    }


@pytest.mark.parametrize(
    ("sure", "text"),
    [
        (0, "Barley was sold at noon."),
        (6, "Barley was sold at noon."),
        (12, "Barley was sold at noon. Nobody bought the old mill."),
        (100, TEXT),
    ],
)
def test_what_is_far_from_the_best_is_read_only_where_room_is_sure(sure, text):
    (item,) = chosen("When was barley sold?", [(DOCUMENT, WHOLE)], 100, sure=sure, spread=0.1)
    assert item.text == text
    (item,) = chosen("When was barley sold?", [(DOCUMENT, WHOLE)], 100, sure=sure, spread=inf)
    assert item.text == TEXT


def test_a_question_over_a_relation_fills_its_room_whatever_the_spread():
    near = room_for("When was barley sold?", len, 500, 4)
    assert (near.budget, near.spread, near.sure) == (500, 4, SURE)
    assert room_for("Where was the director of Marlow Nights born?", len, 500, 4).spread == inf


def test_passages_far_from_the_best_are_not_looked_at():
    assert near([3.0, 3.0 - FAR, 2.9 - FAR, None, 5.0 - FAR]) == [0, 1, 3, 4]
    assert near([None, None]) == [0, 1]
    assert near([-2.0, -7.0], 4) == [0]
    assert near([]) == []


LONG = " ".join(f"Word{n} barley." if n % 7 == 0 else f"Word{n}." for n in range(40))
STARTS = [at for at in range(len(LONG)) if LONG.startswith("Word", at)]
ENDS = [at + 1 for at in range(len(LONG)) if LONG[at] == "."]
SOURCES = [Document(name, f"{name}.txt", LONG, (Span(0, len(LONG)),)) for name in ("one", "other")]
found = st.lists(
    st.tuples(st.sampled_from(SOURCES), st.integers(0, 39), st.integers(0, 3)).map(
        lambda drawn: (drawn[0], Span(STARTS[drawn[1]], ENDS[min(drawn[1] + drawn[2], 39)]))
    ),
    min_size=1,
    max_size=12,
)


def covered(spans) -> set[tuple[str, int]]:
    """The characters of spans that are not blank."""
    return {
        (document.document_id, at)
        for document, span in spans
        for at in range(span.start, span.end)
        if not document.text[at].isspace()
    }


@given(found, st.integers(1, 60))
def test_evidence_is_of_what_was_found_and_within_budget(passages, budget):
    evidence = chosen("barley", passages, budget)
    assert [item.number for item in evidence] == list(range(1, len(evidence) + 1))
    assert covered((e.document, Span(e.start, e.end)) for e in evidence) <= covered(passages)
    used = sum(1 + len(read(item)) for item in evidence)
    assert used <= budget or (len(read(evidence[0])) <= 2 and len(evidence) == 1)


@given(found)
def test_with_room_enough_nothing_is_lost(passages):
    evidence = chosen("barley", passages, 10_000)
    assert not any(item.withheld for item in evidence)
    assert covered((e.document, Span(e.start, e.end)) for e in evidence) == covered(passages)
