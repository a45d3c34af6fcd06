"""The prompt holds the evidence in order, whole, within its budget."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
ELSEWHERE = replace(DOCUMENT, document_id="e")
FIRST, SECOND = (DOCUMENT, Span(0, 19)), (ELSEWHERE, Span(20, 41))


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


LONG = " ".join(f"Word{n}." for n in range(40))
STARTS = [at for at in range(len(LONG)) if not at or LONG[at - 1] == " "]
ENDS = [at + 1 for at in range(len(LONG)) if LONG[at] == "."]
SOURCES = [Document(name, f"{name}.txt", LONG, (Span(0, len(LONG)),)) for name in ("one", "other")]
found = st.lists(
    st.tuples(st.sampled_from(SOURCES), st.integers(0, 39), st.integers(0, 3)).map(
        lambda drawn: (drawn[0], Span(STARTS[drawn[1]], ENDS[min(drawn[1] + drawn[2], 39)]))
    ),
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


def as_spans(evidence) -> list[tuple[Document, Span]]:
    return [(item.document, Span(item.start, item.end)) for item in evidence]


def test_neighbours_become_one_piece_in_the_place_of_the_better():
    first, middle, last = Span(0, 19), Span(20, 24), Span(25, 41)
    chosen = [(DOCUMENT, last), SECOND, (DOCUMENT, first), (DOCUMENT, middle)]
    one, other = prompting.select(chosen, budget=100, count=count)
    assert (one.number, one.document, one.text) == (1, DOCUMENT, TEXT)
    assert (other.number, other.document) == (2, ELSEWHERE)


def test_words_between_two_passages_are_never_taken_in():
    furniture = "The dam held. SHARE THIS The town is safe."
    document = replace(DOCUMENT, text=furniture, body=(Span(0, 13), Span(25, 42)))
    parts = [(document, span) for span in document.body]
    assert [i.text for i in prompting.select(parts, budget=99, count=count)] == [
        "The dam held.",
        "The town is safe.",
    ]


def test_joining_makes_room_by_one_heading_less():
    apart = 2 * count(prompting.rendered(Evidence(1, DOCUMENT, 0, 19)))
    parts = [(DOCUMENT, Span(0, 19)), (DOCUMENT, Span(20, 41))]
    assert len(prompting.select(parts, budget=apart - 1, count=count)[0].text.split()) == 8


@given(found, st.integers(1, 60))
def test_evidence_is_what_was_found_within_budget(passages, budget):
    evidence = prompting.select(passages, budget=budget, count=count)
    assert [item.number for item in evidence] == list(range(1, len(evidence) + 1))
    assert covered(as_spans(evidence)) <= covered(passages)
    assert covered(passages[:1]) <= covered(as_spans(evidence))
    used = sum(count(prompting.rendered(item)) for item in evidence)
    assert used <= budget or as_spans(evidence) == passages[:1]


@given(found)
def test_with_room_enough_nothing_is_lost_and_no_two_pieces_touch(passages):
    evidence = prompting.select(passages, budget=10_000, count=count)
    assert covered(as_spans(evidence)) == covered(passages)
    for one in evidence:
        others = [e for e in evidence if e.document == one.document and e.start > one.start]
        assert all(one.document.text[one.end : e.start].strip() for e in others)
    best = [
        next(i for i, p in enumerate(passages) if covered([p]) <= covered([e]))
        for e in as_spans(evidence)
    ]
    assert best == sorted(best)
