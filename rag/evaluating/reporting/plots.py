"""The plots of a report as SVG that stands within a page.

In: figures. Out: SVG strings, the same bytes for the same figures; colours are the page's
own (CSS variables, with a value for use elsewhere); "" where there is nothing to draw.
Knows nothing about pages. Draws through matplotlib's objects: no window, no pyplot.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator, FuncFormatter, MaxNLocator

from rag.evaluating.records import Judged, Metric, Row
from rag.evaluating.reporting.wording import (
    answer_of,
    by_stage,
    figure,
    judged_cases,
    metric_name,
    percent,
    share,
    shortened,
    without_depth,
    worst_first,
)

COLOURS = {
    "ink": "#1d1d1f",
    "soft": "#5d5c59",
    "line": "#e1ded5",
    "accent": "#1f4e79",
    "good": "#2c6e4e",
    "warn": "#8a4b00",
    "bad": "#a3261c",
    "sheet": "#fefefe",
}
"""The names of the page's colours, and what they are where no page sets them."""
TONES = {
    "right": "good",
    "not indexed": "warn",
    "not retrieved": "warn",
    "not shown": "warn",
    "not judged": "soft",
}
"""The colour of a stage: lost before the model read it is a warning, after that it is bad."""
ROWS_SHOWN = 15

_WIDTH = 384  # points, and units of the drawing
_TEXT = 11
_ROW = 20
_LETTER = 6.1
_LONGEST = 24  # characters of a label
_POINTS = 200  # of a curve
_SETTINGS = {
    "svg.fonttype": "none",
    "font.family": ["DejaVu Sans"],  # comes with matplotlib: measures alike everywhere
    "font.size": _TEXT,
    "text.color": COLOURS["ink"],
    "axes.labelcolor": COLOURS["soft"],
    "axes.edgecolor": COLOURS["line"],
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "xtick.color": COLOURS["line"],
    "xtick.labelcolor": COLOURS["soft"],
    "ytick.color": COLOURS["line"],
    "ytick.labelcolor": COLOURS["soft"],
    "grid.color": COLOURS["line"],
    "grid.linewidth": 0.8,
}


def metrics(found: Mapping[str, Metric]) -> str:
    """Return the metrics of 0…1 as dots with their confidence intervals.

    At most `ROWS_SHOWN`; those that are measured at several depths only where there are few.
    """
    once = without_depth(found)
    rows = [
        (metric_name(name), metric.value, metric.low, metric.high)
        for name, metric in (once if len(once) > 4 else found).items()
        if 0 <= metric.low <= metric.high <= 1 and not name.endswith("_ms")
    ][:ROWS_SHOWN]
    return _rendered("metrics", partial(_whiskers, rows, _of_one, figure)) if rows else ""


def differences(rows: Sequence[tuple[str, float, float, float]]) -> str:
    """Return paired differences (name, value, low, high) as dots with intervals around zero."""
    return _rendered("differences", partial(_differences, rows)) if rows else ""


def stages(found: Mapping[str, int]) -> str:
    """Return how many cases ended at each stage, as bars."""
    rows = by_stage(found)
    return _rendered("stages", partial(_stages, rows)) if rows else ""


def tags(found: Mapping[str, Row]) -> str:
    """Return the share of right cases per tag, worst first, with Wilson's 95 % interval."""
    rows = [
        (name, share(row), *wilson(row.right, judged_cases(row)))
        for name, row in worst_first(found)
        if judged_cases(row)
    ][:ROWS_SHOWN]
    return _rendered("tags", partial(_whiskers, rows, _of_hundred, percent)) if rows else ""


def risk_coverage(points: Sequence[tuple[float, float]]) -> str:
    """Return the share of wrong answers against the share of questions answered."""
    return _rendered("risk", partial(_risk, _thinned(points))) if len(points) > 1 else ""


