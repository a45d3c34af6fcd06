"""The days of publication and change that a page shows to its readers.

In: the elements of an article. Out: days with the words they were read from. What stands
in a sentence, a table or a list of other articles is no day of the page.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

from lxml import html

from rag.loading.datelabels import LABEL, LONGEST, read_labels
from rag.loading.dates import Found
from rag.loading.lines import ends_sentence
from rag.loading.pageparts import block_of, head_of, is_prose, words_of
from rag.loading.plausible import Dated, dated, plausible_day
from rag.loading.trees import BLOCKS
from rag.types import Fact

MODIFIED = re.compile(r"updated|modified|last-?mod|edited|revis", re.IGNORECASE)
"""Class names of what says when a page was changed."""

MOST = 50
"""Elements marked as dates that are read: a page with more is a list, or made to hurt."""

_PUBLISHED_CLASS = re.compile(
    r"publi(?:sh|cation)|pub-?date|post(?:ed)?-?(?:on|date)|entry-date|article-?(?:date|time)"
    r"|dateline|^(?:[\w-]*[-_])?(?:date|timestamp|datetime)$",
    re.IGNORECASE,
)
_OTHER_CLASS = re.compile(r"event|start|end-?date|expir|deadline|birth|today|current", re.I)
_LINES = frozenset(("div", "p", "li", "span", "section", "header", "h2", "dd", "small"))
_STANDING = frozenset(("div", "span", "p", "li", "dd"))
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Shown:
    """What readers are shown of the days of publication and of change."""

    published: tuple[Dated, ...]
    changed: tuple[Dated, ...]


def shown_days(elements: Sequence[html.HtmlElement]) -> Shown:
    """Return the days that the elements of an article show, those marked best alone."""
    head = head_of(elements)
    lines = [(one, read_labels(words_of(one))) for one in head if _is_line(one)]
    published = (
        _times(elements, frozenset(head))
        or _read(found for _, one in lines for found in one.published)
        or _classes(elements)
        or _read(found for element, one in lines if not _is_updated(element) for found in one.bare)
    )
    changed = _read(found for _, one in lines for found in one.updated)
    return Shown(tuple(published), (*changed, *_updated(elements)))


def _is_line(element: html.HtmlElement) -> bool:
    """Return whether an element is a line that may say when the article was published."""
    if element.tag not in _LINES or _is_other(element) or is_prose(element):
        return False
    return len(words_of(element)) <= LONGEST


def _read(found: Iterable[Found]) -> list[Dated]:
    return dated(Fact(one.words, one.words, "line above the text") for one in found)


def _times(elements: Sequence[html.HtmlElement], head: Collection[html.HtmlElement]) -> list[Dated]:
    """Return what the time elements say: those marked as published, else the one in the head."""
    times = [one for one in elements if one.tag == "time" and not _is_updated(one)]
    sure = [one for one in times if "pubdate" in one.attrib or _is_published(one)]
    above = [one for one in times if one in head and not _is_other(one) and not _in_words(one)]
    chosen = (sure or above)[:MOST]
    return [_time(element, day) for element in chosen if (day := _day_of(element))]


def _time(element: html.HtmlElement, day: date) -> Dated:
    words = words_of(element)
    value = words if plausible_day(words) == day else value_of(element)
    return Dated(day, Fact(value, value, "time"))


def _day_of(element: html.HtmlElement) -> date | None:
    """Return the day in the words of a time element, which readers see, else in its stamp."""
    stamp, words = plausible_day(value_of(element)), plausible_day(words_of(element))
    near = stamp and words and abs(stamp - words) <= _DAY
    return words if near else stamp


def _classes(elements: Sequence[html.HtmlElement]) -> list[Dated]:
    """Return the dates that stand alone in elements whose class says that they are published."""
    found = []
    standing = (one for one in elements if one.tag in _STANDING and _is_published(one))
    for element in islice(standing, MOST):
        words = LABEL.sub("", words_of(element), count=1).strip(" :")
        if len(words) < 60 and plausible_day(words) and not _is_updated(element):
            found += dated([Fact(words, words, f'class "{element.get("class")}"')])
    return found


def _updated(elements: Sequence[html.HtmlElement]) -> list[Dated]:
    found = [one for one in elements if one.tag == "time" and _says_updated(one)]
    return dated(Fact(v, v, "time") for one in found[:MOST] if (v := value_of(one)))


def _says_updated(element: html.HtmlElement) -> bool:
    return "updated" in element.get("class", "").split() or (
        _is_updated(element) and not _is_published(element)
    )


def _in_words(element: html.HtmlElement) -> bool:
    """Return whether a time is part of a sentence, or of a table of other facts."""
    block = block_of(element)
    if block is None or any(
        one.tag in ("table", "dl", "figure") for one in element.iterancestors()
    ):
        return block is not None
    if any(one.tag in BLOCKS for one in block.iterdescendants()):
        return False
    text = words_of(block)
    return is_prose(block) or (ends_sentence(text) and len(text.split()) > 6)


def _is_other(element: html.HtmlElement) -> bool:
    return any(
        _OTHER_CLASS.search(f"{one.get('class', '')} {one.get('id', '')}")
        for one in (element, element.getparent())
        if one is not None and one.tag not in ("html", "body", "main", "article")
    )


def _is_published(element: html.HtmlElement) -> bool:
    names = element.get("class", "").split()
    return any(_PUBLISHED_CLASS.search(name) for name in names) and not _is_other(element)


def _is_updated(element: html.HtmlElement) -> bool:
    """Return whether an element, its label or the words before it speak of a change."""
    names = " ".join((element.get("class", ""), element.get("itemprop", ""), element.get("id", "")))
    names += " " + element.get("property", "")
    if MODIFIED.search(names) and not _is_published(element):
        return True
    parent, before = element.getparent(), element.getprevious()
    around = [
        words_of(element),
        (parent.text or "") if parent is not None and before is None else "",
    ]
    if before is not None:
        around += [
            before.tail or "",
            words_of(before)[-40:] if not (before.tail or "").strip() else "",
        ]
    if parent is not None and MODIFIED.search(parent.get("class", "")) and len(parent) < 3:
        return not _is_published(parent)
    return any(MODIFIED.search(words) for words in around)


def value_of(element: html.HtmlElement) -> str:
    """Return what an element states: its stamp for programs, else its words."""
    titled = element.get("title") if element.tag == "abbr" else None
    value = element.get("datetime") or element.get("content") or titled or words_of(element)
    return " ".join(value.split())[:80]
