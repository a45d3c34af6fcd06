"""Files are read in processes of their own, and whatever a file is costs one line of a report."""

from __future__ import annotations

import os
import time
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag import loading
from rag.storing import FileRecord, Store
from rag.syncing import Limits, sync
from rag.syncing.extracting import extracted
from rag.syncing.finding import content_hash, look
from rag.syncing.planning import Step, plan
from rag.syncing.workers import read_by_workers
from rag.types import Document, FileReport
from tests.fakes import WordEmbedder
from tests.misreading import misread

RIVER = "The river rose in May and the lower town was cut off."
LIMITS = Limits(seconds=5, memory=600 << 20, workers=2)


def written(folder: Path, texts: dict[str, str]) -> list[Step]:
    """Steps to read files that are written with these texts."""
    steps = []
    for name, text in texts.items():
        (folder / name).write_text(text)
        steps.append(Step(str(folder / name), "new", content_hash(folder / name)))
    return steps


def workers() -> list[psutil.Process]:
    """The processes below this one, but for the one in which Python counts semaphores."""
    return [
        one
        for one in psutil.Process().children(recursive=True)
        if "resource_tracker" not in " ".join(one.cmdline())
    ]


# --- processes ---


def test_what_harms_a_reader_costs_one_file_and_the_order_stays(tmp_path, capfd):
    words = ["good", "hang", "crash", "good", "swell", "leave", "good", "deaf", "spin", "talk"]
    texts = {f"{n}.txt": f"{word} {RIVER} {n}" for n, word in enumerate(words)}
    steps = written(tmp_path, texts)
    read = list(read_by_workers(steps, LIMITS, misread))
    assert [step for step, _ in read] == steps
    problems = {
        word: found.problem for word, (_, found) in zip(words, read, strict=True) if found.problem
    }
    too_long = "takes more than 5 seconds to read"
    assert problems == {
        **dict.fromkeys(("hang", "deaf", "spin"), too_long),
        **dict.fromkeys(("crash", "leave"), "makes the program stop that reads it"),
        "swell": "swelled",
    }
    good = [found for word, (_, found) in zip(words, read, strict=True) if word in ("good", "talk")]
    assert all(RIVER in found.documents[0].text for found in good)
    assert capfd.readouterr() == ("", "")
    assert workers() == []


def test_stopping_early_leaves_no_process(tmp_path):
    steps = written(tmp_path, {f"{n}.txt": f"{'hang' * (n > 1)} {RIVER} {n}" for n in range(40)})
    started = time.monotonic()
    with closing(read_by_workers(steps, Limits(workers=2), misread)) as read:
        next(read)
    assert workers() == []
    assert time.monotonic() - started < 60


def test_files_read_by_workers_give_the_same_library(tmp_path):
    (tmp_path / "files").mkdir()
    written(tmp_path / "files", {f"{n}.md": f"# Report {n}\n\n{RIVER} {n}" for n in range(60)})
    kept = []
    for name, limits in (("here", None), ("workers", LIMITS)):
        with closing(Store.create(tmp_path / name)) as store:
            options = {"embedder": WordEmbedder(), "passage_tokens": 20, "limits": limits}
            sync([tmp_path / "files"], store=store, **options)
            kept.append((store.documents(), *map(bytes, store.vectors())))
    assert kept[0] == kept[1]


# --- one file ---


def read_as(monkeypatch, path: Path, reader) -> str:
    monkeypatch.setitem(loading.READERS, path.suffix, "rag.loading.text:read_text")
    monkeypatch.setattr("rag.loading.unpacking.reader_of", lambda name: reader)
    path.write_text(RIVER)
    return extracted(str(path), content_hash(path)).problem


def test_every_fault_of_a_reader_is_one_line(monkeypatch, tmp_path):
    def blunder(data, name):
        return {}["what nobody\nthought of " + "x" * 1000]

    def deepen(data, name):
        return deepen(data, name)

    def swell(data, name):
        raise MemoryError

    told = [read_as(monkeypatch, tmp_path / "a.odd", one) for one in (blunder, deepen, swell)]
    assert told[0].startswith("cannot be read (KeyError: ") and told[0].endswith("…")
    assert told[1:] == [
        "is nested too deeply to be read",
        "needs more memory than a file may take to read",
    ]
    assert all(len(one) <= 200 and "\n" not in one for one in told)


@pytest.mark.parametrize(
    ("text", "told"), [("a \0 b " * 9, "NUL"), ("a \ud800 b " * 9, "not valid text")]
)
def test_text_that_cannot_be_stored_is_refused(monkeypatch, tmp_path, text, told):
    path = tmp_path / "a.txt"
    path.write_text(RIVER)
    document = Document("1", str(path), text, ())
    monkeypatch.setattr(loading, "load_file", lambda path: loading.Loaded((document,)))
    assert told in extracted(str(path), content_hash(path)).problem


