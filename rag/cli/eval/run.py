"""`rag eval run`: ask every question of a test set."""

from __future__ import annotations

from pathlib import Path

import click

from rag.cli.common import emit, json_option, library_option, settings_for
from rag.cli.eval.watching import watching
from rag.errors import UsageError
from rag.evaluating import testsets
from rag.evaluating.launching import DEPTH, Request, launch
from rag.evaluating.reporting.as_json import report_object
from rag.evaluating.reporting.as_text import summary
from rag.evaluating.reporting.files import write_all
from rag.evaluating.running import Plan


@click.command()
@click.argument("test_set", type=click.Path(path_type=Path))
@library_option
@click.option("--retrieval-only", is_flag=True, help="Only search: no generator, fast.")
@click.option(
    "--depth",
    type=click.IntRange(1, 1000),
    help="Hits of a retrieval-only run (default: as many as answering looks at).",
)
@click.option("--sample", type=click.IntRange(1), help="Run only so many cases, always the same.")
@click.option("--seed", default=0, show_default=True, help="Draw another sample.")
@click.option("--given", is_flag=True, help="Answer each case from its own passages alone.")
@click.option(
    "--noise",
    type=click.FloatRange(0, 1),
    help="RGB: five passages for each case, this share of them without the answer.",
)
@click.option("--out", type=click.Path(path_type=Path), help="The folder of the run.")
@click.option("--again", is_flag=True, help="Begin a new run, whatever was run before.")
@json_option
def run(test_set: Path, library: Path | None, as_json: bool, out: Path | None, **how) -> None:
    """Ask every question of TEST_SET, a file or folder in any format `rag eval check` reads.

    A stopped run goes on where it was when the same command is given again. A set that
    brings its own documents is asked over these, unless --library names others. Reports are
    written into the run's folder.
    """
    _fit_together(how["depth"], how["retrieval_only"], out, how["again"])
    settings = settings_for(library)
    depth = (how["depth"] or DEPTH) if how["retrieval_only"] else None
    own = how["given"] or how["noise"] is not None
    request = Request(
        test_set=testsets.read(test_set),
        library=library,
        plan=Plan(depth=depth, own=own, noise=how["noise"]),
        size=how["sample"],
        seed=how["seed"],
        out=out,
        again=how["again"],
    )
    with watching(settings.runs / "libraries") as watch:
        found = launch(request, settings, watch=watch)
    write_all(found, Path(found.run.folder))
    emit(report_object(found), as_json, lambda: summary(found))


def _fit_together(depth: int | None, retrieval_only: bool, out: Path | None, again: bool) -> None:
    if depth and not retrieval_only:
        raise UsageError("--depth is for runs that only search: add --retrieval-only.")
    if out and again:
        raise UsageError("--again finds a new folder by itself: leave out --out.")
