"""A report as Markdown, for a pull request or a log.

In: a report. Out: Markdown with tables (GitHub's flavour); words of documents and models
are escaped, so that they stay words. Knows nothing about files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rag import markdown as words
from rag.evaluating.records import Judged, Report, Row
from rag.evaluating.reporting.wording import (
    by_stage,
    clock_name,
    columns,
    common_failure,
    counted,
    counts_anything,
    duration,
    expected,
    failures,
    given,
    metric_interval,
    metric_name,
    metric_value,
    one_line,
    set_name,
    share_told,
    shortened,
    what_was_run,
    worst_first,
)

FAILED_SHOWN = 20
_LONGEST = 400  # characters of a text before it is cut


def markdown(report: Report) -> str:
    """Return the whole report; of the failed cases the first 20."""
    return "\n\n".join(filter(None, _parts(report))) + "\n"


def escaped(text: str) -> str:
    """Return `text` on one line, with nothing in it that Markdown would act upon."""
    return words.escaped(one_line(text))


def _parts(report: Report) -> Iterable[str]:
    yield f"# Evaluation: {escaped(set_name(report.run))}"
    if not report.complete:
        yield f"**Unfinished:** {len(report.cases):,} of {report.run.cases:,} cases were run."
    yield _section("What was run", ["", ""], what_was_run(report))
    yield _section("Figures", ["metric", "value", "95 % interval", "cases"], _metrics(report))
    yield _section("Answered and refused", ["", *columns(report.matrix)], _matrix(report))
    yield _section("Stages", ["stage", "cases"], _stages(report))
    yield _breakdown("Tags", "tag", report.tags)
    yield _breakdown("Documents", "document", report.documents)
    yield _section("Latency", _latency_head(report), _latency(report))
    yield _failed(report)


def _section(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return f"## {title}\n\n{_table(head, rows)}" if rows else ""


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join([_line(head), "|" + " --- |" * len(head), *map(_line, rows)])


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(escaped(cell) for cell in cells)} |"


def _metrics(report: Report) -> list[tuple[str, ...]]:
    return [
        (
            metric_name(name),
            metric_value(name, metric),
            metric_interval(name, metric),
            str(metric.cases),
        )
        for name, metric in report.metrics.items()
    ]


def _stages(report: Report) -> list[tuple[str, ...]]:
    return [(stage, f"{count:,}") for stage, count in by_stage(report.stages)]


def _matrix(report: Report) -> list[tuple[str, ...]]:
    names = columns(report.matrix)
    if not counts_anything(report.matrix):
        return []
    return [
        (kind, *(f"{row.get(name, 0):,}" for name in names)) for kind, row in report.matrix.items()
    ]


def _breakdown(title: str, noun: str, rows: Mapping[str, Row]) -> str:
    lines = [
        (name, f"{row.cases:,}", f"{row.right:,}", share_told(row), common_failure(row))
        for name, row in worst_first(rows)
    ]
    return _section(title, [noun, "cases", "right", "share", "fails most by"], lines)


def _latency_head(report: Report) -> list[str]:
    return ["", *columns(report.latency)]


def _latency(report: Report) -> list[tuple[str, ...]]:
    names = columns(report.latency)
    return [
        (clock_name(clock), *(duration(row[name]) if name in row else "" for name in names))
        for clock, row in report.latency.items()
    ]


def _failed(report: Report) -> str:
    failed = failures(report)
    if not failed:
        return ""
    more = f", the first {FAILED_SHOWN}" if len(failed) > FAILED_SHOWN else ""
    listed = "\n".join(map(_case, failed[:FAILED_SHOWN]))
    return f"## Failed\n\n{counted(len(failed), 'case')}{more}:\n\n{listed}"


def _case(judged: Judged) -> str:
    case = judged.outcome.case
    return "\n".join(
        f"{lead}{name}: {escaped(shortened(text, _LONGEST))}"
        for lead, name, text in (
            ("- ", f"**{escaped(case.case_id)}** ({judged.stage})", case.question),
            ("  - ", "expected", expected(case)),
            ("  - ", "given", given(judged)),
        )
    )
