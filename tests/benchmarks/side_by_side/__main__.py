"""Quality and time of this program beside LlamaIndex and Haystack, in one run.

    pip install -e ".[bench]"
    pip install --no-deps llama-index-retrievers-bm25==0.8.0 bm25s==0.3.16
    python -m tests.benchmarks.side_by_side --data ../shared/data

All are given the same passages and vectors (as this program splits and embeds them), the same
embedder for questions, the same cross-encoder and two threads, and are asked in turns, each in a
process of its own. Documents are ranked by their best passage. Nothing is downloaded. What is
built is kept in --cache; remove it to build anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import fmean

import click

from rag.evaluating.metrics.ranking import hit_at, ndcg_at, recall_at
from rag.evaluating.metrics.timing import percentile
from rag.evaluating.records import Case
from tests.benchmarks.side_by_side import sets
from tests.benchmarks.side_by_side.asking import ask
from tests.benchmarks.side_by_side.journal import Journal, Reply

_NAMES = {"ours": "this program", "llamaindex": "LlamaIndex", "haystack_pipeline": "Haystack"}
_HEAD = (
    *("set", "system", "setting", "n"),
    *("nDCG@10", "recall@5", "all gold@5", "hit@5", "p50 ms", "p95 ms"),
)


@click.command(help=__doc__)
@click.option("--data", type=click.Path(exists=True, path_type=Path), default="../shared/data")
@click.option("--cache", type=click.Path(path_type=Path), default="index/benchmarks")
@click.option("--sets", "names", default=",".join(sets.QUESTIONS), help="Which, with commas.")
@click.option("--candidates", default=24, help="Of each search, where all have the same.")
@click.option("--sample", type=int, help="So many questions of each set.")
@click.option("--journal", type=click.Path(path_type=Path), help="A killed run goes on from it.")
def main(
    data: Path, cache: Path, names: str, candidates: int, sample: int | None, journal: Path | None
) -> None:
    """Print one table over the chosen sets."""
    cache.mkdir(parents=True, exist_ok=True)
    click.echo(f"haystack-ai {version('haystack-ai')}, llama-index {version('llama-index-core')}\n")
    _print(_HEAD)
    _print(["---"] * len(_HEAD))
    known = Journal(journal)
    for name in names.split(","):
        cases = sets.asked(sets.read(name, data), name, sample)
        spec = (name, str(data), str(cache), str(candidates))
        for (system, setting), replies in ask(cases, spec, known).items():
            _print((name, _NAMES[system], setting, *_figures(cases, replies)))


def _print(row: Sequence[str]) -> None:
    click.echo(f"| {' | '.join(row)} |")


def _figures(cases: Sequence[Case], replies: Sequence[Reply]) -> list[str]:
    pairs = [
        (reply.ranking, {name: 1.0 for name in case.documents})
        for case, reply in zip(cases, replies, strict=True)
    ]
    found = [recall_at(*pair, 5) for pair in pairs]
    quality = (
        fmean(ndcg_at(*pair, 10) for pair in pairs),
        fmean(found),
        fmean(share == 1 for share in found),
        fmean(hit_at(*pair, 5) for pair in pairs),
    )
    times = [reply.ms for reply in replies]
    return [
        str(len(cases)),
        *(f"{value:.3f}" for value in quality),
        *(f"{percentile(times, q):.0f}" for q in (50, 95)),
    ]


if __name__ == "__main__":
    main()
