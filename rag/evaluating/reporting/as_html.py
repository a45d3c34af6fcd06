"""A report as one page that needs nothing but itself: figures, plots, and every case.

In: a report. Out: HTML without a clock in it, which asks no machine for anything. Knows
nothing about files.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from markupsafe import Markup

from rag.evaluating.records import STAGES, Report
from rag.evaluating.reporting import bodies, plots, wording
from rag.evaluating.reporting.as_json import plain
from rag.evaluating.reporting.pages import own, page

CHUNK = 100
"""Cases on one page of the list, and in one piece of data that the browser reads at once."""


def html(report: Report) -> str:
    """Return the whole page."""
    return page(
        "report.html.j2",
        report=report,
        name=wording.set_name(report.run),
        figures=_plots(report),
        index=_data(_index(report)),
        chunks=_chunks(report),
        script=own("report.js"),
    )


def _plots(report: Report) -> list[tuple[str, str, Markup]]:
    """Return title, description and SVG of each plot that has something to show."""
    tags = min(len(report.tags), plots.ROWS_SHOWN)
    drawn = [
        ("Metrics", "Each with its 95 % interval", plots.metrics(report.metrics)),
        ("Stages", "Where the cases ended", plots.stages(report.stages)),
        ("Tags", f"Share right, the worst {tags}, 95 % interval", plots.tags(report.tags)),
        (
            "Risk and coverage",
            "Errors when fewer are answered",
            plots.risk_coverage(report.risk_coverage),
        ),
        ("Latency", "How long the cases took", plots.latency(report.cases)),
    ]
    return [(title, told, Markup(svg)) for title, told, svg in drawn if svg]


def _index(report: Report) -> dict:
    return {
        "chunk": CHUNK,
        "stages": [[stage, plots.TONES.get(stage, "bad")] for stage in STAGES],
        "fine": [STAGES.index(stage) for stage in wording.FINE],
        "tags": list(report.tags),
        "documents": list(report.documents),
        "cases": bodies.rows(report),
    }


def _chunks(report: Report) -> Iterator[Markup]:
    paths = bodies.document_paths(report)
    for start in range(0, len(report.cases), CHUNK):
        cases = report.cases[start : start + CHUNK]
        yield _data([bodies.body(judged, paths) for judged in cases])


def _data(value: object) -> Markup:
    """Return JSON for a <script>: no "<" in it, so nothing that ends it or opens a comment."""
    told = json.dumps(plain(value), ensure_ascii=False, separators=(",", ":"))
    return Markup(told.replace("<", "\\u003c"))
