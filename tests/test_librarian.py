"""Keeping a library while it is in use: uploads, removing, correcting, one run at a time.

The models are fakes; files, SQLite, FAISS and the processes that read files are real.
"""

from __future__ import annotations

import io
import os
import threading
import time
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from rag import syncing
from rag.assembling import Assistant, build
from rag.describing import Configuration
from rag.errors import InputError, LibraryBusy, UsageError
from rag.librarian import Jobs, Librarian, Uploads
from rag.librarian.naming import safe_path
from rag.serving import web_app
from rag.serving.offering import Offer
from rag.sharing import Turns
from rag.storing import Store
from rag.storing.listing import Wanted
from rag.syncing import Progress
from rag.types import IndexReport
from tests.library_demo import Fakes, filled, settings_in

RAW = {"content-type": "application/octet-stream"}


@pytest.fixture
def kept(tmp_path):
    """A librarian over the demonstration's library, and the settings of it."""
    settings, models = settings_in(tmp_path), Fakes()
    with closing(Store.create(settings.library)) as store:  # without processes, which start slowly
        syncing.sync(
            [filled(tmp_path)],
            store=store,
            embedder=models.embedder,
            late=models.late,
            passage_tokens=settings.passage_tokens,
        )
    librarian = Librarian(settings, models)
    yield librarian, settings, models
    librarian.close()


@pytest.fixture
def client(kept):
    """The web routes over the same library."""
    librarian, settings, models = kept
    assistant = Assistant.open(settings, models)
    offer = Offer(library=librarian, settings=Configuration(assistant, models, {}))
    yield TestClient(web_app(assistant, offer=offer), base_url="http://localhost")
    assistant.close()


def at_rest(librarian: Librarian, seconds: float = 60) -> None:
    """Wait until no run is under way."""
    deadline = time.monotonic() + seconds
    while librarian.job and librarian.job.running:
        assert time.monotonic() < deadline, "the run does not end"
        time.sleep(0.02)


def paths(librarian: Librarian, state: str = "") -> list[str]:
    return [Path(row.path).name for row in librarian.listed(Wanted(state=state)).rows]


def send(client: TestClient, name: str, content: bytes):
    return client.post("/api/library/upload", params={"name": name}, content=content, headers=RAW)


