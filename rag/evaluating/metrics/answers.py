"""Whether an answer says what the test set expects.

In: the text of an answer and the expected strings. Out: booleans, numbers from 0 to 1, shares;
higher is better. Knows nothing about documents or citations.

`exact_match` and `token_f1` follow the official SQuAD 2.0 script to the letter, `contains` the
rule of RGB. `matches` is this project's own rule, made for whole sentences that say the same
thing in another spelling; pass it an answer through `plain`, or its "[2]" matches "2".
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from rag.citing import cited_sentences
from rag.evaluating.records import Share

_ARTICLE = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)

# 5,000 and 5'000 and 5 000 (with a space that does not break), but not 1,5; 1.234.567, not 5.000.
_THOUSANDS = re.compile(
    r"(?<![\d.,])\d{1,3}"
    "(?:([,'’\u00a0\u2009\u202f])\\d{3}(?:\\1\\d{3})*(?!\\d|,\\d)"
    r"|(?:\.\d{3}){2,}(?!\d|\.\d))"
)
_RAISED = re.compile("(?<=\\d)(?=[¹²³¼½¾⁰⁴-⁹⅐-⅞])")
_ACCENT = re.compile("[\u0300-\u036f]")
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
    | {"−": "-", "’": "'", "&": " and ", "%": " percent ", "٪": " percent "}
)
_INITIALS = re.compile(
    r"(?<![\w.])[^\W\d_]{1,2}(?:\.[^\W\d_]{1,2})+(?!\w)|(?<!\w)[^\W\d_]\.(?: [^\W\d_]\.)+"
)
_POSSESSIVE = re.compile(r"'s(?!\w)")
_UNIT = re.compile(r"(?<=\d)(am|pm|km|kg|cm|mm|mph|ft)\b")
_MONTH = (
    "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    "|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_DAY = re.compile(
    rf"\b(?:({_MONTH}) (\d\d?)(?:st|nd|rd|th)|(\d\d?)(?:st|nd|rd|th) (?:of )?({_MONTH}))\b"
)
_TOKEN = re.compile(r"(?:(?<!\S)-(?=\d))?[^\s.,-]+(?:(?<=\d)[.,](?=\d)[^\s.,-]+)*")
_JOINED = (  # written without blanks, or, as Korean, with particles that stick to a name
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
_IDLE_BLANK = re.compile(f"(?<=[{_JOINED}]) | (?=[{_JOINED}])")


def plain(text: str) -> str:
    """Return an answer's text without markers such as "[2]", its sentences on one line."""
    return " ".join(words for words, _ in cited_sentences(text))


