"""Reads a text as words that can be compared.

In: text. Out: `Word`s with offsets, stems, and the sentence and clause each stands in. Knows
nothing about statements and sources.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.keywords import fold, function_words, stem
from rag.merging import american


def listed(words: str) -> list[str]:
    """Return the words of a text as a list."""
    return words.split()


_TOKEN = re.compile(
    r"""
    (?P<not>(?<=[a-z])n['’]t\b|(?<=\s)n['’]t\b)
    | (?P<ending>['’](?:s|re|ve|ll|d|m)\b)
    | (?P<word>
        \d+(?:[.,:]\d+)*(?:st|nd|rd|th|s|[A-Za-z]{1,3})?(?![^\W_])
        | (?:[^\W\d_]\.){2,}
        | [^\W\d_]+?(?=n['’]t\b)
        | [^\W\d_]+(?:['’](?!(?:s|t|re|ve|ll|d|m)\b)[^\W\d_]+)*(?![^\W_])
        | [^\W_]+
      )
    | (?P<stop>[.!?…。！？]+(?=["'”’)\]]*(?:\s|$)))
    | (?P<break>[,;:()\[\]–—|]|--)
    """,
    re.VERBOSE,
)
_WHOLE = {"ca": "can", "wo": "will", "sha": "shall"}  # before "n't"
_ABBREVIATED = frozenset(
    listed(
        """
    mr mrs ms dr st jr sr no vs gen col lt sgt prof rev gov sen rep
    """
    )
)
_MORE_FUNCTION_WORDS = frozenset(
    listed(
        """
    across against although along amid among another away back because before below
    between cannot despite down during each either else even ever every few former
    having however its least less many much neither never none off once one ones only
    onto per rather since still than though through throughout till together toward
    towards unless unlike until upon via whether within without yet let lets several
    both own also itself himself herself themselves various certain well thus therefore
    hence moreover furthermore additionally meanwhile
    """
    )
)
_IRREGULAR = {
    form: base
    for base, *forms in map(
        str.split,
        """arise arose arisen;beat beaten;become became;begin began begun;bend bent;bind bound
        bite bitten;bleed bled;blow blew blown;break broke broken;breed bred;bring brought
        build built;burn burnt;buy bought;catch caught;child children;choose chose chosen
        come came;deal dealt;die dying;dig dug;draw drew drawn;drink drank drunk;drive drove driven
        eat ate eaten;fall fell fallen;feed fed;feel felt;fight fought;find found;flee fled
        fly flew flown;forbid forbade forbidden;forget forgot forgotten;freeze froze frozen
        get got gotten;give gave given;go went gone;grow grew grown;hang hung;hear heard
        hide hid hidden;hold held;keep kept;know knew known;lay laid;lead led;learn learnt
        leave left;lend lent;lie lay lain;light lit;lose lost;make made;man men;mean meant
        meet met;pay paid;person people;ride rode ridden;ring rang rung;rise rose risen;run ran
        say said;see saw seen;seek sought;sell sold;send sent;shake shook shaken;shoot shot
        show shown;shrink shrank shrunk;sing sang sung;sink sank sunk;sit sat;sleep slept
        speak spoke spoken;spend spent;spin spun;stand stood;steal stole stolen;stick stuck
        strike struck;swear swore sworn;swim swam swum;take took taken;teach taught;tear torn
        tell told;think thought;throw threw thrown;understand understood;wake woke;wear wore worn
        wife wives;win won;withdraw withdrew withdrawn;woman women;write wrote written
        life lives;half halves;foot feet;tooth teeth""".replace("\n", ";").split(";"),
    )
    for form in forms
}
FUNCTION_WORDS = function_words("en") | _MORE_FUNCTION_WORDS


@dataclass(frozen=True, slots=True)
class Word:
    """A word at `text[start:end]` of what was read.

    `key` is it folded, `stem` without its ending and in American spelling. `sentence` and
    `clause` count from 0; `opens` says that it begins a sentence or a quotation.
    """

    text: str
    start: int
    end: int
    key: str
    stem: str
    sentence: int
    clause: int
    opens: bool

    @property
    def content(self) -> bool:
        """Whether the word by itself says what the text is about."""
        return self.key not in FUNCTION_WORDS and (len(self.key) > 1 or not self.key.isascii())

    @property
    def capitalised(self) -> bool:
        """Whether the word begins with a capital or holds one, as "eMotive" does."""
        return any(c.isupper() for c in self.text)

    @property
    def figure(self) -> bool:
        """Whether the word holds a digit."""
        return any(c.isdigit() for c in self.text)


@lru_cache(maxsize=512)
def read(text: str) -> tuple[Word, ...]:
    """Return the words of a text; "didn't" is two, possessive endings are none."""
    words: list[Word] = []
    sentence = clause = 0
    opens = True
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup
        if kind in ("stop", "break"):
            opens = opens or found.group() == ":"
            if kind == "stop" and not _only_abbreviates(found, words):
                sentence, opens = sentence + 1, True
            clause += 1
        elif kind != "ending":
            opens = opens or text[max(0, found.start() - 1) : found.start()] in ('"', "“", "«")
            words.append(_word(found, sentence, clause, opens))
            opens = False
    return tuple(words)


def _word(found: re.Match[str], sentence: int, clause: int, opens: bool) -> Word:
    text = found.group()
    key = "not" if found.lastgroup == "not" else fold(text).replace("’", "'")
    key = key.replace(".", "") if not key[0].isdigit() else key
    if found.string[found.end() : found.end() + 3] in ("n't", "n’t"):
        key = _WHOLE.get(key, key)
    return Word(text, *found.span(), key, stemmed(key), sentence, clause, opens)


@lru_cache(maxsize=20_000)
def stemmed(key: str) -> str:
    """Return a folded word without its ending, in American spelling."""
    return key if key[0].isdigit() else stem(american(_IRREGULAR.get(key, key)))


def _only_abbreviates(found: re.Match[str], words: Sequence[Word]) -> bool:
    last = words[-1] if words else None
    if found.group() != "." or last is None or last.end != found.start():
        return False
    return last.key in _ABBREVIATED or (len(last.text) == 1 and last.text.isupper())


def content(words: Sequence[Word]) -> list[Word]:
    """Return the words that say what a text is about, in order."""
    return [word for word in words if word.content]
