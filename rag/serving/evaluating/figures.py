"""The figures of a run, and what differs between two, as HTML for the Evaluate tab.

In: a report, a comparison. Out: HTML strings, every word of documents and models escaped.
Knows nothing about runs on disk.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rag.evaluating.comparing import TIMES, Comparison, Flip, Kept
from rag.evaluating.comparing import Row as Compared
from rag.evaluating.records import Judged, Metric, Report
from rag.evaluating.reporting import plots
from rag.evaluating.reporting.as_comparison import verdict
from rag.evaluating.reporting.wording import (
    answer_of,
    by_depth,
    by_stage,
    clock_name,
    expected,
    failures,
    figure,
    given,
    metric_interval,
    metric_name,
    metric_value,
    percent,
    set_name,
    shortened,
    what_was_run,
    without_depth,
)
from rag.serving.evaluating.page import comparison_address, report_address
from rag.serving.markup import attribute, counted, escaped

SHOWN = 50
"""Failures, or cases that ended differently, that are shown here; the report shows all."""
_LONGEST = 600  # characters of an answer


def run_figures(report: Report) -> str:
    """Return everything that the tab says of one run."""
    run = report.run
    left = "" if report.complete else f" · {run.cases - len(report.cases):,} still to run"
    return (
        f'<header><h2>{escaped(set_name(run))}</h2><p class="hint"><bdi>{escaped(run.name)}</bdi>'
        f" · {counted(len(report.cases), 'case')}{left}</p>"
        f"{_link(report_address(run.name), 'Open the whole report')}</header>"
        f"{_plots(report)}{_stages(report)}{_metrics(report)}{_failures(report)}{_settings(report)}"
    )


def comparison_figures(found: Comparison) -> str:
    """Return everything that the tab says of two runs."""
    ended = counted(len(found.flips), "case") + " ended differently"
    same = "the answers, citations and figures are identical" if found.identical else ended
    rows = (_compared(name, row) for name, row in found.rows.items())
    head = ("Metric", "A", "B", "B − A", "95 % interval", "p", "Beyond chance")
    address = comparison_address(found.a.name, found.b.name)
    return (
        f'<header><h2>Comparison</h2><p class="hint">A is <bdi>{escaped(found.a.name)}</bdi><br>'
        f"B is <bdi>{escaped(found.b.name)}</bdi><br>{counted(found.shared, 'case')} in both: "
        f"{same}</p>{_link(address, 'Open as a page')}</header>"
        f"{_table('Differences, paired by case', head, rows)}{_flips(found.flips)}"
    )


def _link(address: str, words: str) -> str:
    return (
        f'<p><a href="{attribute(address)}" target="_blank" rel="noopener">{words}'
        '<span class="spoken"> in a new tab</span></a></p>'
    )


def _plots(report: Report) -> str:
    drawn = (
        ("Metrics, with 95 % intervals", plots.metrics(report.metrics)),
        ("Where the cases ended", plots.stages(report.stages)),
    )
    figures = "".join(
        f'<figure><figcaption>{title}</figcaption><div role="img" aria-label="{title}: the '
        f'figures are in the table below">{svg}</div></figure>'
        for title, svg in drawn
        if svg
    )
    return f'<div class="plots">{figures}</div>' if figures else ""


def _metrics(report: Report) -> str:
    rows = (
        (metric_name(name), metric_value(name, one), metric_interval(name, one), f"{one.cases:,}")
        for name, one in without_depth(report.metrics).items()
    )
    told = _table("Figures", ("Metric", "Value", "95 % interval", "Cases"), rows)
    return told + _by_depth(by_depth(report.metrics))


def _by_depth(found: Mapping[str, Mapping[str, Metric]]) -> str:
    """Return the metrics that are measured at several depths, a column for each; "" without any."""
    depths = sorted({depth for known in found.values() for depth in known}, key=int)
    rows = (
        (metric_name(name), *(figure(known[k].value) if k in known else "–" for k in depths))
        for name, known in found.items()
    )
    head = ("Among the first", *depths)
    return _table("Retrieval by depth", head, rows) if found else ""


def _stages(report: Report) -> str:
    whole = len(report.cases)
    rows = (
        (stage, f"{count:,}", percent(count / whole)) for stage, count in by_stage(report.stages)
    )
    return _table("Where the cases ended", ("Stage", "Cases", "Share"), rows)


def _settings(report: Report) -> str:
    rows = "".join(
        f"<div><dt>{escaped(name)}</dt><dd>{escaped(value) or '–'}</dd></div>"
        for name, value in what_was_run(report)
    )
    return f"<details><summary>What was run</summary><dl>{rows}</dl></details>"


def _failures(report: Report) -> str:
    failed = failures(report)
    if not failed:
        return '<h3>Failures</h3><p class="hint">Nothing failed.</p>'
    more = len(failed) - SHOWN
    note = f'<p class="hint">{more:,} more are in the whole report.</p>' if more > 0 else ""
    listed = "".join(map(_failure, failed[:SHOWN]))
    return f'<h3>Failures ({len(failed):,})</h3><ul class="failures">{listed}</ul>{note}'


def _failure(one: Judged) -> str:
    case = one.outcome.case
    facts = (
        ("Answer", shortened(given(one), _LONGEST)),
        ("Expected", shortened(expected(case), _LONGEST) or "not said"),
    )
    told = "".join(
        f"<div><dt>{name}</dt><dd dir=auto>{_words(text)}</dd></div>" for name, text in facts
    )
    return (
        f'<li><p class="stage">{escaped(one.stage)}</p><h4 dir="auto">{_words(case.question)}</h4>'
        f"<dl>{told}</dl>{_evidence(one)}</li>"
    )


def _evidence(one: Judged) -> str:
    shown = answer_of(one).get("evidence", ())
    if not shown:
        return '<p class="hint">No passage was read.</p>'
    cited = {
        citation["number"]
        for said in answer_of(one).get("statements", ())
        for citation in said["citations"]
    }
    items = "".join(
        f"<li><p class=origin>[{told['number']}] {_words(told.get('title') or told['path'])}"
        f"{' · cited' if told['number'] in cited else ''}</p>"
        f'<blockquote dir="auto">{escaped(told["text"])}</blockquote></li>'
        for told in shown
    )
    name = f'<span class="spoken"> of {escaped(one.outcome.case.case_id)}</span>'
    return (
        f"<details><summary>{counted(len(shown), 'passage')} read{name}</summary>"
        f'<ul class="passages">{items}</ul></details>'
    )


def _compared(name: str, row: Compared) -> tuple[str, ...]:
    one = row.difference
    return (
        f"{clock_name(name)} (ms)" if name in TIMES else metric_name(name),
        figure(row.a),
        figure(row.b),
        f"{one.value:+.3f}",
        f"{one.low:+.3f} to {one.high:+.3f}",
        f"{one.p:.3g}",
        verdict(name, row) or "no",
    )


def _flips(flips: Sequence[Flip]) -> str:
    if not flips:
        return '<p class="hint">Every case ended as before.</p>'
    rows = "".join(
        f'<tr><th scope="row" dir="auto">{_words(flip.a.question)}</th>'
        f"{_side(flip.a)}{_side(flip.b)}</tr>"
        for flip in flips[:SHOWN]
    )
    more = len(flips) - SHOWN
    note = f'<p class="hint">{more:,} more are on the page.</p>' if more > 0 else ""
    return (
        '<div class="scroll" tabindex="0" role="region" aria-label="Cases that ended differently">'
        '<table class="flips"><caption>Cases that ended differently</caption><thead><tr>'
        '<th scope="col">Question</th><th scope="col">A</th><th scope="col">B</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>{note}"
    )


def _side(kept: Kept) -> str:
    text = _words(shortened(kept.text, _LONGEST))
    return f'<td><p class="stage">{escaped(kept.stage)}</p><p dir="auto">{text}</p></td>'


def _table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table: the first column names its row, the others are numbers."""
    first, *rest = head
    columns = f'<th scope="col">{first}</th>' + "".join(
        f'<th scope="col" class="n">{one}</th>' for one in rest
    )
    body = "".join(
        f'<tr><th scope="row">{escaped(name)}</th>'
        + "".join(f'<td class="n">{escaped(cell)}</td>' for cell in cells)
        + "</tr>"
        for name, *cells in rows
    )
    return (
        f'<div class="scroll figures" tabindex="0" role="region" aria-label="{caption}"><table>'
        f"<caption>{caption}</caption><thead><tr>{columns}</tr></thead><tbody>{body}</tbody>"
        "</table></div>"
    )


def _words(text: str) -> str:
    return escaped(" ".join(text.split()))
