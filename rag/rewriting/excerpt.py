"""Picks the few turns that a question may lean on.

In: a conversation. Out: its last exchanges, each answer cut to one sentence. Knows nothing
about the question.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.rewriting.leaning import leaning
from rag.rewriting.words import content
from rag.splitting import sentences
from rag.types import Turn

_MOST_WORDS = 25
"""Of one turn; more would outweigh the question that is searched for."""
_MOST_CHARACTERS = 300
_MOST_QUESTIONS = 2
_MARKER = re.compile(r"\s*\[\d{1,4}\]")
_REFUSED = re.compile(
    r"\b(?:nothing relevant|(?:documents?|passages?|sources?) (?:do|does|did) not"
    r"|(?:do|does|did)(?: not|n[’']t) (?:have|contain|include|provide|know|mention|answer)"
    r"|no (?:specific )?information|sorry|apologi[sz]e|unable to"
    r"|can(?:not|[’']t) (?:answer|find|help))\b",
    re.IGNORECASE,
)


def excerpt(history: Sequence[Turn]) -> tuple[Turn, ...]:
    """Return the last question with its answer, and the question before when that one leans.

    An answer is cut to its first sentence; one that says that it has none is left out, and
    so is thanks.
    """
    kept: list[Turn] = []
    asked = 0
    for turn in reversed(history):
        short = _short(turn)
        if not content(short):
            continue
        kept.append(Turn(turn.role, short))
        asked += turn.role == "user"
        if turn.role == "user" and (asked == _MOST_QUESTIONS or not leaning(short)):
            break
    return tuple(reversed(kept))


def _short(turn: Turn) -> str:
    """Return what is kept of a turn, on one line."""
    text = turn.content.encode("utf-8", "replace").decode("utf-8")
    text = " ".join(_MARKER.sub("", text).split())
    if turn.role == "user":
        return _cut(text)
    spans = sentences(text)
    first = text[spans[0].start : spans[0].end] if spans else ""
    return "" if _REFUSED.search(first) else _cut(first)


def _cut(text: str) -> str:
    short = " ".join(text.split()[:_MOST_WORDS])[:_MOST_CHARACTERS]
    return short + "…" * (short != text)
