"""A library equals its folder, whatever happened to either."""

from __future__ import annotations

import os
import shutil
import zipfile
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from rag import syncing
from rag.errors import (
    DiskFull,
    EmbedderMismatch,
    InputError,
    LibraryBusy,
    LibraryDamaged,
    LibraryMissing,
)
from rag.indexing import VectorIndex, index_path
from rag.storing import DATABASE, Store
from rag.types import Document, FileReport, IndexReport, Span
from tests.fakes import WordEmbedder, WordLate

RIVER = "The river rose in May and the lower town was cut off. Nobody was hurt by the flood."
HARVEST = "The harvest of barley was brought in early. Farmers were paid in June for their grain."


class Bench:
    """A folder of files and a library beside it."""

    def __init__(self, root: Path):
        self.files = root / "files"
        self.library = root / "library"
        self.embedder = WordEmbedder()
        self.files.mkdir()

    def write(self, name: str, text: str) -> Path:
        path = self.files / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def sync(self, **options) -> IndexReport:
        store = Store.create(self.library)
        try:
            return syncing.sync(
                [self.files], store=store, embedder=self.embedder, passage_tokens=12, **options
            )
        finally:
            store.close()

    def states(self) -> dict[str, str]:
        return {Path(file.path).name: file.state for file in self.sync().files}

    def contents(self) -> list[tuple]:
        return contents(self.library)


def contents(library: Path) -> list[tuple]:
    """Everything a library holds, in an order of its own."""
    store = Store.open(library)
    ids, vectors = store.vectors()
    spans = {
        p.passage_id: (p.document_id, p.start, p.end, p.text) for p in store.passages(ids.tolist())
    }
    found = [(*spans[int(i)], v.tobytes()) for i, v in zip(ids, vectors, strict=True)]
    documents = [(d.document_id, d.path, d.text) for d in store.documents()]
    found_words = store.keyword_search("river harvest flood grain", 10_000)
    words = sorted(spans[i][:2] for i, _ in found_words)
    store.close()
    return [sorted(found), documents, words]


@pytest.fixture
def bench(tmp_path) -> Bench:
    return Bench(tmp_path)


def test_states_from_first_to_last(bench):
    bench.write("a.txt", RIVER)
    bench.write("b.md", HARVEST)
    bench.write("empty.txt", " \n")
    bench.write("twin.txt", RIVER)
    bench.write("sheet.xyz", "no reader")
    first = {"a.txt": "new", "b.md": "new", "empty.txt": "empty", "twin.txt": "duplicate"}
    assert bench.states() == first | {"sheet.xyz": "failed"}
    bench.write("b.md", HARVEST + " It rained.")
    (bench.files / "a.txt").rename(bench.files / "c.txt")
    (bench.files / "empty.txt").unlink()
    second = bench.states()
    assert second["b.md"] == "changed"
    assert second["empty.txt"] == "removed"
    assert "moved" in (second.get("c.txt"), second.get("twin.txt"))


def test_unchanged_files_are_not_embedded_again(bench):
    bench.write("a.txt", RIVER)
    bench.sync()
    embedded = len(bench.embedder.embedded)
    assert bench.states() == {"a.txt": "unchanged"}
    assert len(bench.embedder.embedded) == embedded > 0


def test_parts_of_a_file_that_cannot_be_read_are_told_of(bench):
    with zipfile.ZipFile(bench.files / "a.zip", "w") as archive:
        archive.writestr("river.txt", RIVER)
        archive.writestr("broken.pdf", b"no PDF at all")
    [report] = bench.sync().files
    assert report.state == "new"
    assert report.reason.startswith("left out: broken.pdf is no PDF")
    with closing(Store.open(bench.library)) as store:
        [document] = store.documents()
    assert document.path == f"{bench.files / 'a.zip'}!river.txt"


def test_a_moved_file_keeps_its_vectors_and_takes_its_new_path(bench):
    bench.write("a.txt", RIVER)
    bench.sync()
    embedded = len(bench.embedder.embedded)
    (bench.files / "a.txt").rename(bench.files / "z.txt")
    assert bench.states() == {"z.txt": "moved"}
    assert len(bench.embedder.embedded) == embedded
    assert bench.contents()[1][0][1] == str(bench.files / "z.txt")
    assert bench.states() == {"z.txt": "unchanged"}