def normalized(text: str) -> str:
    """Return a text as SQuAD compares it.

    Lower case; ASCII punctuation gone, nothing in its place; a, an, the gone; single blanks.
    """
    return " ".join(_ARTICLE.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def exact_match(prediction: str, golds: Sequence[str]) -> bool:
    """Say whether a prediction equals any gold answer, both `normalized`.

    A question without an answer has golds [""], as has one whose golds all normalise to "".
    Source: the official script of SQuAD 2.0 (Rajpurkar, Jia and Liang, ACL 2018).
    """
    return normalized(prediction) in {normalized(gold) for gold in _sayable(golds)}


def token_f1(prediction: str, golds: Sequence[str]) -> float:
    """Return the harmonic mean, 0…1, of precision and recall of words, for the best gold.

    Words are those of `normalized`, each counted as often as it stands on both sides. Where
    either side has none, 1 when both have none, else 0. Golds and source as in `exact_match`.
    """
    said = normalized(prediction).split()
    return max(_f1(said, normalized(gold).split()) for gold in _sayable(golds))


def contains(text: str, answer: str) -> bool:
    """Say whether an answer stands in a text, in lower case, even inside a word.

    Source: the accuracy of RGB (Chen et al., AAAI 2024).
    """
    return answer.lower() in text.lower()


def matches(text: str, answer: str) -> bool:
    """Say whether the words of an answer stand one after the other in a text.

    Whole words: "5" is not in "2015", "3.5" or "-5", nor "art" in "party". Equal are: case,
    accents, forms of a character (NFKC), 5,000 and 5000 (1,5 stays), "%" and "percent" and
    "per cent", "&" and "and", "U.S." and "US", "J. K." and "J.K.", 7-year and 7 year, 5pm and
    5 p.m., May 29th and May 29. Possessive 's, "the", an answer's opening "a" or "an", currency
    signs and other punctuation do not count. In scripts without blanks, and in Korean, an
    answer may stand inside a word. Not equal are: five and 5, 29th and 29 without a month,
    Jan and January, 5 000 (a plain blank) and 5000, $5m and $5 million. Our own rule; on the
    golds of RGB in their passages it differs from `contains` 11 times in 611, each time
    because the words there were part of others ("2.1" in "$2.15 trillion").
    """
    wanted = re.sub(r"^an? (?=.)", "", _words(answer))
    if not wanted:
        return bool(answer.strip()) and contains(text, answer.strip())
    before = "" if re.match(f"[{_JOINED}]", wanted) else rf"(?<![^\s{_JOINED}])"
    after = "" if re.match(f"[{_JOINED}]", wanted[-1]) else rf"(?![^\s{_JOINED}])"
    return re.search(before + re.escape(wanted) + after, _words(text)) is not None


def nugget_recall(text: str, answers: Sequence[Sequence[str]]) -> Share | None:
    """Return the share of the inner sequences of which a text `matches` any string.

    None where nothing is expected. Source: the nuggets of TREC QA (Voorhees 2003), all vital.
    """
    if not answers:
        return None
    return Share(sum(any(matches(text, one) for one in nugget) for nugget in answers), len(answers))


def answer_correct(text: str, answers: Sequence[Sequence[str]]) -> bool | None:
    """Say whether a text matches every inner sequence; None where nothing is expected.

    The rule of RGB (every part, any wording), with `matches` in place of `contains`.
    """
    recall = nugget_recall(text, answers)
    return recall and recall.part == recall.whole


def _sayable(golds: Sequence[str]) -> Sequence[str]:
    return [gold for gold in golds if normalized(gold)] or [""]


def _f1(said: Sequence[str], gold: Sequence[str]) -> float:
    if not said or not gold:
        return float(said == gold)
    same = (Counter(said) & Counter(gold)).total()
    if not same:
        return 0.0
    precision, recall = same / len(said), same / len(gold)
    return 2 * precision * recall / (precision + recall)


@lru_cache(maxsize=512)
def _words(text: str) -> str:
    """Return a text's words as `matches` compares them, with a blank between two."""
    text = _INITIALS.sub(lambda found: re.sub(r"[. ]", "", found[0]), _folded(text))
    text = _UNIT.sub(r" \1", _POSSESSIVE.sub("", text))
    text = "".join(c if unicodedata.category(c)[0] in "LMN" or c in ".,-" else " " for c in text)
    words = re.sub(r"\bper cent\b", "percent", " ".join(_TOKEN.findall(text)))
    words = " ".join(word for word in words.split() if word != "the") or words
    words = _DAY.sub(lambda found: " ".join(filter(None, found.groups())), words)
    return _IDLE_BLANK.sub("", words)


def _folded(text: str) -> str:
    """Return a text without case, accents, invisible characters and thousands separators."""
    text = "".join(c for c in text if unicodedata.category(c) != "Cf" and c != "™")
    text = _THOUSANDS.sub(lambda found: re.sub(r"\D", "", found[0]), text)
    text = unicodedata.normalize("NFKD", _RAISED.sub(" ", text)).casefold()
    return unicodedata.normalize("NFKC", _ACCENT.sub("", text)).translate(_LETTERS)
