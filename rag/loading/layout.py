"""How one document is laid out: its head, its headline, its dateline and its body.

In: the text of one document. Out: a `Layout`. Knows nothing about files, front matter or
what becomes of the facts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rag.loading import furniture
from rag.loading.datelines import Dateline, read_dateline
from rag.loading.fields import dates_alone, read_byline, read_fields
from rag.loading.lines import Line, folded, is_headline, is_prose, split_lines
from rag.loading.markdown import find_heading, mark_code
from rag.types import Span

HEAD_LINES = 15
"""A head has no more lines than this."""


@dataclass(frozen=True, slots=True)
class Head:
    """What stands before the first prose, which begins at line `end`.

    `has_prose` is false where none was found and the head is just the first lines. `labels`
    are the lines of furniture and metadata. `date_line` is a date on a line of its own
    between headline and prose.
    """

    end: int
    has_prose: bool
    dateline: Dateline | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    byline: str | None = None
    date_line: str | None = None
    labels: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Page:
    """A text, its lines without the tail of furniture, and its head."""

    text: str
    lines: Sequence[Line]
    head: Head
    markdown: bool = False


@dataclass(frozen=True, slots=True)
class Headline:
    """The line that holds the title, the title's words, and "heading" or "headline"."""

    line: int
    words: str
    where: str


@dataclass(frozen=True, slots=True)
class Layout:
    """One document's text, its head, its headline and the spans of its body."""

    text: str
    head: Head
    headline: Headline | None
    body: tuple[Span, ...]


def read_page(text: str, *, markdown: bool = False) -> Page:
    """Return the page that `text` is."""
    lines = split_lines(text)
    if markdown:
        lines = mark_code(lines)
    head = _read_head(lines)
    return Page(text, lines[: furniture.tail_start(lines, head.end)], head, markdown)


def lay_out(page: Page, *, title: str = "") -> Layout:
    """Return the layout of a page that is not blank; `title` is one known from elsewhere."""
    text, lines, head = page.text, page.lines, page.head
    headline = _find_headline(lines, head, markdown=page.markdown)
    left_out = head.labels | set(furniture.repeated_lines(lines))
    titles = set(_title_lines(lines, head, headline, title or head.fields.get("title", "")))
    body = (
        _body(text, lines, head, left_out | titles)
        or _body(text, lines, head, left_out)
        or [Span(lines[0].start, lines[-1].end)]
    )
    return Layout(text, head, headline, tuple(body))


def lay_out_bare(page: Page) -> Layout:
    """Return the layout of a text that is content alone: all of it is body."""
    start = len(page.text) - len(page.text.lstrip())
    body = Span(start, len(page.text.rstrip()))
    return Layout(page.text, Head(0, has_prose=False), None, (body,))


def _read_head(lines: Sequence[Line]) -> Head:
    end, has_prose, dateline = _head_end(lines)
    head = lines[:end]
    fields: dict[str, str] = {}
    byline, labels = None, set()
    for index, line in enumerate(head):
        stated = read_fields(line.text)
        names = read_byline(line.text) if index else None
        if stated or names:
            labels.add(index)
        fields = {**stated, **fields}
        byline = byline or names
    sources = [fields.get("publisher", ""), dateline.agency or "" if dateline else ""]
    labels |= set(furniture.head_furniture(head, sources, has_prose=has_prose))
    date_line = _date_line(head, labels) if has_prose else None
    return Head(end, has_prose, dateline, fields, byline, date_line, frozenset(labels))


def _head_end(lines: Sequence[Line]) -> tuple[int, bool, Dateline | None]:
    for index, line in enumerate(lines[:HEAD_LINES]):
        if line.code:
            return index, True, None
        if read_fields(line.text) or dates_alone(line.text):
            continue
        dateline = read_dateline(line.text)
        if dateline or is_prose(line.text[: furniture.end_mark(line)]):
            return index, True, dateline
    return min(len(lines), HEAD_LINES), False, None


def _date_line(head: Sequence[Line], labels: Collection[int]) -> str | None:
    """Return the only lone date of a head if it stands between the headline and the prose.

    One above the headline is the page's own: the day on which somebody visited it.
    """
    dated = [index for index, line in enumerate(head) if dates_alone(line.text)]
    if len(dated) != 1 or not set(range(len(head))) - set(labels):
        return None
    headline = max(set(range(len(head))) - set(labels))
    dates = dates_alone(head[dated[0]].text)
    return dates[0] if dated[0] > headline and len(dates) == 1 else None


def _find_headline(lines: Sequence[Line], head: Head, *, markdown: bool) -> Headline | None:
    heading = find_heading(lines) if markdown else None
    if heading:
        return Headline(*heading, "heading")
    content = [index for index in range(head.end) if index not in head.labels]
    if not content:
        return None
    first = content[0]
    rest = [i for i in content if folded(lines[i].text) != folded(lines[first].text)]
    before_dateline = head.dateline is not None and not rest
    following = lines[first + 1] if first + 1 < len(lines) else None
    if rest[:1] != [first + 1] and first + 1 < head.end:
        following = None
    titled = is_headline(lines[first], following, before_dateline=before_dateline)
    if not titled or furniture.end_mark(lines[first]) is not None:
        return None
    return Headline(first, lines[first].text.lstrip("#").strip(), "headline")


def _title_lines(
    lines: Sequence[Line], head: Head, headline: Headline | None, title: str
) -> Iterator[int]:
    """Yield the lines of the head that only say the title, copies included."""
    name = folded(title or (headline.words if headline else ""))
    top = next((index for index in range(len(lines)) if index not in head.labels), 0)
    on_top = headline is not None and headline.line == top
    if not (title or on_top):
        return
    for index in range(max(head.end, top + 1 if on_top else 0)):
        line, following = lines[index], lines[index + 1 : index + 2]
        if index in head.labels or line.code or not name:
            continue
        underlined = bool(following) and not following[0].text.strip("=")
        if not (head.has_prose or underlined or not following or following[0].after_gap):
            continue
        if name in (folded(line.text), folded(_heading_words(line, index, headline))):
            yield index
            if underlined:
                yield index + 1


def _heading_words(line: Line, index: int, headline: Headline | None) -> str:
    if headline and headline.line == index:
        return headline.words
    return line.text.lstrip("#").strip() if line.text.startswith("#") else line.text


def _body(text: str, lines: Sequence[Line], head: Head, left_out: Collection[int]) -> list[Span]:
    """Return the spans of the lines that are not left out, joined across white space."""
    spans: list[Span] = []
    first, last = None, 0
    for index, line in enumerate(lines):
        if index in left_out:
            continue
        opens = head.dateline.end if head.dateline and index == head.end else 0
        closes = furniture.end_mark(line)
        words = line.text[opens:closes]
        if not words.strip():
            continue
        start = line.start + opens + len(words) - len(words.lstrip())
        end = line.start + opens + len(words.rstrip())
        if first is None or text[last:start].strip():
            if first is not None:
                spans.append(Span(first, last))
            first = start
        last = end
    return spans if first is None else [*spans, Span(first, last)]
