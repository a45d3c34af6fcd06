"""What every search for suspect words returns, and how far around it words fall with it.

In: nothing. Out: records. Knows nothing about what is looked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rag.types import Span

Reach = Literal["words", "sentence", "line", "block"]
"""What falls with a match: itself, its sentence, its line, or all lines to the next blank one."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A match in folded text: where, why in plain words, and its reach."""

    start: int
    end: int
    why: str
    reach: Reach


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern over folded text, what a match of it is, and its reach."""

    pattern: re.Pattern[str]
    why: str
    reach: Reach


_LEAD = re.compile(r"[^\w<\[{]*(?=[\w<\[{])|")


def matches(text: str, rules: Sequence[Rule]) -> Iterator[Mark]:
    """Yield a mark for every match of every rule."""
    for rule in rules:
        for match in rule.pattern.finditer(text):
            lead = 0 if rule.reach == "words" else _LEAD.match(match[0]).end()
            yield Mark(match.start() + lead, match.end(), rule.why, rule.reach)


def line_around(text: str, start: int, end: int) -> Span:
    """Return the lines that hold a span."""
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", max(start, end - 1))
    return Span(first, len(text) if last < 0 else last)
