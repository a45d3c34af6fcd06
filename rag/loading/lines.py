"""Lines, and the small questions that are asked about one line.

In: text. Out: the lines that are not blank, with their offsets. Knows nothing about
furniture, dates or news.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

HEADLINE_WORDS = 25
HEADLINE_CHARACTERS = 250
TITLE_CASE = 0.6
"""The share of long words with a capital above which a line is written like a headline."""
UNWRAPPED = 100
"""A line longer than this was not broken by an editor that wraps text."""

_SENTENCE_END = re.compile(r"[.!?。！？…][\"'”’»)\]]*$")
_FRAGMENT_END = re.compile(r"(?:[,:;、，：；]|\.{3})[\"'”’»)\]]*$")
_LIST_ITEM = re.compile(r"(?:[-*+•·>|]|\d{1,3}[.)])\s")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "\\": None})


class Line(NamedTuple):
    """A line that is not blank: `text` without surrounding whitespace is `[start:end]`.

    `after_gap` says that a blank line or the beginning of the text stands before it,
    `code` that it belongs to a fenced block.
    """

    start: int
    end: int
    text: str
    after_gap: bool
    code: bool = False


def split_lines(text: str) -> list[Line]:
    """Return the lines of `text` that hold more than whitespace."""
    lines, start, gap = [], 0, True
    for raw in text.split("\n"):
        stripped = raw.strip()
        if stripped:
            first = start + len(raw) - len(raw.lstrip())
            lines.append(Line(first, first + len(stripped), stripped, gap))
        gap = not stripped
        start += len(raw) + 1
    return lines


def folded(text: str) -> str:
    """Return `text` without differences of case, quotes, backslashes and whitespace."""
    return " ".join(text.translate(_QUOTES).split()).casefold()


def has_words(text: str, count: int) -> bool:
    """Return whether `text` has at least `count` words, reading no further than needed."""
    return len(text.split(None, count)) >= count


def ends_sentence(text: str) -> bool:
    """Return whether `text` ends as a sentence does; a trailing "..." is a cut, not an end."""
    return bool(_SENTENCE_END.search(text[-8:])) and not text.endswith(("...", "…"))


def is_prose(text: str) -> bool:
    """Return whether a line reads as running text and not as a label, headline or caption."""
    if text.startswith("#"):
        return False
    return has_words(text, HEADLINE_WORDS + 1) or (has_words(text, 6) and ends_sentence(text))


def is_headline(line: Line, following: Line | None, *, before_dateline: bool = False) -> bool:
    """Return whether `line` looks like a headline; `following` is the next line, if any.

    A line that an editor wrapped is no headline: taking it out would damage a sentence.
    """
    text = line.text.lstrip("# ") if line.text.startswith("#") else line.text
    if len(text) > HEADLINE_CHARACTERS or has_words(text, HEADLINE_WORDS + 1):
        return False
    if line.code or _FRAGMENT_END.search(text[-8:]) or _LIST_ITEM.match(text):
        return False
    if not any(letter.isalpha() for letter in text) or text[0].islower():
        return False
    if before_dateline:
        return not text.endswith((".", "。"))
    if ends_sentence(text):
        return False
    return line.text.startswith("#") or not _runs_on(text, following)


def runs(lines: Sequence[Line]) -> list[list[int]]:
    """Return the indexes of `lines` in groups: wrapped paragraphs whole, other lines alone."""
    paragraphs: list[list[int]] = []
    for index, line in enumerate(lines):
        if line.after_gap or not paragraphs:
            paragraphs.append([])
        paragraphs[-1].append(index)
    groups = []
    for paragraph in paragraphs:
        rest = paragraph[1:]
        lower = sum(lines[index].text[0].islower() for index in rest)
        whole = rest and 2 * lower >= len(rest)
        groups.extend([paragraph] if whole else [[index] for index in paragraph])
    return groups


def _runs_on(text: str, following: Line | None) -> bool:
    if following is None or following.after_gap:
        return False
    if following.text[0].islower():
        return True
    wrapped = len(text) >= 40 and len(following.text) <= UNWRAPPED
    return wrapped and not _in_title_case(text)


def _in_title_case(text: str) -> bool:
    long = [word for word in text.split() if len(word) >= 4]
    capital = sum(not word.lstrip("\"'“‘(")[:1].islower() for word in long)
    return bool(long) and capital >= TITLE_CASE * len(long)
