"""Splits the text of one file into the news items that it holds.

In: canonical text. Out: spans that partition it, one for each document. Knows nothing about
titles or dates as facts: a headline above a dateline is where an item starts.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.loading.datelines import Dateline, read_dateline
from rag.loading.fields import dates_alone, read_byline, read_fields
from rag.loading.furniture import end_mark
from rag.loading.layout import Head, Page
from rag.loading.lines import Line, folded, is_headline
from rag.types import Span

LABEL_LINES = 6
"""The most lines, such as a byline and a date, between a headline and its dateline."""


def split_items(page: Page) -> list[Span]:
    """Return the spans of the documents on a page, in order; they cover all of its text."""
    text, lines = page.text, page.lines
    starts = sorted({0, *(_line_start(text, lines[i]) for i in _item_lines(lines, page.head))})
    return [Span(*pair) for pair in zip(starts, [*starts[1:], len(text)], strict=True)]


def _item_lines(lines: Sequence[Line], head: Head) -> list[int]:
    """Return the index of the line that each item after the text's beginning starts with."""
    starts: list[int] = []
    last, agency = -1, None
    for index, line in enumerate(lines):
        dateline = None if line.code else read_dateline(line.text)
        if not dateline or not dateline.agency:
            continue
        if index <= head.end:
            last, agency = index, dateline.agency
            continue
        start = _item_start(lines, index, last, dateline, agency)
        if start is not None:
            starts.append(start)
            last, agency = index, dateline.agency
    return starts


def _item_start(
    lines: Sequence[Line], index: int, last: int, dateline: Dateline, agency: str | None
) -> int | None:
    """Return the first line of the item whose dateline is at `index`; None where it has none.

    A dateline without a headline is another report only after an end mark, or after a gap in
    a file of reports by the same agency: elsewhere it may be a quotation.
    """
    title = _title_above(lines, index, last)
    if title is not None:
        while title - 1 > last and folded(lines[title - 1].text) == folded(lines[title].text):
            title -= 1
        return title
    if end_mark(lines[index - 1]) is not None:
        return index
    same = agency is not None and folded(agency) == folded(dateline.agency or "")
    return index if same and dateline.when and lines[index].after_gap else None


def _title_above(lines: Sequence[Line], index: int, last: int) -> int | None:
    for above in range(index - 1, max(last, index - LABEL_LINES - 2), -1):
        line = lines[above]
        if read_fields(line.text) or dates_alone(line.text) or read_byline(line.text):
            continue
        titled = is_headline(line, None, before_dateline=True) and end_mark(line) is None
        return above if titled else None
    return None


def _line_start(text: str, line: Line) -> int:
    return text.rfind("\n", 0, line.start) + 1
