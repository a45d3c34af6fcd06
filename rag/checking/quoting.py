"""Checks the words that a statement puts in quotation marks.

In: a `Pair`. Out: findings of kind "quotation": quoted words must stand in the cited text or
its context letter for letter. Knows nothing about what is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.checking.comparing import Pair
from rag.checking.records import Finding
from rag.types import Span

_QUOTED = re.compile(
    r"\"([^\"]+)\"|“([^“”]+)”|«([^«»]+)»|„([^„“”]+)[“”]|``\s*(.+?)\s*''|(?<!\w)‘([^‘]+?)’(?!\w)"
)
_GAP = re.compile(r"\.\.\.|…|\[[^\]]*\]")
_MARKS = str.maketrans(
    {c: "'" for c in "‘’`´"} | {c: '"' for c in "“”„«»"} | {c: "-" for c in "–—"}
)


def check(pair: Pair) -> Iterator[Finding]:
    """Yield a finding for each quotation of the statement."""
    for match in _QUOTED.finditer(pair.statement):
        words = next(group for group in match.groups() if group)
        if len(match[0]) > 0.9 * len(pair.statement.strip()):
            continue  # the whole statement: its words are checked one by one
        parts = [part for part in map(_plain, _GAP.split(words)) if part]
        if parts:
            yield _quoted(pair, words, parts)


def _quoted(pair: Pair, words: str, parts: list[str]) -> Finding:
    if all(part in _plain(pair.source.text) for part in parts):
        return Finding("quotation", "agrees", words, _place(pair, words), "")
    around = _plain(f"{pair.source.context} {pair.source.heading}")
    if all(part in around for part in parts):
        return Finding("quotation", "agrees", words, None, "The passage has these words.")
    reason = f'The words "{words}" do not stand in the source.'
    return Finding("quotation", "absent", words, None, reason)


def _plain(text: str) -> str:
    """Return a text without what does not count: case, blanks, the form of marks, a last stop."""
    text = text.translate(_MARKS).replace("''", '"').casefold()
    return re.sub(r"\s+|--", "", text).replace('"', "").rstrip(".,;:!?").lstrip("'")


def _place(pair: Pair, words: str) -> Span | None:
    start = pair.source.text.find(words)
    return Span(start, start + len(words)) if start >= 0 else None
