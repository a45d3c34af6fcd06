"""A document's text as HTML: cited words marked, page furniture dimmed, no character changed.

In: documents and spans of them. Out: HTML strings. A long text comes in pieces, of which a
browser lays out those that are in view.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from rag.serving.markup import escaped, merged
from rag.types import Document, Span

PIECE = 12_000
"""Characters of a piece; a shorter text is not cut."""


def marked_text(document: Document, cited: Span | None) -> str:
    """Return the text as HTML: one <mark id="cited">, furniture dimmed, no character changed."""
    return marked_part(document, Span(0, len(document.text)), cited)


def marked_part(document: Document, part: Span, cited: Span | None) -> str:
    """Return a part of a document's text as `marked_text` does."""
    mark = clamped(document, cited)
    pieces = list(_pieces(document.text, part))
    if len(pieces) == 1:
        return _piece(document, part, mark)
    return "".join(f'<div class="piece">{_piece(document, one, mark)}</div>' for one in pieces)


def clamped(document: Document, cited: Span | None) -> Span | None:
    """Return a span as far as it lies in the document, None where it does not."""
    found = merged([cited] if cited else [], len(document.text))
    return found[0] if found else None


def has_furniture(document: Document) -> bool:
    """Say whether a document holds words outside its body."""
    edges = [0, *(edge for one in document.body for edge in (one.start, one.end))]
    gaps = zip(edges[::2], [*edges[1::2], len(document.text)], strict=True)
    return any(document.text[start:end].strip() for start, end in gaps)


def _piece(document: Document, part: Span, mark: Span | None) -> str:
    """Return a piece; where the mark is cut by pieces, the first of its parts is "cited"."""
    start, end = (max(part.start, mark.start), min(part.end, mark.end)) if mark else (0, 0)
    if start >= end:
        return _dimmed(document, part.start, part.end)
    name = ' id="cited"' if start == mark.start else ""
    return (
        f"{_dimmed(document, part.start, start)}"
        f"<mark{name}>{_dimmed(document, start, end)}</mark>"
        f"{_dimmed(document, end, part.end)}"
    )


def _pieces(text: str, part: Span) -> Iterator[Span]:
    """Yield a part in pieces that end at line breaks, else at blanks, else anywhere."""
    start = part.start
    while part.end - start > PIECE:
        middle, last = start + PIECE // 2, start + PIECE
        end = max(text.rfind("\n", middle, last), -1) + 1 or text.rfind(" ", middle, last) + 1
        yield Span(start, end or last)
        start = end or last
    yield Span(start, part.end)


def _dimmed(document: Document, start: int, end: int) -> str:
    """Return text[start:end] as HTML, what lies outside the body in dimmed spans."""
    pieces, position = [], start
    first_body = max(0, bisect_right(document.body, start, key=lambda one: one.start) - 1)
    for span in document.body[first_body:]:
        if span.start >= end:
            break
        first, last = max(span.start, position), min(span.end, end)
        if first >= last:
            continue
        pieces.append(_furniture(document.text[position:first]))
        pieces.append(escaped(document.text[first:last]))
        position = last
    return "".join([*pieces, _furniture(document.text[position:end])])


def _furniture(text: str) -> str:
    return f'<span class="furniture">{escaped(text)}</span>' if text.strip() else escaped(text)
