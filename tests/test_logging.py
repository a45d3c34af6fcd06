"""Answers stay in the log, whatever happens to the documents, and can be exported."""

from __future__ import annotations

import html
import json
import os
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from rag import footnoting, markdown, recording, storing, syncing
from rag.assembling import Assistant, build
from rag.cli import main
from rag.errors import InputError, LibraryMissing
from rag.footnoting import as_markdown
from rag.rendering import answer_object
from rag.serving import Offer, web_app
from rag.settings import PROJECT, PROMPTS
from rag.storing import DATABASE, Store, answers
from rag.storing.answers import Entry, Wanted
from rag.types import Account, Citation, Disagreement, Filters, Finished, Turn
from tests.articles import Fakes, library

QUESTION = "Which dam a held in spring?"


@pytest.fixture
def settings(tmp_path):
    return library(tmp_path)


@pytest.fixture
def assistant(settings):
    models = Fakes()
    models.generator.replies.extend(["The dam a held in spring [1]."] * 20)
    opened = Assistant.open(settings, models)
    yield opened
    opened.close()


def records(folder: Path) -> list[recording.Record]:
    return [recording.from_json(one.record) for one in answers.entries(folder)]


def entry(number: int) -> Entry:
    return Entry(
        f"{number:012x}", f"2026-01-{number % 28 + 1:02}T12:00:00.000+00:00", "Q", "A", "{}"
    )


# --- what is kept ---


def test_an_answer_is_on_disk_before_it_is_reported(assistant, settings):
    for event in assistant.stream(QUESTION):
        if isinstance(event, Finished):
            (kept,) = answers.entries(settings.library)
            assert event.answer.answer_id == kept.answer_id
            assert (kept.question, kept.text) == (QUESTION, event.answer.text)
        else:
            assert list(answers.entries(settings.library)) == []


def test_a_record_holds_all_that_the_answer_rests_on(assistant, settings):
    history = (Turn("user", "Hello"), Turn("assistant", "Good day."))
    filters = Filters(publishers=("TASS",), after=date(2026, 1, 1))
    answer = assistant.ask(QUESTION, history, filters=filters)
    (record,) = records(settings.library)
    assert (record.question, record.history, record.filters) == (QUESTION, history, filters)
    assert record.answer == json.loads(json.dumps(answer_object(answer)))
    assert record.models == {
        "generator": "told@2",
        "reranker": "words@1",
        "embedder": "words@0",
        "late": "none",
    }
    assert record.settings["evidence_tokens"] == settings.evidence_tokens
    system = (settings.prompts / "answer.system.txt").read_bytes()
    assert record.prompts["answer.system.txt"] == sha256(system).hexdigest()
    with closing(Store.open(settings.library)) as store:
        assert record.library == {"identity": store.identity(), "generation": store.generation()}
    asked, wrote = record.calls
    assert asked.yes == 0.99 and asked.output is None
    assert wrote.output == "The dam a held in spring [1]." and wrote.prompt_tokens > 20
    assert [one.reranker for one in record.hits if one.reranker is not None]


def test_a_record_keeps_who_else_published_what_was_read(settings, tmp_path):
    story = "The bridge at Ilm was opened in {} by the mayor. The band of the town played there."
    for agency in ("TASS", "KCNA", "AFP"):
        (tmp_path / "files" / f"{agency}.txt").write_text(
            f"ILM, May 3, 2024. /{agency}/. {story.format('June' if agency == 'AFP' else 'May')}"
        )
    build(settings, [tmp_path / "files"], models=Fakes())
    models = Fakes()
    models.generator.replies.append("The bridge at Ilm was opened in May by the mayor [1].")
    with closing(Assistant.open(settings, models)) as assistant:
        answer = assistant.ask("Who opened the bridge at Ilm in May?")
    (record,) = records(settings.library)
    kept = recording.evidence_of(record, lambda _: None)
    assert [item.also for item in kept] == [item.also for item in answer.evidence]
    (told,) = [item for item in kept if "in May" in item.text]
    (other,) = told.also
    names = {told.document.publisher.value, other.publisher.value}
    assert names == {"TASS", "KCNA"}
    assert record.answer["evidence"][told.number - 1]["also"][0]["path"] == other.path


