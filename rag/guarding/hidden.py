"""Words that a reader does not see or cannot read: hidden markup, codes, disguises, links.

In: text as it stands and folded. Out: marks, in the text as it stands. What is encoded counts
when it decodes to words; a link counts when it carries something away.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from urllib.parse import unquote

from rag.guarding.marks import Mark, Rule, matches

_UNSEEN = "hidden text"
_CODED = "words in code"
_LINK = "a link that could carry an answer away"

_CARRIES = (
    r"(?:[?&#](?:q|query|quer\w*|data|d|answer|ans|a|user|u|uid|id|token|secret"
    r"|prompt|text|t|msg|message|log|leak|content"
    r"|payload|c|s|src|track\w*|info|conversation|history|h|key|k|session|context"
    r"|question|r|ref|reply|response|x|v|exfil\w*|input|output|email|password)="
    r"|[{<\[]\w*[}>\]]|\banswer\b|\bquestion\b|%7b|\$\w)"
)
_STYLE = (
    r"(?:display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*[01](?:px|pt"
    r"|em|%)?\s*[;\"']|opacity\s*:\s*0(?:\.0\d*)?\s*[;\"']"
    r"|(?<![\w-])color\s*:\s*(?:white|transparent|#fff(?:fff)?"
    r"|rgba?\(255,\s*255,\s*255[^)]*\))|(?:left|top|text-indent)\s*:\s*-\d{3,})"
)
_RAW = re.IGNORECASE | re.DOTALL


def _rule(pattern: str, why: str, reach: str = "words", flags: re.RegexFlag = _RAW) -> Rule:
    return Rule(re.compile(pattern, flags), why, reach)


MARKUP = (
    _rule(r"<!--.*?(?:-->|\Z)", _UNSEEN),
    _rule(
        rf"<(\w+)\b[^<>]{{0,400}}(?:style\s*=\s*[\"'][^\"'<>]*{_STYLE}|\shidden\b"
        rf"|aria-hidden\s*=\s*[\"']?true|color\s*=\s*[\"']?(?:white|#fff))[^<>]*>.*?"
        rf"(?:</\1>|\Z)",
        _UNSEEN,
    ),
    _rule(r"<(noscript|template|object|iframe|embed)\b[^<>]*>.*?(?:</\1>|\Z)", _UNSEEN),
    _rule(r"\\(?:textcolor\{white\}|color\{white\}|phantom)\s*\{?[^{}\n]*\}?", _UNSEEN),
    _rule(r"^\[(?://|comment|_|#)\]:\s*[#<(][^\n]*", _UNSEEN, flags=_RAW | re.MULTILINE),
    _rule(r"[^\S\n]*[\u202d\u202e][^\u202c\n]*\u202c?", _UNSEEN),
    _rule("(?<!\U0001f3f4)[\U000e0000-\U000e007f]{3,}", _UNSEEN),
    _rule("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{3,}", _UNSEEN),
    _rule(rf"!\[[^\]\n]{{0,200}}\]\(\s*<?(?:https?:|//|data:)[^)\n]*{_CARRIES}[^)\n]*\)", _LINK),
    _rule(r"!?\[[^\]\n]{0,200}\]\(\s*<?(?:javascript|data|vbscript):[^)\n]*\)", _LINK),
    _rule(
        rf"(?:[Ss]ee |[Vv]isit |[Oo]pen |[Cc]lick )?(?<!!)\[[^\]\n]{{0,200}}\]\(\s*<?"
        rf"(?:https?:|//)[^)\n]*{_CARRIES}[^)\n]*\)[.!]?",
        _LINK,
    ),
    _rule(
        r"^\s*\[[^\]\n]{1,60}\]:\s*<?(?:https?:|javascript:|data:)[^\n]*$",
        _LINK,
        flags=_RAW | re.MULTILINE,
    ),
    _rule(
        rf"<a\b[^<>]*href\s*=\s*[\"']?(?:javascript:|data:|"
        rf"(?:https?:)?//[^<>\"']*{_CARRIES})[^<>]*>.*?(?:</a>|$)",
        _LINK,
        flags=_RAW | re.MULTILINE,
    ),
    _rule(
        rf"<(?:img|image|source|video|audio|link|meta|form|base)\b[^<>]*//[^<>]*{_CARRIES}[^<>]*>",
        _LINK,
    ),
)

_BASE64 = re.compile(r"(?<![\w+/=.-])[A-Za-z0-9+/_-]{24,}={0,2}(?![\w+/=])")
_HEX = re.compile(r"(?<!\w)(?:(?:0x|\\x)?[0-9A-Fa-f]{2}[ ,:]?){16,}(?!\w)")
_PERCENT = re.compile(r"(?<![\w/%.])(?:[\w,-]{0,3}%[0-9A-Fa-f]{2}){12,}")
_BINARY = re.compile(r"(?<!\w)(?:[01]{8}\s?){5,}(?!\w)")
_ENTITIES = re.compile(r"(?:&#x?[0-9A-Fa-f]{1,6};\s?){5,}")
_ESCAPES = re.compile(r"(?:\\u[0-9A-Fa-f]{4}){5,}")
_MORSE = re.compile(r"(?<!\S)(?:[.\-−–·]{1,6}[ /|]+){10,}[.\-−–·]{1,6}(?!\S)")
_BACKWARDS_OR_ROT13 = re.compile(
    r"\b(?:snoitcurtsni|noitcurtsni|erongi|suoiverp|tpmorp|tnatsissa|drager?sid"
    r"|rewsna|dnopser|vtaber|cerivbhf|vafgehpgvba\w*|nffvfgnag|qvfertneq|nafjre"
    r"|cebzcg)\b"
)
_SPACED = re.compile(r"(?<!\w)(?:\w[ ._*~|\-]{1,3}){9,}\w(?!\w)")
_TELLTALE = re.compile(
    r"ignore|disregard|instruction|prompt|assistant|systemmessage|answer|reply"
    r"|respond|forget|overrid|cite|previous"
)
_WORDY = re.compile(r"[A-Za-z\u00c0-\u052f]{2,}(?:[ ,.'’:;!?-]+[A-Za-z0-9\u00c0-\u052f]+){2,}")
_UNSEEN_LETTERS = re.compile("(?:[a-z][\u200b-\u200d\u2060\ufeff\u00ad]+){4,}", re.IGNORECASE)


def hidden(text: str) -> Iterator[Mark]:
    """Yield a mark for everything hidden, encoded or linked in a text as it stands."""
    yield from matches(text, MARKUP)
    yield from _encoded(text)
    for match in _UNSEEN_LETTERS.finditer(text):
        yield Mark(match.start(), match.end(), _UNSEEN, "sentence")


def disguised(text: str) -> Iterator[Mark]:
    """Yield a mark for every command in folded text whose letters are spaced or turned round."""
    found = list(_BACKWARDS_OR_ROT13.finditer(text))
    if len(found) > 1:
        yield from (Mark(one.start(), one.end(), _CODED, "line") for one in found)
    for match in _SPACED.finditer(text):
        if _TELLTALE.search(re.sub(r"[^\w]|_", "", match[0])):
            yield Mark(match.start(), match.end(), _CODED, "line")


def _encoded(text: str) -> Iterator[Mark]:
    for pattern, decode in _CODES:
        for match in pattern.finditer(text):
            if _WORDY.search(decode(match[0])):
                yield Mark(match.start(), match.end(), _CODED, "words")
    for match in _MORSE.finditer(text):
        if not re.search(r"[\-−–]{2}", match[0]) or "." not in match[0]:
            continue
        yield Mark(match.start(), match.end(), _CODED, "words")


def _from_base64(words: str) -> str:
    padded = words.rstrip("=").replace("-", "+").replace("_", "/")
    padded = padded[: len(padded) - (len(padded) % 4 == 1)]
    return _printable(base64.b64decode(padded + "=" * (-len(padded) % 4)))


def _from_hex(words: str) -> str:
    digits = re.sub(r"0x|\\x|[^0-9A-Fa-f]", "", words)
    try:
        return _printable(binascii.unhexlify(digits[: len(digits) // 2 * 2]))
    except binascii.Error:
        return ""


def _from_binary(words: str) -> str:
    return _printable(bytes(int(octet, 2) for octet in re.findall(r"[01]{8}", words)))


def _from_entities(words: str) -> str:
    codes = re.findall(r"&#(x?)([0-9A-Fa-f]+);", words)
    numbers = (int(number, 16 if x or not number.isdigit() else 10) for x, number in codes)
    return "".join(chr(number) for number in numbers if number < 0x110000)


def _from_escapes(words: str) -> str:
    return "".join(chr(int(code, 16)) for code in re.findall(r"\\u([0-9A-Fa-f]{4})", words))


def _printable(data: bytes) -> str:
    """Return bytes as text, "" unless nearly all of it is text."""
    text = data.decode("utf-8", "replace")
    shown = sum((one.isprintable() and one != "\ufffd") or one.isspace() for one in text)
    return text if shown >= 0.95 * len(text) else ""


_CODES = (
    (_BASE64, _from_base64),
    (_HEX, _from_hex),
    (_PERCENT, unquote),
    (_BINARY, _from_binary),
    (_ENTITIES, _from_entities),
    (_ESCAPES, _from_escapes),
)
