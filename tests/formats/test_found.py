"""Every file of the made-up collection is found by a question about what it says.

The files are made by LibreOffice, Chromium and Python's own mail and archive packages: see
making.py. In this part nothing but the words of a question is searched; with real models the
whole search is tested.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from rag import syncing
from rag.assembling import Assistant, build
from rag.loading.formats import READERS, suffix_of
from rag.settings import Settings
from rag.storing import Store
from rag.types import Document, Passage
from tests.fakes import WordEmbedder
from tests.formats.texts import FILES, Asked, Text, texts

TEXTS = texts()
READ = [text for text in TEXTS if text.made != "scan"]
ASKED = [
    pytest.param(text, ask, id=f"{text.file}-{n}")
    for text in READ
    for n, ask in enumerate(text.asks)
]


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("formats") / "files"
    shutil.copytree(FILES, folder)
    return folder


@pytest.fixture(scope="module")
def store(files: Path, tmp_path_factory):
    store = Store.create(tmp_path_factory.mktemp("library"))
    syncing.sync([files], store=store, embedder=WordEmbedder(), passage_tokens=100)
    yield store
    store.close()


def place(text: Text) -> str:
    """Return where a text stands: the file, and the way to it within that."""
    holder = next((one for one in TEXTS if one.file == text.within), None)
    return f"{place(holder)}!{text.file}" if holder else text.file


def holds(passage: Passage, document: Document, text: Text, ask: Asked) -> bool:
    """Say whether a passage of this text has the words of the answer."""
    return f"/files/{place(text)}" in document.path and ask.answer in " ".join(passage.text.split())


def page_of(passage: Passage, document: Document, ask: Asked) -> int | None:
    """Return the page on which the answer begins, whatever white space is in it."""
    first = passage.text.index(ask.answer.split()[0])
    for at in range(first, len(passage.text)):
        if " ".join(passage.text[at:].split()).startswith(ask.answer):
            return document.page_at(passage.start + at)
    return None


def check(passages: list[Passage], store: Store | Assistant, text: Text, ask: Asked) -> None:
    documents = [store.document(passage.document_id) for passage in passages]
    pairs = zip(passages, documents, strict=True)
    found = next((pair for pair in pairs if holds(*pair, text, ask)), None)
    assert found, [(d.path, p.text) for p, d in zip(passages, documents, strict=True)]
    if ask.page:
        assert page_of(*found, ask) == ask.page


def test_what_is_in_other_files_and_not_read_is_told(store):
    reasons = {Path(path).name: record.reason for path, record in store.files().items()}
    assert reasons["estate.zip"] == "left out: estate/portrait.png is of a kind that is not read."
    assert reasons["choir-trip.eml"] == "left out: choir-bus.ics is of a kind that is not read."
    assert [name for name, reason in reasons.items() if reason and "not read" not in reason] == [
        "parish-ledger.pdf"
    ]


def test_there_are_two_files_of_every_format_and_one_of_every_suffix():
    suffixes = Counter(suffix_of(text.file) for text in TEXTS)
    assert set(READERS) == set(suffixes)
    kinds = Counter(READERS[suffix] for suffix in suffixes.elements() if suffix in READERS)
    assert not [kind for kind in READERS.values() if kinds[kind] < 2]
    assert {path.name for path in FILES.iterdir()} == {t.file for t in TEXTS if not t.within}


@pytest.mark.parametrize(("text", "ask"), ASKED)
def test_a_file_is_found_by_the_words_of_a_question(store, text, ask):
    hits = store.keyword_search(ask.question, 3)
    check(store.passages(found for found, *_ in hits), store, text, ask)


@pytest.fixture(scope="module")
def assistant(files: Path, model_settings: Settings, tmp_path_factory) -> Iterator[Assistant]:
    settings = replace(model_settings, library=tmp_path_factory.mktemp("real") / "library")
    build(settings, [files])
    with closing(Assistant.open(settings)) as opened:
        yield opened


@pytest.mark.model
@pytest.mark.parametrize(("text", "ask"), ASKED)
def test_a_file_is_found_by_the_whole_search(assistant, text, ask):
    hits = assistant.search(ask.question, 3)
    check([hit.passage for hit in hits], assistant, text, ask)
