"""What every search for suspect words returns, and how far around it words fall with it.

In: nothing. Out: records. Knows nothing about what is looked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from rag.guarding.needing import Groups, lowered, needed
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
    needed: Groups = field(init=False)
    """Of each of these, a text holds a string, or the pattern is not tried."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "needed", needed(self.pattern))


_LEAD = re.compile(r"[^\w<\[{]*(?=[\w<\[{])|")


def matches(text: str, rules: Sequence[Rule]) -> Iterator[Mark]:
    """Yield a mark for every match of every rule."""
    held = Held(text)
    for rule in rules:
        if not held.all(rule):
            continue
        for match in rule.pattern.finditer(text):
            lead = 0 if rule.reach == "words" else _LEAD.match(match[0]).end()
            yield Mark(match.start() + lead, match.end(), rule.why, rule.reach)


class Held:
    """What a text holds, looked up once for all rules that ask for the same."""

    def __init__(self, text: str):
        self._text = text
        self._lowered: str | None = None
        self._known: dict[tuple[bool, frozenset[str]], bool] = {}

    def all(self, rule: Rule) -> bool:
        """Return whether the text holds a string of every group that a rule needs."""
        ignoring_case = bool(rule.pattern.flags & re.IGNORECASE)
        return all(self._any(group, ignoring_case) for group in rule.needed)

    def _any(self, group: frozenset[str], ignoring_case: bool) -> bool:
        key = (ignoring_case, group)
        if key not in self._known:
            if ignoring_case and self._lowered is None:
                self._lowered = lowered(self._text)
            text = self._lowered if ignoring_case else self._text
            self._known[key] = any(one in text for one in group)
        return self._known[key]


def line_around(text: str, start: int, end: int) -> Span:
    """Return the lines that hold a span."""
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", max(start, end - 1))
    return Span(first, len(text) if last < 0 else last)