def latency(cases: Sequence[Judged]) -> str:
    """Return the share of cases done within a time: first and last word, or the search alone."""
    curves = {
        "first word": _timings(cases, "first_token_ms"),
        "whole answer": _timings(cases, "total_ms"),
    }
    if not any(curves.values()):
        curves = {"search": [judged.outcome.retrieve_ms for judged in cases]}
    known = {name: sorted(times) for name, times in curves.items() if times}
    return _rendered("latency", partial(_latency, known)) if known else ""


def quality_time(
    points: Sequence[tuple[str, Metric, float]], *, of: str = "to the whole answer"
) -> str:
    """Return settings (name, quality, median ms) as dots; those that none betters are joined.

    `of` says what the time is the time of.
    """
    return _rendered("quality-time", partial(_quality_time, points, of)) if points else ""


def pareto_front(points: Sequence[tuple[str, Metric, float]]) -> list[tuple[str, Metric, float]]:
    """Return the points to which no other is both faster and better, fastest first."""
    front: list[tuple[str, Metric, float]] = []
    for point in sorted(points, key=lambda point: (point[2], -point[1].value)):
        if not front or point[1].value > front[-1][1].value:
            front.append(point)
    return front


def wilson(right: int, cases: int) -> tuple[float, float]:
    """Return the 95 % score interval of a share (Wilson 1927, JASA 22:209-212)."""
    z = 1.959964
    part, scale = right / cases, 1 + z * z / cases
    middle = (part + z * z / (2 * cases)) / scale
    spread = z * (part * (1 - part) / cases + z * z / (4 * cases * cases)) ** 0.5 / scale
    return max(0.0, middle - spread), min(1.0, middle + spread)


# What is drawn.


def _whiskers(
    rows: Sequence[tuple[str, float, float, float]],
    scale: Callable[[Axes], None],
    told: Callable[[float], str],
) -> Figure:
    drawn, axes = _rows([name for name, *_ in rows], [told(value) for _, value, *_ in rows])
    for place, (_, value, low, high) in enumerate(rows):
        axes.hlines(place, low, high, color=COLOURS["accent"], linewidth=1.6, alpha=0.55)
        axes.plot([value], [place], "o", color=COLOURS["accent"], markersize=5.5)
    scale(axes)
    return drawn


def _differences(rows: Sequence[tuple[str, float, float, float]]) -> Figure:
    widest = max(max(abs(low), abs(high)) for _, _, low, high in rows) or 1.0

    def scale(axes: Axes) -> None:
        axes.set_xlim(-1.08 * widest, 1.08 * widest)
        axes.axvline(0, color=COLOURS["soft"], linewidth=1)
        axes.xaxis.set_major_locator(MaxNLocator(5))
        axes.xaxis.set_major_formatter(
            FuncFormatter(lambda value, _: f"{value:+.2g}" if value else "0")
        )

    return _whiskers(rows, scale, lambda value: f"{value:+.3f}")


def _stages(rows: Sequence[tuple[str, int]]) -> Figure:
    whole = sum(count for _, count in rows)
    told = [f"{count:,} ({percent(count / whole)})" for _, count in rows]
    drawn, axes = _rows([stage for stage, _ in rows], told, ending=84)
    colours = [COLOURS[TONES.get(stage, "bad")] for stage, _ in rows]
    axes.barh(range(len(rows)), [count for _, count in rows], height=0.56, color=colours)
    axes.set_xlim(0, max(count for _, count in rows))
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    return drawn


def _risk(points: Sequence[tuple[float, float]]) -> Figure:
    drawn, axes = _plane("share of questions answered", "share of the answers that are wrong")
    coverage, risk = zip(*points, strict=True)
    axes.fill_between(coverage, risk, color=COLOURS["accent"], alpha=0.1, linewidth=0)
    axes.plot(coverage, risk, color=COLOURS["accent"], linewidth=1.8)
    _of_hundred(axes)
    axes.set_ylim(0, max(0.1, min(1.0, 1.15 * max(risk))))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: percent(value)))
    return drawn