def test_a_duplicate_takes_over_when_its_original_goes(bench):
    bench.write("a.txt", RIVER)
    bench.write("b.txt", RIVER)
    assert bench.sync().documents == 1
    (bench.files / "a.txt").unlink()
    assert bench.states() == {"b.txt": "moved"}
    assert bench.sync().documents == 1


def test_files_that_swap_contents(bench):
    bench.write("a.txt", RIVER)
    bench.write("b.txt", HARVEST)
    bench.sync()
    bench.write("a.txt", HARVEST)
    bench.write("b.txt", RIVER)
    bench.sync()
    fresh = fresh_copy(bench)
    assert bench.contents() == fresh


def fresh_copy(bench: Bench) -> list[tuple]:
    """What a library built from nothing over the same folder holds."""
    kept, bench.library = bench.library, bench.library.with_name("fresh")
    bench.sync()
    found, bench.library = bench.contents(), kept
    return found


def test_any_history_ends_in_the_same_library_as_a_fresh_build(bench):
    rng = np.random.default_rng(7)
    texts = [f"{RIVER} Report number {n} on the {w}." for n in range(9) for w in ("flood", "grain")]
    for _ in range(25):
        name = f"{rng.integers(8)}.txt"
        if rng.random() < 0.3:
            (bench.files / name).unlink(missing_ok=True)
        else:
            bench.write(name, texts[rng.integers(len(texts))])
        if rng.random() < 0.5:
            bench.sync()
    bench.sync()
    built, fresh = bench.contents(), fresh_copy(bench)
    assert built[0] == fresh[0]
    assert sorted(row[0] for row in built[1]) == sorted(row[0] for row in fresh[1])
    assert built[2] == fresh[2]


