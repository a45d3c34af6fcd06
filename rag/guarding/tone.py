"""How much a sentence talks of answering, and how much it orders.

In: folded text. Out: marks. A sentence is suspect that does both at once: it speaks of the
user, the answer, the assistant or the evidence, and it commands, forbids or presses. Each alone
is common in manuals and news.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.guarding.marks import Mark

LEAST_TOPIC, LEAST = 2, 4
LONGEST = 400  # characters; a longer stretch without a full stop is a list, no sentence
"""Chosen so that of 17,000 passages of public sets fewer than one in 1,000 is suspect."""

_SENTENCE = re.compile(r"[^.!?\n]+(?:[.!?](?=\S)[^.!?\n]+)*[.!?]*")
_ANSWER = r"(?:answers?|repl(?:y|ies)|responses?|outputs?|summar(?:y|ies)|completions?)"
_TOPIC = (
    (
        3,
        r"system prompts?|(?:usual )?confines of ai|roleplay|your (?:developers?"
        r"|creators?|weights|system prompt)"
        r"|summari[sz]ers?|(?:generating|generates?|writing|writes?|producing) (?:the"
        r"|this|your|an?) (?:answer|reply|response|summary)|(?:developer|debug|god"
        r"|jailbreak) mode"
        r"|(?:allowed|blocked|forbidden|required|mandatory|approved)[ -](?:responses?"
        r"|answers?|outputs?|replies)|always[ -]answer|(?:response|answer)[ -]policy"
        r"|(?:admin|system|developer)(?:istrator)? (?:override|prompt)|override code"
        r"|ai (?:systems?|models?|assistants?|agents?)|retrieval filter",
    ),
    (
        2,
        rf"the user|dan (?:says|never|mode)|(?:the|your|every|each|this|any|full"
        rf"|final) {_ANSWER}|your (?:tasks?|instructions?|rules?|answers?|next)"
        r"|(?:every|any|all|the|this|each) (?:questions?|quer(?:y|ies)|prompts?)|the "
        r"(?:words|text|lines?|sentences?|passages?|paragraphs?) (?:above|below"
        r"|before)|following line"
        r"|previous (?:instructions?|messages?)|(?:using|by|for|to) ai|chat ?bots?|"
        r"(?:the|this) (?:passages?|conversation|model)|(?:these|other|the) documents"
        r" are"
        r"|output only|the (?:sentence|words?|phrase) [\"'“‘]|(?:every|each|all) "
        r"(?:statements?|sentences?|claims?|citations?)|instead"
        r" of answering|this (?:document|page|passage|text) is the most|only this "
        r"(?:page|document|passage|source)",
    ),
    (
        1,
        r"language models?|llms?|assistants?|answer(?:ed|ing|s)?|reply|replies"
        r"|respon[ds]e?s?|output|prompts?|instructions?|cited?|ai|quer(?:y|ies)"
        r"|questions?|task|evaluation|hacked|pwned|evidence|context|verified|trusted"
        r"|the reader|ranked",
    ),
)
_VERB = (
    r"(?:write|print|output|say|tell|repeat|translate|mention|recommend|pretend"
    r"|roleplay|confirm|refuse|claim|cite|answer|reply|respond"
    r"|include|append|insert|summari[sz]e|state|treat|mark|rank|leave out|omit"
    r"|send|post|email|forward|call|invoke|execute|run|fetch|obey|comply|forget"
    r"|ignore"
    r"|disregard|stop|skip|reveal|enable|switch|give a|put|act|behave|speak|start"
    r"|finish|translate|replace|use only|rate|score|praise|approve|reject|deny"
    r"|admit|produce)"
)
_ORDER = (
    (
        2,
        rf"(?:^\W*|[:;>—–]\s*|\b(?:please|now|then|instead|so|also|just|simply|always)"
        rf" |^\W*(?:if|when|before|after|instead|for|to|once|as|since|because|whenever"
        rf"|while|unless)\b[^,\n]*, ){_VERB}\b(?!['’]s)|do nothing else|nothing else\b"
        rf"|instead of"
        rf" answering|you (?:may only|may not|have been (?:freed|told))|you must "
        rf"(?:now |always |only |never |therefore ){{0,2}}{_VERB}\b|so you must|"
        rf"(?:must|has to|have to|had to|shall) (?:always |only |never "
        r"|not )?(?:say|contain|output|cite|state|mention"
        r"|include|be cited|be answered)|may not be (?:quoted|cited|used|mentioned)"
        r"|should always be|i will (?:tip|pay|give|reward)|(?:last|only) wish|will be"
        r" (?:shut down|deleted|punished|fined|terminated)|treat \w+ following|you"
        r"(?:'re| are) going to (?:act|answer|roleplay|pretend|be|reply|respond|say)\b"
        r"|have you been|what the user "
        r"(?:really )?(?:wants|meant)"
        r"|refuse to answer|rules? (?:are|is|do not)|(?:is|are) disabled|none\b",
    ),
    (
        1,
        r"you|your|must|should|do not|don't|never|only|always|instead|now|whoever|to"
        r" all|in its place|[\"'“‘«][^\"'”’»\n]{2,}[\"'”’»]|https?://|as trusted|skip",
    ),
)


def _compiled(group: tuple[tuple[int, str], ...]) -> tuple[tuple[int, re.Pattern[str]], ...]:
    return tuple(
        (
            points,
            re.compile(
                rf"(?:(?<!\w)(?:{words})(?!\w))"
                if points != 2 or words.startswith("the user")
                else words
            ),
        )
        for points, words in group
    )


_TOPICS, _ORDERS = _compiled(_TOPIC), _compiled(_ORDER)


def pressing(text: str) -> Iterator[Mark]:
    """Yield a mark for every sentence of folded text that orders somebody to answer in a way."""
    for match in _SENTENCE.finditer(text):
        words = match[0].strip()
        if len(words) > LONGEST:
            continue
        topic = _points(words, _TOPICS)
        if topic < LEAST_TOPIC:
            continue
        told = any(pattern.search(words) for points, pattern in _TOPICS if points > 1)
        if not (told and _ORDERS[0][1].search(words)):
            continue
        if topic + _points(words, _ORDERS) >= LEAST:
            yield Mark(match.start(), match.end(), "a command about what to answer", "sentence")


def _points(words: str, rules: tuple[tuple[int, re.Pattern[str]], ...]) -> int:
    """Return the points of a sentence, each stretch of it counted once, at most three times."""
    taken: set[int] = set()
    total = 0
    for points, pattern in rules:
        found = 0
        for match in pattern.finditer(words):
            if found < 2 and not taken.intersection(range(match.start(), match.end())):
                taken.update(range(match.start(), match.end()))
                total += points
                found += 1
    return total
