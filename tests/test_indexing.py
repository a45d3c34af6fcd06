"""The index finds what comparing every vector would find, whatever happened to its file."""

from __future__ import annotations

import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock
from hypothesis import given, settings
from hypothesis import strategies as st

from rag import storing
from rag.indexing import VectorIndex, files, index_path
from rag.indexing.ranking import similarities
from rag.settings import PROJECT
from rag.storing import DATABASE, NewDocument, Store
from rag.types import Document, Span

DIMENSION = 32
MANY = 3000
KINDS = {"exact": MANY * 10, "clustered": MANY // 10}
"""Up to how many passages all are compared, so that a library of MANY is of that kind."""
WITNESSES = 64
"""Passages of an index on disk that are compared with those in the store."""


def vectors_like(count: int, seed: int) -> np.ndarray:
    """Unit vectors around 60 centres, as texts lie around topics."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(0).standard_normal((60, DIMENSION))
    found = centres[rng.integers(60, size=count)] + 0.6 * rng.standard_normal((count, DIMENSION))
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


def put(store: Store, name: str, vectors: np.ndarray) -> None:
    """Store a document with a passage for each vector, in place of the one of that name."""
    text = "w " * len(vectors)
    spans = tuple(Span(2 * at, 2 * at + 1) for at in range(len(vectors)))
    document = Document(name, name, text, body=(Span(0, len(text)),))
    with store.transaction():
        store.add_documents(name, [NewDocument(document, spans, vectors)])


def forget(store: Store, name: str) -> None:
    with store.transaction():
        store.forget_file(name)


def filled(folder: Path, count: int, seed: int = 1) -> Store:
    """A library of documents d0, d1, … of 100 passages."""
    store = Store.create(folder)
    vectors = vectors_like(count, seed)
    for at in range(0, count, 100):
        put(store, f"d{at // 100}", vectors[at : at + 100])
    return store


def brute_force(store: Store, question: np.ndarray, among=None) -> list[tuple[int, float]]:
    """The full ranking of all passages, ties by id; of those among the ids."""
    ids, vectors = store.vectors()
    ranking = sorted(
        zip(ids.tolist(), similarities(vectors, question).tolist(), strict=True),
        key=lambda pair: (-pair[1], pair[0]),
    )
    allowed = set(ids.tolist() if among is None else among)
    return [pair for pair in ranking if pair[0] in allowed]


def recall(index: VectorIndex, store: Store, among=None, limit: int = 10) -> float:
    """Share of the 10 nearest that are found, over 15 questions; all their scores are exact."""
    shares = []
    for question in vectors_like(15, seed=9):
        right = brute_force(store, question, among)
        found = index.search(question, limit, among)
        assert set(found) <= set(right)
        assert found == sorted(found, key=lambda pair: (-pair[1], pair[0]))
        assert len(found) == min(limit, len(right))
        shares.append(len(set(found) & set(right[:limit])) / len(found))
    return float(np.mean(shares))


def finds_all(index: VectorIndex, store: Store) -> None:
    """Assert that an index has the passages of a store, no others, and where they belong."""
    question = vectors_like(1, seed=4)[0]
    ranking = brute_force(store, question)
    assert index.search(question, len(ranking) + 10) == ranking
    assert recall(index, store) >= {"exact": 1, "clustered": 0.95}[index.kind]
    assert recall(index, store, store.all_passage_ids()[::3]) >= 0.95


@pytest.fixture(autouse=True)
def for_small_libraries(monkeypatch) -> None:
    """The shares that suit a hundred thousand passages and more, at the size of these."""
    monkeypatch.setattr("rag.indexing.clustered.PROBED", 19)  # of 75 lists
    monkeypatch.setattr("rag.indexing.clustered.SCORED", 20)


@pytest.fixture(scope="module")
def many(tmp_path_factory) -> Iterator[Store]:
    store = filled(tmp_path_factory.mktemp("many"), MANY)
    yield store
    store.close()


@pytest.fixture(params=KINDS)
def kind(request) -> str:
    return request.param


@pytest.fixture
def library(tmp_path, many) -> Iterator[Store]:
    """A library of MANY passages that may be changed."""
    store = copied(many, tmp_path / "library")
    yield store
    store.close()


def copied(store: Store, folder: Path) -> Store:
    folder.mkdir()
    for file in store.folder.glob(f"{DATABASE}*"):
        shutil.copy(file, folder)
    return Store.open(folder)


def opened(store: Store, kind: str, **options) -> VectorIndex:
    index = VectorIndex.open(store, exact_up_to=KINDS[kind], **options)
    assert index.kind == kind
    return index


class Watched(Store):
    """A store that remembers which vectors were read."""

    read: set[int]

    def vectors_of(self, passage_ids):
        self.read.update(passage_ids.tolist())
        return super().vectors_of(passage_ids)

    @classmethod
    def of(cls, store: Store) -> Watched:
        watched = cls.open(store.folder)
        watched.read = set()
        return watched


# --- what is found ---


@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_filtered_results_equal_filtering_the_full_ranking(data, tmp_path_factory):
    few = np.array(data.draw(st.lists(st.tuples(*[st.integers(-2, 2)] * 3), min_size=1)))
    few = np.vstack([few, [[1, 1, 1]]])
    chosen = data.draw(st.lists(st.integers(0, len(few) - 1), min_size=1, max_size=60))
    vectors = few[chosen] / np.maximum(1, np.linalg.norm(few[chosen], axis=1, keepdims=True))
    store = Store.create(tmp_path_factory.mktemp("few"))
    put(store, "document", vectors.astype(np.float32))
    ids = store.all_passage_ids()
    index = VectorIndex.open(store)
    question = np.array([0.6, 0.64, 0.48], np.float32)
    limit = data.draw(st.integers(1, len(ids) + 1))
    assert index.search(question, limit) == brute_force(store, question)[:limit]
    among = np.array(sorted(data.draw(st.sets(st.sampled_from(ids.tolist()), min_size=1))))
    assert index.search(question, limit, among) == brute_force(store, question, among)[:limit]
    store.close()


@pytest.mark.parametrize("share", [1 / MANY, 0.003, 0.02, 0.07, 0.2, 0.5, 0.9, 1])
def test_exact_search_loses_nothing_at_any_selectivity(many, share):
    ids = np.random.default_rng(2).permutation(many.all_passage_ids())
    among = np.sort(ids[: round(share * MANY)])
    assert recall(opened(many, "exact"), many, among, limit=30) == 1


@pytest.mark.parametrize("share", [1 / MANY, 0.003, 0.02, 0.07, 0.2, 0.5, 0.9, 1])
def test_clustered_search_fills_the_limit_at_any_selectivity(many, share):
    ids = np.random.default_rng(2).permutation(many.all_passage_ids())
    among = np.sort(ids[: round(share * MANY)])
    assert recall(opened(many, "clustered"), many, among, limit=30) >= 0.9


def test_clustered_search_finds_what_lies_in_the_farthest_lists(many):
    question = vectors_like(1, seed=4)[0]
    farthest = np.sort([found for found, _ in brute_force(many, question)[-400:]])
    index = opened(many, "clustered")
    assert len(index.search(question, 300, farthest)) == 300


def test_clustered_search_finds_nearly_all(many):
    finds_all(opened(many, "clustered"), many)


def test_clustered_search_in_few_passages_is_exact(many):
    index, among = opened(many, "clustered"), many.all_passage_ids()[::150]
    assert recall(index, many, among) == 1


def test_all_of_a_large_library_can_be_asked_for(many, kind):
    found = opened(many, kind).search(vectors_like(1, seed=4)[0], MANY + 5)
    assert len(found) == MANY


def test_ids_that_are_unknown_repeated_or_in_disorder_do_no_harm(many, kind):
    ids = many.all_passage_ids()
    question = vectors_like(1, seed=4)[0]
    among = np.concatenate([ids[500:100:-1], ids[200:300], [-1, 0, 10**7]])
    right = brute_force(many, question, ids[101:501].tolist())
    assert opened(many, kind).search(question, 1000, among) == right
    assert opened(many, kind).search(question, 20, np.array([10**7])) == []


def test_nothing_is_found_where_nothing_is_asked_for(many, kind, tmp_path):
    index, question = opened(many, kind), vectors_like(1, seed=4)[0]
    assert index.search(question, 0) == index.search(question, 5, np.empty(0, np.int64)) == []
    empty = Store.create(tmp_path / "empty")
    assert VectorIndex.open(empty).search(question, 5) == []
    put(empty, "first", vectors_like(3, seed=1))
    assert len(VectorIndex.open(empty).search(question, 5)) == 3
    empty.close()


def test_similarity_is_exact_in_the_order_asked(many, kind):
    index, question = opened(many, kind), vectors_like(1, seed=4)[0]
    ranking = dict(brute_force(many, question))
    ids = [7, 2999, 1, 7, 10**7]
    assert index.similarity(question, ids).tolist() == [*(ranking[one] for one in ids[:4]), 0]
    assert index.similarity(question, ids).dtype == np.float32
    assert index.similarity(question, []).shape == (0,)
    assert index.similarity(question, [10**7]).tolist() == [0]


def test_similarity_knows_passages_added_since_the_index_was_opened(library, kind):
    index, question = opened(library, kind), vectors_like(1, seed=4)[0]
    put(library, "new", question[np.newaxis])
    (added,) = library.all_passage_ids()[-1:]
    assert index.similarity(question, [added]) == pytest.approx(1, abs=1e-6)


# --- in step with the store ---


def test_ids_are_never_given_out_again(library):
    last = library.all_passage_ids()[-1]
    forget(library, "d29")
    put(library, "new", vectors_like(100, seed=5))
    assert library.all_passage_ids()[-100] == last + 1
    put(library, "new", vectors_like(100, seed=6))
    assert library.all_passage_ids()[-100] == last + 101


def test_ids_go_on_above_those_of_an_earlier_version(library):
    with library.transaction():
        library._connection.execute("DELETE FROM meta WHERE key = 'last_passage_id'")
    put(library, "new", vectors_like(2, seed=5))
    assert library.all_passage_ids()[-3:].tolist() == [MANY, MANY + 1, MANY + 2]


def test_changes_are_applied_without_reading_the_rest_again(library, kind):
    opened(library, kind)
    first = set(library.all_passage_ids().tolist())
    forget(library, "d29")
    forget(library, "d3")
    put(library, "d7", vectors_like(150, seed=5))
    now = set(library.all_passage_ids().tolist())
    watched = Watched.of(library)
    index = opened(watched, kind)
    assert now - first <= watched.read
    assert len(watched.read) <= 150 + WITNESSES
    finds_all(index, library)
    watched.read.clear()
    opened(watched, kind)
    assert len(watched.read) <= WITNESSES
    assert files_in(library) == [index_path(library).name]
    watched.close()


def files_in(store: Store) -> list[str]:
    return sorted(path.name for path in store.folder.glob("passages.*"))


@settings(deadline=None, max_examples=8)
@given(steps=st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3)), max_size=8))
@pytest.mark.parametrize("kind", KINDS)
def test_any_history_of_changes_ends_like_a_fresh_index(kind, steps, many, tmp_path_factory):
    store = copied(many, tmp_path_factory.mktemp("history") / "library")
    opened(store, kind)
    for number, (document, hundreds) in enumerate(steps):
        if hundreds:
            put(store, f"d{document}", vectors_like(100 * hundreds, seed=number))
        else:
            forget(store, f"d{document}")
        if number % 2:
            opened(store, kind)
    finds_all(opened(store, kind), store)
    store.close()


def test_a_library_that_grew_or_shrank_much_gets_new_lists(library):
    def planned() -> int:
        opened(library, "clustered")
        return files.label_of(index_path(library), library.identity()).planned

    assert planned() == MANY
    put(library, "some", vectors_like(MANY // 2, seed=5))
    assert planned() == MANY
    put(library, "more", vectors_like(MANY, seed=6))
    assert planned() == 2.5 * MANY
    for name in ("some", "more"):
        forget(library, name)
    assert planned() == MANY


def test_the_kind_follows_the_number_of_passages(library):
    def kind() -> str:
        found = VectorIndex.open(library, exact_up_to=MANY)
        finds_all(found, library)
        assert files_in(library) == [index_path(library).name]
        return found.kind

    assert kind() == "exact"
    put(library, "one", vectors_like(1, seed=5))
    assert kind() == "clustered"
    forget(library, "one")
    assert kind() == "clustered"  # it is not made anew for every step across
    for number in range(MANY // 200):
        forget(library, f"d{number}")
    assert kind() == "exact"


def test_building_the_same_library_twice_gives_the_same_bytes(library, kind):
    opened(library, kind)
    first = index_path(library).read_bytes()
    index_path(library).unlink()
    opened(library, kind)
    assert index_path(library).read_bytes() == first


def test_a_rebuilt_library_is_not_taken_for_a_changed_one(library, kind, tmp_path):
    opened(library, kind)
    fresh = filled(tmp_path / "fresh", MANY, seed=8)
    with fresh.transaction():
        fresh.set_meta("generation", library.meta("generation"))  # the worst case
    fresh.close()
    storing.replace(library.folder, tmp_path / "fresh")
    index = opened(library, kind)
    finds_all(index, library)


@pytest.mark.parametrize("generation", ["same", "later"])
def test_a_library_put_back_from_a_copy_and_changed_otherwise_is_noticed(
    library, kind, tmp_path, generation
):
    copied(library, tmp_path / "copy").close()
    put(library, "one", vectors_like(100, seed=5))
    opened(library, kind)
    index = index_path(library).read_bytes()
    other = Store.open(tmp_path / "copy")
    put(other, "other", vectors_like(100, seed=6))
    index_path(other).write_bytes(index)
    if generation == "later":
        put(other, "another", vectors_like(100, seed=7))
    finds_all(opened(other, kind), other)
    other.close()


def test_progress_is_told_up_to_the_last_passage(library, kind):
    told = []
    opened(library, kind, progress=lambda done, of: told.append((done, of)))
    assert told == sorted(told)
    assert told[-1] == (MANY, MANY)


# --- whatever happens to the file ---


ACCIDENTS = {
    "empty": lambda good: b"",
    "short": lambda good: good[:5],
    "cut": lambda good: good[: len(good) // 2],
    "without its last byte": lambda good: good[:-1],
    "without its label": lambda good: good[:-200],
    "longer": lambda good: good + b"\0",
    "garbage": lambda good: b"garbage" * 100,
    "zeros": lambda good: bytes(len(good)),
}


@pytest.mark.parametrize("damage", ACCIDENTS)
def test_a_damaged_file_is_made_anew(library, kind, damage):
    question = vectors_like(1, seed=4)[0]
    before = opened(library, kind).search(question, 10)
    path = index_path(library)
    good = path.read_bytes()
    bad = ACCIDENTS[damage](good)
    path.write_bytes(bad)
    with open(path, "rb") as in_use:
        assert opened(library, kind).search(question, 10) == before
        assert path.read_bytes() == good
        assert in_use.read() == bad  # whoever had it open keeps what it was


def test_a_flipped_byte_anywhere_is_noticed(library, kind):
    opened(library, kind)
    path = index_path(library)
    good = path.read_bytes()
    label = files.label_of(path, library.identity())
    rng = np.random.default_rng(3)
    places = [*range(60), *range(len(good) - 160, len(good)), *rng.integers(len(good), size=40)]
    for at in places:
        bad = bytearray(good)
        bad[at] ^= 1 << int(rng.integers(8))
        path.write_bytes(bad)
        assert files.label_of(path, library.identity()) is None, at
    path.write_bytes(good)
    assert files.label_of(path, library.identity()) == label


def test_a_file_of_another_library_is_not_used(library, kind, tmp_path):
    other = filled(tmp_path / "other", MANY, seed=8)
    opened(other, kind)
    shutil.copy(index_path(other), index_path(library))
    assert files.label_of(index_path(library), library.identity()) is None
    finds_all(opened(library, kind), library)
    other.close()


def test_vectors_of_another_dimension_are_noticed(library, kind):
    opened(library, kind)
    index = index_path(library).read_bytes()
    with library.transaction():  # the same passages, of a model with half the dimensions
        library._connection.execute("UPDATE passages SET vector = substr(vector, 1, 64)")
    assert index_path(library).read_bytes() == index
    question = vectors_like(1, seed=4)[0][:16]
    found = opened(library, kind).search(question, MANY)
    assert found == brute_force(library, question)


def test_a_file_of_an_earlier_version_is_replaced(library, kind):
    path = library.folder / "passages.3.faiss"
    path.write_bytes(b"IxMp" + bytes(2000))
    opened(library, kind)
    assert files_in(library) == [index_path(library).name]


def test_an_index_stays_on_disk(library, kind):
    maps = Path("/proc/self/maps")
    if not maps.is_file():
        pytest.skip("this system does not say what is mapped")
    opened(library, kind)
    assert str(index_path(library)) not in maps.read_text()
    index = opened(library, kind)
    assert str(index_path(library)) in maps.read_text()
    finds_all(index, library)


def test_an_index_in_use_outlives_its_file(library, kind):
    opened(library, kind)
    reader = opened(library, kind)
    question = vectors_like(1, seed=4)[0]
    before = reader.search(question, 10)
    put(library, "new", vectors_like(100, seed=5))
    opened(library, kind)
    assert files_in(library) == [index_path(library).name]
    assert reader.search(question, 10) == before


@contextmanager
def small_disk(size: int) -> Iterator[None]:
    """Let no file grow beyond a size, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_leaves_an_index_in_memory(library, kind):
    with small_disk(20_000):
        index = opened(library, kind)
    finds_all(index, library)
    assert files_in(library) == []


def test_a_full_disk_leaves_what_was_there(library, kind):
    opened(library, kind)
    before = files_in(library)
    put(library, "new", vectors_like(100, seed=5))
    with small_disk(20_000):
        index = opened(library, kind)
    finds_all(index, library)
    assert files_in(library) == before


def test_a_folder_that_takes_no_file_leaves_an_index_in_memory(library, kind):
    (index_path(library) / "in the way").mkdir(parents=True)
    (library.folder / "index.lock").mkdir()
    finds_all(opened(library, kind), library)


OPEN = """
import sys
from pathlib import Path
import numpy as np
from rag.indexing import VectorIndex, index_path
from rag.storing import Store

store = Store.open(Path(sys.argv[1]))
question = np.full(32, 32 ** -0.5, np.float32)
print("ready", flush=True)
sys.stdin.readline()
while True:
    index = VectorIndex.open(store, exact_up_to=int(sys.argv[2]))
    print(index.search(question, 5), flush=True)
    if len(sys.argv) < 4:
        break
    index_path(store).unlink()
"""


def process(store: Store, kind: str, *more: str) -> subprocess.Popen:
    """A Python process that opens the index once a line is written to it."""
    started = subprocess.Popen(
        [sys.executable, "-c", OPEN, str(store.folder), str(KINDS[kind]), *more],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
    )
    assert started.stdout.readline() == "ready\n"
    return started


def test_processes_that_open_at_once_do_not_disturb_each_other(library, kind):
    processes = [process(library, kind) for _ in range(3)]
    for one in processes:
        one.stdin.write("\n")
        one.stdin.flush()
    found = [one.communicate()[0] for one in processes]
    question = np.full(DIMENSION, DIMENSION**-0.5, np.float32)
    assert found == [f"{opened(library, kind).search(question, 5)}\n"] * 3
    assert [one.returncode for one in processes] == [0, 0, 0]
    assert files_in(library) == [index_path(library).name]


def test_an_index_that_is_being_made_is_waited_for(library, kind):
    with FileLock(library.folder / "index.lock"):
        waiting = process(library, kind)
        waiting.stdin.write("\n")
        waiting.stdin.flush()
        time.sleep(0.5)
        assert files_in(library) == []
    assert waiting.communicate()[0]
    assert files_in(library) == [index_path(library).name]


def test_a_process_killed_at_any_moment_leaves_what_can_be_used(library, kind):
    rng = np.random.default_rng(0)
    for _ in range(5):
        killed = process(library, kind, "again and again")
        killed.stdin.write("\n")
        killed.stdin.flush()
        time.sleep(rng.uniform(0, 0.2))
        killed.kill()
        killed.communicate()
        finds_all(opened(library, kind), library)
        assert files.label_of(index_path(library), library.identity())
        index_path(library).unlink()
    opened(library, kind)
    assert files_in(library) == [index_path(library).name]
