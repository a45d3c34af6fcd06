"""How fast texts become a library, beside sentence-transformers and LlamaIndex, in one run.

    pip install -e ".[bench]"
    python -m tests.benchmarks.pace [--paragraphs 400] [--rounds 3] [--threads 1] [--data DIR]

Every way is given the same texts, embedder and number of threads, in a process of its own, in
turns; loading models and a first batch are not timed. `encode` is what sentence-transformers
does by default; LlamaIndex reads the folder with `SimpleDirectoryReader` and `SentenceSplitter`,
embeds with `HuggingFaceEmbedding` and keeps vectors with FAISS, on disk in the end. It is told
to cut passages as long as ours, 140 tokens without overlap, and to embed their words alone: its
own 1024 with file names would lose what is beyond the embedder's window, and what it says of the
files takes most of a passage. Seconds of the clock depend on what else the machine does; those
of the processor hardly, so both are printed. The ratios are those of the medians.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import psutil

from rag import fetching
from rag.assembling import Models, build
from rag.settings import NO_MODEL, PROJECT, Settings

TOGETHER = 8
"""Paragraphs of one file."""
EMBEDDER = "all-minilm-l6-v2"
BATCH = 32
BESIDE = {
    "embedding": "encode",
    "index, without token vectors": "LlamaIndex",
    "index": "LlamaIndex",
}
"""What each of our ways is compared with."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a way works on: a folder of files, an empty one for what it makes, and threads."""

    files: Path
    made: Path
    threads: int

    @property
    def settings(self) -> Settings:
        """The product's defaults, with the embedder that all ways have."""
        models = Settings.from_environment().models
        chosen = replace(Settings(), embedder=EMBEDDER, models=models, threads=self.threads)
        return replace(chosen, library=self.made / "library")

    @property
    def embedder(self) -> str:
        """The folder of the embedder."""
        return str(fetching.locate(EMBEDDER, models=self.settings.models))

    @property
    def texts(self) -> list[str]:
        """The paragraphs of all files."""
        files = sorted(self.files.glob("*.txt"))
        return [text for file in files for text in file.read_text().split("\n\n") if text.strip()]


@dataclass(frozen=True, slots=True)
class Taken:
    """What one run of a way took; memory in bytes, of all its processes at their largest."""

    passages: int
    seconds: float
    processor: float
    memory: int = 0


Work = Callable[[], int]
"""Does what is timed and returns the number of passages."""


# --- ways: each loads what it needs and returns its work ---


def embedding(given: Given) -> Work:
    """Embed with this program's embedder."""
    embedder, texts = Models(given.settings).embedder, given.texts
    embedder.embed_passages(texts[:BATCH])
    return lambda: len(embedder.embed_passages(texts))


def encode(given: Given) -> Work:
    """Embed as sentence-transformers does where nothing is set."""
    from sentence_transformers import SentenceTransformer

    model, texts = SentenceTransformer(given.embedder, device="cpu"), given.texts
    model.encode(texts[:BATCH])
    return lambda: len(model.encode(texts))


def index(given: Given) -> Work:
    """Build a library as `rag index` does."""
    return _indexing(given.settings, given)


def index_without(given: Given) -> Work:
    """Build a library without the token vectors of the late-interaction model."""
    return _indexing(replace(given.settings, late=NO_MODEL), given)


def _indexing(settings: Settings, given: Given) -> Work:
    models = Models(settings)
    models.embedder.embed_passages(given.texts[:BATCH])
    if settings.late != NO_MODEL:
        models.late.encode(given.texts[:1])
    return lambda: build(settings, [given.files], models=models).passages


def llamaindex(given: Given) -> Work:
    """Build a FAISS store of LlamaIndex and persist it."""
    import faiss
    from llama_index.core import SimpleDirectoryReader, StorageContext, VectorStoreIndex
    from llama_index.core.node_parser import SentenceSplitter
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding
    from llama_index.vector_stores.faiss import FaissVectorStore

    embedder = HuggingFaceEmbedding(given.embedder, device="cpu")
    length = len(embedder.get_text_embedding_batch(given.texts[:BATCH])[0])
    tokens = Settings().passage_tokens
    splitter = SentenceSplitter(chunk_size=tokens, chunk_overlap=0, include_metadata=False)

    def work() -> int:
        documents = SimpleDirectoryReader(given.files).load_data()
        for one in documents:
            one.excluded_embed_metadata_keys = list(one.metadata)
        nodes = splitter.get_nodes_from_documents(documents)
        store = FaissVectorStore(faiss.IndexFlatIP(length))
        kept = StorageContext.from_defaults(vector_store=store)
        VectorStoreIndex(nodes, storage_context=kept, embed_model=embedder)
        kept.persist(str(given.made))
        return len(nodes)

    return work


