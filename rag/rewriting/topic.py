"""Says what a conversation was about, in its own words, without a model.

In: the few turns that a question leans on. Out: a question that names what they were about.
Knows nothing about whether the question leans.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from rag.rewriting.words import content, folded, has_content, is_name, spans, words
from rag.types import Turn

_MOST_NAMES = 2
"""Names of an answer that are taken along; the first ones say whom or what it told of."""
_ASKS = re.compile(r" (?:do|does|did) (?!not\b)")
_SAYS = re.compile(r" (?:say|think|know)(?= (?:about|of|on)\b)")
_PERSON = re.compile(
    r"\b(?:he|she|him|his|her)\b(?P<noun>(?= (?!(?:in|on|at|to|for|from|by|with|about|when|after"
    r"|before|do|say|go|come|and|or|then)\b)\w))?",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"\b(?:do|does|did|is|was|has|had|will|can|could|would|should)"
    r" ((?:[A-Z][\w.-]*)(?: [A-Z][\w.-]*)*)(?![’'])(?=\W)"
)
_WHO = re.compile(r"who\b", re.IGNORECASE)
_ENDS = re.compile(r"[.,;:!?)”\"]$")


def about(question: str, turns: Sequence[Turn]) -> str:
    """Return the question with what it is about put first, "" when the turns name nothing.

    "He" and "she" become the one that was asked about, where the turns' words tell who that is.
    """
    asked = [turn.content for turn in turns if turn.role == "user"]
    subject = _subject(turns)
    named = _PERSON.sub(partial(_naming, subject), question) if subject else question
    if named != question:
        topic = _bared(" ".join(one.replace(subject, "").split()) for one in asked)
    else:
        topic = [*_bared(asked), *_answered(question, turns)] if asked else []
    if not topic:
        return named if named != question else ""
    return f"About {', '.join(topic)}: {_continued(named)}"


def _subject(turns: Sequence[Turn]) -> str:
    """Return who did what was asked about last, "" where the words do not tell."""
    for turn, after in zip(reversed(turns), [None, *reversed(turns)], strict=False):
        if turn.role != "user":
            continue
        if _WHO.match(turn.content) and after and after.role == "assistant":
            first = next(_names(after.content), "")
            if first and after.content.startswith(first):
                return first
        if match := _SUBJECT.search(turn.content):
            return match[1]
    return ""


def _naming(subject: str, pronoun: re.Match[str]) -> str:
    """Return a name in the place of a pronoun; "her" before a noun is a possessive."""
    word, noun_follows = pronoun[0].lower(), pronoun["noun"] is not None
    owns = word == "his" or (word == "her" and noun_follows)
    return f"{subject}’s" if owns else subject


def _bared(asked: Iterable[str]) -> list[str]:
    """Return the earlier questions without the words that only ask."""
    return list(dict.fromkeys(bare for bare in map(_bare, asked) if bare))


def _bare(question: str) -> str:
    """Return a question from its first word with content on, without its mark.

    "Which works did he praise?" becomes "works he praise".
    """
    start = next((at for at, end in spans(question) if has_content(question[at:end])), None)
    rest = "" if start is None else question[start:].rstrip(" ?!.…")
    return _SAYS.sub("", _ASKS.sub(" ", rest, count=1))


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
