"""Exactness over all formats and whatever Unicode holds: slices, cover, and the same again."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag import loading
from rag.loading.formats import READERS
from rag.splitting import passages, sentences
from rag.types import Document, Span
from tests.formats.writers import WRITERS

LETTERS = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
HOSTILE = st.sampled_from(
    [
        "\u202eright to left\u202c",  # the order of letters turned round
        "e\u0301\u0323 a\u030a",  # marks that combine, in no normal order
        "\U0001f469\u200d\U0001f467 \U0001f1f3\U0001f1f4",  # several code points a sign
        "soft\u00adhyphen\u2011here non\u00a0breaking\u2028line\u2029end",
        "\ufeffmark \ufffd\u200b\u2060",
        "\u0130stanbul \u00df\u1e9e \ufb01n",  # letters that change length with their case
        "\u062c\u0645\u0644\u0629\u061f \u4e00\u53e5\u3002\u3042\u3002",
        '| a | b | # <b>&amp;</b> \\par {x} ]]> -- From here, "q"; 1,234.50',
        "a." * 40,
        "x" * 400,
    ]
)
LINE = st.one_of(
    st.text(LETTERS, max_size=60), HOSTILE, st.lists(HOSTILE, max_size=3).map(" ".join)
)
PARAGRAPHS = st.lists(LINE, max_size=9)
KEPT = ("The harbour board met on Monday.", "Nobody spoke against the bridge.")
"""Stand first and last, to show that what lies between them did not lose the rest."""


def read(suffix: str, content: bytes) -> tuple[Document, ...]:
    """Return what a file of this kind holds; it is the same when it is read again."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"a{suffix}"
        path.write_bytes(content)
        loaded = loading.load_file(path)
        assert loaded == loading.load_file(path)
    return loaded.documents


def covered(text: str, spans: list[Span], body: Span) -> bool:
    """Say whether spans that lie in a body, in order, leave only white space out."""
    at = body.start
    for span in spans:
        if not (at <= span.start < span.end <= body.end) or text[at : span.start].strip():
            return False
        at = span.end
    return not text[at : body.end].strip()


def within(spans: list[Span], body: Span) -> list[Span]:
    return [span for span in spans if body.start <= span.start < body.end]


def check(document: Document) -> None:
    language = document.language.value if document.language else "en"
    document.text.encode()
    cut = passages(document, limit=30, measure=lambda words: len(words) // 4 + 1)
    assert sum(len(within(cut, body)) for body in document.body) == len(cut)
    for body in document.body:
        assert covered(document.text, within(cut, body), body)
        assert covered(document.text, sentences(document.text, body, language), body)
    edges = [0, *(page.end for page in document.pages)]
    assert [page.start for page in document.pages] == edges[:-1]
    assert not document.pages or edges[-1] == len(document.text)


def test_every_reader_has_a_writer():
    assert {READERS[suffix] for suffix in WRITERS} == set(READERS.values())


@pytest.mark.parametrize("suffix", WRITERS)
@settings(max_examples=20)
@given(paragraphs=PARAGRAPHS)
def test_passages_are_slices_that_cover_the_body_and_stay_the_same(suffix, paragraphs):
    documents = read(suffix, WRITERS[suffix]([KEPT[0], *paragraphs, KEPT[1]]))
    for document in documents:
        check(document)
    whole = " ".join(" ".join(document.text for document in documents).split())
    assert all(words in whole for words in KEPT)