def test_a_file_that_changes_or_vanishes_while_it_is_read_is_left_for_the_next_run(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(RIVER)
    before = content_hash(path)
    path.write_text(RIVER + " It fell.")
    changed = extracted(str(path), before)
    assert changed.passing and not changed.documents
    path.unlink()
    assert extracted(str(path), before).passing


def test_what_is_known_of_a_file_that_changes_just_now_stays(tmp_path, monkeypatch):
    folder, real = tmp_path / "files", loading.load_file
    folder.mkdir()
    written(folder, {"a.txt": RIVER})
    options = {"embedder": WordEmbedder(), "passage_tokens": 20}
    with closing(Store.create(tmp_path / "library")) as store:
        sync([folder], store=store, **options)
        before = store.documents()
        (folder / "a.txt").write_text(RIVER + " It fell.")

        def meanwhile(path):
            loaded = real(path)
            path.write_text(RIVER + " It rose again.")
            return loaded

        monkeypatch.setattr(loading, "load_file", meanwhile)
        report = sync([folder], store=store, **options)
        assert [one.state for one in report.files] == ["failed"]
        assert "changed while it was being read" in report.files[0].reason
        assert store.documents() == before
        monkeypatch.setattr(loading, "load_file", real)
        assert [one.state for one in sync([folder], store=store, **options).files] == ["changed"]
        assert "rose again" in store.documents()[0].text


# --- folders and hostile paths ---


def states(folder: Path, known: dict[str, FileRecord] | None = None) -> dict[str, str]:
    planned = plan([folder], known or {}, folder / "library")
    return {Path(step.path).name: step.state for step in planned.steps}


def test_hostile_paths_are_planned_without_being_opened(tmp_path):
    written(tmp_path, {"good.txt": RIVER, "line\nbreak.txt": RIVER + "1", "\u202etxt.exe.txt": "b"})
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "zero.txt").symlink_to("/dev/zero")
    (tmp_path / "self.txt").symlink_to(tmp_path / "self.txt")
    (tmp_path / "nowhere.txt").symlink_to(tmp_path / "none.txt")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "up").symlink_to("..")
    (tmp_path / "folder.txt").mkdir()
    (tmp_path / "folder.txt" / "within.txt").write_text("within")
    (tmp_path / os.fsdecode(b"bad-\xff.txt")).write_text("c")
    assert states(tmp_path) == {
        **dict.fromkeys(("good.txt", "line\nbreak.txt", "\u202etxt.exe.txt", "within.txt"), "new"),
        **dict.fromkeys(("pipe.txt", "zero.txt", "self.txt", "nowhere.txt"), "failed"),
        r"bad-\xff.txt": "failed",
    }


def test_a_folder_that_cannot_be_listed_is_said_and_its_files_stay(tmp_path):
    """Nothing hides a folder from root but a path that is too long for the system."""
    (tmp_path / "files").mkdir()
    here, parts = os.getcwd(), 0
    try:
        os.chdir(tmp_path / "files")
        while parts < 17:
            os.mkdir("d" * 250)
            os.chdir("d" * 250)
            parts += 1
    finally:
        os.chdir(here)
    deep = "/".join([str(tmp_path / "files"), *["d" * 250] * 17, "a.txt"])
    written(tmp_path / "files", {"good.txt": RIVER})
    known = {deep: FileRecord(deep, "1" * 64, "new")}
    planned = plan([tmp_path / "files"], known, tmp_path / "library")
    assert [(Path(one.path).name, one.state) for one in planned.steps] == [("good.txt", "new")]
    [closed] = planned.closed
    assert isinstance(closed, FileReport) and closed.state == "failed" and closed.reason


def aged(path: Path) -> None:
    """Let a file be old enough for its time to tell the next change."""
    os.utime(path, (1_600_000_000, 1_600_000_000))


def test_a_file_is_not_read_while_its_hint_holds(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    path.write_text(RIVER)
    aged(path)
    monkeypatch.setattr("rag.syncing.finding._SETTLED", 0)
    first = look(path, None)
    assert first.hint
    record = FileRecord(str(path), "f" * 64, "new", hint=first.hint)
    assert look(path, record).hash == "f" * 64  # the record's: nothing was read
    path.write_text(RIVER[::-1])  # as long as before
    aged(path)
    assert look(path, record).hash == content_hash(path)


def test_a_file_that_was_written_just_now_gets_no_hint(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(RIVER)
    assert look(path, None).hint == ""


@given(st.data())
def test_a_plan_reads_each_content_once_and_forgets_only_what_is_gone(data):
    """Any library and any folder: what the steps leave is what the folder holds."""
    names = [f"{n}.txt" for n in range(5)]
    contents = st.dictionaries(st.sampled_from(names), st.sampled_from("abc"))
    before, after = data.draw(contents), data.draw(contents)
    with TemporaryDirectory() as made:
        folder = Path(made)
        known, owners = {}, {}
        for step in written(folder, before):
            owned = owners.setdefault(step.hash, step.path) == step.path
            known[step.path] = FileRecord(step.path, step.hash, "new" if owned else "duplicate")
            Path(step.path).unlink()
        hashes = {step.path: step.hash for step in written(folder, after)}
        steps = plan([folder], known, folder / "library").steps
        kept = {path: one.hash for path, one in known.items() if one.state == "new"}
        for step in steps:
            if step.state in ("removed", "duplicate"):
                kept.pop(step.path, None)
            if step.state == "moved":
                kept[step.path] = kept.pop(step.source)
        for step in steps:
            if step.reads:
                kept[step.path] = step.hash
        assert {step.path for step in steps if step.state != "removed"} == hashes.keys()
        assert sorted(kept.values()) == sorted(set(hashes.values()))
        assert all(hashes[path] == digest for path, digest in kept.items())


def test_what_stands_beside_a_file_is_part_of_what_it_holds(tmp_path, monkeypatch):
    monkeypatch.setattr("rag.syncing.finding._SETTLED", 0)
    path, table = tmp_path / "a.txt", tmp_path / "metadata.csv"
    path.write_text(RIVER)
    bare = look(path, None)
    table.write_text("file,publisher\na.txt,Larkfield Herald\n")
    record = FileRecord(str(path), bare.hash, "new", hint=bare.hint)
    told = look(path, record)
    assert told.hash != bare.hash
    record = FileRecord(str(path), told.hash, "new", hint=told.hint)
    table.write_text("file,publisher\na.txt,Larkfield Herald\nb.txt,Another\n")
    assert look(path, record).hash == told.hash  # nothing is stated of this file anew
