"""What the check of a sentence found, as a badge: a sign, a word and a colour.

In: statements. Out: HTML strings and plain words. Knows nothing about where they are shown.
"""

from __future__ import annotations

from rag.serving.markup import escaped
from rag.types import Statement, Verdict

_PATHS: dict[Verdict, str] = {  # drawn in a square of 16
    "supported": "M3.5 8.5l3 3 6-7",
    "contradicted": "M4.5 4.5l7 7m0-7l-7 7",
    "partly supported": "M4 8h8",
    "not supported": "M8 3.5v5.5m0 3v.5",
    "not checked": "M4 8h.5m3.25 0h.5m3.25 0h.5",
}
_WITHOUT_REASON: dict[Verdict, str] = {
    "supported": "The cited words say so.",
    "contradicted": "The cited words say otherwise.",
    "partly supported": "The cited words say only a part of it.",
    "not supported": "The cited words do not say so.",
    "not checked": "No check covers this sentence.",
}
VERDICTS: tuple[Verdict, ...] = tuple(_PATHS)
"""All verdicts, in the order in which they are counted."""


def sign(verdict: Verdict) -> str:
    """Return the picture that stands for a verdict, as HTML that is not read aloud."""
    return (
        '<svg viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="8"/>'
        f'<path d="{_PATHS[verdict]}"/></svg>'
    )


def word(verdict: Verdict) -> str:
    """Return the verdict as the beginning of a line: "Partly supported"."""
    return verdict.capitalize()


def css_class(verdict: Verdict) -> str:
    """Return the name that style sheets know the verdict by."""
    return verdict.replace(" ", "-")


def badge(verdict: Verdict, reason: str = "") -> str:
    """Return a verdict as HTML that can be told without colour, with the reason behind it."""
    told = f'<span class="reason">{escaped(reason)}</span>' if reason else ""
    shown = f"{sign(verdict)}{word(verdict)}"
    return f'<span class="verdict {css_class(verdict)}">{shown}</span>{told}'


def reason(statement: Statement) -> str:
    """Return in plain words why a statement has its verdict."""
    return statement.reason or _WITHOUT_REASON[statement.verdict]
