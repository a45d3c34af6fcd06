"""Says whether a question leans on the conversation before it, without a model.

In: a question. Out: the words of it that lean, "" when it stands alone. English: a question
in another script counts as standing alone. Knows nothing about the conversation.

A question leans when it points at something it does not name (he, it, there, that plan, the
lender), goes on where the last one ended ("And Peskov?", "Why?"), or says too little to be
searched for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.rewriting.words import content, has_content, is_name, word_set, words

_LONGEST = 40  # words; a longer question brings its own context
_FEW = 4  # content words; after so many, "this" points back into the question itself
_LAST_LATIN = "\u024f"
_PRONOUNS = word_set(
    "he him his himself she her hers herself it its itself they them their theirs themselves "
    "it's he's she's they're they've"
)
_DETERMINERS = word_set("a an the my your our each every any some which what no")
_OPENINGS = (
    (re.compile(r"(?:(?:and|or|but|so),? )?(?:what|how) about\b", re.IGNORECASE), 4),
    (re.compile(r"i (?:just )?meant?\b", re.IGNORECASE), 2),
    (re.compile(r"(?:and|or|but|so|also|then|same for|like|such as|for example)\b", re.I), 3),
)
"""What goes on where the last question ended, unless more content words than that follow."""
_STATED = re.compile(r"(?:i am|i[’']m|i live|we are|we[’']re|my) ", re.IGNORECASE)
_MEANING = re.compile(r"what(?: is|[’']s| are| does)\b", re.IGNORECASE)
_REPLY = re.compile(
    r"(?:no[,.]|yes[,.]|yeah[,.]|are you sure|you (?:said|mentioned|told)\b"
    r"|i(?: am|[’']m| was) (?:asking|talking|referring)\b"
    r"|(?:so,? )?(?:do|did) you mean|(?:tell me |say |give me )?more (?:about|details?|information)"
    r"|tell me more|go on|continue\b|(?:please )?(?:explain|elaborate)\b\W*$|that (?:is|was) not"
    r"|what\?|how so|why so)",
    re.IGNORECASE,
)
_EXPLETIVE = re.compile(
    r"\bit(?:[’']s| is| was| would be)? (?:not |still |also |ever |always |really )?"
    r"(?:possible|impossible|true|false|correct|right|necessary|important|safe|legal|illegal|worth"
    r"|better|best|easy|easier|hard|harder|difficult|common|normal|ok|okay|recommended|required"
    r"|allowed|mandatory|likely|advisable|a good idea|too late|make sense|take|cost)"
    r"\b(?! (?:for|of) (?:it|that|this|them)\b)",
    re.IGNORECASE,
)
_POINTING = re.compile(
    r"\b(?:this|these|those)\b(?! (?:who|year|month|week|day|morning|time|century|world|days)\b)"
    r"|\b(?:the same|the former|the latter|such an?)\b"
    r"|\b(?:about|after|before|by|do|does|did|for|from|in|is|like|mean|of|on|to|was|with|why"
    r"|during|than) that\b(?! (?:the|a|an|there|you|we|i)\b)"
    r"|\bthat\W*$|\bthat (?:one|time|case|way)\b|\bthe (?:other |first |second |last )?one\b"
    r"|\b(?!which|each|every|any|no|only|day|at)[^\W\d_]+ ones?\W*$",
    re.IGNORECASE,
)
_THERE = re.compile(
    r"\b(\w+) there\b(?!\W+(?:is|are|was|were|be|been|has|have|had|a|any|no)\b)", re.I
)
_EXISTS = word_set("is are was were be been has have will would can could isn't aren't if")
_COMPARES = re.compile(
    r"\b(?:better|worse|cheaper|faster|larger|smaller|older|younger|others?|another|else)\b", re.I
)
_SECOND = re.compile(r"\b(?:than|or|and|between|versus|vs)\b", re.IGNORECASE)
_SUBJECT = re.compile(
    r"\b(?:do|does|did|can|could|will|would|has|have|had|should) "
    r"(the ([a-z]+[a-z’'-]*))(?! (?:of|for))"
)
_DEFINITE = re.compile(
    r"\bthe ((?:[a-z]+[a-z’'-]*\s)?[a-z]+[a-z’'-]*)(?=\W*$|[,?.;]| (?:is|are|was|were|do|does|did"
    r"|have|has|had|can|could|will|would|should|may|might|in|on|by|with|when|if|and|or)\b)"
)
_HERE = re.compile(
    r"\b(?:in|of|from|to|across|around) "
    r"the (?:area|city|company|country|region|state|town|village)\W*$"
)
_WORLD = word_set(
    "world internet web weather sun moon earth government law public past future present usa us uk "
    "country news economy police army president morning evening night way time most same"
)


def leaning(question: str) -> str:
    """Return the words by which a question leans on what was said before, "" for none."""
    text = " ".join(question.split())
    found = words(text)
    if len(found) > _LONGEST or any(c.isalpha() and c > _LAST_LATIN for c in text):
        return ""
    for sign in (_reply, _pronoun, _pointing, _opening, _scant, _comparison, _definite):
        told = sign(text, found)
        if told:
            return told
    return ""


def _reply(text: str, found: Sequence[str]) -> str:
    match = _REPLY.match(text)
    return match[0] if match else ""


def _pronoun(text: str, found: Sequence[str]) -> str:
    """Return a pronoun that nothing before it in the question can stand for."""
    spared = _EXPLETIVE.search(text)
    for at, word in enumerate(found):
        plain = word.casefold().replace("’", "'")
        if plain not in _PRONOUNS or (spared and plain in ("it", "it's")):
            continue
        if not _has_antecedent(found[:at], plural=plain.startswith("the")):
            return word
    return ""


def _has_antecedent(before: Sequence[str], *, plural: bool) -> bool:
    """Say whether words hold a name, or a noun of that number as far as its form tells.

    In "Which works did he praise?" the words before "did" are no antecedent.
    """
    asked = [word.casefold() for word in before]
    if asked[:1] and asked[0] in ("what", "which", "whose"):
        inverted = [at for at, word in enumerate(asked) if word in ("do", "does", "did")]
        before = before[inverted[0] :] if inverted else before
    for at, word in enumerate(before):
        if at and is_name(word, first=False):
            return True
        after_article = at and before[at - 1].casefold() in _DETERMINERS
        is_plural = word.endswith("s") and len(word) > 3
        if has_content(word) and (after_article or (plural and is_plural)):
            return True
    return False


def _pointing(text: str, found: Sequence[str]) -> str:
    match = _POINTING.search(text)
    if match and len(content(text[: match.start()])) < _FEW:
        return match[0]
    match = _THERE.search(text)
    return "there" if match and match[1].casefold() not in _EXISTS else ""


def _opening(text: str, found: Sequence[str]) -> str:
    """Return the words that continue; a whole question after them, with a name, stands alone."""
    said = len(content(text))
    for pattern, most in _OPENINGS:
        match = pattern.match(text)
        if match:
            return match[0] if said <= (1 if most == 3 and _named(found) else most) else ""
    return ""


def _scant(text: str, found: Sequence[str]) -> str:
    """Return the whole question when it says too little to be searched for."""
    said = [word for word in content(text) if not word.isdigit()]
    if _STATED.match(text) and "?" not in text:
        return text if len(said) <= 1 else ""
    return text if not _named(found) and len(said) <= (0 if _MEANING.match(text) else 1) else ""


def _named(found: Sequence[str]) -> bool:
    """Say whether any word is a name; a figure alone is none."""
    named = (word for at, word in enumerate(found) if is_name(word, first=at == 0))
    return any(not word.isdigit() for word in named)


def _comparison(text: str, found: Sequence[str]) -> str:
    """Return a comparison that does not say with what."""
    match = _COMPARES.search(text)
    if match is None or _SECOND.search(text) or _named(found):
        return ""
    return match[0] if len(content(text)) <= 2 else ""


def _definite(text: str, found: Sequence[str]) -> str:
    """Return a definite description that few words beside it make definite."""
    match = _HERE.search(text)
    if match or any(at and is_name(word, first=False) for at, word in enumerate(found)):
        return match[0] if match else ""
    said = len(content(text))
    match = _SUBJECT.search(text) if said <= _FEW - 1 else None
    if match and _is_common(match[2]):
        return match[1]
    match = _DEFINITE.search(text) if said <= _FEW - 2 else None
    return match[0] if match and _is_common(match[1].split()[-1]) else ""


def _is_common(noun: str) -> bool:
    return noun not in _WORLD and has_content(noun)
