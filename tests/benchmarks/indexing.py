"""What the index of a library costs at several sizes, and how much of the truth it finds.

    python -m tests.benchmarks.indexing [--sizes 1000,100000,1000000] [--vectors FILE]
    python -m tests.benchmarks.indexing --sweep [--sizes 100000]   # kinds, numbers of lists

Vectors are synthetic, neighbourhoods are not: each is a mixture of a passage of 2Wiki and
one of its nearest, embedded by the model that is set, with noise that has the covariance of
such passages and the size at which 6,119 of them have neighbours as near as the real ones
have. A document is 50 of these around a few passages; filters let through whole documents,
which lie together. Questions are real: every other one to choose settings with (`--sweep`),
the rest for the figures. With `--vectors` the real embeddings are kept in a file for the
next time. Recall is against comparing every vector.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from tqdm import tqdm

from rag.assembling import Models
from rag.indexing import VectorIndex, clustered, index_path
from rag.settings import PROJECT, Settings
from rag.storing import NewDocument, Store
from rag.types import Document, Span

DATA = PROJECT.parent / "shared" / "data" / "twowiki"
TOGETHER = 50
"""Passages of a document."""
AT_ONCE = 200
"""Documents that are made together, which is faster."""
NEAR = 10
"""Neighbours of a passage that others are mixed with, or that its document is about."""
NOISE = 0.75
"""Chosen by what `report_likeness` prints."""
LIMIT = 24
SWEPT = ((100, 2), (200, 2), (300, 2), (400, 1), (400, 2), (400, 3), (500, 2))
"""How many lists are looked at, and how many times the limit is compared again."""
SELECTIVITIES = (0.0001, 0.001, 0.01, 0.1, 0.5)


def main() -> None:
    """Print the figures of each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="1000,100000,1000000")
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--sweep", action="store_true")
    options = parser.parse_args()
    passages, questions = embeddings(options.vectors)
    report_likeness(passages)
    for size in map(int, options.sizes.split(",")):
        with TemporaryDirectory() as folder:
            fill(Path(folder), passages, size)
            print(f"\n{size} passages of {passages.shape[1]} dimensions", flush=True)
            if options.sweep:
                sweep(Path(folder), questions[::2], size)
            else:
                measure(Path(folder), passages, questions[1::2], size)


# --- vectors ---


def embeddings(kept: Path | None) -> tuple[np.ndarray, np.ndarray]:
    """Return unit vectors of the passages and of the questions of 2Wiki."""
    if kept and kept.is_file():
        found = np.load(kept)
        return found["passages"], found["questions"]
    embedder = Models(Settings.from_environment()).embedder
    corpus = json.loads((DATA / "2wikimultihopqa_corpus.json").read_text())
    passages = embedder.embed_passages([f"{one['title']}\n{one['text']}" for one in corpus])
    files = ("questions_101_gold_titles.jsonl", "cagb_2wiki_500.jsonl")
    lines = [line for name in files for line in (DATA / name).read_text().splitlines()]
    asked = list(dict.fromkeys(json.loads(line)["question"] for line in lines))
    questions = np.array([embedder.embed_question(question) for question in asked])
    if kept:
        np.savez(kept, passages=passages, questions=questions)
    return passages, questions


def synthetic(real: np.ndarray, seed: int) -> Iterator[np.ndarray]:
    """Yield the vectors of one document after another, without end."""
    rng = np.random.default_rng(seed)
    near = np.argsort(-(real @ real.T), axis=1)[:, 1 : NEAR + 1]
    root = np.linalg.cholesky(np.cov(real.T) + 1e-6 * np.eye(real.shape[1])).astype(np.float32)
    while True:
        about = rng.integers(len(real), size=(AT_ONCE, 1))
        those = np.hstack([near[about[:, 0]], about])
        first = np.take_along_axis(those, rng.integers(NEAR + 1, size=(AT_ONCE, TOGETHER)), 1)
        second = near[first, rng.integers(NEAR, size=first.shape)]
        share = rng.uniform(0, 0.5, (*first.shape, 1)).astype(np.float32)
        noise = rng.standard_normal((*first.shape, real.shape[1]), dtype=np.float32) @ root.T
        yield from unit((1 - share) * real[first] + share * real[second] + NOISE * noise)


