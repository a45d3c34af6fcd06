"""How search and memory grow with the library, from a thousand passages to a million.

    python -m tests.benchmarks.growing fill    [--sizes 1000,10000,100000,1000000]
    python -m tests.benchmarks.growing measure [--sizes 1000,10000,100000,1000000]
    python -m tests.benchmarks.growing report  [--plot FILE]

Libraries are those of tests/benchmarks/latency.py; `fill` makes those that are not in --out yet
(a million passages take about 12 GB of disk). `measure` opens each in a process of its own: real
questions are searched for, ten of them first to warm up; in another one the assistant starts, the
generator with it, and is asked two (most are refused: the passages are lines drawn at random).
Memory is the highest that a process held (VmHWM), the generator's file, which is mapped
into it, included. `report` prints the last measurement of each size as a table.
"""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import click

from rag.assembling import Assistant, Models, located
from rag.evaluating.metrics.timing import percentile
from rag.retrieving import retrieve
from rag.settings import PROJECT, Settings
from rag.storing import Store
from tests.benchmarks import latency
from tests.benchmarks.indexing import apart, embeddings
from tests.benchmarks.libraries import searchable

SIZES = "1000,10000,100000,1000000"
ANSWERED = 2
_COLUMNS = {
    "passages": "passages",
    "disk": "on disk GB",
    "opened": "open s",
    "p50": "search p50 ms",
    "p95": "search p95 ms",
    "searching": "memory searching GB",
    "answering": "memory answering GB",
    "beside": "of it, beside the generator's file GB",
}
_out = click.option(
    "--out", type=click.Path(path_type=Path), default=PROJECT / "index" / "benchmarks" / "growing"
)
_sizes = click.option("--sizes", default=SIZES, show_default=True)


@click.group(help=__doc__)
def main() -> None:
    """Fill, measure or report."""


@main.command()
@_out
@_sizes
@click.option("--vectors", type=click.Path(path_type=Path), help="Embeddings kept from before.")
def fill(out: Path, sizes: str, vectors: Path | None) -> None:
    """Make the libraries that are not there yet."""
    settings = Settings.from_environment()
    models = Models(settings)
    real, _ = embeddings(vectors)
    for size in map(int, sizes.split(",")):
        folder, partial = out / str(size), out / f"{size}.partial"
        if folder.is_dir():
            continue
        shutil.rmtree(partial, ignore_errors=True)
        with closing(Store.create(partial)) as store:
            latency.fill(store, models, real, size)
            with store.transaction():
                store.set_meta("embedder", models.embedder.identity)
                store.set_meta("passage_tokens", str(settings.passage_tokens))
            searchable(store, models, settings)  # builds the index
        partial.rename(folder)


@main.command()
@_out
@_sizes
def measure(out: Path, sizes: str) -> None:
    """Measure the libraries that are there, each size anew."""
    generator = located(Settings.from_environment().generator, Settings.from_environment())
    for size in map(int, sizes.split(",")):
        folder = out / str(size)
        found, searching = apart(searched, folder)
        refusals, answering = apart(answered, folder)
        disk = sum(one.stat().st_size for one in folder.iterdir()) / 1e9
        beside = answering - generator.stat().st_size / 1e9
        told = {"passages": size, "disk": disk, "searching": searching, "answering": answering}
        told |= {"beside": beside, "refusals": refusals, **found}
        (out / f"{size}.json").write_text(json.dumps(told))
        click.echo(json.dumps(told))


@main.command()
@_out
@click.option("--plot", type=click.Path(path_type=Path), help="Draw times and memory, as SVG.")
def report(out: Path, plot: Path | None) -> None:
    """Print a table of what was measured."""
    rows = sorted((json.loads(one.read_text()) for one in out.glob("*.json")), key=_passages)
    click.echo("| " + " | ".join(_COLUMNS.values()) + " |")
    click.echo("|" + " --- |" * len(_COLUMNS))
    for row in rows:
        click.echo("| " + " | ".join(_shown(row[name]) for name in _COLUMNS) + " |")
    if plot:
        draw(rows, plot)


def searched(folder: Path) -> dict[str, float]:
    """Return the seconds that opening a library takes, and the times of searches in it."""
    settings = replace(Settings.from_environment(), library=folder)
    models = Models(settings)
    _ = models.embedder.embed_question("?"), models.late.encode_question("?")
    with closing(Store.open(folder)) as store:
        start = perf_counter()
        library = searchable(store, models, settings)
        opened = perf_counter() - start
        asked = latency.questions()
        times = [latency.timed(retrieve, one, library, limit=10) for one in asked][10:]
    return {"opened": opened, "p50": percentile(times, 50), "p95": percentile(times, 95)}


def answered(folder: Path) -> list[str | None]:
    """Ask questions over a library, as the program does; return how each was refused."""
    settings = replace(Settings.from_environment(), library=folder)
    with closing(Assistant.open(settings, logged=False)) as assistant:
        assistant.warm_up()
        return [assistant.ask(one).refusal for one in latency.chains()[:ANSWERED]]


def draw(rows: list[dict], path: Path) -> None:
    """Draw search times and memory over the size of the library, both axes logarithmic."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    figure, (times, memory) = pyplot.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
    sizes = [row["passages"] for row in rows]
    for axes, names, unit in (
        (times, ("p50", "p95"), "ms"),
        (memory, ("searching", "answering"), "GB"),
    ):
        for name in names:
            axes.plot(sizes, [row[name] for row in rows], marker="o", label=_COLUMNS[name])
        axes.set(xscale="log", yscale="log", xlabel="passages", ylabel=unit)
        axes.legend()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None})


def _shown(number: float) -> str:
    return f"{number:,}" if isinstance(number, int) else f"{number:.3g}"


def _passages(row: dict) -> int:
    return row["passages"]


if __name__ == "__main__":
    main()