def test_the_same_prompt_has_the_same_hash_and_another_has_another(assistant, settings):
    for question in (QUESTION, QUESTION, "Which dam b held in spring?"):
        assistant.ask(question)
    third, second, first = [record.calls[0].prompt for record in records(settings.library)]
    assert first == second != third


def test_the_evidence_is_kept_word_for_word(assistant, settings):
    answer = assistant.ask(QUESTION)
    (record,) = records(settings.library)
    recalled = recording.evidence_of(record, lambda _: None)
    assert [one.text for one in recalled] == [one.text for one in answer.evidence]
    assert [(one.start, one.end) for one in recalled] == [
        (one.start, one.end) for one in answer.evidence
    ]
    for then, now in zip(answer.evidence, recalled, strict=True):
        assert now.document.publisher == then.document.publisher
        assert now.document.path == then.document.path


def test_refusals_are_logged_too(assistant, settings):
    answer = assistant.ask("Zebra migration statistics?")
    (record,) = records(settings.library)
    assert answer.refusal == recording.reported(record).refusal == "nothing_found"
    assert record.calls == () and record.evidence == ()


def test_what_came_nearest_is_shown_again_whatever_became_of_it(assistant, settings):
    answer = assistant.ask("Zebra migration statistics?")
    (record,) = records(settings.library)
    shown = [(one.number, one.document.path, one.text) for one in answer.nearest]
    for known in (assistant.document, lambda _: None):
        again = recording.answer_of(record, known).nearest
        assert [(one.number, one.document.path, one.text) for one in again] == shown != []
    client = TestClient(
        web_app(assistant, offer=Offer(log=settings.library)), base_url="http://127.0.0.1"
    )
    page = client.get(f"/answer/{answer.answer_id}").text
    assert page.count('<article class="card') == len(shown)
    assert "None is about the question, so none was read." in page


def test_a_refusal_of_an_earlier_version_is_still_opened(assistant, settings):
    assistant.ask("Zebra migration statistics?")
    (kept,) = answers.entries(settings.library)
    earlier = json.loads(kept.record)
    del earlier["nearest"], earlier["answer"]["nearest"]
    again = recording.answer_of(recording.from_json(json.dumps(earlier)), assistant.document)
    assert (again.refusal, again.nearest) == ("nothing_found", ())


def test_what_is_stopped_is_not_logged(assistant, settings):
    stream = assistant.stream(QUESTION)
    for _ in range(5):
        next(stream)
    stream.close()
    assert list(answers.entries(settings.library)) == []


def test_an_assistant_may_be_told_not_to_log(settings):
    with closing(Assistant.open(settings, Fakes(), logged=False)) as quiet:
        assert quiet.ask(QUESTION).answer_id == ""
    assert list(answers.entries(settings.library)) == []


def test_a_field_that_a_later_version_adds_does_no_harm(assistant, settings):
    assistant.ask(QUESTION)
    (kept,) = answers.entries(settings.library)
    later = json.loads(kept.record) | {"mood": "good"}
    later["answer"]["statements"][0]["colour"] = "red"
    record = recording.from_json(json.dumps(later))
    assert record.answer["statements"][0]["colour"] == "red"
    assert recording.reported(record).text == kept.text


# --- the log stays ---


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM answers",
        "UPDATE answers SET text = 'another'",
        "INSERT OR REPLACE INTO answers SELECT number, answer_id, '', '', '', '' FROM answers",
        "INSERT OR REPLACE INTO answers SELECT number, 'other', '', '', '', '' FROM answers",
    ],
)
def test_nothing_in_the_log_can_be_changed(settings, statement):
    answers.append(settings.library, entry(1))
    connection = sqlite3.connect(settings.library / DATABASE)
    with closing(connection), pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement)
    assert list(answers.entries(settings.library)) == [entry(1)]


