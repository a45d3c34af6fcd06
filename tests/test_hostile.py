"""Hostile files and folders: each is one line of a report, and none harms what lies beside it.

One run of `rag index` in a process of its own reads them all, with real workers and a real
library; the tests look at what it printed, what it kept and what it needed.
"""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from rag.assembling import Assistant
from rag.cli.common import harmless, plain
from rag.errors import InputError
from rag.settings import PROJECT, Settings
from rag.storing import Store
from rag.syncing import sync
from rag.syncing.extracting import extracted
from rag.syncing.finding import content_hash
from tests.fakes import WordEmbedder
from tests.hostile.maker import FILES, make
from tests.hostile.places import empty_files
from tests.hostile.records import Hostile
from tests.test_assembling import Fakes

SECONDS = 10
MAIN_MB, WORKER_MB = 600, 1_400
_RAW = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]")


@dataclass(frozen=True, slots=True)
class Run:
    """What a run over all hostile files printed, left and needed."""

    folder: Path
    settings: Settings
    hostile: dict[str, Hostile]
    states: dict[str, str]
    code: int
    output: bytes
    errors: bytes
    main_mb: int
    worker_mb: int

    @property
    def lines(self) -> list[str]:
        return self.output.decode().splitlines()


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Run:
    place = tmp_path_factory.mktemp("hostile")
    folder = place / "files"
    folder.mkdir()
    hostile, states = make(folder)
    for number, good in enumerate(goods(folder)):
        good.write_text(f"The well number{number} was dug in June and gives clear water.")
    settings = replace(Settings(), library=place / "library")
    done = indexed(folder, settings, place / "measures")
    sizes = json.loads((place / "measures").read_text())
    return Run(folder, settings, hostile, states, done.returncode, done.stdout, done.stderr, *sizes)


def indexed(folder: Path, settings: Settings, measures: Path) -> subprocess.CompletedProcess:
    words = ["index", str(folder), "--library", str(settings.library)]
    return subprocess.run(
        [sys.executable, "-m", "tests.hostile.run", str(SECONDS), str(measures), *words],
        capture_output=True,
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        timeout=600,
    )


def goods(folder: Path) -> list[Path]:
    """Where good files lie: two beside each kind of hostile ones, first and last in order."""
    kinds = [*FILES, "links", "names"]
    return [folder / kind / f"{name}.txt" for kind in kinds for name in ("000", "zzz")]


def told(run: Run, path: str) -> tuple[str, str]:
    """The state and the reason in the one line that reports a file."""
    name = plain(str(run.folder / path))
    pattern = re.compile(rf" *(\w+)  {re.escape(name)}(?: \((.*)\))?")
    [found] = filter(None, map(pattern.fullmatch, run.lines))
    return found[1], found[2] or ""


def test_there_are_far_more_than_sixty_hostile_files():
    names = [(kind, one.name) for kind, files in FILES.items() for one in files]
    assert len(set(names)) == len(names) > 150


def test_each_hostile_file_is_one_line_with_a_reason(run):
    wrong = {}
    for path, one in run.hostile.items():
        state, reason = told(run, path)
        if state != one.state or one.told not in reason or bool(reason) < (state == "failed"):
            wrong[path] = (state, reason)
    assert wrong == {}


def test_no_reason_speaks_as_a_program_does(run):
    """A reason is for a person: no name of an exception, no more than a line."""
    reasons = [told(run, path)[1] for path in run.hostile]
    assert [one for one in reasons if re.search(r"\w(?:Error|Exception)\b", one)] == []


def test_hostile_names_links_and_companions_are_reported_as_what_they_are(run):
    wrong = {path: told(run, os.fsdecode(path)) for path in run.states}
    wrong = {path: one for path, one in wrong.items() if one[0] != run.states[path]}
    assert wrong == {}


def test_a_folder_too_deep_to_be_opened_is_said(run):
    [line] = [one for one in run.lines if "/far/" in one]
    assert line.startswith("   failed  ") and "name too long" in line.lower()


def test_good_files_beside_hostile_ones_are_all_read(run):
    with closing(Store.open(run.settings.library)) as store:
        texts = {Path(one.path): one.text for one in store.documents()}
    for number, good in enumerate(goods(run.folder)):
        assert f"number{number} " in texts[good]


