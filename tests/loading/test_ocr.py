"""PDF files whose pages are pictures: said without text recognition, read with it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from rag import syncing
from rag.errors import InputError
from rag.loading import load
from rag.loading.ocr import check_tesseract
from rag.storing import Store
from tests.fakes import WordEmbedder
from tests.formats.texts import FILES, texts

SCAN = next(text for text in texts() if text.made == "scan")
PATH = FILES / SCAN.file
with_tesseract = pytest.mark.skipif(not shutil.which("tesseract"), reason="needs tesseract")


def flat(words: str) -> str:
    return " ".join(words.split())


def test_a_scan_is_said_to_have_no_text(monkeypatch):
    monkeypatch.delenv("RAG_OCR", raising=False)
    with pytest.raises(InputError, match=r"no text layer.*Read them with: rag index --ocr"):
        load(PATH)


@with_tesseract
def test_a_scan_is_read_page_by_page_and_its_facts_say_how(monkeypatch):
    monkeypatch.setenv("RAG_OCR", "1")
    [document] = load(PATH)
    for ask in SCAN.asks:
        first = ask.answer.split()[0]
        assert ask.answer in flat(document.text)
        assert document.page_at(document.text.index(first)) == ask.page
    assert document.language.value == "en"
    assert document.language.where == "detected, by text recognition"
    assert document.title.where.endswith(", by text recognition")
    assert "Page 1" not in document.text


@with_tesseract
def test_what_failed_before_is_read_when_recognition_is_switched_on(tmp_path, monkeypatch):
    shutil.copy(PATH, tmp_path / "a.pdf")
    store = Store.create(tmp_path / "library")
    states = []
    for switch in ("0", "1", "1", "0"):
        monkeypatch.setenv("RAG_OCR", switch)
        report = syncing.sync([tmp_path], store=store, embedder=WordEmbedder(), passage_tokens=50)
        states.append([file.state for file in report.files])
    store.close()
    assert states == [["failed"], ["changed"], ["unchanged"], ["unchanged"]]


@with_tesseract
def test_a_language_that_is_not_there_is_said_before_anything_is_read():
    check_tesseract("eng")
    with pytest.raises(InputError, match=r"no data for xxx\. Install .* or set RAG_OCR_LANGUAGES"):
        check_tesseract("eng+xxx")


def test_without_tesseract_it_is_said_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="apt install tesseract-ocr") as error:
        check_tesseract("eng")
    assert "\n" not in str(error.value)
    monkeypatch.setenv("RAG_OCR", "1")
    with pytest.raises(InputError, match="apt install tesseract-ocr"):
        load(Path(PATH))