def test_an_interrupted_run_keeps_what_it_committed_and_is_resumed(bench):
    for number in range(200):
        bench.write(f"{number:03}.txt", f"{RIVER} Report number {number}.")

    def stop(progress: syncing.Progress) -> None:
        if progress.done > 60:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bench.sync(progress=stop)
    kept = len(bench.contents()[1])
    assert 60 < kept < 200
    embedded = len(bench.embedder.embedded)
    report = bench.sync()
    assert sum(file.state == "unchanged" for file in report.files) == kept
    assert len(bench.embedder.embedded) - embedded == (200 - kept) * (embedded // kept)
    assert bench.contents() == fresh_copy(bench)


def signs(bench) -> dict[int, bytes]:
    with closing(Store.open(bench.library)) as store:
        found = store.signs_of(store.all_passage_ids().tolist())
        return {passage_id: bits.tobytes() for passage_id, bits in found.items()}


def test_every_passage_gets_token_vectors_once(bench):
    bench.write("river.txt", RIVER)
    late = WordLate()
    bench.sync(late=late)
    before = len(late.encoded)
    assert before == len(signs(bench)) == len(bench.contents()[0])
    bench.write("harvest.txt", HARVEST)
    bench.sync(late=late)
    assert len(late.encoded) == len(signs(bench)) == len(bench.contents()[0]) > before
    (bench.files / "river.txt").unlink()
    bench.sync(late=late)
    assert len(signs(bench)) == len(bench.contents()[0])


def test_token_vectors_that_a_stop_left_out_are_made_by_the_next_run(bench):
    for number in range(150):
        bench.write(f"{number:03}.txt", f"{RIVER} Report number {number}.")
    late = WordLate()

    def stop(progress: syncing.Progress) -> None:
        if progress.what != "files" and progress.done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bench.sync(late=late, progress=stop)
    kept = len(signs(bench))
    with closing(Store.open(bench.library)) as store:
        assert not store.has_signs(late.identity)
    bench.sync(late=late)
    assert 0 < kept < len(late.encoded) == len(signs(bench)) == len(bench.contents()[0])
    with closing(Store.open(bench.library)) as store:
        assert store.has_signs(late.identity)


def test_another_model_makes_all_token_vectors_anew(bench):
    bench.write("river.txt", RIVER)
    bench.sync(late=WordLate())
    other = WordLate()
    other.identity = "words@4"
    bench.sync(late=other)
    assert len(other.encoded) == len(bench.contents()[0])


def test_documents_added_without_the_model_make_the_token_vectors_incomplete(bench):
    bench.write("river.txt", RIVER)
    bench.sync(late=WordLate())
    bench.write("harvest.txt", HARVEST)
    bench.sync()
    with closing(Store.open(bench.library)) as store:
        assert not store.has_signs(WordLate.identity)


def test_one_bad_file_does_not_stop_the_others(bench):
    bench.write("good.txt", RIVER)
    (bench.files / "bad.txt").write_bytes(b"\x00\x01\x02" * 50)
    report = bench.sync()
    assert report.documents == 1
    bad = next(file for file in report.files if file.state == "failed")
    assert bad.path.endswith("bad.txt") and bad.reason and "\n" not in bad.reason


def test_odd_files_are_reported_and_the_others_read(bench):
    bench.write("good.txt", RIVER)
    bench.write("new\nline.txt", HARVEST)
    os.mkfifo(bench.files / "pipe.txt")
    with open(bench.files / "huge.txt", "wb") as huge:
        huge.truncate(3 << 30)  # sparse: takes no room
    (bench.files / "loop").symlink_to(bench.files)
    (bench.files / "dangling.txt").symlink_to(bench.files / "nowhere.txt")
    (bench.files / os.fsdecode(b"bad-\xff.txt")).write_text(RIVER)
    report = {Path(file.path).name: file for file in bench.sync().files}
    assert report["good.txt"].state == report["new\nline.txt"].state == "new"
    for name in ("pipe.txt", "huge.txt", "dangling.txt", "bad-\\xff.txt"):
        assert report[name].state == "failed" and report[name].reason


def test_a_missing_folder_changes_nothing(bench):
    bench.write("a.txt", RIVER)
    bench.sync()
    before = bench.contents()
    kept, bench.files = bench.files, bench.files / "nowhere"
    with pytest.raises(InputError, match="no file or folder"):
        bench.sync()
    bench.files = kept
    assert bench.contents() == before


def test_only_one_writer(bench):
    bench.write("a.txt", RIVER)
    bench.sync()
    first, second = Store.open(bench.library), Store.open(bench.library)
    with first.writing(), pytest.raises(LibraryBusy, match="wait until it is done"):
        syncing.sync([bench.files], store=second, embedder=bench.embedder, passage_tokens=12)
    assert second.counts() == (1, 2)
    first.close()
    second.close()


def test_another_embedder_is_refused_and_a_rebuild_accepts_it(bench):
    bench.write("a.txt", RIVER)
    bench.sync()
    before = bench.contents()
    bench.embedder.identity = "other@9"
    with pytest.raises(EmbedderMismatch, match="--rebuild"):
        bench.sync()
    assert bench.contents() == before
    report = syncing.rebuild(
        bench.library, [bench.files], embedder=bench.embedder, passage_tokens=12
    )
    assert report.files == (FileReport(str(bench.files / "a.txt"), "new"),)
    assert bench.contents() == before
    assert bench.states() == {"a.txt": "unchanged"}


def test_a_reader_goes_on_with_what_a_rebuild_made(bench):
    bench.write("a.txt", RIVER)
    bench.sync()
    reader = Store.open(bench.library)
    before = reader.generation()
    bench.write("b.txt", HARVEST)
    syncing.rebuild(bench.library, [bench.files], embedder=bench.embedder, passage_tokens=12)
    assert reader.counts()[0] == 2 and reader.generation() != before
    bench.write("c.txt", "The price of grain fell in the lower town.")
    bench.sync()
    assert reader.counts()[0] == 3
    reader.close()
    assert bench.contents() == fresh_copy(bench)


def test_a_rebuild_that_finds_the_library_locked_leaves_it(bench):
    bench.write("a.txt", RIVER)
    bench.sync()
    before = bench.contents()
    bench.write("b.txt", HARVEST)
    other = Store.open(bench.library)
    with other.transaction(), pytest.raises(LibraryBusy):
        syncing.rebuild(bench.library, [bench.files], embedder=bench.embedder, passage_tokens=12)
    other.close()
    assert bench.contents() == before
    syncing.rebuild(bench.library, [bench.files], embedder=bench.embedder, passage_tokens=12)
    assert bench.contents() == fresh_copy(bench)


def test_a_damaged_database_is_said_and_can_be_rebuilt(bench):
    bench.write("a.txt", RIVER)
    bench.sync()
    before = bench.contents()
    (bench.library / DATABASE).write_bytes(b"This is not a database. " * 500)
    with pytest.raises(LibraryDamaged, match="--rebuild"):
        Store.open(bench.library)
    syncing.rebuild(bench.library, [bench.files], embedder=bench.embedder, passage_tokens=12)
    assert bench.contents() == before


def test_a_full_disk_keeps_what_was_there(bench):
    bench.write("a.txt", RIVER)
    bench.sync()
    before = bench.contents()
    bench.write("big.txt", "\n".join(f"{HARVEST} Number {n}." for n in range(2000)))
    store = Store.open(bench.library)
    pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
    store._connection.execute(f"PRAGMA max_page_count = {pages + 20}")  # SQLite's own full disk
    with pytest.raises(DiskFull, match="make room"):
        syncing.sync([bench.files], store=store, embedder=bench.embedder, passage_tokens=12)
    store.close()
    assert bench.contents() == before
    assert bench.states() == {"a.txt": "unchanged", "big.txt": "new"}


def test_a_library_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="choose another one with --library"):
        Store.create(tmp_path / "file" / "library")


