"""How often a question finds its paragraph in another language, on XQuAD.

    python -m tests.benchmarks.crosslingual EMBEDDER… [--pairs de-en en-de] [--questions 238]

For each embedder and pair of languages, the share of questions whose paragraph, one of 240,
is among the five best: by vectors of whole paragraphs, for all 1,190 questions; and through
the program's search over passages, for as many questions as are asked for, evenly spaced: by
dense and keyword search fused, with the cross-encoder, and with late interaction.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from rag.assembling import Assistant, Models, build_from
from rag.settings import PROJECT, Settings
from rag.types import Document, Span

DATA = PROJECT.parent / "shared" / "data" / "xquad"
LANGUAGES = ("en", "de", "es", "ru", "zh")
PAIRS = [f"{asked}-en" for asked in LANGUAGES] + [f"en-{held}" for held in LANGUAGES[1:]]
CUT = 5


@dataclass(frozen=True, slots=True)
class Parallel:
    """One language of XQuAD: paragraphs, and questions with the number of their paragraph."""

    paragraphs: tuple[str, ...]
    questions: tuple[tuple[str, int], ...]


class Unranked:
    """A reranker without an opinion: what is fused stays in its order."""

    identity = "unranked@0"

    def score(self, question: str, texts: Sequence[str]) -> np.ndarray:
        return np.zeros(len(texts), np.float32)


def main() -> None:
    """Print a table for each embedder."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("embedders", nargs="+", metavar="EMBEDDER")
    asked.add_argument("--pairs", nargs="+", choices=PAIRS, default=PAIRS)
    asked.add_argument("--questions", type=int, default=238)
    chosen = asked.parse_args()
    for name in chosen.embedders:
        settings = replace(Settings.from_environment(), embedder=name)
        print(f"\n{name}, hit@{CUT}")
        print("asked  held   vectors     n   fused  crossed   late    n    ms", flush=True)
        for line in lines(chosen.pairs, settings, chosen.questions):
            print(line, flush=True)


def lines(pairs: Sequence[str], settings: Settings, questions: int) -> Iterator[str]:
    """Yield one line of the table for each pair of languages, "asked-held"."""
    models = Models(settings)
    for asked, held in (pair.split("-") for pair in pairs):
        texts, every = parallel(held).paragraphs, parallel(asked).questions
        dense = by_vectors(models, every, texts)
        some = every[:: max(1, len(every) // questions)]
        fused, crossed, late, took = through_search(models, settings, texts, some)
        yield (
            f"{asked:5}  {held:5}  {dense:7.3f} {len(every):5}  {fused:6.3f}  {crossed:7.3f} "
            f"{late:6.3f} {len(some):4} {took:5.0f}"
        )


def parallel(language: str) -> Parallel:
    """Return one language of the data set."""
    content = json.loads((DATA / f"xquad.{language}.json").read_text(encoding="utf-8"))
    found = [one for article in content["data"] for one in article["paragraphs"]]
    questions = [(q["question"], number) for number, one in enumerate(found) for q in one["qas"]]
    return Parallel(tuple(one["context"] for one in found), tuple(questions))


def by_vectors(
    models: Models, pairs: Sequence[tuple[str, int]], paragraphs: Sequence[str]
) -> float:
    """Return the share of questions whose paragraph is among the nearest."""
    vectors, hits = models.embedder.embed_passages(paragraphs), 0
    for question, gold in pairs:
        near = np.argsort(-(vectors @ models.embedder.embed_question(question)), kind="stable")
        hits += gold in near[:CUT]
    return hits / len(pairs)


def through_search(
    models: Models,
    settings: Settings,
    paragraphs: Sequence[str],
    pairs: Sequence[tuple[str, int]],
) -> list[float]:
    """Return the share by fusion, cross-encoder, late interaction; and milliseconds."""
    with tempfile.TemporaryDirectory() as folder:
        settings = replace(settings, library=Path(folder))
        documents = [_document(n, text) for n, text in enumerate(paragraphs)]
        build_from(documents, settings, models=models)
        late, reranker = models.late, models.reranker
        found = []
        for models.late, models.reranker in (None, Unranked()), (None, reranker), (late, reranker):
            start = time.perf_counter()
            with closing(Assistant.open(settings, models)) as assistant:
                found.append(_share(assistant, pairs))
            took = 1000 * (time.perf_counter() - start) / len(pairs)
    return [*found, took]


def _share(assistant: Assistant, pairs: Sequence[tuple[str, int]]) -> float:
    hits = 0
    for question, gold in pairs:
        found = [int(hit.passage.document_id) for hit in assistant.search(question, limit=2 * CUT)]
        hits += gold in list(dict.fromkeys(found))[:CUT]
    return hits / len(pairs)


def _document(number: int, text: str) -> Document:
    return Document(str(number), f"{number}.txt", text, (Span(0, len(text)),))


if __name__ == "__main__":
    main()