def unit(vectors: np.ndarray) -> np.ndarray:
    """Return the vectors at length one."""
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def report_likeness(real: np.ndarray) -> None:
    """Print how near the nearest neighbours are, of real passages and as many synthetic."""
    documents = synthetic(real, seed=1)
    alike = np.array([next(documents)[0] for _ in range(len(real))])
    for name, vectors in (("real", real), ("synthetic", alike)):
        products = vectors @ vectors.T
        np.fill_diagonal(products, -1)
        for rank in (1, 10):
            nearest = np.partition(products, -rank, axis=1)[:, -rank]
            tenths = ", ".join(f"{q:.2f}" for q in np.quantile(nearest, (0.1, 0.5, 0.9)))
            print(f"{name}: cosine of neighbour {rank:2}, lowest tenth, median, highest: {tenths}")


# --- libraries ---


def fill(folder: Path, real: np.ndarray, size: int, seed: int = 0) -> None:
    """Add documents with so many passages in all to the library in a folder."""
    documents = synthetic(real, seed)
    with closing(Store.create(folder)) as store:
        for first in tqdm(range(0, size, 100 * TOGETHER), desc=f"{size} passages", leave=False):
            with store.transaction():
                for at in range(first, min(first + 100 * TOGETHER, size), TOGETHER):
                    add(store, f"{seed}-{at}", next(documents)[: size - at])


def add(store: Store, name: str, vectors: np.ndarray) -> None:
    """Add a document with these vectors."""
    text = "w " * len(vectors)
    spans = tuple(Span(2 * at, 2 * at + 1) for at in range(len(vectors)))
    document = Document(name, name, text, body=(Span(0, len(text)),))
    store.add_documents(name, [NewDocument(document, spans, vectors)])


