"""Takes a question apart that asks about several things, without a model.

In: a question. Out: sub-questions to search for, each with the words of the relation and
one of the things. Knows nothing about searching. English only: a question in another
language is left whole, and so is one that may hold a single name with an "and" in it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

LONGEST_QUESTION = 1000  # characters; a longer one is a story, and is left whole
MOST_PARTS = 6  # each costs a search
_FAR = 10  # words before a list; after more, a "both" is about something else

_ASKS = r"(?:who|whom|whose|which|what|when|where|why|how)"
_AUX = r"(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would)"
_COMPARES = (
    r"\b(?:first|last|early|earlier|earliest|later|latest|recent|recently|sooner|more|most|less"
    r"|least|fewer|fewest|better|best|worse|worst|(?:old|eld|young|long|tall|high|low|larg|bigg"
    r"|small|great|new|short|fast|strong|heavi|rich|farth|furth|near|clos|deep|wid)(?:er|est))\b"
)
_SHARES = r"\b(?:both|same|share|shares|shared|in common|differ|differs|different|compare)\b"
_SAYS = (
    r"\W*(?:say|said|report|reported|claim|claimed|think|write|wrote|describe|deny|announce|tell"
    r"|state|argue|cover|comment|put|view|respond|react|publish)\b"
)
_LINKS = re.compile(r"of|the|and|or|&|an?|in|on|to|for|with|at|del?|las?|les?|von|van|der")
_RANKS = re.compile(
    r"(?:king|queen|prince|princess|duke|duchess|count|countess|earl|baron|baroness|lord|lady|sir"
    r"|emperor|empress|archduke|archduchess|holy|elector|margrave|landgrave|marquess|viscount"
    r"|bishop|pope|jr\.?|sr\.?|inc\.?|ltd\.?)\b",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|«[^»]*»|‘[^’]*’(?!\w)|(?<!\w)'[^']*'(?!\w)|\([^()]*\)")
_HIDE = str.maketrans(" ,:", "\ue000\ue001\ue002")
_SHOW = str.maketrans("\ue000\ue001\ue002", " ,:")

_ALTERNATIVES = re.compile(
    rf"(?P<head>{_ASKS}\b[^,:]*)(?:,|:| [–—-]) (?P<list>.+? or .+?)"
    rf"(?:, (?P<tail>(?:{_AUX}|came|won|lived|died|sold|took|began|opened)\b.*))?",
    re.IGNORECASE,
)
_CONTRAST = re.compile(
    rf"(?P<one>{_AUX}\b.+?)(?:, (?:while|whereas)|,? and(?= (?:does|did|do|is|was|has)\b))"
    r" (?P<two>.+)",
    re.IGNORECASE,
)
_ACCOUNTS = re.compile(
    rf"between (?P<one>the .+?),? and (?P<two>(?:the|an?) .+?), (?P<tail>{_AUX}\b.+)", re.IGNORECASE
)
_COORDINATED = re.compile(
    rf"(?P<one>(?:{_ASKS}|{_AUX}) .+?),? and (?:also )?"
    rf"(?P<two>(?:(?:in|on|at|by|for|to|from|with) )?{_ASKS}\b.*)",
    re.IGNORECASE,
)
_THAN = re.compile(
    rf"(?P<aux>(?i:{_AUX})) (?P<one>\S+(?: \S+){{0,12}}?)"
    r" (?P<says>(?:[a-z]+ )+?(?=than)|(?:born|founded|released|published|built|opened|die|died) )"
    r"(?:than|before|after) (?P<two>\S+(?: \S+){0,12})"
)
_OPENING = rf"(?:(?:in |on |at )?{_ASKS}(?: \w+)?? )?{_AUX}\b"
_AMONG = re.compile(
    rf"(?:{_ASKS}(?: \w+)* (?:out of|between|among)"
    rf"|(?:{_ASKS} )?(?:one )?(?:of|between|among|out of))"
    r"(?: (?:the|these|those)(?: \w+){1,2})?",
    re.IGNORECASE,
)
_SETS_AGAINST = r"\bdifferences? between(?: the)?$|^compare(?: the)?$"
_NOISE = re.compile(r"\b(?:both|the same|each other|than the other)\b ?")  # in lower case
_PRONOUN = re.compile(r"\b(?:it|its|they|them|their|he|him|his|she|her|this|that)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _List:
    """Two or more things named together in a question, and the words around them."""

    head: str
    items: tuple[str, ...]
    tail: str
    word: str  # that joins the last two: "and" or "or"


def parts(question: str) -> tuple[str, ...]:
    """Return the sub-questions of a question about several things, in order; () for others."""
    text = " ".join(question.split()).rstrip(" ?!.,;")
    if len(text) > LONGEST_QUESTION:
        return ()
    hidden = _QUOTED.sub(lambda quoted: quoted[0].translate(_HIDE), text)
    for way in (_alternatives, _contrasted, _accounts, _coordinated, _enumerated, _compared):
        found = [_tidy(part) for part in way(hidden)]
        if 2 <= len(set(found)) == len(found) <= MOST_PARTS:
            return tuple(found)
    return ()


def _tidy(part: str) -> str:
    plain = " ".join(_NOISE.sub("", part).translate(_SHOW).split())
    return re.sub(r" ([,:])", r"\1", plain).strip(" ,;:")


def _alternatives(text: str) -> tuple[str, ...]:
    """Take apart "Which film came out first, A or B?"."""
    match = _ALTERNATIVES.fullmatch(text)
    items = _items(match["list"], "or") if match else ()
    if not items:
        return ()
    head, tail = match["head"], match["tail"] or ""
    if not re.search(_COMPARES, f"{head} {tail}", re.I) and not all(map(_is_name, items)):
        return ()
    return tuple(f"{head} {item} {tail}" for item in items)


def _contrasted(text: str) -> tuple[str, ...]:
    """Take apart "Does A say …, while B says …?"."""
    match = _CONTRAST.fullmatch(text)
    sides = match.group("one", "two") if match else ()
    return sides if all(len(side.split()) >= 4 for side in sides) else ()


def _accounts(text: str) -> tuple[str, ...]:
    """Take apart "Between the report of A on … and the article of B on …, did … change?"."""
    match = _ACCOUNTS.fullmatch(text)
    return tuple(f"{match[side]}, {match['tail']}" for side in ("one", "two")) if match else ()


def _coordinated(text: str) -> tuple[str, ...]:
    """Take apart "Who wrote A and when was it published?"."""
    match = _COORDINATED.fullmatch(text)
    if not match:
        return ()
    one, two = match["one"], match["two"]
    asks = re.search(_ASKS, two, re.I)[0]
    if re.search(rf"\w\W+{asks}\b", one, re.I) or not re.search(r"\w \w", one):
        return ()  # "the man who wrote A and who …" is one man
    if not re.search(rf"{_ASKS} .*\w+ \w", two, re.I):  # "… and for what purpose"
        return one, re.sub(rf"^{_ASKS}", lambda _: two, one, flags=re.I)
    return one, _resolved(two, one)


def _resolved(second: str, first: str) -> str:
    """Return a second question with its pronoun replaced by what the first is about."""
    person = re.match(r"who (?!is |was |are |were )", first, re.I)
    if person and re.search(r"\b(?:he|him|his|she|her)\b", second, re.I):
        return _PRONOUN.sub(lambda _: f"the person {first[0].lower()}{first[1:]}", second, count=1)
    topic = _topic(first)
    if _PRONOUN.search(second):
        return _PRONOUN.sub(lambda _: topic, second, count=1)
    known = set(topic.split()) & set(second.split()) or any(map(_is_name, second.split()[1:]))
    return second if known else f"{second} {topic}"


def _topic(question: str) -> str:
    """Return the first name of a question, or what follows its first words."""
    words = question.split(" ")
    start = next((at for at, word in enumerate(words) if at and _is_name(word)), None)
    if start is not None:
        return " ".join(words[start : _end_of_names(words, start)])
    return re.sub(rf"^(?:{_ASKS} )?(?:{_AUX} )?", "", question, flags=re.I)


def _enumerated(text: str) -> tuple[str, ...]:
    """Take apart "Which of A and B …", "Are A and B both …", "What did A, B and C say …"."""
    found = _list(text.split(" "))
    if not found or not _asks_about_each(found):
        return ()
    return tuple(f"{found.head} {item} {found.tail}" for item in found.items)


def _asks_about_each(found: _List) -> bool:
    """Say whether a question asks about each thing of a list, not about all as one."""
    compares = bool(re.search(_COMPARES, f"{found.head} {found.tail}", re.I))
    if found.word == "or":
        return compares
    if re.search(_SETS_AGAINST, found.head, re.I):
        return True
    if _AMONG.fullmatch(found.head):
        return compares or bool(re.search(_SHARES, found.tail, re.I))
    if not re.match(_OPENING, found.head, re.I) or len(found.head.split()) > _FAR:
        return False
    if re.search(r"\b(?:both|same|share)\b", found.head, re.I) or re.search(
        _SHARES, found.tail, re.I
    ):
        return True
    direct = re.fullmatch(rf"{_OPENING}(?: the)?", found.head, re.I) and not _one_office(found)
    return bool(direct and (re.match(_SAYS, found.tail) or (len(found.items) > 2 and found.tail)))


def _one_office(found: _List) -> bool:
    """Say whether a list may be one name, as "Ministry of Culture and Tourism" is."""
    return " of " in found.items[0] and " " not in found.items[-1]


def _list(words: Sequence[str]) -> _List | None:
    """Return the first list of names in a question."""
    start = 1
    while start < len(words):
        end = _end_of_names(words, start) if _is_name(words[start]) else start
        for word in ("or", "and"):
            items = _items(" ".join(words[start:end]), word)
            if items:
                head, items = _framed(words[:start], items)
                return _List(head, items, " ".join(words[end:]), word)
        start = max(end, start + 1)
    return None


def _end_of_names(words: Sequence[str], start: int) -> int:
    """Return where a run of names ends that begins at `start`; small words may link them."""
    end = at = start
    while at < len(words):
        if _is_name(words[at]) or not any(c.isalnum() for c in words[at]):
            end = at + 1
        elif not _LINKS.fullmatch(words[at]) and not _in_frame(words, at, end, words[start - 1]):
            break
        at += 1
    return end


def _in_frame(words: Sequence[str], at: int, end: int, last: str) -> bool:
    """Say whether a small word leads to a next name as it led to the first.

    So "director of film" does in "director of film A and director of film B".
    """
    if words[end] not in ("and", "or") or at - end > 5:
        return False
    names = (to for to in range(at + 1, min(len(words), end + 7)) if _is_name(words[to]))
    return words[next(names, at + 1) - 1] == last


def _framed(head: Sequence[str], items: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Move what stands before the first item and comes again before the last into the items.

    "Do" + "the director of A" + "the director of B", not "Do the director of" + "A" + "B".
    """
    words = items[-1].split(" ")
    size = next((at for at, word in enumerate(words) if _is_name(word)), 0)
    if not size or size >= len(head) or head[-1] != words[size - 1]:
        return " ".join(head), items
    return " ".join(head[:-size]), (" ".join((*head[-size:], items[0])), *items[1:])


