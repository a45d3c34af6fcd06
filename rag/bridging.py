"""Finds the names over which a question leads to a second document.

In: a question, and the texts found for it. Out: second questions, each with one name that the
texts hold: "Where was the composer of Oklahoma born?" needs the composer's name first. Knows
nothing about searching. English only.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

_MAKES = {
    "directors?|filmmakers?": r"direct\w*|filmmaker|film by",
    "composers?|lyricists?|songwriters?": r"compos\w*|music|score\w*|songs?|lyrics",
    "performers?|singers?|musicians?|bands?|artists?": r"perform\w*|sung|sang|sing\w*|record\w*"
    r"|song by|single by|album by|by",
    "producers?": r"produc\w*",
    "authors?|writers?|screenwriters?|poets?|playwrights?": r"writ\w*|wrote|author\w*|novel by|by",
    "editors?": r"edit\w*",
    "creators?|inventors?|designers?|architects?": r"creat\w*|invent\w*|design\w*|architect\w*",
    "founders?|owners?|publishers?": r"found\w*|own\w*|publish\w*|establish\w*",
    "presidents?|leaders?|chairmans?|heads?|ceos?|coach(?:es)?|mayors?": r"president|led|leader\w*"
    r"|chair\w*|head\w*|chief|ceo|coach\w*|mayor",
    "presenters?|hosts?": r"present\w*|host\w*",
    "stars?|actors?|actress(?:es)?": r"star\w*|act\w*|play\w*",
}
_WEDS = r"married|marri\w*|wife|wives|husband|spouse|widow\w*|consort"
_BEGETS = r"son|daughter|child\w*|father|mother|born to|parents?"
_KIN = {
    "fathers?|mothers?|parents?|child|children|sons?|daughters?": _BEGETS,
    "husbands?|wife|wives|spouses?|partners?": _WEDS,
    "brothers?|sisters?|siblings?": r"brother|sister|sibling|twin",
}
_KIN_OF_KIN = {
    r"(?:father|mother|parents?)s?-in-law": _WEDS,
    r"(?:child|children|son|daughter)s?-in-law": _BEGETS,
    r"(?:brother|sister|sibling)s?-in-law": rf"{_WEDS}|brother|sister",
    r"step-?(?:father|mother|parent|son|daughter|child)\w*": rf"{_BEGETS}|{_WEDS}",
    r"(?:great-?)*(?:grand-?)(?:father|mother|parent|son|daughter|child|children)\w*": _BEGETS,
    r"uncles?|aunts?|nephews?|nieces?|cousins?": rf"{_BEGETS}|brother|sister",
}
_LONGEST = 200  # characters; a longer question tells a story
# What a name's place costs, in characters from the word that tells of the relation.
_FAR = 150.0  # there is no such word
_BEFORE = 20  # the name stands before it
_LATER = 15  # for each text that was found before this one
_ELSEWHERE = 200  # for a text that holds none of the question's names; less for some
_ONE_WORD = 15  # nationalities and places are single words more often than persons
_TITLE = 60  # gained by the name of a document
_DIRECT = re.compile(r"\W*who(?:'s| is| was| are| were)\b", re.IGNORECASE)
_TOKEN = re.compile(r"(?:\b[^\W\d_]\.)+(?= ?\w)|[^\W_]+(?:[’'.-][^\W_]+)*|[^\w\s]")
_WITHIN = re.compile(r"of|de|del|della|di|da|du|la|le|von|van|der|den|zu|bin|ibn|mac|al|el|y|the")
_NO_NAMES = re.compile(
    r"an?|the|he|she|it|its|his|her|they|their|this|that|these|in|on|at|by|for|from|with|as|and|but"
    r"|or|after|before|when|while|during|since|until|although|however|also|both|who|which|there|one"
    r"|i|january|february|march|april|may|june|july|august|september|october|november|december"
    r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday",
    re.IGNORECASE,
)


def bridges(
    question: str,
    texts: Sequence[str],
    *,
    limit: int = 3,
    is_title: Callable[[str], bool] = lambda name: False,
) -> tuple[str, ...]:
    """Return up to `limit` second questions, likeliest first; () when one search is enough.

    `texts` are the passages found for the question, best first. A name of which `is_title`
    says that a document of the library bears it comes before one that none does.
    """
    cues = _cues(question)
    if not cues:
        return ()
    asked = _asked_names(question)
    found: dict[str, tuple[float, str]] = {}
    for rank, text in enumerate(texts):
        held = set(_fold(text).split())
        away = _LATER * rank + _ELSEWHERE * (1 - len(asked & held) / len(asked))
        for name, start, end in names(text):
            folded = _fold(name)
            cost = away + _gap(cues, text, start, end) + _ONE_WORD * (" " not in name)
            cost -= _TITLE * is_title(name)
            if not set(folded.split()) <= asked:
                found[folded] = min(found.get(folded, (cost, name)), (cost, name))
    rest = _without_names(question)
    return tuple(f"{rest} {name}" for _, name in sorted(found.values())[:limit])


def leads_on(question: str) -> bool:
    """Say whether a question goes over a relation, so that one search may not be enough."""
    return _cues(question) is not None


def names(text: str) -> list[tuple[str, int, int]]:
    """Return the names in a text, each with its first offset and the one after its last."""
    found = []
    run: list[re.Match[str]] = []
    for token in [*_TOKEN.finditer(text), None]:
        if (
            token
            and (_capital(token) or (run and _WITHIN.fullmatch(token[0])))
            and _joined(text, run, token)
        ):
            run.append(token)
            continue
        found += _named(text, run)
        run = [token] if token and _capital(token) else []
    return found


def _named(text: str, run: list[re.Match[str]]) -> list[tuple[str, int, int]]:
    """Return what a run of capitalised words names, without the small words at its ends."""
    while run and _NO_NAMES.fullmatch(run[0][0]):
        run = run[1:]
    while run and _WITHIN.fullmatch(run[-1][0]):
        run = run[:-1]
    if not run or (len(run) == 1 and len(run[0][0]) < 3):
        return []
    start, end = run[0].start(), run[-1].end()
    return [(re.sub(r"[’']s$", "", text[start:end]), start, end)]


def _joined(text: str, run: list[re.Match[str]], token: re.Match[str]) -> bool:
    """Say whether a word goes on the name before it: after a blank, or "R." and a blank."""
    if not run:
        return True
    between = text[run[-1].end() : token.start()]
    return between in (" ", "-") or (between == "" and run[-1][0].endswith("."))


def _capital(token: re.Match[str]) -> bool:
    return token[0][0].isupper()


def _gap(cues: re.Pattern[str], text: str, start: int, end: int) -> float:
    """Return how many characters lie between a name and the nearest word of the relation."""
    gaps = [_FAR]
    for cue in cues.finditer(text):
        gaps.append(start - cue.end() if cue.end() <= start else cue.start() - end + _BEFORE)
    return min(gap for gap in gaps if gap >= 0)


def _cues(question: str) -> re.Pattern[str] | None:
    """Return the words by which texts tell of the relation that a question goes over.

    None where it goes over none: who someone's wife is takes one search, where she was born two.
    """
    if len(question) > _LONGEST or not _asked_names(question):
        return None
    far, near = _relations(question, _KIN_OF_KIN), _relations(question, _MAKES | _KIN)
    if not far and (not near or (len(near) == 1 and _DIRECT.match(question))):
        return None
    _, cues = max(far or near)
    return re.compile(rf"\b(?:{cues})\b", re.IGNORECASE)


def _relations(question: str, kinds: dict[str, str]) -> list[tuple[int, str]]:
    """Return where a question speaks of a relation, with the words by which texts tell of it."""
    return [
        (match.start(), cues)
        for relation, cues in kinds.items()
        for match in re.finditer(
            rf"\b(?:{relation}) of\b|(?:[’']s?|whose|(?:has|have) the) (?:{relation})\b", question
        )
    ]


def _asked_names(question: str) -> set[str]:
    words = question.split()[1:]
    capital = [w for w in words if any(c.isalnum() for c in w) and not _first(w).islower()]
    return set(_fold(" ".join(capital)).split())


def _without_names(question: str) -> str:
    words = question.split()
    kept = [
        w
        for at, w in enumerate(words)
        if not at or (_first(w).islower() and not _WITHIN.fullmatch(w))
    ]
    return " ".join(kept).strip(" ?")


def _first(word: str) -> str:
    return next((c for c in word if c.isalnum()), " ")


def _fold(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(re.findall(r"\w+", re.sub(r"[’']s\b", "", bare)))