def apart(work: Callable, *values: object) -> tuple:
    """Return what a function returns in a process of its own, and its peak memory in GB."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as processes:
        return processes.submit(_weighed, work, *values).result()


def _weighed(work: Callable, *values: object) -> tuple[object, float]:
    result = work(*values)
    # Not what `resource` says: a process inherits that from the one that started it.
    status = Path("/proc/self/status").read_text().split()
    return result, int(status[status.index("VmHWM:") + 1]) / 1e6


def opened(folder: Path) -> tuple[float, str, float]:
    """Return the seconds that opening takes, the kind of index, and megabytes on disk."""
    with closing(Store.open(folder)) as store:
        start = time.perf_counter()
        index = VectorIndex.open(store)
        seconds = time.perf_counter() - start
        return seconds, index.kind, index_path(store).stat().st_size / 1e6


# --- measurements ---


def measure(folder: Path, real: np.ndarray, questions: np.ndarray, size: int) -> None:
    """Print what an index of this size costs, and what it finds."""
    (seconds, kind, megabytes), memory = apart(opened, folder)
    print(f"{kind}: built in {seconds:.1f} s, {megabytes:.0f} MB, peak memory {memory:.2f} GB")
    (seconds, _, _), memory = apart(opened, folder)
    print(f"opened in {seconds:.2f} s, peak memory {memory:.2f} GB")
    print_lines(*apart(searched, folder, questions))
    few = max(TOGETHER, size // 100)
    fill(folder, real, few, seed=2)
    print(f"{few} passages added: {apart(opened, folder)[0][0]:.2f} s")
    with closing(Store.open(folder)) as store, store.transaction():
        for at in range(0, few, TOGETHER):
            store.forget_file(f"0-{at}")
    print(f"{few} passages removed: {apart(opened, folder)[0][0]:.2f} s")
    print_lines(*apart(searched, folder, questions, ()))


def print_lines(lines: Sequence[str], memory: float) -> None:
    """Print what a process found."""
    print("\n".join(lines), f"(peak memory {memory:.2f} GB)")


def searched(
    folder: Path, questions: np.ndarray, selectivities: Sequence[float] = SELECTIVITIES
) -> list[str]:
    """Return lines on time and recall, of searches in all passages and in some documents."""
    with closing(Store.open(folder)) as store:
        index, everything = VectorIndex.open(store), store.all_passage_ids()
        among = {"all passages": None}
        for share in selectivities:
            chosen = some_documents(everything, share)
            among[f"filter to {len(chosen)} passages"] = chosen
        lines = [
            f"{name}: {figures(index, questions, ids, exact(store, questions, 10, ids))}"
            for name, ids in among.items()
        ]
        ids = np.random.default_rng(3).choice(everything, 100)
        taken = [timed(partial(index.similarity, one, ids))[1] for one in questions]
        return [*lines, f"similarity of {len(ids)} passages: {percentiles(taken)}"]


def some_documents(ids: np.ndarray, share: float) -> np.ndarray:
    """Return the passages of documents drawn until they are this share of all."""
    documents = np.array_split(ids, max(1, len(ids) // TOGETHER))
    order = np.random.default_rng(4).permutation(len(documents))
    wanted = max(1, round(share * len(ids)))
    return np.sort(np.concatenate([documents[at] for at in order])[:wanted])


def figures(
    index: VectorIndex, questions: np.ndarray, among: np.ndarray | None, right: np.ndarray
) -> str:
    """Return time and recall of searching with every question."""
    index.search(questions[0], LIMIT, among)
    answers = [timed(partial(index.search, one, LIMIT, among)) for one in questions]
    found = [[one for one, _ in pairs[:10]] for pairs, _ in answers]
    full = LIMIT if among is None else min(LIMIT, len(among))
    short = sum(len(pairs) < full for pairs, _ in answers)
    taken = percentiles([seconds for _, seconds in answers])
    return f"{taken}, recall@10 {recall(found, right):.4f}, {short} came back short"


def timed(work: Callable) -> tuple:
    """Return what a function returns, and the seconds it took."""
    start = time.perf_counter()
    return work(), time.perf_counter() - start


def percentiles(seconds: Sequence[float]) -> str:
    """Return the median and the 95th percentile in milliseconds."""
    p50, p95 = np.quantile(seconds, (0.5, 0.95)) * 1000
    return f"p50 {p50:.1f} ms, p95 {p95:.1f} ms (n={len(seconds)})"


def recall(found: Sequence[Sequence[int]], right: np.ndarray) -> float:
    """Return the mean share of the right ids that were found."""
    pairs = zip(found, right.tolist(), strict=True)
    return float(np.mean([len(set(one) & set(other)) / len(other) for one, other in pairs]))


def exact(store: Store, questions: np.ndarray, count: int, among: np.ndarray | None) -> np.ndarray:
    """Return the ids nearest to each question, of all vectors of the store."""
    ids = store.all_passage_ids() if among is None else among
    best = np.empty((len(questions), 0), np.int64)
    scores = np.empty((len(questions), 0), np.float32)
    for at in range(0, len(ids), 20_000):
        known, vectors = store.vectors_of(ids[at : at + 20_000])
        scores = np.hstack([scores, questions @ vectors.T])
        best = np.hstack([best, np.broadcast_to(known, (len(questions), len(known)))])
        top = np.argpartition(-scores, min(count, scores.shape[1]) - 1, axis=1)[:, :count]
        best, scores = (np.take_along_axis(one, top, 1) for one in (best, scores))
    return best


def sweep(folder: Path, questions: np.ndarray, size: int) -> None:
    """Print time and recall of both kinds under several settings."""
    with closing(Store.open(folder)) as store:
        right = exact(store, questions, 10, None)
        for most, settings in ((size, SWEPT[:1]), (size - 1, SWEPT)):
            index = VectorIndex.open(store, exact_up_to=most)
            for clustered.PROBED, clustered.RESCORED in settings:
                name = f"{index.kind}, {clustered.PROBED} lists, {clustered.RESCORED} times"
                print(f"{name}: {figures(index, questions, None, right)}", flush=True)


if __name__ == "__main__":
    main()
