"""A folder that changes at random under a process that is killed at random: nothing is lost.

RESYNCING_FILES=2000 pytest tests/test_resyncing.py does it with more files, and minutes.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
import traceback
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

import numpy as np
import pytest

from rag import syncing
from rag.indexing import VectorIndex
from rag.storing import DATABASE, Store
from rag.syncing.finding import content_hash
from tests.fakes import WordEmbedder, WordLate, words

_TOLD = """
The river rose in the harvest of barley. The town saw flood and grain at the station, a reader
of parcel and barge by lock, mill, ferry and dam. Council and engineer met in spring; winter
brought a price for repair, a ministry letter, a bridge, a tower and a market.
"""
WORDS = sorted(words(_TOLD))
FILES = int(os.environ.get("RESYNCING_FILES", "300"))
RUNS = 24
QUESTIONS = 50


class Folder:
    """Files that are written, changed, moved, removed and copied as a random number says."""

    def __init__(self, root: Path, seed: int):
        self.root = root
        self._chance = random.Random(seed)
        self._written = 0
        for _ in range(FILES):
            self.add()

    def any(self) -> Path:
        if not any(self.root.rglob("*.*")):
            self.add()
        return self._chance.choice(sorted(self.root.rglob("*.*")))

    def place(self) -> Path:
        folder = self.root / self._chance.choice(["", "news", "news/old", "letters"])
        folder.mkdir(parents=True, exist_ok=True)
        return (
            folder / f"{self._chance.randrange(2 * FILES):04}.{self._chance.choice(['txt', 'md'])}"
        )

    def text(self) -> str:
        self._written += 1
        sentences = (
            f"The {' '.join(self._chance.choices(WORDS, k=6))} of {self._written} was seen."
            for _ in range(self._chance.randint(1, 6))
        )
        return " ".join(sentences)

    def add(self) -> None:
        self.place().write_text(self.text())

    def change(self) -> None:
        self.any().write_text(self.text())

    def lengthen(self) -> None:
        with self.any().open("a") as file:
            file.write(" " + self.text())

    def move(self) -> None:
        old = self.any()
        old.replace(self.place().with_suffix(old.suffix))

    def remove(self) -> None:
        self.any().unlink()

    def copy(self) -> None:
        old = self.any()
        with suppress(shutil.SameFileError):
            shutil.copy(old, self.place().with_suffix(old.suffix))

    def swap(self) -> None:
        one, other = self.any(), self.any()
        if one.suffix == other.suffix and one != other:
            kept = one.with_suffix(".kept")
            one.rename(kept)
            other.rename(one)
            kept.rename(other)

    def blank(self) -> None:
        self.place().write_text(" \n" * self._chance.randint(0, 2))

    def spoil(self) -> None:
        self.place().write_bytes(bytes(range(16)) * self._chance.randint(5, 9))

    def stir(self, times: int) -> None:
        ways = [self.add, self.change, self.lengthen, self.move, self.remove, self.copy, self.swap]
        for _ in range(times):
            self._chance.choice([*ways * 3, self.blank, self.spoil])()


def run(folder: Path, library: Path, limits: syncing.Limits | None = None) -> None:
    with closing(Store.create(library)) as store:
        options = {"embedder": WordEmbedder(), "late": WordLate(), "limits": limits}
        syncing.sync([folder], store=store, passage_tokens=12, **options)
        VectorIndex.open(store)


def killed(folder: Path, library: Path, wait: float, limits: syncing.Limits | None) -> bool:
    """Run in a process that is killed after `wait` seconds; say whether that was too late."""
    child = os.fork()
    if child == 0:
        try:
            run(folder, library, limits)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    deadline = time.monotonic() + wait
    while time.monotonic() < deadline:
        if os.waitpid(child, os.WNOHANG)[0]:
            return True
        time.sleep(0.002)
    os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    assert os.waitstatus_to_exitcode(status) in (0, -signal.SIGKILL)
    return os.waitstatus_to_exitcode(status) == 0


def documents(library: Path) -> dict[str, tuple]:
    """Each document with its words, facts and all paths at which it lies."""
    with closing(Store.open(library)) as store:
        files = list(store.files().values())
        paths: dict[str, set[str]] = {}
        for one in files:
            if one.state not in ("failed", "empty"):
                paths.setdefault(one.hash[:16], set()).add(one.path)
        return {
            one.document_id: (
                one.text,
                one.body,
                one.title,
                store.spans(one.document_id),
                paths[one.document_id],
            )
            for one in store.documents()
        }


def untouched(library: Path) -> set[tuple[str, str]]:
    """The documents whose files are as they were when they were read."""
    if not (library / DATABASE).is_file():
        return set()
    with closing(Store.open(library)) as store:
        read = {(one.document_id, Path(one.path)) for one in store.documents()}
    return {
        (name, str(path))
        for name, path in read
        if path.is_file() and content_hash(path).startswith(name)
    }


def unread(library: Path) -> dict[str, str]:
    with closing(Store.open(library)) as store:
        files = store.files().values()
        return {one.path: one.state for one in files if one.state in ("failed", "empty")}


def passages(library: Path) -> dict[tuple, bytes]:
    with closing(Store.open(library)) as store:
        ids, vectors = store.vectors()
        signs = store.signs_of(ids.tolist())
        return {
            (one.document_id, one.start, one.end, one.text): bytes(vector) + bytes(signs[number])
            for number, one, vector in zip(
                ids.tolist(), store.passages(ids.tolist()), vectors, strict=True
            )
        }


def results(library: Path, questions: list[str]) -> list[tuple]:
    """What both searches find: scores, and the passages with each score."""
    embedder = WordEmbedder()
    with closing(Store.open(library)) as store:
        index = VectorIndex.open(store)
        return [
            (
                named(store, store.keyword_search(question, 10_000)),
                named(store, index.search(embedder.embed_question(question), 10_000)),
            )
            for question in questions
        ]


def named(store: Store, found: list[tuple[int, float]]) -> list[tuple]:
    held = store.passages(number for number, _ in found)
    return sorted(
        (round(float(score), 5), one.document_id, one.start)
        for one, (_, score) in zip(held, found, strict=True)
    )


def assert_equal(library: Path, fresh: Path, chance: random.Random) -> None:
    questions = [" ".join(chance.choices(WORDS, k=4)) for _ in range(QUESTIONS)]
    assert documents(library) == documents(fresh)
    assert passages(library) == passages(fresh)
    assert unread(library) == unread(fresh)
    assert results(library, questions) == results(fresh, questions)


@pytest.mark.parametrize("seed", [20261123, 7])
def test_whatever_happens_the_library_equals_a_fresh_build(tmp_path, seed, capsys):
    folder, chance = Folder(tmp_path / "files", seed), random.Random(seed)
    library = tmp_path / "library"
    started = time.monotonic()
    run(folder.root, tmp_path / "whole")
    length = time.monotonic() - started
    kills = 0
    for number in range(RUNS):
        limits = syncing.Limits(workers=2) if number % 6 == 5 else None
        before = untouched(library)
        done = killed(folder.root, library, chance.uniform(0, length / 4), limits)
        kills += not done
        assert before <= untouched(library)  # what was stored before and is as it was stays
        folder.stir(20)
    run(folder.root, library)
    run(folder.root, tmp_path / "fresh")
    assert_equal(library, tmp_path / "fresh", chance)
    with closing(Store.open(library)) as store:
        assert {one.outcome for one in syncing.check(store)} == {"sound"}
    with capsys.disabled():
        left = len(documents(library))
        print(f"\n{kills} of {RUNS} runs were killed, {left} documents at the end")
    assert kills >= RUNS // 3


class Cut(Exception):
    """What ends a run in the middle."""


class CutOff(WordEmbedder):
    """Ends the run when it embeds for the time after `left`."""

    def __init__(self, left: int):
        super().__init__()
        self._left = left

    def embed_passages(self, texts: Sequence[str]) -> np.ndarray:
        if self._left == 0:
            raise Cut
        self._left -= 1
        return super().embed_passages(texts)


class FewTexts(Folder):
    """Files that often hold the same text: what they say now was said by another before."""

    def text(self) -> str:
        return f"The {self._chance.choice(WORDS[:5])} was seen."


def unstored(library: Path) -> set[str]:
    """The files that count as read, and of which no document is there."""
    with closing(Store.open(library)) as store:
        held = {one.path for one in store.documents()}
        without = ("duplicate", "failed", "empty")
        files = store.files().values()
        return {one.path for one in files if one.hash and one.state not in without} - held


@pytest.mark.parametrize("seed", range(40))
def test_files_that_exchange_their_words_between_cut_runs_keep_their_documents(
    tmp_path, seed, monkeypatch
):
    monkeypatch.setattr(syncing.applying, "_GROUP", 1)
    monkeypatch.setattr("tests.test_resyncing.FILES", 6)
    folder, chance = FewTexts(tmp_path / "files", seed), random.Random(seed)
    library = tmp_path / "library"
    for _ in range(12):
        before = untouched(library)
        with closing(Store.create(library)) as store, suppress(Cut):
            embedder = CutOff(chance.randrange(4))
            syncing.sync([folder.root], store=store, passage_tokens=12, embedder=embedder)
        assert before <= untouched(library)
        assert not unstored(library)
        folder.stir(3)
    run(folder.root, library)
    run(folder.root, tmp_path / "fresh")
    assert_equal(library, tmp_path / "fresh", chance)


def test_an_unchanged_folder_needs_no_reading_and_no_embedding(tmp_path):
    folder, embedder = Folder(tmp_path / "files", 3), WordEmbedder()
    with closing(Store.create(tmp_path / "library")) as store:
        options = {"store": store, "embedder": embedder, "passage_tokens": 12}
        syncing.sync([folder.root], **options)
        embedded, generation = len(embedder.embedded), store.generation()
        report = syncing.sync([folder.root], **options)
        assert {one.state for one in report.files} <= {"unchanged", "duplicate"}
        assert (len(embedder.embedded), store.generation()) == (embedded, generation)


def test_of_a_changed_file_only_new_passages_are_embedded(tmp_path):
    path, embedder = tmp_path / "files" / "a.txt", WordEmbedder()
    path.parent.mkdir()
    lines = [
        f"The dam number {n} held in the spring of that year and nobody fled." for n in range(9)
    ]
    path.write_text(" ".join(lines))
    with closing(Store.create(tmp_path / "library")) as store:
        options = {"store": store, "embedder": embedder, "passage_tokens": 14}
        syncing.sync([path.parent], **options)
        assert len(embedder.embedded) == 9
        path.write_text(" ".join([*lines, "But it rained."]))
        syncing.sync([path.parent], **options)
        assert embedder.embedded[9:] == ["But it rained."]
        ids, vectors = store.vectors()
        texts = [one.text for one in store.passages(ids.tolist())]
        assert np.array_equal(vectors, WordEmbedder().embed_passages(texts))