def _latency(curves: Mapping[str, Sequence[float]]) -> Figure:
    drawn, axes = _plane("seconds since the question", "share of cases done")
    colours = (COLOURS["warn"], COLOURS["accent"])[-len(curves) :]
    for colour, times in zip(colours, curves.values(), strict=True):
        steps = _thinned([(t / 1000, (n + 1) / len(times)) for n, t in enumerate(times)])
        x, y = zip((steps[0][0], 0.0), *steps, strict=True)
        axes.plot(x, y, color=colour, linewidth=1.8, drawstyle="steps-post")
    _key(axes, list(zip(curves, colours, strict=True)))
    axes.set_xlim(left=0)
    axes.set_ylim(0, 1.02)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: percent(value)))
    axes.xaxis.set_major_locator(MaxNLocator(6))
    return drawn


def _quality_time(points: Sequence[tuple[str, Metric, float]], of: str) -> Figure:
    drawn, axes = _plane(f"median seconds {of}", "quality", height=280)
    front = pareto_front(points)
    axes.plot(
        [time / 1000 for *_, time in front],
        [metric.value for _, metric, _ in front],
        color=COLOURS["accent"], linewidth=1.2, linestyle=(0, (3, 3)),
    )  # fmt: skip
    for point in points:
        _, metric, time = point
        tone = COLOURS["accent" if point in front else "soft"]
        axes.vlines(time / 1000, metric.low, metric.high, color=tone, linewidth=1.4, alpha=0.5)
        fill = tone if point in front else COLOURS["sheet"]
        axes.plot([time / 1000], [metric.value], "o", color=tone, markerfacecolor=fill)
    axes.margins(0.12, 0.1)
    axes.autoscale_view()
    _labelled(axes, [(name, time / 1000, metric.value) for name, metric, time in points])
    return drawn


# How it is laid out.


def _rows(names: Sequence[str], told: Sequence[str], *, ending: float = 50) -> tuple[Figure, Axes]:
    """Return axes with a row for each name, the first on top, and words at each row's end."""
    labels = [shortened(name, _LONGEST) for name in names]
    left = 14 + _LETTER * max(map(len, labels))
    height = _ROW * len(labels) + 28
    drawn, axes = _sheet(height, (left, 24, _WIDTH - left - ending, height - 28))
    axes.set_yticks(range(len(labels)))
    axes.set_yticklabels(labels, color=COLOURS["ink"], parse_math=False)
    axes.set_ylim(len(labels) - 0.45, -0.6)
    axes.grid(axis="x")
    for place, words in enumerate(told):
        axes.text(1.03, place, words, va="center", transform=axes.get_yaxis_transform())
    return drawn, axes


def _plane(across: str, upwards: str, *, height: float = 236) -> tuple[Figure, Axes]:
    """Return axes for a curve; what goes upwards is said above them, not sideways."""
    drawn, axes = _sheet(height, (44, 40, _WIDTH - 62, height - 62))
    axes.set_xlabel(across, labelpad=5)
    axes.annotate(
        upwards, (0, 1), (-40, 9), xycoords="axes fraction", textcoords="offset points",
        color=COLOURS["soft"],
    )  # fmt: skip
    axes.grid()
    return drawn, axes


def _key(axes: Axes, names: Sequence[tuple[str, str]]) -> None:
    """Write what the curves are above the axes, each in its colour, the last at the right end."""
    end = 0.0
    for name, colour in reversed(names):
        axes.annotate(
            name, (1, 1), (end, 9), xycoords="axes fraction", textcoords="offset points",
            color=colour, ha="right",
        )  # fmt: skip
        end -= _LETTER * len(name) + 14


def _sheet(height: float, box: tuple[float, float, float, float]) -> tuple[Figure, Axes]:
    drawn = Figure(figsize=(_WIDTH / 72, height / 72))
    left, bottom, width, tall = box
    place = (left / _WIDTH, bottom / height, width / _WIDTH, tall / height)
    axes = drawn.add_axes(place)
    axes.set_frame_on(False)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, pad=5)
    return drawn, axes


def _of_one(axes: Axes, told: Callable[[float], str] = "{:g}".format) -> None:
    ticks = (0, 0.25, 0.5, 0.75, 1)
    axes.set_xlim(-0.02, 1.02)
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_major_formatter(FixedFormatter([told(tick) for tick in ticks]))


