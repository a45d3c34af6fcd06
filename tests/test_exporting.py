"""Answers leave the program as Markdown, HTML, Word and JSON, each with the same notes."""

from __future__ import annotations

import html
import io
import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import docx
import pytest
from fastapi.testclient import TestClient
from selenium.webdriver.common.by import By

from rag import recording
from rag.cli import main
from rag.errors import UsageError
from rag.footnoting import FORMATS, exported
from rag.footnoting.walking import walked
from rag.loading.docx import read_docx
from rag.serving import Offer, web_app
from rag.storing import answers
from rag.types import Filters
from tests.chat_demo import COST, HOSTILE, LATER, OPENING
from tests.judging_demo import LoggedDemo

QUESTION = "When will the bridge reopen?"
NOTES = [
    (OPENING, "Larkfield Herald", "2026-01-14", "Bridge to reopen to trams in March", "supported"),
    (
        *(LATER, "Eastern Tramways", "2026-01-16"),
        *("Operator: no trams over the bridge before June", "supported"),
    ),
    (
        *(COST, "Larkfield Herald", "2026-01-14"),
        *("Bridge to reopen to trams in March", "partly supported"),
    ),
]
"""Quote, publisher, date, title and verdict of each note of the usual answer."""


@pytest.fixture
def demo(tmp_path: Path) -> LoggedDemo:
    return LoggedDemo(tmp_path)


@pytest.fixture
def client(demo: LoggedDemo) -> TestClient:
    return TestClient(web_app(demo, offer=Offer(log=demo.library)), base_url="http://127.0.0.1")


def read(data: bytes, ending: str) -> str:
    """What a reader sees of an exported file."""
    if ending == "docx":
        return read_docx(data, "a.docx").text
    text = data.decode()
    return html.unescape(re.sub(r"<[^>]*>", "", text)) if ending == "html" else text


@pytest.mark.parametrize("ending", [one.ending for one in FORMATS.values()])
def test_every_format_carries_quote_publisher_date_title_and_verdict(demo, client, ending):
    answer_id = demo.logged(QUESTION)
    got = client.get(f"/answer/{answer_id}/export.{ending}")
    assert got.status_code == 200
    named = f'attachment; filename="when-will-the-bridge-reopen-{answer_id}.{ending}"'
    assert got.headers["Content-Disposition"] == named
    seen = " ".join(read(got.content, ending).split())
    for note in NOTES:
        assert [words for words in note if words not in seen] == []
    assert "herald-bridge.txt" in seen and "Nothing in your documents says who pays." in seen


def test_a_word_document_has_footnotes_of_its_own(demo, client):
    answer_id = demo.logged(QUESTION)
    data = client.get(f"/answer/{answer_id}/export.docx").content
    document = docx.Document(io.BytesIO(data))
    assert document.paragraphs[0].text == document.core_properties.title == QUESTION
    [notes] = [part for part in document.part.package.iter_parts() if "footnotes" in part.partname]
    marks = re.findall(rb'footnoteReference w:id="(\d+)"', document.part.blob)
    assert marks == re.findall(rb'<w:footnote w:id="(\d+)"', notes.blob) == [b"1", b"2", b"3"]


