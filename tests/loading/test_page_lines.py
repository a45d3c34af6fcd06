"""Where the lines of a PDF stand: in the text, and on the page."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
import pytest

from rag import loading, syncing
from rag.storing import Store
from rag.types import Document
from tests.fakes import WordEmbedder
from tests.loading.test_pdf import pdf

FILES = Path(__file__).parent.parent / "formats" / "files"
PDFS = sorted(path for path in FILES.glob("*.pdf") if path.stem != "parish-ledger")  # a picture


def loaded(path: Path) -> Document:
    (document,) = loading.load(path)
    return document


@pytest.mark.parametrize("path", PDFS, ids=lambda path: path.stem)
def test_each_line_is_its_words_and_where_they_are_drawn(path):
    document, drawn = loaded(path), pypdfium2.PdfDocument(path)
    assert document.lines
    for line in document.lines:
        words = document.text[line.span.start : line.span.end]
        assert words and "\n" not in words
        assert document.page_at(line.span.start) == line.page
        around = (line.box.left - 1, line.box.bottom - 1, line.box.right + 1, line.box.top + 1)
        there = drawn[line.page - 1].get_textpage().get_text_bounded(*around)
        assert words.split()[0] in there and words.split()[-1].rstrip("-") in there


@pytest.mark.parametrize("path", PDFS, ids=lambda path: path.stem)
def test_lines_cover_the_text_of_a_pdf_in_order(path):
    document = loaded(path)
    at = 0
    for line in document.lines:
        assert not document.text[at : line.span.start].strip(" -\n")
        assert line.span.start >= at
        at = line.span.end
    assert not document.text[at:].strip()


def test_a_word_broken_at_a_line_end_belongs_to_both_lines(read_one):
    told = "The board of the old harbour on the bridge gave a great deal of infor-"
    document = read_one("a.pdf", pdf([(72, 760, [told, "mation to a painter from Bergen."])]))
    first, second = document.lines
    assert document.text[first.span.start : second.span.end] == document.text
    assert document.text[: first.span.end].endswith("infor")
    assert document.text[second.span.start :].startswith("mation")


def test_a_library_keeps_lines_to_a_tenth_of_a_point_while_it_has_the_document(tmp_path):
    files = tmp_path / "files"
    files.mkdir()
    (files / "a.pdf").write_bytes(PDFS[0].read_bytes())
    store = Store.create(tmp_path / "library")
    syncing.sync([files], store=store, embedder=WordEmbedder(), passage_tokens=40)
    (document,) = store.documents()
    kept = store.lines(document.document_id)
    assert [(one.span, one.page) for one in kept] == [
        (one.span, one.page) for one in loaded(PDFS[0]).lines
    ]
    for one, read in zip(kept, loaded(PDFS[0]).lines, strict=True):
        assert one.box == pytest.approx(read.box, abs=0.051)
    (files / "a.pdf").unlink()
    (files / "b.txt").write_text("The mill was closed.")
    syncing.sync([files], store=store, embedder=WordEmbedder(), passage_tokens=40)
    assert store.lines(document.document_id) == ()
    store.close()
