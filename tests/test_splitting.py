"""Passages equal their slice, cover the body, and fit; sentences are whole."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from rag.splitting import passages, sentences
from rag.types import Document, Span
from tests.fakes import words

TEXTS = st.text(
    st.one_of(
        st.characters(exclude_categories=("Cs",)),
        st.sampled_from(list(" \n\n..!?\"'İ😀ñé́“”")),
    ),
    max_size=400,
)


def cut(text: str) -> list[str]:
    return [text[span.start : span.end] for span in sentences(text)]


def document(text: str, *body: Span) -> Document:
    return Document("d", "d.txt", text, body or (Span(0, len(text)),))


def count(text: str) -> int:
    return len(words(text))


def test_sentences_end_at_lines_unless_the_text_is_hard_wrapped():
    assert cut("A headline\nIt rained. It poured.\n") == ["A headline", "It rained.", "It poured."]
    wrapped = "The river rose over\nthe bank, and then\nthe town was cut\noff. Nobody\nwas hurt."
    assert cut(wrapped) == [
        "The river rose over\nthe bank, and then\nthe town was cut\noff.",
        "Nobody\nwas hurt.",
    ]


def test_a_sentence_broken_by_its_page_stays_whole():
    cut_line = "The rally was held on Wednesday in the capital to greet the leader"
    text = f"{cut_line}\u00a0\n\nKim upon his election. It ended."
    assert cut(text) == [
        f"{cut_line}\u00a0\n\nKim upon his election.",
        "It ended.",
    ]


def test_abbreviations_and_scripts():
    assert cut("Dr. Lim came on Jan. 5 to Seoul. He spoke.") == [
        "Dr. Lim came on Jan. 5 to Seoul.",
        "He spoke.",
    ]
    assert cut("第一句话。第二句话。") == ["第一句话。", "第二句话。"]


@given(TEXTS)
def test_sentences_cover_every_visible_character(text):
    spans = sentences(text)
    covered = {at for span in spans for at in range(span.start, span.end)}
    assert all(c.isspace() for at, c in enumerate(text) if at not in covered)
    assert all(a.end <= b.start for a, b in itertools.pairwise(spans))
    assert all(text[s.start : s.end].strip() == text[s.start : s.end] != "" for s in spans)


@given(TEXTS, st.integers(1, 12))
def test_passages_cover_the_body_and_fit(text, limit):
    whole = document(text)
    spans = passages(whole, limit=limit, measure=count)
    covered = {at for span in spans for at in range(span.start, span.end)}
    assert all(c.isspace() for at, c in enumerate(text) if at not in covered)
    assert all(count(text[span.start : span.end]) <= limit for span in spans)
    assert spans == passages(whole, limit=limit, measure=count)


def test_passages_stay_inside_the_body():
    text = "Menu. The dam broke at noon. Comments."
    inside = Span(6, 28)
    assert passages(document(text, inside), limit=50, measure=count) == [inside]


def test_a_two_megabyte_line_is_cut():
    text = "word " * 400_000
    spans = passages(document(text), limit=100, measure=lambda t: t.count(" ") + 1)
    assert len(spans) >= 4_000