@pytest.mark.skipif(not shutil.which("soffice"), reason="no LibreOffice on this machine")
def test_libreoffice_reads_the_word_document(demo, client, tmp_path):
    path = tmp_path / "answer.docx"
    path.write_bytes(client.get(f"/answer/{demo.logged(QUESTION)}/export.docx").content)
    command = ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile"]
    command += ["--convert-to", "html", "--outdir", str(tmp_path), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    seen = html.unescape((tmp_path / "answer.html").read_text(encoding="utf-8", errors="replace"))
    assert seen.count('class="sdfootnotesym"') == 3
    assert LATER in " ".join(re.sub(r"<[^>]*>", "", seen).split())


def test_json_names_the_notes_of_each_sentence(demo, client):
    whole = client.get(f"/answer/{demo.logged(QUESTION)}/export.json").json()
    [answer] = whole["answers"]
    assert [one["notes"] for one in answer["sentences"]] == [[1], [2], [3]]
    told = [
        tuple(note[key] for key in ("quote", "publisher", "published", "title", "verdict"))
        for note in whole["notes"]
    ]
    assert told == NOTES


def test_several_answers_share_their_notes_and_say_their_filters(demo, client):
    ids = [
        demo.logged(QUESTION, filters=Filters(languages=("en",))),
        demo.logged("Who designed it?"),
    ]
    got = client.get("/answers/export.md", params={"answer": ids})
    assert f"{ids[0]}-and-1-more.md" in got.headers["Content-Disposition"]
    assert "*Filters: language en*" in got.text and "## Who designed it?" in got.text
    assert client.get("/answers/export.md").status_code == 404
    assert client.get(f"/answer/{ids[0]}/export.exe").status_code == 404


@pytest.mark.parametrize("form", FORMATS)
def test_words_of_documents_do_nothing_in_any_format(demo, form):
    record = recording.from_json(answers.entry(demo.library, demo.logged(QUESTION)).record)
    hostile = HOSTILE + "\x00\x0b\ud800 ]]> </w:t>"
    told = json.dumps(record.answer).replace('"Larkfield Herald"', json.dumps(hostile))
    record = replace(record, question=hostile, answer=json.loads(told))
    data = exported([record], form)
    if form == "docx":
        assert "<script>window.pwned = 1</script>" in read_docx(data, "a.docx").text
    elif form == "html":
        assert b"<script" not in data and b"<img" not in data
        assert "\u202e" not in data.decode()
    elif form == "markdown":
        assert b"\\<script\\>" in data and b"\\*\\*bold\\*\\*" in data
    else:
        assert HOSTILE in json.loads(data)["notes"][0]["publisher"]


def test_what_is_copied_has_numbers_in_brackets_and_notes_below(demo, client):
    made = client.get(f"/answer/{demo.logged(QUESTION)}/copy").json()
    assert "reopens to trams on 2 March 2026. [1] The tram operator" in made["text"]
    assert f"\n[2] “{LATER}” Eastern Tramways, 2026-01-16, " in made["text"]
    assert made["html"].count("[2]") == 2 and f"<q>{LATER}</q>" in made["html"]


def test_the_command_line_exports_the_same_bytes(demo, tmp_path, capfdbinary):
    answer_id = demo.logged(QUESTION)
    library = ["--library", str(demo.library)]
    for form, kind in FORMATS.items():
        path = tmp_path / f"out.{kind.ending}"
        main(
            ["log", "export", answer_id, "--format", form, "--output", str(path), *library],
            standalone_mode=False,
        )
        record = recording.from_json(answers.entry(demo.library, answer_id).record)
        seen = " ".join(read(path.read_bytes(), kind.ending).split())
        assert [one.quote for one in walked([record]).notes if one.quote not in seen] == []
    capfdbinary.readouterr()
    main(["log", "export", "--format", "html", *library], standalone_mode=False)
    assert capfdbinary.readouterr().out == exported([record], "html")


def test_a_terminal_is_spared_a_word_document(demo, monkeypatch):
    demo.logged(QUESTION)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    with pytest.raises(UsageError, match="--output"):
        main(
            ["log", "export", "--format", "docx", "--library", str(demo.library)],
            standalone_mode=False,
        )


@pytest.mark.browser
def test_the_page_needs_nothing_and_its_notes_lead_back(browser, demo, client, tmp_path):
    path = tmp_path / "answer.html"
    path.write_bytes(client.get(f"/answer/{demo.logged(QUESTION)}/export.html").content)
    browser.get(path.as_uri())
    assert browser.find_element(By.TAG_NAME, "h1").text == QUESTION
    browser.find_element(By.XPATH, '//a[@aria-label="Note 2"]').click()
    assert browser.current_url.endswith("#note-2")
    assert LATER in browser.find_element(By.CSS_SELECTOR, "li:target").text
    browser.find_element(By.XPATH, '//a[contains(@aria-label, "sentence of note 2")]').click()
    assert browser.current_url.endswith("#mark-2")
    assert [one for one in browser.get_log("browser") if one["level"] == "SEVERE"] == []
