"""Running heads and page numbers: what printing puts on every page.

In: the rows of all pages. Out: which of them are no part of the text. Goes by place and by
repetition; knows nothing about what the rows say but for numbers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from rag.loading.lines import folded
from rag.types import Box

EDGE = 0.12
"""The share of a page's height, above and below, in which heads and feet stand."""
OUTERMOST = 3
"""The most rows of a head or a foot."""
LEAST_SHARE = 0.3
"""Of the pages: heads of left and right pages take turns, and chapters begin without one."""

_NUMBER = re.compile(
    r"(?:page|seite|página|стр\.?|p\.)?\s*[-–—|]?\s*(?:\d{1,4}|[ivxl]{1,7})"
    r"(?:\s*(?:/|of|von|de|sur|из)\s*\d{1,4})?\s*[-–—|]?",
    re.IGNORECASE,
)
_PRINTED = re.compile(
    r"\d{1,2}[/.]\d{1,2}[/.]\d{2,4},? \d{1,2}:\d\d.*|(?:https?|file)://\S+(?:\s+\d+/\d+)?"
)
"""What browsers print above and below a page: the day of printing, and the address."""


class Row(NamedTuple):
    """A line on a page: its words and its box in points, the origin at the bottom left.

    `last_right` is where its last words end; a row healed of a hyphen goes on further down.
    `parted` says that wide gaps lie between its words, as between the cells of a table;
    `lines` are the boxes of the lines that a row healed of hyphens consists of.
    """

    text: str
    left: float
    bottom: float
    right: float
    top: float
    last_right: float
    size: float
    parted: bool = False
    lines: tuple[Box, ...] = ()


def without_running_heads(
    pages: Sequence[Sequence[Row]], heights: Sequence[float]
) -> list[list[Row]]:
    """Return the rows of each page without heads, feet and page numbers."""
    edges = [_edge_rows(rows, height) for rows, height in zip(pages, heights, strict=True)]
    counts = Counter(key for edge in edges for key in {_key(*item) for item in edge.items()})
    least = max(2, LEAST_SHARE * len(pages))
    kept = []
    for rows, edge in zip(pages, edges, strict=True):
        kept.append(
            [
                row
                for index, row in enumerate(rows)
                if index not in edge
                or not (_is_printed(row.text) or counts[_key(index, edge[index])] >= least)
            ]
        )
    return kept


def _edge_rows(rows: Sequence[Row], height: float) -> dict[int, Row]:
    order = sorted(range(len(rows)), key=lambda index: -rows[index].top)
    high = [i for i in order[:OUTERMOST] if rows[i].bottom > (1 - EDGE) * height]
    low = [i for i in order[-OUTERMOST:] if rows[i].top < EDGE * height]
    return {index: rows[index] for index in high + low}


def _key(_index: int, row: Row) -> tuple[str, int]:
    return re.sub(r"\d+", "#", folded(row.text)), round(row.bottom / 4)


def _is_printed(text: str) -> bool:
    words = text.strip()
    return bool(_NUMBER.fullmatch(words) or _PRINTED.fullmatch(words))
