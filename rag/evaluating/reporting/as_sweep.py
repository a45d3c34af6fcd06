"""A sweep as text, as Markdown, as an object for JSON, and as one page with its plot.

In: a sweep. Out: strings, or an object for JSON. Knows nothing about runs on disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from markupsafe import Markup

from rag.evaluating.reporting import plots
from rag.evaluating.reporting.as_json import plain
from rag.evaluating.reporting.as_markdown import escaped
from rag.evaluating.reporting.as_text import table
from rag.evaluating.reporting.pages import page
from rag.evaluating.reporting.wording import (
    counted,
    duration,
    figure,
    interval,
    one_line,
)
from rag.evaluating.sweeping import Result, Sweep, shown

_BEST = "yes"


def sweep_object(sweep: Sweep) -> dict:
    """Return what `rag eval sweep --json` prints."""
    return plain(
        {
            "test_set": sweep.test_set,
            "quality": sweep.quality,
            "reference": sweep.results[0].run.folder,
            "runs": [_run_object(result) for result in sweep.results],
        }
    )


def text(sweep: Sweep) -> str:
    """Return the combinations as a terminal shows them."""
    head, *rows = rows_of(sweep)
    title = f"{sweep.test_set}: {counted(len(sweep.results), 'combination')}"
    return "\n\n".join([title, table(head, rows), "\n".join(notes(sweep))])


def markdown(sweep: Sweep) -> str:
    """Return the combinations as a table for a text page."""
    head, *rows = rows_of(sweep)
    lines = [_line(head), "|" + " --- |" * len(head), *map(_line, rows)]
    parts = [f"# Sweep: {escaped(sweep.test_set)}", "\n".join(lines), *map(escaped, notes(sweep))]
    return "\n\n".join(parts) + "\n"


def html(sweep: Sweep) -> str:
    """Return one page with the plot and the table."""
    head, *rows = rows_of(sweep)
    return page(
        "sweep.html.j2",
        sweep=sweep,
        counted=counted(len(sweep.results), "combination"),
        cases=counted(sweep.results[0].run.cases, "case"),
        labels=", ".join(sweep.results[0].combination.varied),
        plot=Markup(plot(sweep)),
        head=head,
        rows=rows,
        notes=notes(sweep),
    )


def plot(sweep: Sweep) -> str:
    """Return quality against time as SVG, each dot named by its values alone."""
    points = [
        (_label(result), result.quality, result.total_ms)
        for result in sweep.results
        if result.total_ms is not None
    ]
    return plots.quality_time(points, of=_clock(sweep))


def rows_of(sweep: Sweep) -> list[tuple[str, ...]]:
    """Return the table, its head first; the row after it is the reference."""
    head = (
        *("settings", sweep.quality, "95 % interval", "median time"),
        *("difference", "95 % interval", "p", "best for its time"),
    )
    reference, *others = sweep.results
    return [
        head,
        (*_figures(reference), "reference", "", "", _best(reference)),
        *((*_figures(one), *_difference(one), _best(one)) for one in others),
    ]


def notes(sweep: Sweep) -> list[str]:
    """Return what a reader of the table has to know."""
    found = [
        f"The time is that {_clock(sweep)}. Best for its time: no other is both faster and better.",
        "Differences are to the first row, paired by case.",
    ]
    compared = len(sweep.results) - 1
    if compared > 1:
        found[1] += (
            f" p is of each comparison by itself: with {compared} of them, "
            f"count on a difference only where p is below {0.05 / compared:.2g}."
        )
    return found


def _clock(sweep: Sweep) -> str:
    return "of the search" if sweep.retrieval_only else "to the whole answer"


def _run_object(result: Result) -> dict:
    return {
        "run": result.run.folder,
        "settings": dict(result.combination.varied),
        "metrics": {name: asdict(metric) for name, metric in result.metrics.items()},
        "quality": asdict(result.quality),
        "total_ms": result.total_ms,
        "difference": asdict(result.difference),
        "pareto": result.pareto,
    }


def _figures(result: Result) -> tuple[str, str, str, str]:
    time = "" if result.total_ms is None else duration(result.total_ms)
    quality = result.quality
    return one_line(result.combination.name), figure(quality.value), interval(quality), time


def _difference(result: Result) -> tuple[str, str, str]:
    one = result.difference
    return f"{one.value:+.3f}", f"{one.low:+.3f} to {one.high:+.3f}", f"{one.p:.3g}"


def _best(result: Result) -> str:
    return _BEST if result.pareto else ""


def _label(result: Result) -> str:
    return " · ".join(_short(value) for value in result.combination.varied.values())


def _short(value: object) -> str:
    return value.name if isinstance(value, Path) else shown(value)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(map(escaped, cells))} |"
