"""What a second `rag index` costs when nothing has changed, against the first one.

    python -m tests.benchmarks.resyncing [--documents 2000] [--real]

Files are read in worker processes, as `rag index` does it. Without `--real` words stand in
for the embedder, which makes the first build faster and the ratio harder to meet; with it the
models that are set are used, loaded afresh for each run, as each command line does.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from rag.assembling import Models, build
from rag.settings import Settings
from rag.storing import Store
from tests.fakes import WordEmbedder

WORDS = ["river", "harvest", "barley", "town", "flood", "grain", "station", "lock", "mill", "dam"]
SENTENCES = 24
BOUND = 0.02


class Words:
    """Stands where `Models` stands: an embedder of words, no late interaction."""

    def __init__(self) -> None:
        self.embedder = WordEmbedder()

    def identity(self, job: str) -> str:
        """Return the name of a model, "none" for all but the embedder."""
        return self.embedder.identity if job == "embedder" else "none"


def write(folder: Path, documents: int) -> None:
    """Write documents of some 2,000 characters, no two alike, in folders of a hundred."""
    chance = random.Random(1)
    for number in range(documents):
        path = folder / f"{number // 100:03}" / f"{number:05}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        sentences = (
            f"The {' '.join(chance.choices(WORDS, k=11))} of report {number} was seen."
            for _ in range(SENTENCES)
        )
        path.write_text(" ".join(sentences))


def timed(settings: Settings, folder: Path, *, real: bool) -> float:
    """Return the seconds of one run, and print what it did."""
    models = Models(settings) if real else Words()
    started = time.perf_counter()
    report = build(settings, [folder], models=models)
    seconds = time.perf_counter() - started
    states = dict(Counter(file.state for file in report.files))
    print(f"{seconds:8.2f} s  {report.documents} documents, {report.passages} passages  {states}")
    return seconds


def main(documents: int, *, real: bool) -> None:
    """Build, then index again three times; print the ratio of the middle one to the build."""
    with TemporaryDirectory() as made:
        folder = Path(made)
        write(folder / "files", documents)
        settings = replace(Settings.from_environment(), library=folder / "library")
        first = timed(settings, folder / "files", real=real)
        time.sleep(2.5)  # files that were written just now are read once more
        again = sorted(timed(settings, folder / "files", real=real) for _ in range(3))
        with closing(Store.open(settings.library)) as store:
            assert store.counts()[0] == documents
    print(f"again / first: {again[1] / first:.2%} (bound {BOUND:.0%})")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--documents", type=int, default=2000)
    parser.add_argument("--real", action="store_true", help="use the models that are set")
    given = parser.parse_args()
    main(given.documents, real=given.real)
