"""Fits the weights by which rag/retrieving/scoring.py adds up a passage's scores.

    python -m tests.benchmarks.weights [--data ../shared/data] [--sets 2wiki,scifact]

Candidates are those of dense and keyword search over the documents of a set; each weight is
tried against nDCG@10 on half of the questions (`in_tuning_half` of tests/benchmarks/retrieval.py),
and the best are shown with the other half's figures. No question is searched in parts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from itertools import product
from pathlib import Path
from statistics import fmean

import click
from tqdm import tqdm

from rag.evaluating.metrics.ranking import ndcg_at
from rag.evaluating.records import Case
from rag.evaluating.sampling import sample
from rag.reranking import maxsim
from rag.retrieving import Searchable
from rag.retrieving.scoring import KEYWORD, LATE
from tests.benchmarks.retrieval import in_tuning_half, opened
from tests.benchmarks.side_by_side import sets

KEYWORDS = (0, 0.1, 0.2, 0.3, 0.5, 0.8)
LATES = (0, 0.5, 1, 2, 3, 5, 8)
SHOWN = 8

Signals = tuple[float, float, float]
Found = Mapping[str, Sequence[Signals]]
"""What is known of the passages found, by document."""


@click.command(help=__doc__)
@click.option("--data", type=click.Path(exists=True, path_type=Path), default="../shared/data")
@click.option("--cache", type=click.Path(path_type=Path), default="index/benchmarks")
@click.option("--sets", "names", default="2wiki,scifact")
@click.option("--sample", "size", type=int, default=150)
def main(data: Path, cache: Path, names: str, size: int) -> None:
    """Print the best weights, and those in use, with the figures of both halves."""
    known = {name: gathered(name, data, cache, size) for name in names.split(",")}
    rows = [
        (weights, [figure(one, weights, tuning=True) for one in known.values()])
        for weights in product(KEYWORDS, LATES)
    ]
    rows.sort(key=lambda row: -fmean(row[1]))
    used = next(row for row in rows if row[0] == (KEYWORD, LATE))
    print(f"keyword, late: nDCG@10 of {', '.join(known)} (held-back half)")
    for weights, figures in [*rows[:SHOWN], used]:
        held = [figure(one, weights, tuning=False) for one in known.values()]
        told = (f"{one:.3f} ({other:.3f})" for one, other in zip(figures, held, strict=True))
        print(f"{weights}: {', '.join(told)}{'  in use' if weights == used[0] else ''}")


def gathered(name: str, data: Path, cache: Path, size: int) -> list[tuple[Case, Found]]:
    """Return each question of a set with what is known of its candidates."""
    test_set = sets.read(name, data)
    cases = sample(test_set.cases, min(size, len(test_set.cases)))
    with closing(opened(test_set, cache / name)) as library:
        paths = {one.document_id: one.path for one in library.store.documents()}
        return [
            (case, candidates(case.question, library.searchable, paths))
            for case in tqdm(cases, desc=name, leave=False)
        ]


def candidates(question: str, library: Searchable, paths: Mapping[str, str]) -> Found:
    """Return cosine, keyword score and late-interaction score of each passage found."""
    vector = library.embedder.embed_question(question)
    keyword = dict(library.store.keyword_search(question, library.candidates))
    dense = [found for found, _ in library.index.search(vector, library.candidates)]
    ids = list(dict.fromkeys([*dense, *keyword]))
    cosines = library.index.similarity(vector, ids).tolist()
    signs = library.store.signs_of(ids)
    shape = (-1, library.late.dimension // 8)
    tokens = library.late.encode_question(question)
    late = maxsim(tokens, [signs[one].reshape(shape) for one in ids]).tolist()
    found: dict[str, list[Signals]] = {}
    for passage, cosine, score in zip(library.store.passages(ids), cosines, late, strict=True):
        known = (library.embedder.scale * cosine, keyword.get(passage.passage_id, 0.0), score)
        found.setdefault(paths[passage.document_id], []).append(known)
    return found


def figure(known: list[tuple[Case, Found]], weights: tuple[float, float], *, tuning: bool) -> float:
    """Return the mean nDCG@10 of one half of the questions under these weights."""
    return fmean(
        ndcg_at(ranked(found, weights), {one: 1.0 for one in case.documents}, 10)
        for case, found in known
        if in_tuning_half(case) is tuning
    )


def ranked(found: Found, weights: tuple[float, float]) -> list[str]:
    """Return the documents, best passage first."""
    keyword, late = weights
    best = {
        document: max(d + keyword * k + late * s for d, k, s in passages)
        for document, passages in found.items()
    }
    return sorted(best, key=lambda document: (-best[document], document))


if __name__ == "__main__":
    main()