def test_no_library_says_how_to_build_one(tmp_path):
    with pytest.raises(LibraryMissing, match="rag index"):
        Store.open(tmp_path)


@pytest.mark.parametrize("damage", ["missing", "cut", "garbage", "stale"])
def test_the_faiss_file_is_rebuilt_when_it_cannot_be_used(bench, damage):
    bench.write("a.txt", RIVER)
    bench.write("b.txt", HARVEST)
    bench.sync()
    store = Store.open(bench.library)
    question = bench.embedder.embed_question("harvest of barley")
    before = VectorIndex.open(store).search(question, 10)
    path = index_path(store)
    if damage == "missing":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:100])
    elif damage == "garbage":
        path.write_bytes(b"garbage" * 100)
    else:
        bench.write("c.txt", "The harvest of barley was late.")
        bench.sync()
    after = VectorIndex.open(store).search(question, 10)
    assert len(after) == store.counts()[1]
    assert damage == "stale" or after == before
    assert [p.name for p in bench.library.glob("passages.*")] == [index_path(store).name]
    store.close()


def test_hidden_files_and_the_library_itself_are_left_out(bench):
    bench.write("a.txt", RIVER)
    bench.write(".hidden.txt", HARVEST)
    bench.write(".git/notes.txt", HARVEST)
    bench.library = bench.files / "index"
    assert bench.states() == {"a.txt": "new"}
    assert bench.states() == {"a.txt": "unchanged"}


def test_files_from_another_folder_stay(bench, tmp_path):
    bench.write("a.txt", RIVER)
    bench.sync()
    shutil.copytree(bench.files, tmp_path / "other")
    (tmp_path / "other" / "a.txt").write_text(HARVEST)
    bench.files = tmp_path / "other"
    assert bench.sync().documents == 2


def test_documents_without_files_are_added_once(tmp_path):
    text = "The dam at Ilm held in spring."
    documents = [Document(f"id-{n}", f"set/{n}", text, (Span(0, len(text)),)) for n in range(3)]
    embedder, store = WordEmbedder(), Store.create(tmp_path)
    options = {"store": store, "embedder": embedder, "passage_tokens": 20}
    report = syncing.add(documents[:2], **options)
    assert [(f.path, f.state) for f in report.files] == [("set/0", "new"), ("set/1", "new")]
    report = syncing.add(documents, **options)
    assert [file.path for file in report.files] == ["set/2"]
    assert report.documents == 3
    assert embedder.embedded == [text] * 3
    store.close()
