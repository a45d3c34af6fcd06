"""Cuts documents into sentences and passages.

In: text and spans. Out: spans; text is never cut before its offsets are known, so a
passage equals its slice by construction. Knows nothing about files or models: how long a
text is comes from the `measure` function it is given.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import sentencex

from rag.types import Document, Span

# Blanks are read from their first one only: a million of them would be read a million times.
_BREAK = re.compile(r"(?<![^\S\n])([^\S\n]*)\n\s*")
_CLOSED = tuple('.!?…:;"”’)。！？')
_HARD_WRAP = re.compile(r"[a-z,;–—-]\n(?=[a-z])")
_LONGEST_LINE = 20_000  # sentencex slows down on longer ones; they are cut there first
_MOST_CHARACTERS = 32
"""Characters to a token beyond which text is no writing, as one word of a million letters,
which tokenizers count as one token, or as none: it is cut as if it had more."""


def sentences(text: str, within: Span | None = None, language: str = "en") -> list[Span]:
    """Return the spans of the sentences of `text` (or of one span of it), blanks trimmed.

    Together they cover every character that is not white space. A line break ends a
    sentence, unless the text is hard-wrapped: then only a blank line does.
    """
    span = within or Span(0, len(text))
    found = []
    for paragraph in _paragraphs(text, span):
        body = text[paragraph.start : paragraph.end].replace("\n", " ")
        for part in sentencex.get_sentence_boundaries(language, body):
            start = paragraph.start + part["start_index"]
            found.append(_trimmed(text, Span(start, paragraph.start + part["end_index"])))
    return [span for span in found if span.start < span.end]


def passages(
    document: Document, *, limit: int, measure: Callable[[str], int], weighed: str = ""
) -> list[Span]:
    """Return the passages of a document's body as spans, in order, without overlap.

    Whole sentences are packed up to `limit` as `measure` counts it, ending at a body
    span's end. A sentence longer than the limit is cut at white space, or where there is
    none, between two characters. `weighed` is what is measured in the text's stead, of the
    same length: the text with white space where words are not read.
    """
    language = document.language.value if document.language else "en"
    weighed = weighed or document.text
    spans: list[Span] = []

    def size(span: Span) -> int:
        bare = -(-(span.end - span.start) // _MOST_CHARACTERS)
        return bare if bare > limit else max(bare, measure(weighed[span.start : span.end]))

    for part in document.body:
        pieces = (
            piece
            for sentence in sentences(document.text, part, language)
            for piece in _fitting(document.text, sentence, limit, size)
        )
        spans.extend(_packed(pieces, limit, size))
    return spans


def _paragraphs(text: str, span: Span) -> Iterator[Span]:
    body = text[span.start : span.end]
    hard_wrapped = len(_HARD_WRAP.findall(body)) > body.count("\n") * 0.3
    start = span.start
    for mark in _BREAK.finditer(text, span.start, span.end):
        if hard_wrapped and mark.group().count("\n") == 1:
            continue
        if mark[1] and _cut_short(text, start, mark.start()):
            continue
        yield from _pieces(start, mark.end())
        start = mark.end()
    yield from _pieces(start, span.end)


def _cut_short(text: str, start: int, end: int) -> bool:
    """Say whether a line that ends in a space was cut by the page it came from.

    Its sentence goes on in the next paragraph. A short line is a heading, not a cut one.
    """
    return end - start >= 60 and not text.endswith(_CLOSED, start, end)


def _pieces(start: int, end: int) -> Iterator[Span]:
    for at in range(start, end, _LONGEST_LINE):
        yield Span(at, min(end, at + _LONGEST_LINE))


def _trimmed(text: str, span: Span) -> Span:
    words = text[span.start : span.end]
    start = span.start + len(words) - len(words.lstrip())
    return Span(start, max(start, span.end - len(words) + len(words.rstrip())))


def _fitting(text: str, span: Span, limit: int, size: Callable[[Span], int]) -> Iterator[Span]:
    """Yield the span, halved at white space until each piece fits."""
    words = text[span.start : span.end]
    if size(span) <= limit or len(words) < 2:
        yield span
        return
    middle = len(words) // 2
    blanks = [m.start() for m in re.finditer(r"\s", words)]
    cut = min(blanks, key=lambda at: abs(at - middle)) if blanks else middle
    cut = cut if 0 < cut < len(words) else middle
    for half in (Span(span.start, span.start + cut), Span(span.start + cut, span.end)):
        trimmed = _trimmed(text, half)
        if trimmed.start < trimmed.end:
            yield from _fitting(text, trimmed, limit, size)


def _packed(pieces: Iterator[Span], limit: int, size: Callable[[Span], int]) -> Iterator[Span]:
    current: Span | None = None
    for piece in pieces:
        joined = Span(current.start, piece.end) if current else piece
        if current and size(joined) > limit:
            yield current
            joined = piece
        current = joined
    if current:
        yield current
