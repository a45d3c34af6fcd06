"""Says what a conversation was about, in its own words, without a model.

In: the few turns that a question leans on. Out: a question that names what they were about.
Knows nothing about whether the question leans.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.rewriting.words import content, folded, has_content, is_name, spans, words
from rag.types import Turn

_MOST_NAMES = 2
"""Names of an answer that are taken along; the first ones say whom or what it told of."""
_ASKS = re.compile(r" (?:do|does|did) (?!not\b)")
_ENDS = re.compile(r"[.,;:!?)”\"]$")


def about(question: str, turns: Sequence[Turn]) -> str:
    """Return the question with what it is about put first, "" when the turns name nothing."""
    asked = any(turn.role == "user" for turn in turns)
    topic = ", ".join([*_asked(turns), *_answered(question, turns)]) if asked else ""
    return f"About {topic}: {_continued(question)}" if topic else ""


def _asked(turns: Sequence[Turn]) -> list[str]:
    """Return the earlier questions without the words that only ask."""
    asked = (_bare(turn.content) for turn in turns if turn.role == "user")
    return list(dict.fromkeys(bare for bare in asked if bare))


def _bare(question: str) -> str:
    """Return a question from its first word with content on, without its mark.

    "Which works did he praise?" becomes "works he praise".
    """
    start = next((at for at, end in spans(question) if has_content(question[at:end])), None)
    rest = "" if start is None else question[start:].rstrip(" ?!.…")
    return _ASKS.sub(" ", rest, count=1)


def _answered(question: str, turns: Sequence[Turn]) -> list[str]:
    """Return the names that only the last answer brought in."""
    if not turns or turns[-1].role != "assistant":
        return []
    asked = " ".join([question, *(turn.content for turn in turns if turn.role == "user")])
    known = set(map(folded, words(asked)))
    new = [
        name
        for name in dict.fromkeys(_names(turns[-1].content))
        if not known & set(map(folded, content(name)))
    ]
    return new[:_MOST_NAMES]


def _names(text: str) -> Iterator[str]:
    """Yield the runs of capitalised words of a sentence."""
    run: list[str] = []
    for token in text.split():
        word = re.sub(r"[’']s?$", "", token.strip(".,;:!?()“”\"'…"))
        named = bool(word) and word[0].isupper() and is_name(word, first=False)
        if named:
            run.append(word)
        if run and (not named or _ENDS.search(token)):
            yield " ".join(run)
            run = []
    if run:
        yield " ".join(run)


def _continued(question: str) -> str:
    """Return a question as it is written after a colon."""
    first = words(question)[:1]
    keeps = not first or has_content(first[0]) or re.match(r"I\b", first[0])
    return question if keeps else question[0].lower() + question[1:]