def test_memory_stays_bounded(run):
    assert run.main_mb < MAIN_MB
    assert run.worker_mb < WORKER_MB


def test_nothing_hangs_until_it_is_stopped(run):
    """Each cost is bounded by itself: the limit is for what nobody has thought of."""
    assert [path for path in run.hostile if "seconds to read" in told(run, path)[1]] == []


def test_the_run_ends_well_and_prints_nothing_that_acts_on_a_terminal(run):
    assert run.code == 0, run.errors[-2000:]
    assert b"Traceback" not in run.errors
    assert _RAW.findall(run.output) == []
    assert _RAW.findall(run.errors.replace(b"\x1b[A", b"")) == []


def test_the_next_run_reads_none_of_them_again(run, tmp_path):
    started = time.monotonic()
    done = indexed(run.folder, run.settings, tmp_path / "measures")
    states = {line.split()[0] for line in done.stdout.decode().splitlines()[:-1]}
    assert done.returncode == 0 and states <= {"failed", "empty", "duplicate"}
    assert time.monotonic() - started < 30


# --- folders ---


def test_nothing_but_hostile_files_is_an_error_of_one_line(tmp_path):
    folder = tmp_path / "files\x1b[31m"
    folder.mkdir()
    (folder / "a.pdf").write_bytes(b"%PDF-1.7")
    settings = replace(Settings(), library=tmp_path / "library")
    done = indexed(folder, settings, tmp_path / "measures")
    assert done.returncode == 1
    assert _RAW.findall(done.stderr) == []
    assert done.stderr.decode().splitlines()[-1].startswith("rag: Nothing could be read")


def test_a_folder_of_20_000_empty_files_is_looked_through(tmp_path):
    empty_files(tmp_path / "files", 20_000)
    with closing(Store.create(tmp_path / "library")) as store:
        options = {"embedder": WordEmbedder(), "passage_tokens": 20}
        report = sync([tmp_path / "files"], store=store, **options)
    assert [one.state for one in report.files] == ["empty"] * 20_000


def test_a_file_that_is_a_folder_by_the_time_it_is_read_costs_one_line(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("The well was dug in June.")
    before = content_hash(path)
    path.unlink()
    path.mkdir()
    found = extracted(str(path), before)
    assert "cannot be read (is a directory)" in found.problem


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is hidden from root")
def test_a_file_that_may_not_be_read_costs_one_line(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("The well was dug in June.")
    path.chmod(stat.S_IWUSR)
    with closing(Store.create(tmp_path / "library")) as store:
        options = {"embedder": WordEmbedder(), "passage_tokens": 20}
        [one] = sync([tmp_path], store=store, **options).files
    assert one.state == "failed" and "ermission denied" in one.reason


# --- searching ---


@pytest.fixture(scope="module")
def assistant(run) -> Iterator[Assistant]:
    opened = Assistant.open(run.settings, Fakes())
    yield opened
    opened.close()


@pytest.mark.parametrize(
    "question",
    [
        "AND OR NOT NEAR",
        'well" OR "water',
        "NEAR(well water, 5) AND text:*",
        "well \0",
        "well \ud800",
        "well -- ; DROP TABLE passages; \\ ' \" %",
        "well ^ water : {a b} + - .",
        "\u202ewell\u0301\u200b\U000e0041",
        "\x1b[31mwell\x07",
        "a-1-" * 250,
        "well " * 200,
        "1," * 499,
    ],
)
def test_no_question_breaks_searching(assistant, question):
    started = time.monotonic()
    assert len(assistant.search(question, 5)) <= 5
    assert time.monotonic() - started < 10


def test_operators_are_words_in_a_question(assistant):
    found = assistant.search('number3 AND NOT "well" NEAR', 1)
    assert "number3 " in found[0].passage.text


@pytest.mark.parametrize("question", ["well " * 200_000, "", " \n\t", '"' * 999, "(*)" * 999])
def test_what_is_no_question_is_refused_in_words(assistant, question):
    with pytest.raises(InputError) as refused:
        assistant.search(question)
    assert str(refused.value).isprintable() and len(str(refused.value)) < 200


def test_what_is_shown_of_a_document_does_nothing_to_a_terminal(assistant):
    texts = [one.text for one in assistant.documents()]
    assert any("\x1b" in text for text in texts)
    assert not any(_RAW.search(harmless(text).encode()) for text in texts if "\u202e" not in text)
