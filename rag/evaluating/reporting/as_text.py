"""A report and a comparison as a terminal shows them.

In: a report. Out: a few lines of plain text. Knows nothing about terminals.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.evaluating.records import Report
from rag.evaluating.reporting.wording import FINE, figure, interval, percent


def summary(report: Report) -> str:
    """Return the figures of a run, its refusals and its failures."""
    run = report.run
    state = "" if report.complete else f", {run.cases - len(report.cases):,} still to run"
    blocks = [
        f"{run.name}: {len(report.cases):,} cases{state} (digest {report.digest})",
        table(
            ("", "value", "95 % interval", "cases"),
            [
                (name, figure(one.value), interval(one), f"{one.cases:,}")
                for name, one in report.metrics.items()
                if "@" not in name
            ],
        ),
        _by_depth(report),
        _refusals(report),
        _failures(report),
        f"{run.folder}/report.html shows every case with its evidence.",
    ]
    return "\n\n".join(block for block in blocks if block)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return rows as columns: the first aligned left, the others right."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    return "\n".join(_line(row, widths) for row in (head, *rows)).rstrip()


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [row[0].ljust(widths[0])]
    cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
    return "  ".join(cells).rstrip()


def _by_depth(report: Report) -> str:
    """Return the metrics that have a depth as one table, a column for each depth."""
    known = {name: one for name, one in report.metrics.items() if "@" in name}
    depths = sorted({int(name.partition("@")[2]) for name in known})
    kinds = dict.fromkeys(name.partition("@")[0] for name in known)
    rows = [
        (
            kind,
            *(figure(known[f"{kind}@{k}"].value) if f"{kind}@{k}" in known else "" for k in depths),
        )
        for kind in kinds
    ]
    return table(("", *(f"@{k}" for k in depths)), rows) if rows else ""


def _refusals(report: Report) -> str:
    if not any(sum(row.values()) for row in report.matrix.values()):
        return ""
    rows = [
        (name, f"{row['answered']:,}", f"{row['refused']:,}") for name, row in report.matrix.items()
    ]
    return table(("", "answered", "refused"), rows)


def _failures(report: Report) -> str:
    failed = {stage: count for stage, count in report.stages.items() if stage not in FINE}
    rows = [
        (stage, f"{count:,}", percent(count / len(report.cases))) for stage, count in failed.items()
    ]
    return table(("where it failed", "cases", "share"), rows) if rows else "Nothing failed."