def _of_hundred(axes: Axes) -> None:
    _of_one(axes, percent)


def _labelled(axes: Axes, points: Sequence[tuple[str, float, float]]) -> None:
    """Write each point's name beside it, where it covers no other name if there is such a place."""
    taken: list[tuple[float, float, float, float]] = []
    for name, x, y in points:
        label = shortened(name, _LONGEST)
        at = axes.transData.transform((x, y)) * 72 / axes.figure.dpi
        places = [_label_box(at, len(label), *side) for side in _SIDES]
        free = [n for n, box in enumerate(places) if not _crowded(box, taken)]
        best = free[0] if free else int(at[0] > _WIDTH / 2)
        taken.append(places[best])
        across, up = _SIDES[best]
        axes.annotate(
            label, (x, y), (7 * across, 13 * up), textcoords="offset points", va="center",
            ha="left" if across > 0 else "right", parse_math=False,
        )  # fmt: skip


_SIDES = tuple((across, up) for up in (0, 1, -1, 2, -2) for across in (1, -1))


def _label_box(
    at: Sequence[float], letters: int, across: int, up: int
) -> tuple[float, float, float, float]:
    width, middle = letters * _LETTER, at[1] + 13 * up
    left = at[0] + 7 if across > 0 else at[0] - 7 - width
    return left, middle - _TEXT / 2, left + width, middle + _TEXT / 2


def _crowded(
    box: tuple[float, float, float, float], taken: Sequence[tuple[float, float, float, float]]
) -> bool:
    left, low, right, high = box
    if left < 0 or right > _WIDTH:
        return True
    return any(left < r and le < right and low < h and lo < high for le, lo, r, h in taken)


def _thinned(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return at most some 200 of the points, evenly, the first and the last among them."""
    if len(points) <= _POINTS:
        return list(points)
    step = (len(points) - 1) / (_POINTS - 1)
    return [points[round(n * step)] for n in range(_POINTS)]


def _timings(cases: Sequence[Judged], name: str) -> list[float]:
    times = [(answer_of(judged).get("timings") or {}).get(name) for judged in cases]
    return [time for time in times if time is not None]


# How it becomes a piece of a page.

_FURNITURE = re.compile(
    r"<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->|<metadata>.*?</metadata>|<style.*?</style>", re.DOTALL
)
_TAG = re.compile(r"<[^>]*>")
_COLOUR = re.compile("|".join(COLOURS.values()))
_NAMES = {value: name for name, value in COLOURS.items()}
_FAMILY = re.compile(r"'DejaVu Sans'[^;\"]*")
_OWN = re.compile(r'( id="| xlink:href="#|url\(#)')
_SIZE = re.compile(r' (?:width|height)="[^"]*pt"')


def _rendered(name: str, draw: Callable[[], Figure]) -> str:
    """Return a figure as SVG whose ids begin with `name`, whatever settings a user has."""
    with matplotlib.rc_context(), warnings.catch_warnings():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update({**_SETTINGS, "svg.hashsalt": name})
        # Names in any script: the reader's browser has letters that the measuring font lacks.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        drawn, sheet = draw(), io.StringIO()
        FigureCanvasSVG(drawn).print_svg(sheet, metadata={"Date": None})
    svg = _FURNITURE.sub("", sheet.getvalue())
    return _TAG.sub(partial(_owned, name), svg).strip()


def _owned(name: str, tag: re.Match[str]) -> str:
    words = _OWN.sub(lambda match: f"{match[1]}{name}-", tag[0])
    words = _COLOUR.sub(lambda match: f"var(--{_NAMES[match[0]]}, {match[0]})", words)
    words = _FAMILY.sub("var(--sans, sans-serif)", words)
    if not words.startswith("<svg"):
        return words
    style = "stroke-linejoin: round; stroke-linecap: butt"
    return _SIZE.sub("", words).replace("<svg", f'<svg aria-hidden="true" style="{style}"', 1)