@pytest.mark.parametrize(
    "name, path",
    [
        ("../../etc/passwd", "etc/passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("/absolute/a.txt", "absolute/a.txt"),
        ("a\0b\n.txt", "ab.txt"),
        ("CON.txt", "_CON.txt"),
        ("what?<is>:this*.md", "what__is__this_.md"),
        (".hidden", "hidden"),
        ("…/..", "…"),
        ("", "unnamed"),
        ("gnp\u202efdp.exe", "gnpfdp.exe"),
        ("cafe\u0301.txt", "caf\u00e9.txt"),
    ],
)
def test_names_lead_nowhere_else(name, path):
    assert str(safe_path(name)) == path


def test_long_names_keep_their_ending_and_fit_every_disk():
    name = safe_path("/".join(["d" * 300] * 30 + ["ö" * 300 + ".pdf"]))
    assert name.suffix == ".pdf"
    assert len(name.parts) == 8
    assert max(len(part.encode()) for part in name.parts) <= 150


def test_what_is_uploaded_is_indexed_and_found(client, kept):
    librarian, settings, _ = kept
    told = send(client, "letters/keeper.txt", b"The lighthouse keeper sleeps at noon.").json()
    assert told == {"file": "letters/keeper.txt", "state": "saved"}
    at_rest(librarian)
    assert librarian.uploaded([told["file"]]) == {told["file"]: ("new", "")}
    found = client.get("/api/search", params={"question": "lighthouse keeper"}).json()
    assert "lighthouse keeper sleeps" in str(found["hits"][0])
    again = build(settings, models=kept[2])  # `rag index` keeps the uploads in step
    assert again.documents == 4


def test_hostile_uploads_are_one_line_each(client, kept):
    librarian, settings, _ = kept
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.txt", b"0" * 300_000_000)
    names = ["bomb.zip", "empty.txt", "program.exe", "x" * 300 + ".txt"]
    for name, content in zip(names, [bomb.getvalue(), b"", b"MZ", b"Long name."], strict=True):
        told = send(client, f"../{name}", content)
        assert told.status_code == 200
        assert (
            settings.library / "uploads"
            in (settings.library / "uploads" / told.json()["file"]).parents
        )
    at_rest(librarian)
    states = {row.path: row for row in librarian.listed(Wanted(size=100)).rows}
    uploads = settings.library.resolve() / "uploads"
    assert states[str(uploads / "bomb.zip")].state == "failed"
    assert states[str(uploads / "empty.txt")].state == "empty"
    assert "cannot be read yet" in states[str(uploads / "program.exe")].reason
    assert "\n" not in "".join(row.reason for row in states.values())
    assert [
        name for name in os.listdir(uploads.parent.parent) if name not in ("library", "documents")
    ] == []


def test_two_files_of_one_name_are_both_kept_and_the_same_file_once(client, kept):
    librarian, settings, _ = kept
    assert send(client, "a.txt", b"One lamp.").json()["file"] == "a.txt"
    assert send(client, "a.txt", b"Two lamps.").json()["file"] == "a (2).txt"
    assert send(client, "a.txt", b"One lamp.").json() == {"file": "a.txt", "state": "duplicate"}
    at_rest(librarian)
    assert sorted(os.listdir(settings.library / "uploads")) == ["a (2).txt", "a.txt"]


def test_what_is_too_large_or_sent_by_another_site_is_refused_and_leaves_nothing(
    client, kept, monkeypatch
):
    _, settings, _ = kept
    monkeypatch.setattr("rag.librarian.arriving.LARGEST", 100)
    assert "larger than" in send(client, "a.txt", b"x" * 101).json()["error"]

    def unannounced():
        yield b"x" * 60
        yield b"x" * 60

    told = client.post("/api/library/upload?name=a.txt", content=unannounced(), headers=RAW)
    assert "larger than" in told.json()["error"]
    form = client.post("/api/library/upload?name=a.txt", files={"file": b"x"})
    assert form.status_code == 415
    assert client.post("/api/library/index", data={"a": "b"}).status_code == 415
    assert client.post("/api/library/upload", content=b"", headers=RAW).status_code == 400
    assert list((settings.library / "uploads").iterdir()) == []


def test_an_upload_that_breaks_off_leaves_nothing(tmp_path):
    uploads = Uploads(tmp_path)
    arrival = uploads.arrival("a.txt")
    arrival.write(b"half of it")
    assert len(list(uploads.folder.iterdir())) == 1
    arrival.close()
    assert list(uploads.folder.iterdir()) == []


def test_uploads_are_bounded_in_number(tmp_path, monkeypatch):
    monkeypatch.setattr("rag.librarian.arriving.MOST_FILES", 1)
    uploads = Uploads(tmp_path)
    first = uploads.arrival("a.txt")
    first.write(b"a")
    first.finish()
    with pytest.raises(InputError, match="as many as may be"):
        uploads.arrival("b.txt")


def test_a_document_that_was_taken_out_stays_out_until_it_is_wanted_again(kept, tmp_path):
    librarian, settings, models = kept
    file = str(tmp_path / "documents" / "ferry.txt")
    copy = tmp_path / "documents" / "z-copy.txt"
    copy.write_bytes(Path(file).read_bytes())
    build(settings, models=models)
    librarian.remove(file)
    assert Path(file).exists()
    build(settings, models=models)
    assert paths(librarian, "excluded") == ["ferry.txt", "z-copy.txt"]
    build(settings, models=models, rebuild=True)
    assert paths(librarian, "excluded") == ["ferry.txt", "z-copy.txt"]
    librarian.restore(file)
    at_rest(librarian)
    assert "ferry.txt" in paths(librarian, "indexed")


def test_naming_an_excluded_file_reads_it_again(kept, tmp_path):
    librarian, settings, models = kept
    file = tmp_path / "documents" / "ferry.txt"
    librarian.remove(str(file))
    build(settings, [file], models=models)
    assert "ferry.txt" in paths(librarian, "indexed")


def test_removing_an_upload_deletes_it(client, kept):
    librarian, settings, _ = kept
    send(client, "deep/er/a.txt", b"A lamp was lit.")
    at_rest(librarian)
    told = client.post(
        "/api/library/remove",
        json={"file": str(settings.library.resolve() / "uploads/deep/er/a.txt")},
    )
    assert told.json() == {"done": True}
    assert list((settings.library / "uploads").iterdir()) == []
    assert len(paths(librarian)) == 4


def test_removing_a_folder_takes_its_documents_out_and_leaves_its_files(kept, tmp_path):
    librarian, settings, models = kept
    other = tmp_path / "other"
    other.mkdir()
    (other / "lamp.txt").write_text("The lamp was lit at dusk.")
    librarian.add_folder(str(other))
    at_rest(librarian)
    assert len(librarian.folders()) == 2
    assert librarian.remove_folder(str(tmp_path / "documents")) == 4
    assert paths(librarian) == ["lamp.txt"]
    assert len(list((tmp_path / "documents").iterdir())) == 4
    librarian.remove_folder(str(other))
    with closing(Assistant(settings, models, Store.open(settings.library))) as assistant:
        assert assistant.search("lamp") == []
    assert build(settings, models=models).documents == 0  # and not the examples in their place
    with pytest.raises(InputError, match="not a folder that can be removed"):
        librarian.remove_folder("/etc")


@pytest.mark.parametrize("words", ["relative", "/", "/no/such/folder", "{library}", ""])
def test_folders_that_cannot_be_added_are_told(kept, words):
    librarian, settings, _ = kept
    with pytest.raises(InputError):
        librarian.add_folder(words.format(library=settings.library))
    assert librarian.job is None


def test_folders_are_named_on_this_machine_alone(kept):
    librarian, settings, models = kept
    assistant = Assistant.open(settings, models)
    configuration = Configuration(assistant, models, {})
    offer = Offer(library=librarian, settings=configuration, local=False)
    client = TestClient(web_app(assistant, host="0.0.0.0", offer=offer))
    told = client.post("/api/library/folders", json={"folder": str(settings.library.parent)})
    assert "rag index FOLDER" in told.json()["error"]
    assert "error" in client.post("/api/settings", json={"unsupported": "drop"}).json()
    assistant.close()


def test_corrections_hold_and_impossible_ones_are_one_line(client, kept):
    librarian, _, _ = kept
    [row] = [one for one in librarian.listed(Wanted(words=("ferry",))).rows]
    asked = {"document": row.document_id, "facts": {"published": "2026-02-30"}}
    told = client.post("/api/library/correct", json=asked).json()["error"]
    assert "'2026-02-30' is not one day" in told
    asked["facts"] = {"published": "2026-02-03", "publisher": "Ferry <b>Office</b>"}
    assert client.post("/api/library/correct", json=asked).json() == {"done": True}
    page = client.get(f"/library/document/{row.document_id}").text
    assert "set by hand" in page
    assert "<b>Office" not in page and "&lt;b&gt;Office" in page


def test_another_process_that_writes_is_told_in_a_line(client, kept):
    librarian, settings, _ = kept
    store = Store.open(settings.library)
    with store.writing():
        librarian.reindex()
        at_rest(librarian)
        assert "writing to the library" in librarian.job.error
        [row] = librarian.listed(Wanted(words=("ferry",))).rows
        asked = {"document": row.document_id, "facts": {"title": "Ice"}}
        told = client.post("/api/library/correct", json=asked)
        assert (told.status_code, "writing to the library" in told.json()["error"]) == (409, True)
    store.close()


def test_the_list_is_searched_sorted_and_paged_by_the_server(kept):
    librarian, _, _ = kept
    rising = librarian.listed(Wanted(order="passages", size=3))
    falling = librarian.listed(Wanted(order="passages", falling=True, size=3, page=99))
    assert (rising.found, rising.pages, falling.wanted.page) == (4, 2, 2)
    assert [row.passages for row in rising.rows] == sorted(row.passages for row in rising.rows)
    assert len(falling.rows) == 1
    assert paths(librarian, "failed") == ["broken.pdf"]
    assert [row.title for row in librarian.listed(Wanted(words=("WORKS", "committee"))).rows] == [
        "Minutes <b>& more</b>"
    ]
    assert librarian.listed(Wanted(order="published")).rows[0].published == "2026-01-14"
    assert librarian.listed(Wanted(words=("pdf",))).states == {"failed": 1}


def test_one_run_at_a_time_which_can_be_stopped_and_is_seen_by_all():
    goes, seen = threading.Event(), []

    def run(folders, told):
        for number in range(1000):
            told(Progress(number, 1000, number * 2))
            goes.wait(20)
        return IndexReport(0, 0, ())

    jobs = Jobs(run)
    with jobs.watched(lambda: seen.append(jobs.job.state)):
        jobs.start()
        with pytest.raises(LibraryBusy, match="wait until that is done, or stop it"):
            jobs.start()
        jobs.want(Path("uploads"))  # waits for its turn, and is dropped by the stop
        jobs.stop()
        goes.set()
        jobs.close(20)
    assert jobs.job.state == "stopped"
    assert jobs.job.number == 1
    assert {"running", "stopping", "stopped"} == set(seen)


def test_what_arrives_during_a_run_is_read_after_it():
    goes, asked = threading.Event(), []

    def run(folders, told):
        asked.append([str(one) for one in folders])
        goes.wait(20)
        return IndexReport(0, 0, ())

    jobs = Jobs(run)
    jobs.start([Path("a")])
    jobs.want(Path("b"))
    jobs.want(Path("b"))
    goes.set()
    deadline = time.monotonic() + 20
    while jobs.job.number < 2 or jobs.job.running:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert asked == [["a"], ["b"]]


def test_a_fault_inside_a_run_is_told_and_the_next_run_begins(caplog):
    def run(folders, told):
        raise RuntimeError("a bug")

    jobs = Jobs(run)
    jobs.start()
    jobs.close(20)
    assert (jobs.job.state, "a bug" in caplog.text) == ("failed", True)
    assert jobs.start().number == 2
    jobs.close(20)


def test_turns_are_given_in_the_order_of_asking():
    turns, order, threads = Turns(), [], []

    def take(number):
        with turns.taken():
            order.append(number)

    with turns.taken():
        for number in range(5):
            thread = threading.Thread(target=take, args=(number,))
            thread.start()
            threads.append(thread)
            deadline = time.monotonic() + 20
            while len(turns._waiting) <= number:
                assert time.monotonic() < deadline
                time.sleep(0.001)
    for thread in threads:
        thread.join(20)
    assert order == [0, 1, 2, 3, 4]


def test_settings_change_the_next_answer_are_recorded_and_kept(kept):
    _, settings, models = kept
    assistant = Assistant.open(settings, models)
    configuration = Configuration(assistant, models, {})
    before = assistant.ask("Where did the bridge reopen, the council said?")
    configuration.change({"strictness": "1", "unsupported": "drop"})
    after = assistant.ask("Where did the bridge reopen, the council said?")
    assert (before.refusal, after.refusal) == (None, "not_answered")
    assert settings_in(settings.library.parent).strictness == 1.0
    assert configuration.description().kept == {"strictness": "1", "unsupported": "drop"}
    configuration.change({"strictness": ""})
    assert settings_in(settings.library.parent).strictness is None
    with pytest.raises(UsageError, match="from 0 to 1"):
        configuration.change({"strictness": "1.5"})
    with pytest.raises(UsageError, match="can be changed here"):
        configuration.change({"library": "/"})
    assistant.close()
