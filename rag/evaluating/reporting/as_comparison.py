"""A comparison of two runs as text, as a JSON object, and as one page, side by side.

In: a comparison. Out: strings, or an object for JSON. Knows nothing about runs on disk.
"""

from __future__ import annotations

from dataclasses import asdict

from markupsafe import Markup

from rag.evaluating.comparing import LOWER_IS_BETTER, TIMES, Comparison, Flip, Row
from rag.evaluating.reporting import plots
from rag.evaluating.reporting.as_json import plain
from rag.evaluating.reporting.as_text import table
from rag.evaluating.reporting.pages import page
from rag.evaluating.reporting.wording import counted, figure, shortened

_COLUMNS = ("", "A", "B", "B - A", "95 % interval", "p", "")
_SHOWN = 20
_WIDTH = 200  # characters of an answer


def comparison_object(found: Comparison) -> dict:
    """Return what `rag eval compare --json` prints."""
    return plain(
        {
            "a": found.a.name,
            "b": found.b.name,
            "identical": found.identical,
            "cases": found.shared,
            "metrics": {
                name: {"a": row.a, "b": row.b, "cases": row.cases, **asdict(row.difference)}
                for name, row in found.rows.items()
            },
            "flips": [
                {"id": flip.case_id, "a": asdict(flip.a), "b": asdict(flip.b)}
                for flip in found.flips
            ],
        }
    )


def text(found: Comparison) -> str:
    """Return the differences, and the first cases that ended differently, side by side."""
    head = f"A is {found.a.name}\nB is {found.b.name}\n{counted(found.shared, 'case')} in both"
    if found.identical:
        head += ": the answers, citations and figures are identical"
    blocks = [head, table(_COLUMNS, _rows(found))]
    blocks += [_flip(flip) for flip in found.flips[:_SHOWN]]
    if len(found.flips) > _SHOWN:
        blocks.append(f"{len(found.flips) - _SHOWN} more ended differently: see --json or --html.")
    if not found.flips:
        blocks.append("Every case ended as before.")
    return "\n\n".join(blocks)


def comparison_page(found: Comparison) -> str:
    """Return one page that needs no network: a plot, a table, the cases that flipped."""
    shares = [
        (name, row.difference.value, row.difference.low, row.difference.high)
        for name, row in found.rows.items()
        if name not in TIMES and "@" not in name
    ]
    return page(
        "comparison.html.j2",
        found=found,
        plot=Markup(plots.differences(shares)),
        head=_COLUMNS,
        rows=_rows(found),
    )


def verdict(name: str, row: Row) -> str:
    """Return "better" or "worse" for a difference beyond chance, else ""."""
    if row.difference.p >= 0.05 or not row.difference.value:
        return ""
    return "better" if (row.difference.value > 0) is not (name in LOWER_IS_BETTER) else "worse"


def _rows(found: Comparison) -> list[tuple[str, ...]]:
    return [
        (name, figure(row.a), figure(row.b), *_difference(row), verdict(name, row))
        for name, row in found.rows.items()
    ]


def _difference(row: Row) -> tuple[str, str, str]:
    one = row.difference
    return f"{one.value:+.3f}", f"{one.low:+.3f} to {one.high:+.3f}", f"{one.p:.3g}"


def _flip(flip: Flip) -> str:
    return (
        f"{flip.case_id}: {shortened(flip.a.question, _WIDTH)}\n"
        f"  A {flip.a.stage}: {shortened(flip.a.text, _WIDTH)}\n"
        f"  B {flip.b.stage}: {shortened(flip.b.text, _WIDTH)}"
    )