def _compared(text: str) -> tuple[str, ...]:
    """Take apart "Is A older than B?"."""
    match = _THAN.fullmatch(text)
    if not match or not (_is_name(match["one"]) and _is_name(match["two"])):
        return ()
    return tuple(f"{match['aux']} {match[side]} {match['says']}" for side in ("one", "two"))


def _items(listing: str, word: str) -> tuple[str, ...]:
    """Return the things of a list that is joined by a word; () when in doubt where to cut."""
    sides = re.split(rf",? {word} ", listing)
    if len(sides) != 2 or not all(sides):
        return ()
    left, right = (side.strip(", ") for side in sides)
    sure = f", {word} " in listing
    if ", " not in left or (", " in right and not sure):
        return left, right
    return (*_by_commas(left, sure=sure), right)


def _by_commas(left: str, *, sure: bool) -> tuple[str, ...]:
    """Return what stands between commas, where it is a list and no "Maurice, Prince of …"."""
    pieces = left.split(", ")
    ranked = any(_RANKS.match(piece) for piece in pieces[1:])
    alike = all(_is_name(piece) and not re.search(r" (?:and|&) ", piece, re.I) for piece in pieces)
    return tuple(pieces) if (sure or alike) and not ranked else (left,)


def _is_name(words: str) -> bool:
    """Say whether words begin with a capital letter, a figure, or a letter without case."""
    first = next((c for c in words if c.isalnum()), "a")
    return not first.islower()
