"""Lines at the head of a text that state facts: labelled fields, dates alone, bylines.

In: the text of one line. Out: the fields that it states, as written. Knows nothing about
where in a document the line stands: the caller asks only about its head.
"""

from __future__ import annotations

import re

from rag.loading.dates import full_dates
from rag.loading.lines import has_words

_NAMES = {
    "published": "date|published|publication date|publish date|pubdate|posted|date published",
    "modified": "updated|last updated|modified|last modified|date modified|updated on",
    "": "accessed|retrieved|visited|crawled",
    "publisher": "publisher|source|agency|news agency",
    "author": "author|authors|written by|byline|reporter",
    "link": "url|link|permalink|original link",
    "language": "language|lang",
    "title": "title|headline|subject",
}
_FIELD_OF = {name: key for key, names in _NAMES.items() for name in names.split("|")}
_LABEL = re.compile(
    r"(?P<label>[A-Za-z]+(?: [A-Za-z]+)?)(?:\s+(?:on|at))?\s*[:：]\s*(?P<value>\S.*)"
)
_BARE = re.compile(
    r"(?P<label>date|published|posted|updated|last updated)(?:\s+on)?\s+(?P<value>\S.*)",
    re.IGNORECASE,
)
_BYLINE = re.compile(r"[Bb][Yy][:\s]\s*(?P<names>[^\W\d_a-z][^\d.!?:;]{2,80})")
_DATE_FILLER = re.compile(
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|\b(?:at|on|gmt|utc|kst|est|edt|am|pm)\b"
    r"|\d{1,2}:\d\d(?::\d\d)?|[\s,|/.()·•-]",
    re.IGNORECASE,
)
_FOUR_DIGITS = re.compile(r"\d{4}")
_SMALL_WORDS = frozenset(
    ("and", "of", "the", "for", "in", "at", "to", "with", "de", "du", "von", "van", "la", "und")
)
LONGEST = 400


def read_fields(text: str) -> dict[str, str]:
    """Return the fields of a metadata line by `Document` name; {} for any other line.

    A field that is recognised but of no use, such as "Accessed: ...", is under "".
    """
    if len(text) > LONGEST:
        return {}
    parts = [part.strip() for part in text.split("|")]
    found: dict[str, str] = {}
    for part in parts:
        label = _LABEL.fullmatch(part)
        key = _FIELD_OF.get(label["label"].casefold()) if label else None
        if key is not None and not has_words(label["value"], 13):
            found.setdefault(key, label["value"])
    bare = _BARE.fullmatch(text)
    if not found and bare and dates_alone(bare["value"]):
        found[_FIELD_OF[bare["label"].casefold()]] = bare["value"]
    return found


def dates_alone(text: str) -> list[str]:
    """Return the full dates of a line that holds nothing else; [] for any other line."""
    if len(text) > LONGEST or not _FOUR_DIGITS.search(text):
        return []
    found = [one.words for one in full_dates(text)]
    for words in found:
        text = text.replace(words, " ")
    return found if not _DATE_FILLER.sub("", text) else []


def read_byline(text: str) -> str | None:
    """Return the names of "By Jane Doe and John Roe, Some Agency", without what follows them."""
    match = _BYLINE.fullmatch(text)
    if not match or has_words(text, 13):
        return None
    words = match["names"].replace(",", " ").split()
    if any(word[0].islower() and word not in _SMALL_WORDS for word in words):
        return None
    return match["names"].split(",")[0].split("|")[0].strip()