WAYS: dict[str, Callable[[Given], Work]] = {
    "embedding": embedding,
    "encode": encode,
    "index": index,
    "index, without token vectors": index_without,
    "LlamaIndex": llamaindex,
}


# --- running them ---


def once(way: str, given: Given) -> Taken:
    """Return what a way takes in this process and those it starts."""
    import torch

    torch.set_num_threads(given.threads)
    work = WAYS[way](given)
    started, before = time.perf_counter(), _processor()
    passages = work()
    return Taken(passages, time.perf_counter() - started, _processor() - before)


def _processor() -> float:
    """Return the processor seconds of this process and of those it started that have ended."""
    return sum(os.times()[:4])


def apart(way: str, given: Given) -> Taken:
    """Return what a way takes in a process of its own, and the most memory it had."""
    threads = str(given.threads)
    asked = [way, str(given.files), str(given.made), threads]
    limited = os.environ | {"OMP_NUM_THREADS": threads, "TOKENIZERS_PARALLELISM": "false"}
    command = [sys.executable, "-m", "tests.benchmarks.pace", "--once", json.dumps(asked)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=limited, text=True)
    memory = max(_memories(process))
    if process.wait():
        raise SystemExit(f"{way} ended with {process.returncode}")
    passages, seconds, processor = json.loads(process.stdout.read().splitlines()[-1])
    return Taken(passages, seconds, processor, memory)


def _memories(process: subprocess.Popen) -> Iterator[int]:
    """Yield the resident bytes of a process and its children for as long as it runs."""
    yield 0
    watched = psutil.Process(process.pid)
    while process.poll() is None:
        with suppress(psutil.Error):
            family = [watched, *watched.children(recursive=True)]
            yield sum(one.memory_info().rss for one in family)
        time.sleep(0.2)


def write(folder: Path, data: Path, paragraphs: int) -> None:
    """Write files of some paragraphs each: the seeds, encyclopedia articles, and shorter texts."""
    squad = json.loads((data / "squad2" / "squad2_dev_8_articles.json").read_text())["data"]
    wiki = json.loads((data / "twowiki" / "2wikimultihopqa_corpus.json").read_text())
    longer = [one["context"] for article in squad for one in article["paragraphs"]]
    by_turns = zip_longest(longer, (one["text"] for one in wiki))
    texts = [text for pair in by_turns for text in pair if text][:paragraphs]
    for seed in sorted((data.parent / "seeds").glob("*.txt")):
        (folder / seed.name).write_bytes(seed.read_bytes())
    for at in range(0, len(texts), TOGETHER):
        (folder / f"{at:05}.txt").write_text("\n\n".join(texts[at : at + TOGETHER]))


def report(taken: dict[str, Sequence[Taken]]) -> None:
    """Print what each way took, and how many times as fast ours are."""
    print(
        "\n| way | passages | passages/s | processor s | peak memory, MB |\n|---|---|---|---|---|"
    )
    for way, runs in taken.items():
        rate = median(one.passages / one.seconds for one in runs)
        processor = median(one.processor for one in runs)
        memory = max(one.memory for one in runs) / 1e6
        print(f"| {way} | {runs[0].passages} | {rate:.1f} | {processor:.1f} | {memory:.0f} |")
    for ours, theirs in BESIDE.items():
        if ours in taken and theirs in taken:
            clock, processor = (
                median(getattr(one, what) for one in taken[theirs])
                / median(getattr(one, what) for one in taken[ours])
                for what in ("seconds", "processor")
            )
            print(f"{ours} / {theirs}: {clock:.2f} by the clock, {processor:.2f} by the processor")


def main() -> None:
    """Run every way in turns and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--paragraphs", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--data", type=Path, default=PROJECT.parent / "shared" / "data")
    parser.add_argument("--ways", default=";".join(WAYS), help="which, with semicolons")
    parser.add_argument("--once", type=json.loads, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.once:
        way, files, made, threads = options.once
        taken = once(way, Given(Path(files), Path(made), int(threads)))
        print(json.dumps([taken.passages, taken.seconds, taken.processor]))
        return
    taken: dict[str, list[Taken]] = {way: [] for way in options.ways.split(";")}
    with TemporaryDirectory() as folder:
        files = Path(folder, "files")
        files.mkdir()
        write(files, options.data, options.paragraphs)
        for turn in range(options.rounds):
            for way in taken:
                made = Path(folder, f"{turn}-{way}")
                made.mkdir()
                taken[way].append(apart(way, Given(files, made, options.threads)))
                print(way, taken[way][-1], file=sys.stderr, flush=True)
    report(taken)


if __name__ == "__main__":
    main()
