"""How well the right documents are found, against each part of the search alone.

    python -m tests.benchmarks.retrieval [--data ../shared/data] [--sets scifact,2wiki]
        [--sample 300] [--held-back]

The same questions through BM25, the embedder, plain fusion of the two (reciprocal ranks, 60)
and the whole search, with and without the cross-encoder over its first hits. Documents are
ranked by their best passage; metrics are trec_eval's. SciFact is asked its train claims, 2Wiki
its 101 questions; `--held-back` leaves out the half that weights were fitted on. Libraries
are built once and kept in --cache.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from statistics import fmean

import click
from tqdm import tqdm

from rag.assembling import Models, build_from
from rag.evaluating import corpora
from rag.evaluating.metrics.ranking import ndcg_at, recall_at
from rag.evaluating.records import Case
from rag.evaluating.sampling import sample
from rag.indexing import VectorIndex
from rag.retrieving import Searchable, judged, retrieve
from rag.settings import Settings
from rag.storing import Store
from tests.benchmarks.side_by_side import sets

DEPTH = 50
RRF = 60
"""The constant of reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009)."""

Ranking = Callable[[str], list[str]]


@click.command(help=__doc__)
@click.option("--data", type=click.Path(exists=True, path_type=Path), default="../shared/data")
@click.option("--cache", type=click.Path(path_type=Path), default="index/benchmarks")
@click.option("--sets", "names", default="scifact,2wiki")
@click.option("--sample", "size", type=int, default=300, help="At most so many questions.")
@click.option("--held-back", is_flag=True)
def main(data: Path, cache: Path, names: str, size: int, held_back: bool) -> None:
    """Print a table for each set."""
    for name in names.split(","):
        test_set = sets.read(name, data)
        cases = sample(test_set.cases, min(size, len(test_set.cases)))
        if held_back:
            cases = tuple(case for case in cases if not in_tuning_half(case))
        with closing(opened(test_set, cache / name)) as library:
            paths = {one.document_id: one.path for one in library.store.documents()}
            print(f"\n{name}: {len(cases)} questions, {library.store.counts()[1]} passages")
            for title, ranking in rankings(library.searchable).items():
                print(f"{title:34} {figures(cases, ranking, paths)}", flush=True)


def in_tuning_half(case: Case) -> bool:
    """Say whether the weights of rag/retrieving/scoring.py were fitted with this question."""
    return int(sha256(case.question.encode()).hexdigest(), 16) % 2 == 0


class opened:
    """The library of a set, built first where it is not there."""

    def __init__(self, test_set, folder: Path):
        settings = replace(Settings.from_environment(), library=folder)
        models = Models(settings)
        documents = corpora.documents(test_set)
        with tqdm(desc="index", leave=False) as bar:
            build_from(documents, settings, models=models, progress=lambda p: _show(bar, p))
        self.store = Store.open(folder)
        late = models.late
        self.searchable = Searchable(
            self.store,
            VectorIndex.open(self.store),
            models.embedder,
            models.reranker,
            settings.candidates,
            late if late and self.store.has_signs(late.identity) else None,
        )

    def close(self) -> None:
        self.store.close()


def _show(bar: tqdm, progress) -> None:
    bar.total, bar.n, bar.unit = progress.of, progress.done, progress.what
    bar.refresh()


def rankings(library: Searchable) -> dict[str, Ranking]:
    """Return each way to search by its name."""
    store = library.store

    def document_ids(passage_ids: Sequence[int]) -> list[str]:
        return list(dict.fromkeys(one.document_id for one in store.passages(passage_ids)))

    def keyword(question: str) -> list[int]:
        return [found for found, _ in store.keyword_search(question, DEPTH)]

    def dense(question: str) -> list[int]:
        vector = library.embedder.embed_question(question)
        return [found for found, _ in library.index.search(vector, DEPTH)]

    def plain(question: str) -> list[int]:
        scores: dict[int, float] = {}
        for ranking in (dense(question), keyword(question)):
            for rank, found in enumerate(ranking, 1):
                scores[found] = scores.get(found, 0.0) + 1 / (RRF + rank)
        return sorted(scores, key=lambda found: (-scores[found], found))

    def whole(question: str, most: int = 0) -> list[str]:
        hits = retrieve(question, library, limit=DEPTH)
        hits = judged(question, hits, library, most=most) if most else hits
        told = [one.document_id for hit in hits for one in (hit.passage, *hit.copies)]
        return list(dict.fromkeys(told))

    return {
        "BM25": lambda question: document_ids(keyword(question)),
        "dense": lambda question: document_ids(dense(question)),
        "plain fusion": lambda question: document_ids(plain(question)),
        "the search": whole,
        "the search, 8 read by cross-encoder": lambda question: whole(question, 8),
    }


def figures(cases: Sequence[Case], ranking: Ranking, paths: dict[str, str]) -> str:
    """Return nDCG@10, recall@5, recall@10 and the share with all gold in the first five."""
    rows = []
    for case in tqdm(cases, leave=False):
        found = [paths[one] for one in ranking(case.question)]
        gold = {one: 1.0 for one in case.documents}
        five = recall_at(found, gold, 5)
        rows.append((ndcg_at(found, gold, 10), five, recall_at(found, gold, 10), five == 1))
    names = ("nDCG@10", "recall@5", "recall@10", "all gold@5")
    means = (fmean(column) for column in zip(*rows, strict=True))
    return "  ".join(f"{name} {mean:.3f}" for name, mean in zip(names, means, strict=True))


if __name__ == "__main__":
    main()