def test_the_log_outlives_removed_documents_and_a_rebuild(assistant, settings, tmp_path):
    before = assistant.ask(QUESTION)
    shutil.rmtree(tmp_path / "files" / "news")
    build(settings, [tmp_path / "files"], models=Fakes())
    assert [record.answer_id for record in records(settings.library)] == [before.answer_id]
    build(settings, [tmp_path / "files"], models=Fakes(), rebuild=True)
    (record,) = records(settings.library)
    assert recording.evidence_of(record, lambda _: None)[0].text == before.evidence[0].text
    after = assistant.ask("Which dam e held in spring?")
    assert [one.answer_id for one in records(settings.library)] == [
        after.answer_id,
        before.answer_id,
    ]


def test_no_answer_is_lost_while_rebuilds_replace_the_library(settings, tmp_path):
    reported, stop = [], threading.Event()

    def answer() -> None:
        while not stop.is_set():
            answers.append(settings.library, entry(len(reported)))
            reported.append(entry(len(reported)).answer_id)
            time.sleep(0.003)

    answering = threading.Thread(target=answer)
    answering.start()
    try:
        for _ in range(6):
            options = {"embedder": Fakes().embedder, "passage_tokens": 16}
            syncing.rebuild(settings.library, [tmp_path / "files"], **options)
    finally:
        stop.set()
        answering.join()
    kept = [one.answer_id for one in answers.entries(settings.library)]
    assert len(reported) > 6 and kept == reported[::-1]


def test_a_rebuild_that_is_resumed_carries_the_log_once(settings, tmp_path):
    answers.append(settings.library, entry(1))
    fresh = settings.library / "rebuild"
    with closing(Store.create(fresh)):
        answers.append(fresh, entry(1))
        answers.append(settings.library, entry(2))
    storing.replace(settings.library, fresh)
    assert list(answers.entries(settings.library)) == [entry(2), entry(1)]


def test_a_damaged_library_is_kept_beside_the_new_one(settings, tmp_path):
    (settings.library / DATABASE).write_bytes(b"damaged " * 4000)
    build(settings, [tmp_path / "files"], models=Fakes(), rebuild=True)
    (kept,) = settings.library.glob(f"{DATABASE}.damaged-*")
    assert kept.read_bytes() == b"damaged " * 4000
    assert list(answers.entries(settings.library)) == []


@pytest.mark.parametrize("version", [1, 2, 4])
def test_a_library_of_an_earlier_format_gets_a_log(settings, version):
    with closing(sqlite3.connect(settings.library / DATABASE)) as old:
        lacking = () if version == 4 else ("answers",)
        for name in (*lacking, *(("word_counts", "words", "signs") if version == 1 else ())):
            old.execute(f"DROP TABLE {name}")
        if version == 1:
            old.execute("CREATE VIRTUAL TABLE words USING fts5 (text)")
        old.execute(f"PRAGMA user_version = {version}")
        old.commit()
    with closing(Assistant.open(settings, Fakes())) as opened:
        answer = opened.ask(QUESTION)
    assert [one.answer_id for one in answers.entries(settings.library)] == [answer.answer_id]


ASKING = """
import sys
from dataclasses import replace
from pathlib import Path
from rag.assembling import Assistant
from rag.settings import Settings
from tests.articles import Fakes

models = Fakes()
models.generator.replies.extend(["The dam a held in spring [1]."] * 10_000)
opened = Assistant.open(replace(Settings(), library=Path(sys.argv[1])), models)
while True:
    print(opened.ask("Which dam a held in spring?").answer_id, flush=True)
"""


