"""`rag index` and `rag documents` on the command line, with fakes in place of the models."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from rag.assembling import build, watched
from rag.cli import main
from rag.errors import LibraryBusy, RagError
from rag.settings import PROJECT, Settings
from rag.storing import DATABASE, Store
from tests.test_assembling import Fakes

RIVER = "The river rose in May and the lower town was cut off. Nobody was hurt by the flood."
HARVEST = "The harvest of barley was brought in early. Farmers were paid in June for their grain."


@pytest.fixture
def bench(tmp_path) -> Settings:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "river.md").write_text(RIVER)
    (tmp_path / "files" / "harvest.md").write_text(f"---\npublisher: TASS\n---\n\n{HARVEST}")
    settings = replace(Settings(), library=tmp_path / "library")
    build(settings, [tmp_path / "files"], models=Fakes())
    return settings


def told(settings: Settings, *words: object, code: int = 0) -> str:
    done = CliRunner().invoke(main, [*map(str, words), "--library", str(settings.library)])
    if isinstance(done.exception, RagError):
        assert code, done.exception
        return f"{done.stdout}{done.exception}"
    assert done.exit_code == code, done.output
    return done.stdout


def told_json(settings: Settings, *words: object) -> dict:
    return json.loads(told(settings, *words, "--json"))


def files(settings: Settings) -> Path:
    return settings.library.parent / "files"


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_dry_run_says_what_a_run_does_and_changes_nothing(bench):
    (files(bench) / "river.md").rename(files(bench) / "flood.md")
    (files(bench) / "harvest.md").write_text(HARVEST + " It rained.")
    (files(bench) / "late.txt").write_text("The dam held.")
    (files(bench) / "copy.txt").write_text("The dam held.")
    (files(bench) / "blank.txt").write_text("")
    (files(bench) / "page.tiff").write_bytes(b"II*")
    before = bytes_of(bench.library)
    planned = told_json(bench, "index", "--dry-run")["files"]
    assert bytes_of(bench.library) == before
    states = {Path(one["path"]).name: one["state"] for one in planned}
    assert states == {
        "flood.md": "moved",
        "harvest.md": "changed",
        "copy.txt": "new",
        "late.txt": "duplicate",
        "blank.txt": "empty",
        "page.tiff": "failed",
    }
    done = build(bench, models=Fakes())
    assert {Path(one.path).name: one.state for one in done.files} == states
    assert "Nothing was changed (2 unchanged" not in told(bench, "index", "--dry-run")


def test_a_dry_run_without_a_library_makes_none(bench, tmp_path):
    settings = replace(bench, library=tmp_path / "none")
    assert "2 new" in told(settings, "index", files(bench), "--dry-run")
    assert not settings.library.exists()


def test_a_name_cannot_break_out_of_its_line(bench):
    (files(bench) / "a\n  new  b\u202egnp.md").write_text(HARVEST)
    lines = told(bench, "index", "--dry-run").splitlines()
    assert len(lines) == 2
    assert lines[0].endswith(r"a\n  new  b\u202egnp.md")


def test_text_recognition_without_tesseract_says_what_to_install(bench, monkeypatch):
    monkeypatch.setenv("RAG_OCR", "0")  # set anew by the option, and put back after the test
    monkeypatch.setenv("PATH", str(bench.library))
    assert "apt install tesseract-ocr" in told(bench, "index", "--ocr", code=1)


def test_ways_of_indexing_exclude_each_other(bench):
    for wrong in (["--watch", "--check"], ["--check", files(bench)], ["--watch", "--json"]):
        assert "one at a time" in told(bench, "index", *wrong, code=2)


def test_a_check_of_a_sound_library_finds_nothing(bench):
    checks = told_json(bench, "index", "--check")["checks"]
    assert {one["outcome"] for one in checks} == {"sound"}
    assert [one["what"] for one in checks] == [
        *("files", "spans", "vectors", "full text", "rows", "vector index")
    ]


def test_a_check_says_what_it_found_in_one_line_each(bench):
    with closing(Store.open(bench.library)) as store, store.transaction():
        store._connection.execute("DELETE FROM words")
    assert "made anew: 2 rows were not those of their passages" in told(bench, "index", "--check")
    with closing(Store.open(bench.library)) as store, store.transaction():
        store._connection.execute("UPDATE passages SET vector = zeroblob(length(vector))")
    wrong = told(bench, "index", "--check", code=1)
    assert "wrong in 2 files" in wrong and "run rag index" in wrong
    build(bench, models=Fakes())
    assert {one["outcome"] for one in told_json(bench, "index", "--check")["checks"]} == {"sound"}


def document_id(settings: Settings, name: str) -> str:
    listed = told_json(settings, "documents")["documents"]
    return next(one["document_id"] for one in listed if one["path"].endswith(name))


def listed(settings: Settings, name: str) -> dict:
    found = told_json(settings, "documents")["documents"]
    return next(one for one in found if one["path"].endswith(name))


def test_what_is_set_by_hand_is_shown_as_that_and_stays(bench):
    river = document_id(bench, "river.md")
    words = [("publisher=Daily  Ilm",), ("published=3 May 2021",), ("language=DE",)]
    for one in words:
        told(bench, "documents", "--set", river, *one)
    found = listed(bench, "river.md")
    assert (found["publisher"], found["published"]) == ("Daily Ilm", "2021-05-03")
    assert found["set_by_hand"] == ["language", "published", "publisher"]
    assert "publisher set by hand" in told(bench, "documents")
    shown = told_json(bench, "show", river)
    assert shown["read_from"]["publisher"] == {"words": "", "where": "set by hand"}
    (files(bench) / "river.md").write_text(RIVER + " It fell in June.")
    build(bench, models=Fakes())
    assert listed(bench, "river.md")["publisher"] == "Daily Ilm"
    assert listed(bench, "river.md")["document_id"] != river
    (files(bench) / "river.md").rename(files(bench) / "flood.md")
    build(bench, models=Fakes())
    build(bench, models=Fakes(), rebuild=True)
    found = listed(bench, "flood.md")
    assert (found["publisher"], found["published"], found["language"]) == (
        *("Daily Ilm", "2021-05-03", "de"),
    )


def test_the_day_of_change_is_set_by_hand_and_shown_apart(bench):
    river = document_id(bench, "river.md")
    assert listed(bench, "river.md")["modified"] is None
    told(bench, "documents", "--set", river, "modified=4 May 2021")
    assert listed(bench, "river.md")["modified"] == "2021-05-04"
    shown = told_json(bench, "show", river)
    assert (shown["modified"], shown["read_from"]["modified"]["where"]) == (
        *("2021-05-04", "set by hand"),
    )
    (files(bench) / "river.md").write_text(f"---\nupdated: 3 May 2021\n---\n{RIVER}")
    build(bench, models=Fakes())
    assert listed(bench, "river.md")["modified"] == "2021-05-04"
    told(bench, "documents", "--set", document_id(bench, "river.md"), "modified=")
    assert listed(bench, "river.md")["modified"] is None


def test_a_wrong_fact_can_be_made_unknown(bench):
    harvest = document_id(bench, "harvest.md")
    assert listed(bench, "harvest.md")["publisher"] == "TASS"
    told(bench, "documents", "--set", harvest, "publisher=")
    assert listed(bench, "harvest.md")["publisher"] is None
    build(bench, models=Fakes(), rebuild=True)
    assert listed(bench, "harvest.md")["publisher"] is None
    assert listed(bench, "harvest.md")["set_by_hand"] == ["publisher"]


def test_another_document_at_the_same_path_does_not_inherit(bench):
    told(bench, "documents", "--set", document_id(bench, "river.md"), "publisher=Ilm")
    kept = (files(bench) / "river.md").read_text()
    (files(bench) / "river.md").unlink()
    build(bench, models=Fakes())
    (files(bench) / "river.md").write_text("The dam held in spring.")
    build(bench, models=Fakes())
    assert listed(bench, "river.md")["publisher"] is None
    (files(bench) / "back.md").write_text(kept)
    build(bench, models=Fakes())
    assert listed(bench, "back.md")["publisher"] == "Ilm"


def test_a_title_set_by_hand_is_found(bench):
    told(bench, "documents", "--set", document_id(bench, "river.md"), "title=Zanzibar regatta")
    with closing(Store.open(bench.library)) as store:
        assert len(store.keyword_search("regatta", 10)) == 1
    assert {one["outcome"] for one in told_json(bench, "index", "--check")["checks"]} == {"sound"}


@pytest.mark.parametrize(
    "words",
    [
        *("published=soon", "published=03/04/2021", "modified=03/04/2021"),
        *("language=German", "size=3", "publisher"),
    ],
)
def test_what_cannot_be_a_value_is_refused(bench, words):
    before = told_json(bench, "documents")
    assert "write" in told(
        bench, "documents", "--set", document_id(bench, "river.md"), words, code=2
    )
    assert told_json(bench, "documents") == before


def test_a_listing_names_copies_and_what_could_not_be_read(bench):
    (files(bench) / "twin.md").write_text(RIVER)
    (files(bench) / "page.tiff").write_bytes(b"II*")
    build(bench, models=Fakes())
    assert listed(bench, "river.md")["copies"] == [str(files(bench) / "twin.md")]
    lines = told(bench, "documents").splitlines()
    assert sum("twin.md" in line and "also" in line for line in lines) == 1
    assert any(line.split()[0] == "failed" and "page.tiff" in line for line in lines)


# --- watching ---


def test_a_watch_follows_changes_and_waits_for_another_writer(bench):
    stop = threading.Event()
    runs = watched(bench, models=Fakes(), stop=stop)
    assert [one.state for one in next(runs).files] == ["unchanged", "unchanged"]
    (files(bench) / "late.txt").write_text("The dam held in spring.")
    assert "new" in [one.state for one in until(runs, "new").files]
    with closing(Store.open(bench.library)) as other, other.writing():
        (files(bench) / "late.txt").unlink()
        busy = next(runs)
    assert isinstance(busy, LibraryBusy)
    assert "removed" in [one.state for one in until(runs, "removed").files]
    stop.set()
    assert not list(runs)


def until(runs, state: str):
    """The first report that names a file in this state, of the next few."""
    for _, report in zip(range(4), runs, strict=False):
        if any(one.state == state for one in report.files):
            return report
    raise AssertionError(f"no file became {state}")


WATCHING = """
import sys
from pathlib import Path
import rag.assembling
from rag.cli import run
from tests.test_assembling import Fakes

rag.assembling.Models = lambda settings: Fakes()
sys.argv = ["rag", "index", "--watch", "--library", sys.argv[1]]
run()
"""


def test_a_watch_ends_cleanly_at_ctrl_c(bench):
    watching = subprocess.Popen(
        [sys.executable, "-c", WATCHING, str(bench.library)],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(PROJECT)},
    )
    for line in watching.stderr:
        if "Watching for changes" in line:
            break
    time.sleep(0.5)
    watching.send_signal(signal.SIGINT)
    output, messages = watching.communicate(timeout=60)
    assert watching.returncode == 0
    assert messages.strip() == "Stopped watching." and "2 unchanged" in output
    with closing(Store.open(bench.library)) as store, store.writing():
        assert store.counts() == (2, 2)
    assert (bench.library / DATABASE).is_file()
