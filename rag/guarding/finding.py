"""Which sentences and lines of a passage are suspect.

In: text and a span of it. Out: suspects in order, none overlapping. Knows nothing about what
becomes of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.guarding.commands import commands
from rag.guarding.folding import Folded, fold, respelt
from rag.guarding.hidden import disguised, hidden
from rag.guarding.imitations import imitations
from rag.guarding.languages import foreign_commands
from rag.guarding.marks import Mark
from rag.guarding.tone import pressing
from rag.splitting import sentences
from rag.types import Span

MARKER = r"[\[［【〔]\s*(?:passages?\s*)?\d{1,3}(?:\s*[,;&–-]\s*\d{1,3})*\s*[\]］】〕]"
"""A bracketed number as this program cites by."""

_LOOSE_MARKER = re.compile(
    rf"(?<=[.,;:!?”\"’')%\]］】〕])\s?{MARKER}(?=\s|$|[\[［【])"
    rf"|(?:\s?{MARKER})+(?=\s*[.!?](?:\s|$)|[^\S\n]*$)",
    re.IGNORECASE | re.MULTILINE,
)
MARKER_WHY = "bracketed numbers that look like citations"
_WRAPPED = re.compile(r"(?<=[^\n]{45})(?<=[a-z,;])\n(?=[a-z])")
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")
_BETWEEN = 2  # sentences between two suspect ones that fall with them
_AFTER = 3  # sentences after a suspect one that opens a line, as the rest of what it says
_GREETING = re.compile(
    r"(?:\b(?:stop|wait|hi|hello|hey|attention|important|note|ok|okay|thanks|listen|warning|urgent)"
    r"|^\W*\w+: ?\w+)[.!,:]+\s*$",
    re.IGNORECASE,
)
_FENCED = re.compile(r"```[^`]*(?:```|\Z)")
_BARE_BEFORE = re.compile(r"(?:(?:^|(?<=\n))[^\w\n]*\n)+$")
_BARE_AFTER = re.compile(r"[^\S\n]*(?:\n[^\w\n]*(?=\n|\Z))+")
_KEPT = 10_000  # characters; what was found in a longer text, as a whole document, is not kept
_WINDOW = 8_000
"""Characters looked at together: what a text made to be slow costs grows with the square of it."""
_WORDLESS = re.compile(r"\s{100,}|(?:[^\w\n]{0,80}\n){20,}")
"""What nobody writes within a sentence and nothing is said in: it stands between windows."""
_FEW = 2  # words spelt in disguise, from which on a text is read as they sound


@dataclass(frozen=True, slots=True)
class Suspect:
    """A span that speaks to the model, or imitates the prompt, and why in plain words."""

    span: Span
    why: str


def speaking(text: str, within: Span) -> tuple[Suspect, ...]:
    """Return what in `text[within.start:within.end]` speaks to the model, in order, apart.

    Whole sentences or lines, but for hidden words, links and numbers that look like citations,
    which fall alone.
    """
    whole = within.end - within.start <= _KEPT
    return tuple(
        Suspect(Span(window.start + one.span.start, window.start + one.span.end), one.why)
        for window in _windows(text, within)
        for one in _looked_at(text[window.start : window.end], whole)
    )


def _looked_at(part: str, kept: bool) -> list[Suspect]:
    return _suspects(part) if kept else _suspects.__wrapped__(part)


def _windows(text: str, within: Span) -> Iterator[Span]:
    """Yield spans that are looked at one by one; they end with a paragraph, else a line or word."""
    start = within.start
    for gap in _WORDLESS.finditer(text, within.start, within.end):
        yield from _cut(text, Span(start, gap.start()))
        start = gap.end()
    yield from _cut(text, Span(start, within.end))


def _cut(text: str, span: Span) -> Iterator[Span]:
    start = span.start
    while span.end - start > _KEPT:
        most = start + _WINDOW
        ends = (text.rfind(mark, start + 1, most) + len(mark) for mark in ("\n\n", "\n", " "))
        end = next((one for one in ends if one > start + _WINDOW // 2), most)
        yield Span(start, end)
        start = end
    if start < span.end:
        yield Span(start, span.end)


@lru_cache(maxsize=4096)
def _suspects(part: str) -> list[Suspect]:
    found = sorted(_found(part), key=lambda one: (one.span.start, -one.span.end))
    return _joined(part, found)


def _found(part: str) -> Iterator[Suspect]:
    folded = fold(part)
    read = _WRAPPED.sub(" ", folded.text)
    blocks = _Blocks(part)
    for mark in _marks(read):
        span = folded.span(mark.start, mark.end)
        yield Suspect(blocks.widened(span, mark.reach), mark.why)
    for mark in hidden(part):
        yield Suspect(blocks.widened(Span(mark.start, mark.end), mark.reach), mark.why)
    for match in _LOOSE_MARKER.finditer(part):
        yield Suspect(Span(*match.span()), MARKER_WHY)
    yield from _encased(part, folded, blocks)


def _marks(read: str) -> Iterator[Mark]:
    yield from imitations(read)
    yield from disguised(read)
    words = read.replace("_", " ")
    yield from commands(words)
    yield from foreign_commands(words)
    yield from pressing(words)


def _encased(part: str, folded: Folded, blocks: _Blocks) -> Iterator[Suspect]:
    """Yield the commands in lines whose words have other letters, digits or signs in them."""
    plain = respelt(folded.text)
    changed = sum(a != b for a, b in zip(folded.text.split(), plain.split(), strict=False))
    if changed >= _FEW:
        for mark in (*commands(plain), *pressing(plain)):
            end = min(mark.end, len(folded.text))  # mended words may be longer
            span = folded.span(min(mark.start, end - 1), end)
            yield Suspect(blocks.widened(span, "sentence"), mark.why)


class _Blocks:
    """Finds the sentence, line or block of lines around a span of one text."""

    def __init__(self, text: str):
        self._text = text
        self._known: dict[Span, list[Span]] = {}

    def widened(self, span: Span, reach: str) -> Span:
        """Return a span widened as far as `reach` says, blanks at its ends left out."""
        span = _trimmed(self._text, span)
        if reach == "words":
            return span
        block = self._block(span)
        if reach == "block":
            return self._with_bare_lines(Span(self._line_start(span.start), block.end))
        around = [
            one for one in self._sentences(block) if one.end > span.start and one.start < span.end
        ]
        if not around:
            return span
        start, end = min(span.start, around[0].start), max(span.end, around[-1].end)
        end = max(end, self._rest_of_line(block, start, end))
        return self._with_bare_lines(Span(self._opening(start), end))

    def _opening(self, start: int) -> int:
        """Return where a suspect sentence begins, with a greeting or label before it."""
        line = self._line_start(start)
        greeting = _GREETING.search(self._text[line:start])
        return line + greeting.start() if greeting else start

    def _with_bare_lines(self, span: Span) -> Span:
        """Return a span with the code block it is in, and lines beside it that hold no word."""
        fences = _FENCED.finditer(self._text) if "```" in self._text else ()
        for fence in fences:
            if fence.start() < span.end and span.start < fence.end():
                span = Span(min(span.start, fence.start()), max(span.end, fence.end()))
        before = _BARE_BEFORE.search(self._text[: span.start])
        after = _BARE_AFTER.match(self._text, span.end)
        start = before.start() if before else span.start
        return _trimmed(self._text, Span(start, after.end() if after else span.end))

    def _rest_of_line(self, block: Span, start: int, end: int) -> int:
        """Return where the line ends that a suspect sentence opens, if little else is on it."""
        if self._text[self._line_start(start) : start].strip(" \t*_>#-\"'"):
            return end
        line_end = self._text.find("\n", end)
        line_end = len(self._text) if line_end < 0 else line_end
        rest = [one for one in self._sentences(block) if end <= one.start and one.end <= line_end]
        return rest[-1].end if rest and len(rest) <= _AFTER else end

    def _line_start(self, at: int) -> int:
        return self._text.rfind("\n", 0, at) + 1

    def _block(self, span: Span) -> Span:
        breaks = list(_BLANK_LINE.finditer(self._text))
        start = max((one.end() for one in breaks if one.end() <= span.start), default=0)
        end = min(
            (one.start() for one in breaks if one.start() >= span.end), default=len(self._text)
        )
        return Span(start, end)

    def _sentences(self, block: Span) -> list[Span]:
        if block not in self._known:
            self._known[block] = sentences(self._text, block)
        return self._known[block]


def _joined(part: str, found: Sequence[Suspect]) -> list[Suspect]:
    """Return suspects without overlap; few sentences between two of one block fall with them."""
    joined: list[Suspect] = []
    for one in found:
        last = joined[-1] if joined else None
        if last and one.span.start <= last.span.end:
            span = Span(last.span.start, max(last.span.end, one.span.end))
            joined[-1] = Suspect(span, _both(last, one))
        elif last and MARKER_WHY not in (last.why, one.why) and _close(part, last, one):
            joined[-1] = Suspect(Span(last.span.start, one.span.end), _both(last, one))
        else:
            joined.append(one)
    return joined


def _both(first: Suspect, second: Suspect) -> str:
    whys = [*first.why.split("; "), *second.why.split("; ")]
    return "; ".join(dict.fromkeys(whys))


def _close(part: str, first: Suspect, second: Suspect) -> bool:
    between = Span(first.span.end, second.span.start)
    words = part[between.start : between.end]
    if _BLANK_LINE.search(words):
        return False
    return not words.strip() or len(sentences(part, between)) <= _BETWEEN


def _trimmed(text: str, span: Span) -> Span:
    words = text[span.start : span.end]
    start = span.start + len(words) - len(words.lstrip())
    return Span(start, max(start, span.end - len(words) + len(words.rstrip())))
