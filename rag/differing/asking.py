"""Says what kind of answer a question wants.

In: a question. Out: the kind of value that may answer it, and the question's own words.
Knows nothing about documents. English: in other languages only names are told.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from rag.keywords import asked, fold

Kind = Literal["person", "place", "name", "date", "number", "money", "percent", "score", "thing"]

_FIRST: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("person", re.compile(r"\b(?:who|whom|whose)\b")),
    ("place", re.compile(r"\bwhere\b")),
    ("date", re.compile(r"\bwhen\b")),
)
_KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(rf"\b(?:{words})\b"))
    for kind, words in (
        ("date", "when|dates?|day|year|month|time|century|decade"),
        ("score", "scores?"),
        ("percent", "percent(?:age)?|rate|share|proportion|inflation"),
        (
            "money",
            "how much|revenues?|prices?|costs?|earnings?|salary|compensation|worth|value|fee|fine"
            "|wage|amount|budget|profits?|sum",
        ),
        (
            "number",
            "how (?:many|far|long|old|tall|high|big|large|heavy|fast|deep|often)|number|total"
            "|population|weight|height|length|distance|age|size|toll|hotline|temperature|code"
            "|line|growth|magnitude|speed",
        ),
        (
            "place",
            "location|venue|city|country|state|town|place|stadium|islands?|county|region|nation"
            "|continent|lake|river|village|province|territory|capital|park|festival",
        ),
        (
            "person",
            "actor|actress|singer|player|politician|candidate|golfer|director|president|minister"
            "|coach|author|man|woman|person|leader|congress(?:wo)?man|senator|cricketer|musician"
            "|rapper|celebrity|royal|ceo|star|artist|figure|billionaire|comedian|host|contender"
            "|secretary|governor|mayor|justice|judge|king|queen|prince|princess|writer",
        ),
    )
)
_ENDS = (
    r"(?!(?:of|in|for|on|at|did|does|do|has|have|had|was|were|is|are|will|that|to|who|from|by|with"
    r"|after|when|\w{3,}ed|won|said|saw|made|held)\b)"
)
_WORD = rf"{_ENDS}[\w'’.$%-]+"
_HEAD = re.compile(
    r"\bhow \w+"
    r"|\b(?:which|what)(?:['’]s| is| was| are| were| will be)(?: (?:the|an?|its|their))?"
    rf"(?P<said>(?: {_WORD}){{1,6}})"
    rf"|\b(?:which|what)(?P<asked>(?: {_WORD}){{1,3}})"
)
"""The words that name what is asked for: "how many", "what is the premiere date"."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a question wants: the kind of its answer, and its own words, stemmed and as names."""

    kind: Kind
    stems: frozenset[str]
    names: frozenset[str]
    years: frozenset[str]


def wanted(question: str) -> Wanted:
    """Return what a question wants; "thing" is wanted where its words do not tell."""
    terms = asked(question)
    years = frozenset(re.findall(r"\b(?:1[5-9]|20)\d\d\b", question))
    return Wanted(_kind(fold(question)), frozenset(terms.words), frozenset(terms.names), years)


def _kind(question: str) -> Kind:
    opening = " ".join(question.split()[:2])
    for kind, pattern in _FIRST:
        if pattern.search(opening):
            return kind
    head = _HEAD.search(question)
    if head is None:
        kinds = (kind for kind, pattern in (*_FIRST, *_KINDS) if pattern.search(question))
        return next(kinds, "thing")
    words = head["said"] or head["asked"] or head[0]
    return next((kind for kind, pattern in _KINDS if pattern.search(words)), "name")
