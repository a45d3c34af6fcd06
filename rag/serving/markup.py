"""Text made safe for HTML, and the marks laid on it.

In: text of any origin, and spans of it. Out: HTML strings. Knows nothing about the page.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from datetime import date

from rag.types import Evidence, Fact, Span

_SURROGATES = re.compile("[\ud800-\udfff]")
_OVERRIDES = re.compile("[\u202d\u202e]")


def escaped(text: str) -> str:
    """Return `text` as HTML content that shows what it holds and runs nothing.

    The two characters that force a reading direction, and so can make words look like
    others, are written out by their code point instead of being obeyed.
    """
    return _OVERRIDES.sub(_code_point, html.escape(_SURROGATES.sub("\ufffd", text)))


def attribute(text: str) -> str:
    """Return `text` for use inside a quoted HTML attribute, direction overrides left out."""
    return html.escape(_OVERRIDES.sub("", _SURROGATES.sub("\ufffd", text)))


def highlighted(text: str, spans: Iterable[Span], struck: Iterable[Span] = ()) -> str:
    """Return `text` escaped, each span in <mark>, each one `struck` in <del>, where none overlap.

    Spans count code points and are clamped.
    """
    marked = [(span, "mark") for span in merged(spans, len(text))]
    marked += [(span, "del") for span in merged(struck, len(text))]
    pieces, position = [], 0
    for span, tag in sorted(marked):
        pieces.append(escaped(text[position : span.start]))
        pieces.append(f"<{tag}>{escaped(text[span.start : span.end])}</{tag}>")
        position = span.end
    return "".join([*pieces, escaped(text[position:])])


def merged(spans: Iterable[Span], length: int) -> list[Span]:
    """Return the spans in order, cut to [0, length), overlapping ones joined, empty ones gone."""
    result: list[Span] = []
    for span in sorted(spans):
        start, end = max(0, span.start), min(length, span.end)
        if start >= end:
            continue
        if result and start <= result[-1].end:
            result[-1] = Span(result[-1].start, max(end, result[-1].end))
        else:
            result.append(Span(start, end))
    return result


def publisher(fact: Fact | None) -> str:
    """Return the publisher's name as HTML, or that it is unknown."""
    if fact is None:
        return '<span class="unknown">publisher unknown</span>'
    return f"<bdi>{escaped(fact.value)}</bdi>"


def day(fact: Fact | None) -> str:
    """Return a publication date as HTML, or that there is none."""
    if fact is None:
        return '<span class="unknown">undated</span>'
    return f'<time datetime="{attribute(fact.value)}">{escaped(day_in_words(fact.value))}</time>'


def day_in_words(value: str) -> str:
    """Return an ISO date as "1 January 2026", anything else as it is."""
    try:
        found = date.fromisoformat(value)
    except ValueError:
        return value
    return f"{found.day} {found:%B} {found.year}"


def counted(number: int, noun: str) -> str:
    """Return "1 passage", "2 passages"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def source_name(evidence: Evidence) -> str:
    """Return a source's number, publisher and date as plain words, for people who listen."""
    document = evidence.document
    who = document.publisher.value if document.publisher else "publisher unknown"
    when = day_in_words(document.published.value) if document.published else "undated"
    return f"Source {evidence.number}: {who}, {when}"


def _code_point(match: re.Match[str]) -> str:
    name = f"U+{ord(match[0]):04X}"
    return f'<span class="control" title="A character that reverses text">{name}</span>'
