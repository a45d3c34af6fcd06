"""The numbers that a text gives, with their units, and whether two can be the same.

In: text. Out: `Number`s with offsets. Knows nothing about statements and sources, nor dates.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from rag.checking.words import listed

_UNITS = dict(
    zip(
        listed(
            """
    zero one two three four five six seven eight nine
    """
        ),
        range(10),
        strict=True,
    )
)
_TEENS = """ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"""
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_WORDS = (
    _UNITS
    | {word: 10 + at for at, word in enumerate(_TEENS.split())}
    | {word: 20 + 10 * at for at, word in enumerate(_TENS.split())}
    | {"dozen": 12, "twice": 2}
)
_ORDINALS = {
    name: number
    for number, name in enumerate(
        listed(
            """
    first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth
    thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth
    twentieth
    """
        ),
        1,
    )
} | {"thirtieth": 30, "fortieth": 40, "fiftieth": 50, "hundredth": 100}
_SCALES = {
    "hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12,
    "k": 1e3, "m": 1e6, "mn": 1e6, "bn": 1e9, "b": 1e9, "tn": 1e12, "mio": 1e6,
}  # fmt: skip
# Each unit as (what it measures, how much of the base unit it is).
_MEASURES = {
    "mm": ("metre", 1e-3), "millimetre": ("metre", 1e-3), "cm": ("metre", 1e-2),
    "centimetre": ("metre", 1e-2), "m": ("metre", 1), "metre": ("metre", 1),
    "km": ("metre", 1e3), "kilometre": ("metre", 1e3), "mg": ("gram", 1e-3),
    "milligram": ("gram", 1e-3), "g": ("gram", 1), "gram": ("gram", 1), "kg": ("gram", 1e3),
    "kilogram": ("gram", 1e3), "kilo": ("gram", 1e3), "tonne": ("gram", 1e6),
    "ml": ("litre", 1e-3), "litre": ("litre", 1), "l": ("litre", 1), "inch": ("inch", 1),
    "in": ("inch", 1), "foot": ("inch", 12), "feet": ("inch", 12), "ft": ("inch", 12),
    "yard": ("inch", 36), "mile": ("inch", 63360), "mi": ("inch", 63360), "oz": ("ounce", 1),
    "ounce": ("ounce", 1), "pound": ("ounce", 16), "lb": ("ounce", 16), "ton": ("ton", 1),
    "acre": ("acre", 1), "hectare": ("hectare", 1), "ha": ("hectare", 1),
    "second": ("second", 1), "minute": ("second", 60), "min": ("second", 60),
    "hour": ("second", 3600), "hr": ("second", 3600), "day": ("day", 1), "week": ("day", 7),
    "month": ("month", 1), "year": ("month", 12), "decade": ("month", 120),
    "percent": ("%", 1), "%": ("%", 1), "per cent": ("%", 1), "degree": ("degree", 1),
    "mph": ("mph", 1), "w": ("watt", 1), "watt": ("watt", 1), "kw": ("watt", 1e3),
    "mw": ("watt", 1e6), "gw": ("watt", 1e9), "kb": ("byte", 1e3), "mb": ("byte", 1e6),
    "gb": ("byte", 1e9), "tb": ("byte", 1e12),
}  # fmt: skip
_CURRENCIES = {
    "$": "dollar", "us$": "dollar", "usd": "dollar", "dollar": "dollar", "€": "euro",
    "eur": "euro", "euro": "euro", "£": "pound", "gbp": "pound", "¥": "yen", "yen": "yen",
    "rub": "rouble", "rouble": "rouble", "ruble": "rouble", "₩": "won", "cent": "cent",
}  # fmt: skip
_WORD = "|".join(sorted({*_WORDS, "hundred", "thousand", "million", "billion"}, key=len)[::-1])
_ORDINAL = "|".join(sorted(_ORDINALS, key=len)[::-1])
_SCALE = "hundred|thousand|million|billion|trillion|bn|mn|tn|mio|k|m|b"
_NUMBER = re.compile(
    rf"""
    (?P<bound>\b(?:more\ than|over|above|at\ least|less\ than|fewer\ than|under|below|up\ to
      |at\ most
      |about|around|approximately|nearly|almost|roughly|some|circa|c\.|close\ to|just\ over
      |just\ under|no\ more\ than|no\ less\ than)\s+(?:the\ |a\ )?)?
    (?P<currency>US\$|[$€£¥₩])?\s?
    (?:
      (?P<digits>(?<![\w.#/])(?<!/\ )(?<![A-Za-z]-)
        (?:\d{{1,3}}(?:\s?,\s?\d{{3}})+(?!\d)|\d+)(?:\.\d+)*(?!\d|\s?/\s?\d|[A-Za-z]{{4}}))
        (?:(?P<nth>st|nd|rd|th)\b|(?:[\s-]|(?=[kmb]))?(?P<scale>(?:{_SCALE})\b(?!/))?)
      | \b(?P<ordinal>(?:(?:{_TENS.replace(" ", "|")})[\s-])?(?:{_ORDINAL}))\b
      | \b(?P<words>(?:a\ )?(?:{_WORD})(?:(?:[\s-]|\ and\ )(?:{_WORD}))*)\b
    )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_AFTER = re.compile(r"[\s-]*(%|per ?cent\b|[A-Za-z]+)")
_MORE = re.compile(r"more than|over|above|at least|no less than", re.IGNORECASE)
_ROUGH = re.compile(
    r"about|around|approx|nearly|almost|roughly|some|circa|c\.|close|just", re.IGNORECASE
)
_FEWER = re.compile(r"less than|fewer than|under|below|up to|at most|no more than", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Number:
    """A number at `text[start:end]`, in its unit's base unit.

    `unit` is what it measures, "" for a count. `bound` is 1 for "more than", -1 for "less
    than"; `rough` says that it is approximate. `said` is the number as it stands there.
    """

    start: int
    end: int
    value: float
    raw: float
    unit: str = ""
    ordinal: bool = False
    bound: int = 0
    rough: bool = False
    said: str = ""


@lru_cache(maxsize=256)
def numbers(text: str) -> tuple[Number, ...]:
    """Return the numbers of a text in order."""
    found = []
    at = 0
    while match := _NUMBER.search(text, at):
        number = _read(match)
        if number:
            found.append(number)
        at = max(number.end if number else match.end(), at + 1)
    return tuple(found)


def same(one: Number, other: Number) -> bool:
    """Say whether two numbers can be the same; an unsaid unit fits every one."""
    if one.unit and other.unit and one.unit != other.unit:
        return False
    if one.bound * other.bound < 0 or (one.ordinal != other.ordinal and one.value > 31):
        return False
    if one.unit != other.unit:
        return one.raw == other.raw
    margin = max(_rounding(n.value) for n in (one, other)) if one.rough or other.rough else 0.0
    return abs(one.value - other.value) <= max(margin, 1e-6 * abs(one.value))


def _rounding(value: float) -> float:
    """Return half of the place of a number's last digit that is no zero: 50 for 4,200."""
    digits = f"{abs(value):.6g}".rstrip("0").rstrip(".")
    if value == 0 or "e" in digits:
        return 0.0
    decimals = len(digits.partition(".")[2])
    place = 0 if decimals else len(f"{abs(value):.0f}") - len(f"{abs(value):.0f}".rstrip("0"))
    return 0.5 * 10 ** (place - decimals)


def _read(match: re.Match[str]) -> Number | None:
    value, end = _value(match)
    if value is None:
        return None
    bound = match["bound"] or ""
    unit, factor, end = _unit(match, end)
    start = match.start("digits" if match["digits"] else "ordinal" if match["ordinal"] else "words")
    return Number(
        start,
        end,
        value * factor,
        value,
        unit,
        bool(match["nth"] or match["ordinal"]),
        1 if _MORE.match(bound) else -1 if _FEWER.match(bound) else 0,
        _ROUGH.match(bound) is not None,
        match.string[start:end],
    )


def _value(match: re.Match[str]) -> tuple[float | None, int]:
    if match["digits"]:
        whole, *decimals = re.sub(r"[\s,]", "", match["digits"]).split(".")
        if len(decimals) > 1:  # a version: 6.15.0
            parts = [whole, *decimals]
            return sum(int(part) * 1e-3**at for at, part in enumerate(parts)), match.end("digits")
        value = float(".".join([whole, *decimals]))
        scale = (match["scale"] or "").lower()
        if scale == "m" and not match["currency"]:  # "5 m" are metres
            return value, match.end("digits")
        return value * _SCALES.get(scale, 1), match.end("scale" if scale else "digits")
    if match["ordinal"]:
        *tens, last = re.split(r"[\s-]", match["ordinal"].lower())
        return sum(_WORDS[word] for word in tens) + _ORDINALS[last], match.end("ordinal")
    return _spelled(match["words"].lower()), match.end("words")


def _spelled(words: str) -> float | None:
    """Return the value of number words: "two hundred and five thousand" is 205,000."""
    total = part = 0.0
    parts = [word for word in re.split(r"[\s-]+", words) if word not in ("and", "a")]
    for word in parts:
        if word == "hundred" or word == "dozen":
            part = (part or 1) * (100 if word == "hundred" else 12)
        elif word in _SCALES:
            total, part = total + (part or 1) * _SCALES[word], 0.0
        else:
            part += _WORDS[word]
    return total + part


def _unit(match: re.Match[str], end: int) -> tuple[str, float, int]:
    """Return what is measured, the factor to its base unit, and where number and unit end."""
    if match["nth"] or match["ordinal"]:
        return "", 1, end
    if match["currency"]:
        return _CURRENCIES.get(match["currency"].lower(), ""), 1, end
    after = _AFTER.match(match.string, end)
    if not after:
        return "", 1, end
    word = after[1].lower().replace("per cent", "percent")
    single = re.sub(r"meter", "metre", re.sub(r"liter", "litre", word))
    for form in (single, re.sub(r"s$", "", single), re.sub(r"es$", "", single)):
        if form in _CURRENCIES:
            return _CURRENCIES[form], 1, after.end()
        if form in _MEASURES and form != "in" and not (form == "m" and after[1] != "m"):
            return *_MEASURES[form], after.end()
    return "", 1, end
