"""`rag eval gate`: fail when a run is worse than it may be."""

from __future__ import annotations

from pathlib import Path

import click

from rag.cli.common import emit, json_option
from rag.cli.eval.compare import side_of
from rag.errors import GateFailed, UsageError
from rag.evaluating import gating
from rag.evaluating.comparing import compare, side
from rag.evaluating.keeping import folder_of, load
from rag.evaluating.records import Report
from rag.settings import Settings


@click.command()
@click.argument("run")
@click.option("--min", "least", multiple=True, metavar="METRIC=VALUE", help="May not be less.")
@click.option("--max", "most", multiple=True, metavar="METRIC=VALUE", help="May not be more.")
@click.option("--bars", type=click.Path(path_type=Path), help="A JSON file of such bars.")
@click.option("--baseline", help="An earlier run, or a report kept as JSON: not worse than it.")
@click.option(
    "--alpha",
    default=0.05,
    show_default=True,
    type=click.FloatRange(0, 1),
    help="With --baseline: a loss with a smaller one-sided p-value is no chance.",
)
@click.option(
    "--drop",
    type=click.FloatRange(0, 1),
    help="With --baseline: a larger loss fails, whatever its p-value.",
)
@json_option
def gate(run: str, baseline: str | None, as_json: bool, **how) -> None:
    """Exit with 1 and the reasons when RUN is worse than it may be, else with 0."""
    if not (how["least"] or how["most"] or how["bars"] or baseline):
        raise UsageError("Say what the run has to reach: --min METRIC=VALUE, --bars or --baseline.")
    found = load(folder_of(run, Settings.from_environment()))
    reasons = _below(found, how["least"], how["most"], how["bars"])
    if baseline:
        reasons += _worse(found, baseline, how["alpha"], how["drop"])
    verdict = {"run": found.run.folder, "passed": not reasons, "reasons": reasons}
    emit(verdict, as_json, lambda: "\n".join(reasons) or f"{found.run.name} passes.")
    if reasons:
        raise GateFailed(f"{found.run.name} does not pass: {reasons[0]}{_more(reasons)}.")


def _below(
    found: Report, least: tuple[str, ...], most: tuple[str, ...], bars: Path | None
) -> list[str]:
    given = gating.read_bars(bars) if bars else gating.Bars()
    wanted = gating.Bars(
        {**given.least, **dict(map(_bar, least))}, {**given.most, **dict(map(_bar, most))}
    )
    return gating.below(found, wanted)


def _worse(found: Report, baseline: str, alpha: float, drop: float | None) -> list[str]:
    comparison = compare(side_of(baseline), side(found))
    gone = len(comparison.a.cases) - comparison.shared
    if gone:
        click.echo(f"{gone} cases of the baseline are not in this run.", err=True)
    return gating.worse(comparison, alpha=alpha, drop=drop)


def _bar(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    try:
        return name.strip(), float(value)
    except ValueError:
        raise UsageError(f"{text!r} is no bar: write METRIC=VALUE, as accuracy=0.8.") from None


def _more(reasons: list[str]) -> str:
    return f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