def test_a_process_killed_at_any_moment_loses_nothing_it_reported(settings):
    for number in range(2):
        asking = subprocess.Popen(
            [sys.executable, "-c", ASKING, str(settings.library)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=PROJECT,
        )
        reported = [asking.stdout.readline().strip() for _ in range(3)]
        time.sleep(0.02 * number)
        asking.kill()
        reported += [line for line in asking.communicate()[0].splitlines(True) if line[-1] == "\n"]
        kept = {one.answer_id for one in answers.entries(settings.library)}
        assert all(reported) and {one.strip() for one in reported} <= kept


def test_indexing_and_answering_do_not_disturb_each_other(assistant, settings, tmp_path):
    with closing(Store.open(settings.library)) as indexing, indexing.writing():
        assert assistant.ask(QUESTION).answer_id
        (tmp_path / "files" / "new.txt").write_text("The dam z held in spring.")
    generation = Store.open(settings.library).generation()
    assistant.ask(QUESTION)
    assert Store.open(settings.library).generation() == generation
    assert build(settings, [tmp_path / "files"], models=Fakes()).documents == 7


# --- libraries that cannot be written to ---


@contextmanager
def no_room() -> None:
    """Let no file grow, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_answers_with_one_warning(assistant, settings, caplog):
    with no_room():
        given = [assistant.ask(QUESTION) for _ in range(2)]
    assert [one.answer_id for one in given] == ["", ""]
    assert given[0].text == "The dam a held in spring [1]."
    (warning,) = caplog.records
    assert "not logged" in warning.message
    assert assistant.ask(QUESTION).answer_id


@contextmanager
def somebody_else(folder: Path) -> None:
    """Give up the right to write to a folder for the length of a `with`."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)


@pytest.mark.parametrize("version", [2, 3])
def test_a_library_that_is_only_to_be_read_answers(caplog, version):
    with tempfile.TemporaryDirectory() as name:  # pytest's own folders are closed to others
        folder = Path(name)
        prompts = shutil.copytree(PROMPTS, folder / "prompts")
        settings = replace(library(folder), prompts=prompts)
        if version == 2:
            with closing(sqlite3.connect(settings.library / DATABASE)) as old:
                old.execute("DROP TABLE answers")
                old.execute("PRAGMA user_version = 2")
        with somebody_else(folder), closing(Assistant.open(settings, Fakes())) as opened:
            answer = opened.ask(QUESTION)
    assert (answer.answer_id, answer.text) == ("", "The dam a held in spring [1].")
    assert [one.message for one in caplog.records if "not logged" in one.message]


def test_a_library_that_is_gone_is_not_made_anew(tmp_path):
    with pytest.raises(LibraryMissing, match="rag index"):
        answers.append(tmp_path, entry(1))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("gone", [True, False])
def test_a_document_that_was_removed_or_changed_still_opens_its_passages(assistant, settings, gone):
    answers_given = [assistant.ask(QUESTION), assistant.ask("Which engineers of dam a mended it?")]
    cited = [one for answer in answers_given for one in answer.evidence]
    file = Path(cited[0].document.path)
    if gone:
        file.unlink()
    else:
        file.write_text("Something else altogether was written here.")
    build(settings, models=Fakes())
    removed = [one for one in cited if one.document.path == str(file)]
    assert removed
    for one in removed:
        document = one.document.document_id
        with pytest.raises(InputError):
            assistant.document(document)
        address = f"/document/{document}?start={one.start}&end={one.end}"
        page = TestClient(web_app(assistant), base_url="http://127.0.0.1").get(address).text
        assert html.unescape(re.search("<mark[^>]*>(.*?)</mark>", page, re.DOTALL)[1]) == one.text
        assert assistant.recalled(document).text[one.start : one.end] == one.text
    assert all(hit.passage.document_id != document for hit in assistant.search(QUESTION))
    assert assistant.recalled("nothing") is None


# --- finding answers ---


def test_an_answer_is_found_by_the_beginning_of_its_id(settings):
    for number in (0xAB1000000000, 0xAB2000000000):
        answers.append(settings.library, entry(number))
    assert answers.entry(settings.library, " AB1 ").answer_id == "ab1000000000"
    with pytest.raises(InputError, match=r"ab may be any of these: ab2\w+, ab1\w+\. Write more"):
        answers.entry(settings.library, "ab")
    for unknown in ("f", "%", "xyz", "", "ab1' OR 1"):
        with pytest.raises(InputError, match="rag log"):
            answers.entry(settings.library, unknown)


def test_answers_are_found_by_words_and_days(settings):
    told = [("Straße in Köln?", "Closed."), ("Which dam?", "Dam a."), ("Who?", "DAM b's keeper.")]
    for number, (question, text) in enumerate(told, 1):
        day = f"2026-01-0{number}T12:00:00.000+00:00"
        answers.append(settings.library, Entry(f"{number:012x}", day, question, text, "{}"))

    def found(*words: str, since: str = "", limit: int | None = None) -> list[str]:
        wanted = Wanted(words, since)
        return [one.question for one in answers.entries(settings.library, wanted, limit=limit)]

    assert found() == ["Who?", "Which dam?", "Straße in Köln?"]
    assert found("dam") == ["Who?", "Which dam?"]
    assert found("dam", "KEEPER") == ["Who?"]
    assert found("STRASSE", "köln") == ["Straße in Köln?"]
    assert found(since="2026-01-02") == ["Who?", "Which dam?"]
    assert found(limit=1) == ["Who?"]
    assert found("100%") == []


# --- on the command line ---


@pytest.fixture
def rag(settings, monkeypatch, capsys):
    """Run a command over the library and return what it prints."""
    monkeypatch.setattr("rag.assembling.Models", Fakes)
    monkeypatch.setattr("rag.replaying.again.Models", Fakes)

    def call(*words: str) -> str:
        main([*words, "--library", str(settings.library)], standalone_mode=False)
        return capsys.readouterr().out

    return call


def test_an_answer_goes_from_ask_to_log_to_export(rag, tmp_path):
    asked = json.loads(rag("ask", QUESTION, "--json"))
    (listed,) = json.loads(rag("log", "--json"))["answers"]
    assert listed["answer_id"] == asked["answer_id"]
    assert asked["answer_id"] in rag("log") and QUESTION in rag("log", "--search", "DAM spring")
    assert rag("log", "--search", "zebra") == "No answer is in the log.\n"
    assert rag("log", "--since", "2090") == "No answer is in the log.\n"
    assert json.loads(rag("log", "show", asked["answer_id"][:6], "--json"))["answer"] == asked
    assert json.loads(rag("log", "export"))["answer"] == asked
    rag("log", "export", "--format", "markdown", "--output", str(tmp_path / "out.md"))
    assert "[^1]: “The dam a held in spring" in (tmp_path / "out.md").read_text()
    assert rag("replay", asked["answer_id"]).startswith("Reproduced byte for byte.")


def test_an_export_that_cannot_be_written_says_what_to_do(rag, tmp_path):
    with pytest.raises(InputError, match="name another --output"):
        rag("log", "export", "--output", str(tmp_path / "no" / "out.md"))


def test_since_counts_days_of_this_machine(rag, settings):
    noon = "2026-01-02T12:00:00.000+00:00"
    record = '{"answer": {"refusal": null}}'
    answers.append(settings.library, Entry("1" * 12, noon, "Q", "A", record))
    assert "1" * 12 in rag("log", "--since", "2026-01-01")
    assert "1" * 12 not in rag("log", "--since", "2026-01-04")


# --- Markdown ---

HOSTILE = (
    "[click](http://evil.example) <b>bold</b> <script>x</script> ![i](y) `code` [^9] **b** "
    "https://evil.example www.evil.example a@b.example <https://evil.example> &lt; | a | # h"
)


def tokens(text: str) -> list:
    parsed = MarkdownIt("gfm-like", {"linkify": False, "html": True}).parse(text)
    return [one for block in parsed for one in (block, *(block.children or ()))]


@given(st.text(max_size=80) | st.text("[]()<>!*_`#-+=.:>|~&\\ab1 \n", max_size=40))
def test_words_stay_words_in_markdown(text):
    safe = markdown.paragraph(text)
    kinds = {one.type for one in tokens(safe)}
    assert kinds <= {"paragraph_open", "paragraph_close", "inline", "text", "text_special"}
    shown = "".join(one.content for one in tokens(safe) if one.type.startswith("text"))
    assert shown == " ".join(markdown._UNSEEN.sub("", text).split())


def test_footnotes_tell_where_each_sentence_comes_from(tmp_path):
    file = tmp_path / "files" / "dam.md"
    file.parent.mkdir()
    head = (
        "publisher: Ilm *Post*\npublished: 2026-01-01\ntitle: Dams <1>\nlink: https://ilm.example/1"
    )
    file.write_text(f"---\n{head}\n---\n\nThe dam at Ilm held in spring, {HOSTILE}\n")
    settings = replace(library(tmp_path / "other"), library=tmp_path / "library")
    build(settings, [file], models=Fakes())
    models = Fakes()
    models.generator.replies[0] = "The dam at Ilm held in spring [1]. Nobody was hurt."
    with closing(Assistant.open(settings, models)) as opened:
        answer = opened.ask("Which dam at Ilm held in spring?")
    text = footnoting.exported(records(settings.library), "markdown").decode()
    quote = markdown.escaped(answer.statements[0].citations[0].quote)
    assert "held in spring.[^1] Nobody was hurt.[^2]" in text
    (source,) = [line for line in text.splitlines() if line.startswith("[^1]: ")]
    told = (
        f"“{quote}”",
        r"Ilm \*Post\*, 2026-01-01, Dams \<1\>",
        "dam.md",
        "<https://ilm.example/1>",
    )
    assert [words for words in told if words not in source] == []
    assert source.endswith("Verdict: supported. The cited words say so.")
    assert "[^2]: No source is cited. Verdict: not supported." in text
    links = [dict(one.attrs)["href"] for one in tokens(text) if one.type == "link_open"]
    assert links == ["https://ilm.example/1"]
    assert not [one for one in tokens(text) if one.type in ("html_inline", "html_block", "image")]


def test_a_link_that_is_no_web_address_stays_words():
    for address in ("javascript:alert(1)", "https://a.example> [b](c", "file:///etc/passwd"):
        assert not [one for one in tokens(as_markdown.link(address)) if one.type == "link_open"]


def test_accounts_that_differ_stand_side_by_side(assistant, settings):
    answer = assistant.ask(QUESTION)
    first = answer.evidence[0]
    told = [
        Account(
            first.document.text[at : at + 3], Citation(first.number, first.document, at, at + 9)
        )
        for at in (first.start, first.start + 4)
    ]
    differing = replace(answer, disagreements=(Disagreement(tuple(told)),))
    (record,) = records(settings.library)
    record = replace(record, answer=json.loads(json.dumps(answer_object(differing))))
    text = footnoting.exported([record], "markdown").decode()
    assert "Sources differ:\n\n- The[^2]\n- dam[^3]\n" in text
    assert "[^2]: “The dam a” TASS, 2026-01-01, " in text


def test_several_answers_share_one_row_of_footnotes(assistant, settings):
    for _ in range(2):
        assistant.ask(QUESTION)
    text = footnoting.exported(records(settings.library), "markdown").decode()
    assert text.count("\n[^1]: ") == text.count("\n[^2]: ") == 1
    assert text.index("[^2]") < text.index("\n[^1]: ")
