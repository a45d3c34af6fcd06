"""How long a search takes, reranking included, at several sizes of library.

    python -m tests.benchmarks.latency [--sizes 1000,100000] [--vectors FILE]

Passages are sentences of 2Wiki and SciFact drawn at random, 50 to a document, so that words
are as frequent as in such text; their vectors are those of tests/benchmarks/indexing.py, and
their token vectors those of real passages. Questions are real, and asked once each through
`retrieve` after ten to warm up. Milliseconds hold for one machine; the ratio between sizes
and the shares of the stages carry over.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Iterator
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from tqdm import tqdm

from rag import keywords
from rag.assembling import Models
from rag.evaluating.metrics.timing import percentile
from rag.reranking import maxsim
from rag.retrieving import Searchable, retrieve
from rag.settings import PROJECT, Settings
from rag.splitting import sentences
from rag.storing import NewDocument, Store
from rag.storing import words as storing
from rag.types import Document, Span
from tests.benchmarks.indexing import TOGETHER, embeddings, synthetic
from tests.benchmarks.libraries import searchable

DATA = PROJECT.parent / "shared" / "data"
LINES = 4  # sentences of a passage: about 90 words
POOL = 400  # passages whose token vectors are real; the others have one of theirs
ASKED = 150


def main() -> None:
    """Print the times of each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="1000,100000")
    parser.add_argument("--vectors", type=Path)
    options = parser.parse_args()
    settings = Settings.from_environment()
    models = Models(settings)
    real, _ = embeddings(options.vectors)
    for size in map(int, options.sizes.split(",")):
        with TemporaryDirectory() as folder, closing(Store.create(Path(folder))) as store:
            fill(store, models, real, size)
            report(searchable(store, models, settings), size)


# --- the library ---


def lines() -> list[str]:
    """Return sentences of the two corpora."""
    wiki = json.loads((DATA / "twowiki" / "2wikimultihopqa_corpus.json").read_text())
    corpus = (DATA / "scifact_beir" / "corpus.jsonl").read_text().splitlines()
    texts = [one["text"] for one in wiki] + [json.loads(line)["text"] for line in corpus]
    found = (text[span.start : span.end] for text in texts for span in sentences(text))
    return [" ".join(line.split()) for line in found if len(line) > 20]


def passages(size: int) -> Iterator[str]:
    """Yield so many passages, the same ones every time."""
    chance, known = random.Random(1), lines()
    for _ in range(size):
        yield "\n".join(chance.choices(known, k=LINES))


def fill(store: Store, models: Models, real: np.ndarray, size: int) -> None:
    """Add so many passages with vectors, words and token vectors."""
    signs = models.late.encode(list(passages(POOL)))
    vectors, texts = synthetic(real, seed=1), passages(size)
    whole, readable = keywords.indexed, storing.readable
    storing.readable = str  # looking for words that speak to a model takes most of the time
    # The terms of a passage are those of its lines: most are read many times here.
    by_line = lru_cache(maxsize=None)(whole)
    keywords.indexed = lambda text, language: joined(
        [by_line(line, language) for line in text.split("\n")]
    )
    for first in tqdm(range(0, size, TOGETHER), desc=f"{size} passages", leave=False):
        held = [text for text, _ in zip(texts, range(min(TOGETHER, size - first)), strict=False)]
        with store.transaction():
            store.add_documents(str(first), [document(str(first), held, next(vectors))])
            ids = range(first + 1, first + 1 + len(held))
            store.put_signs({one: signs[one % POOL] for one in ids})
    keywords.indexed, storing.readable = whole, readable
    with store.transaction():
        store.set_meta("late", models.late.identity)
        store.complete_signs(models.late.identity)


def joined(parts: list[keywords.Terms]) -> keywords.Terms:
    """Return the terms of several lines as one passage's."""
    return keywords.Terms(
        tuple(word for part in parts for word in part.words),
        tuple(name for part in parts for name in part.names),
    )


def document(name: str, texts: list[str], vectors: np.ndarray) -> NewDocument:
    """Return a document of these passages."""
    ends = np.cumsum([len(text) + 2 for text in texts]).tolist()
    spans = tuple(Span(end - len(text) - 2, end - 2) for text, end in zip(texts, ends, strict=True))
    text = "\n\n".join(texts)
    whole = Document(name, name, text, body=(Span(0, len(text)),))
    return NewDocument(whole, spans, vectors[: len(texts)])


# --- the times ---


def questions() -> list[str]:
    """Return real questions and claims, by turns."""
    asked = (DATA / "clapnq" / "answerable_150.jsonl").read_text().splitlines()
    claims = (DATA / "scifact_beir" / "queries_train.jsonl").read_text().splitlines()
    pairs = zip(asked, claims, strict=False)
    both = [(json.loads(one)["input"], json.loads(two)["text"]) for one, two in pairs]
    return [question for pair in both for question in pair][: ASKED + 10]


def chains() -> list[str]:
    """Return questions of 2Wiki, most of which need several searches."""
    rows = (DATA / "twowiki" / "cagb_2wiki_500.jsonl").read_text().splitlines()
    return [json.loads(row)["question"] for row in rows][: ASKED // 3]


def report(library: Searchable, size: int) -> None:
    """Print the times of whole searches and of their stages."""
    asked = questions()
    whole = [timed(retrieve, question, library, limit=10) for question in asked][10:]
    print(f"\n{size} passages, {library.index.kind} index, {len(whole)} questions")
    tell("search", whole)
    tell("several searches", [timed(retrieve, one, library, limit=10) for one in chains()])
    vectors = [library.embedder.embed_question(question) for question in asked]
    depth = library.candidates
    found = [library.index.search(vector, depth) for vector in vectors]
    signs = [library.store.signs_of([one for one, _ in ids]) for ids in found]
    width = library.late.dimension // 8
    stages = {
        "embed": [timed(library.embedder.embed_question, question) for question in asked],
        "vectors": [timed(library.index.search, vector, depth) for vector in vectors],
        "keywords": [timed(library.store.keyword_search, question, depth) for question in asked],
        "encode question": [timed(library.late.encode_question, question) for question in asked],
        "read token vectors": [
            timed(library.store.signs_of, [one for one, _ in ids]) for ids in found
        ],
        "compare tokens": [
            timed(
                maxsim,
                library.late.encode_question(question),
                [one.reshape(-1, width) for one in bits.values()],
            )
            for question, bits in zip(asked, signs, strict=True)
        ],
    }
    for name, times in stages.items():
        tell(f"  {name}", times)


def tell(name: str, times: list[float]) -> None:
    """Print the median and the slow end of times in milliseconds."""
    middle, slow = percentile(times, 50), percentile(times, 95)
    print(f"{name:20} p50 {middle:6.1f} ms  p95 {slow:6.1f} ms")


def timed(work, *values, **options) -> float:
    """Return how many milliseconds a call takes."""
    start = time.perf_counter()
    work(*values, **options)
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    main()
