"""`rag eval sweep`: run a test set under several settings, and weigh quality against time."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

import click

from rag.cli.common import emit, json_option, library_option, settings_for
from rag.cli.eval.watching import say, watching
from rag.evaluating import sweeping, testsets
from rag.evaluating.launching import DEPTH, Request, Watch
from rag.evaluating.reporting import as_sweep
from rag.evaluating.reporting.files import replaced, write_all
from rag.evaluating.running import Plan
from rag.evaluating.sweeping import Combination, Step, Sweep


@click.command(epilog=f"What can be varied: {', '.join(sweeping.VARIABLE)}.")
@click.argument("test_set", type=click.Path(path_type=Path))
@library_option
@click.option(
    "--vary",
    "wanted",
    multiple=True,
    metavar="NAME=VALUE,VALUE",
    help="A setting and its values, as evidence_tokens=200,450. May be given several times.",
)
@click.option("--retrieval-only", is_flag=True, help="Only search: no generator, fast.")
@click.option("--sample", type=click.IntRange(1), help="Run only so many cases, always the same.")
@click.option("--seed", default=0, show_default=True, help="Draw another sample.")
@click.option("--given", is_flag=True, help="Answer each case from its own passages alone.")
@click.option("--html", type=click.Path(path_type=Path), help="Write a page with the plot.")
@click.option("--markdown", type=click.Path(path_type=Path), help="Write a table in Markdown.")
@json_option
def sweep(test_set: Path, library: Path | None, as_json: bool, **how) -> None:
    """Run TEST_SET under every combination of the varied settings.

    The settings as they are come first and are what the others are compared with. Each
    combination is a run like those of `rag eval run`: a stopped sweep goes on where it was.
    """
    searching = how["retrieval_only"]
    varied = sweeping.values(how["wanted"], searching=searching)
    request = Request(
        test_set=testsets.read(test_set),
        library=library,
        plan=Plan(depth=DEPTH if searching else None, own=how["given"]),
        size=how["sample"],
        seed=how["seed"],
    )
    combined = sweeping.combinations(settings_for(library), varied)
    sweeping.check(combined, searching=searching)
    found = _run(request, combined)
    _write(found, how["html"], how["markdown"])
    emit(as_sweep.sweep_object(found), as_json, lambda: as_sweep.text(found))


def _run(request: Request, combined: tuple[Combination, ...]) -> Sweep:
    ran = []
    for combination, report in sweeping.sweep(request, combined, watching=_watching):
        write_all(report, Path(report.run.folder))
        ran.append(sweeping.measured(combination, report))
    return sweeping.weighed(ran)


def _watching(step: Step) -> AbstractContextManager[Watch]:
    """Say which combination is run, and show the building of its library and its run."""
    say(f"{step.number} of {step.of}: {step.combination.name}")
    return watching(step.combination.settings.runs / "libraries")


def _write(found: Sweep, html: Path | None, markdown: Path | None) -> None:
    for path, form in ((html, as_sweep.html), (markdown, as_sweep.markdown)):
        if path:
            replaced(path, form(found))
            say(f"Written: {path}")
