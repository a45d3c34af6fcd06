"""Text without its suspect words, and evidence that says which were withheld.

In: text, evidence. Out: what may be read. Knows nothing about how suspects are found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from rag.guarding.finding import MARKER, MARKER_WHY, Suspect, speaking
from rag.guarding.folding import INVISIBLE
from rag.types import Evidence, Span

NEARBY = 2000  # characters around a passage in which suspects are worth telling of
FOOTNOTES = 3
"""Different bracketed numbers from which on a text is one with footnotes, and none is told of."""

_MARKERS = re.compile(rf"({MARKER})", re.IGNORECASE)
_FOOTNOTE = re.compile(rf"(?<=[^\s\[\]]){MARKER}")
_LINK = re.compile(r"!?\[([^\[\]\n]{0,300})\]\(\s*<?(?:[^()\n]|\([^()\n]*\)){1,500}\)")
_BLANK_LINES = re.compile(r"(?<![^\S\n])[^\S\n]*\n\s*\n")


def readable(text: str) -> str:
    """Return a text without what speaks to the model; "" where nothing else is in it."""
    return _readable(text) if text else ""


@lru_cache(maxsize=4096)
def _readable(text: str) -> str:
    spans = (suspect.span for suspect in speaking(text, Span(0, len(text))))
    return without(text, Span(0, len(text)), spans)


def without(text: str, within: Span, withheld: Iterable[Span]) -> str:
    """Return `text[within.start:within.end]` without the spans withheld, closed up."""
    pieces, position = [], within.start
    for span in withheld:
        pieces.append(text[position : span.start])
        position = span.end
    pieces.append(text[position : within.end])
    whole = pieces[0]
    for piece in pieces[1:]:
        whole = _closed_up(whole, piece)
    return whole


def _closed_up(before: str, after: str) -> str:
    """Return two texts joined by no more white space than one blank line."""
    left, right = before.rstrip(), after.lstrip()
    gap = before[len(left) :] + after[: len(after) - len(right)]
    if not left or not right:
        return left or right
    return (
        left
        + ("\n\n" if gap.count("\n") > 1 else gap[:1] and ("\n" if "\n" in gap else " "))
        + right
    )


def blanked(text: str) -> str:
    """Return a text of the same length in which suspect words are white space."""
    pieces, position = [], 0
    for suspect in speaking(text, Span(0, len(text))):
        start, end = suspect.span.start, suspect.span.end
        pieces += [text[position:start], re.sub(r"[^\n]", " ", text[start:end])]
        position = end
    return "".join([*pieces, text[position:]])


def neutral(text: str) -> str:
    """Return a text whose characters do nothing in a prompt but say what they say.

    Numbers in brackets get round ones, links lose their address, invisible characters go,
    and no line is blank: a blank line ends a passage.
    """
    text = _LINK.sub(r"\1", INVISIBLE.sub("", text))
    return _BLANK_LINES.sub("\n", _MARKERS.sub(_round, text))


def _round(match: re.Match[str]) -> str:
    return f"({match[0][1:-1].strip()})"


def guarded(item: Evidence) -> Evidence:
    """Return evidence with the spans that the model is not given, and why."""
    text = item.document.text
    inside = speaking(text, Span(item.start, item.end))
    around = Span(max(0, item.start - NEARBY), min(len(text), item.end + NEARBY))
    outside = [one for one in speaking(text, around) if not _overlaps(one.span, item)]
    usual = _has_footnotes(text[around.start : around.end])
    flags = [*_named("left out", inside, usual), *_named("beside it", outside, usual)]
    return replace(item, withheld=tuple(one.span for one in inside), flags=tuple(flags))


def _overlaps(span: Span, item: Evidence) -> bool:
    return span.start < item.end and item.start < span.end


def _has_footnotes(text: str) -> bool:
    """Say whether a text has so many bracketed numbers that they are its own footnotes."""
    return len(set(_FOOTNOTE.findall(text))) >= FOOTNOTES


def _named(where: str, suspects: Iterable[Suspect], footnotes: bool) -> list[str]:
    whys = dict.fromkeys(why for one in suspects for why in one.why.split("; "))
    return [f"{where}: {why}" for why in whys if not (footnotes and why == MARKER_WHY)]
