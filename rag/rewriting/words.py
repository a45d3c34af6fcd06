"""Tells the words that say what a question is about from those that only ask.

In: a text. Out: its words, those with content, and its names. English. Knows nothing about
conversations.
"""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W_]+(?:[.’'&:/-][^\W_]+)*")
_NUMBERED = re.compile(r"\d")


def word_set(words: str) -> frozenset[str]:
    """Return the words of a line as a set."""
    return frozenset(words.split())


_SMALL = word_set(
    "a an the this that these those such same some any no none all both each every either neither "
    "other others another else one ones more most much many few less least several enough only "
    "i me my mine myself we us our ours you your yours he him his himself she her hers herself it "
    "its itself they them their theirs themselves there here who whom whose which what when where "
    "why how whether if because so then than as like and or but nor not yet also too very just "
    "even still again ever never always often maybe perhaps really actually anyway please thanks "
    "thank sorry ok okay yes yeah hi hello hey well of in on at by for from to with without into "
    "onto over under about above below after before during since until between among through "
    "across against within per via up down out off away back am is are was were be been being do "
    "does did done doing have has had having can could will would shall should may might must "
    "don't doesn't didn't isn't aren't wasn't weren't can't couldn't won't wouldn't shouldn't "
    "haven't hasn't hadn't i'm i've i'd i'll it's that's what's who's there's let's you're they're "
    "get got getting go going gone make makes made take takes took give gives gave come comes came "
    "use using used need needs needed want wants wanted like know knew think thought say says said "
    "tell told mean means meant ask asked asking see seen look find found help keep let put try "
    "happen happens happened exist exists work works interested wonder wondering understand hear "
    "heard believe guess able possible good bad better best worse worst new old big small great "
    "thing things something anything nothing everything someone anyone everyone way ways kind "
    "kinds type types sort lot lots bit part information info detail details example examples "
    "reason reasons question questions answer answers point case first second last next now today "
    "different main major important long far time while although though however assuming based "
    "according whereas despite moreover therefore thus specifically generally typically"
)
"""Words too common to say what a question is about."""


def words(text: str) -> list[str]:
    """Return the words of a text, hyphenated and apostrophised ones whole."""
    return _WORD.findall(text)


def spans(text: str) -> list[tuple[int, int]]:
    """Return where each word of a text starts and ends."""
    return [match.span() for match in _WORD.finditer(text)]


def folded(word: str) -> str:
    """Return a word without case, possessive or plural ending."""
    bare = re.sub(r"[’']s?$", "", word.casefold())
    if len(bare) > 4 and bare.endswith("ies"):
        return bare[:-3] + "y"
    return bare[:-1] if len(bare) > 3 and bare.endswith("s") and not bare.endswith("ss") else bare


def has_content(word: str) -> bool:
    """Say whether a word by itself says what a text is about."""
    plain = word.casefold().replace("’", "'")
    return plain not in _SMALL and (len(plain) > 1 or plain.isdigit())


def content(text: str) -> list[str]:
    """Return the words of a text that say what it is about, in order."""
    return [word for word in words(text) if has_content(word)]


def is_name(word: str, *, first: bool) -> bool:
    """Say whether a word looks like a name or a figure; `first` if it begins a sentence."""
    if _NUMBERED.search(word):
        return True
    inner = any(c.isupper() for c in word[1:])
    return (inner or (word[0].isupper() and not first)) and has_content(word)
