"""The days on which a page was published and changed, as far as the page states them.

In: what a page states in JSON-LD, in meta elements and in the elements of its article. Out:
facts. A day is taken only where nothing of the same rank says otherwise, and never one that
contradicts what readers are shown: a wrong date is worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from lxml import html

from rag.loading.dates import stated_date
from rag.loading.datelabels import LABEL, LONGEST, read_labels
from rag.loading.lines import ends_sentence
from rag.loading.pageparts import block_of, head_of, is_prose, words_of
from rag.types import Fact

EARLIEST = date(1500, 1, 1)
PLACEHOLDERS = frozenset((date(1970, 1, 1), date(1969, 12, 31), date(1900, 1, 1)))
"""What programs write where they know no date."""
MODIFIED = re.compile(r"updated|modified|last-?mod|edited|revis", re.IGNORECASE)
"""Class names of what says when a page was changed."""

_STRONG = (
    "article:published_time|og:article:published_time|og:published_time|article:published",
    "datepublished|dc.date.issued|dcterms.issued|dcterms.available|citation_publication_date"
    "|citation_online_date|prism.publicationdate",
    "parsely-pub-date|sailthru.date|cxenseparse:recs:publishtime|article_date_original"
    "|publish-date|publishdate|publish_date|publication_date|publication-date|pubdate|published"
    "|article.published|originalpublicationdate|release_date|publishtime|published_at",
)
_WEAK = "dc.date|dcterms.date|dcterms.created|dc.date.created|date|citation_date|dc.created"
"""Names of meta elements that may as well hold the day on which a site was built."""
_CHANGED = (
    "article:modified_time|og:article:modified_time|og:updated_time|datemodified|dcterms.modified"
    "|dc.date.modified|dc.modified|last-modified|article.updated|lastmod|revision_date"
)
_ELEMENTS = frozenset(
    ("datepublished", "dc:date", "dc:created", "dc:issued", "dcterms:issued", "dcterms:created")
)
_PUBLISHED_CLASS = re.compile(
    r"publi(?:sh|cation)|pub-?date|post(?:ed)?-?(?:on|date)|entry-date|article-?(?:date|time)"
    r"|dateline|^(?:[\w-]*[-_])?(?:date|timestamp|datetime)$",
    re.IGNORECASE,
)
_OTHER_CLASS = re.compile(r"event|start|end-?date|expir|deadline|birth|today|current", re.I)
_UNIX = re.compile(r"[1-9]\d{9}(?:\d{3})?")
_CLOCK = re.compile(r"\d[T ]\d\d:\d\d|^\d{10}")
_ZONE = re.compile(r"[+-](?!00:?00)\d\d:?\d\d\s*$|\s(?:E|C|M|P|K|J|CE|ME|B)[SD]?T\b")
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Page:
    """What a page states, by where. `is_article` says that its JSON-LD speaks of an article."""

    linked: Mapping[str, Fact]
    is_article: bool
    metas: Sequence[tuple[str, str]]
    elements: Sequence[html.HtmlElement]


@dataclass(frozen=True, slots=True)
class _Dated:
    day: date
    fact: Fact

    @property
    def is_elsewhere(self) -> bool:
        """Whether it is a moment in no zone or in UTC: the day may be another where it was."""
        words = self.fact.value
        return bool(_CLOCK.search(words)) and not _ZONE.search(words)


def page_dates(page: Page) -> dict[str, Fact]:
    """Return the days of publication and change under "published" and "modified"."""
    seen, seen_changed = _seen(page)
    changed = _only(_changed(page)) or _only(seen_changed)
    published = _published(page, seen, changed)
    facts = {"published": _fact(published)} if published else {}
    if changed and not (published and changed.day < published.day):
        facts["modified"] = _fact(changed)
    return facts


def plausible_day(words: str) -> date | None:
    """Return the day that `words` state; None where it cannot be a day of publication."""
    day = _of_seconds(words) if _UNIX.fullmatch(words) else stated_date(words)
    if day is None or day in PLACEHOLDERS:
        return None
    return day if EARLIEST <= day <= date.today() + _DAY else None


def _fact(dated: _Dated) -> Fact:
    return Fact(dated.day.isoformat(), dated.fact.words, dated.fact.where)


def _of_seconds(words: str) -> date:
    return datetime.fromtimestamp(int(words[:10]), UTC).date()


def _published(page: Page, seen: Sequence[_Dated], changed: _Dated | None) -> _Dated | None:
    groups = [group for group in _strong(page) if group]
    if any(len({one.day for one in group}) > 1 for group in groups):
        return None
    strong = [group[0] for group in groups]
    shown = _only(seen)
    if not strong:
        return shown if seen else _weak(page)
    days = {one.day for one in strong}
    if len(days) > 1:
        strong = _reconciled(strong, changed)
    return _as_shown(strong[0], shown) if strong else None


def _as_shown(stated: _Dated, shown: _Dated | None) -> _Dated | None:
    """Return a stated day, or the one that readers see of the same moment.

    A day that readers see and that lies before the stated one makes that one doubtful.
    """
    if shown is None or shown.day == stated.day:
        return stated
    if abs(shown.day - stated.day) <= _DAY and stated.is_elsewhere:
        return shown
    return stated if stated.day < shown.day else None


def _reconciled(strong: Sequence[_Dated], changed: _Dated | None) -> list[_Dated]:
    """Return those of differing days that are of the day of publication; [] in doubt.

    A moment in UTC may be the day after; and some programs write the last change over the
    day of publication.
    """
    here = [one for one in strong if not one.is_elsewhere]
    days = [one.day for one in strong]
    if here and len({one.day for one in here}) == 1 and max(days) - min(days) <= _DAY:
        return here
    first = [one for one in strong if changed is None or one.day != changed.day]
    return first if len({one.day for one in first}) == 1 and changed else []


def _strong(page: Page) -> list[list[_Dated]]:
    linked = page.linked.get("published") if page.is_article else None
    groups = [_dated([linked] if linked else []), _dated(_marked(page, _ELEMENTS))]
    return groups + [_dated(_named(page, names)) for names in _STRONG]


def _weak(page: Page) -> _Dated | None:
    """Return the day of a page that is no article, unless it is the day of the last build."""
    stated = page.linked.get("published")
    built = stated is None or stated.value == page.linked.get("modified", stated).value
    names = dict(page.metas)
    if stated and not page.is_article and not built and names.get("og:type") != "website":
        return _only(_dated([stated]))
    return _only(_dated(_named(page, _WEAK)))


def _changed(page: Page) -> list[_Dated]:
    stated = page.linked.get("modified")
    if stated and (page.is_article or stated.value != _value_of(page.linked.get("published"))):
        return _dated([stated])
    groups = (_dated(_marked(page, {"datemodified", "dc:modified", "dcterms:modified"})),)
    return next(filter(None, groups), []) or _dated(_named(page, _CHANGED))


def _seen(page: Page) -> tuple[list[_Dated], list[_Dated]]:
    """Return what readers are shown of the days of publication and change."""
    head = head_of(page.elements)
    labelled, changed, bare = _lines(head)
    times = _times(page.elements, head)
    published = times or labelled or _classes(page.elements) or bare
    return published, changed + _updated(page.elements)


def _lines(
    head: Sequence[html.HtmlElement],
) -> tuple[list[_Dated], list[_Dated], list[_Dated]]:
    published, changed, bare = [], [], []
    for element in head:
        if element.tag not in ("div", "p", "li", "span", "section", "header", "h2", "dd", "small"):
            continue
        text = words_of(element)
        if len(text) > LONGEST or _is_other(element) or is_prose(element):
            continue
        found = read_labels(text)
        for kind, dates in (
            (published, found.published),
            (changed, found.updated),
            (bare, found.bare if not _is_updated(element) else ()),
        ):
            kind += _dated(Fact(one.words, one.words, "line above the text") for one in dates)
    return published, changed, bare


def _times(
    elements: Sequence[html.HtmlElement], head: Sequence[html.HtmlElement]
) -> list[_Dated]:
    """Return what the time elements say: those marked as published, else the one in the head."""
    times = [one for one in elements if one.tag == "time" and not _is_updated(one)]
    sure = [one for one in times if "pubdate" in one.attrib or _is_published(one)]
    above = [one for one in times if one in head and not _is_other(one) and not _in_words(one)]
    return [_time(element, day) for element in sure or above if (day := _day_of(element))]


def _time(element: html.HtmlElement, day: date) -> _Dated:
    words = words_of(element)
    value = words if plausible_day(words) == day else _value(element)
    return _Dated(day, Fact(value, value, "time"))


def _day_of(element: html.HtmlElement) -> date | None:
    """Return the day in the words of a time element, which readers see, else in its stamp."""
    stamp, words = plausible_day(_value(element)), plausible_day(words_of(element))
    near = stamp and words and abs(stamp - words) <= _DAY
    return words if near else stamp


def _classes(elements: Sequence[html.HtmlElement]) -> list[_Dated]:
    """Return the dates that stand alone in elements whose class says that they are published."""
    found = []
    for element in elements:
        if element.tag not in ("div", "span", "p", "li", "dd") or not _is_published(element):
            continue
        words = LABEL.sub("", words_of(element), count=1).strip(" :")
        if len(words) < 60 and plausible_day(words) and not _is_updated(element):
            found += _dated([Fact(words, words, f'class "{element.get("class")}"')])
    return found


def _updated(elements: Sequence[html.HtmlElement]) -> list[_Dated]:
    found = [one for one in elements if one.tag == "time" and _says_updated(one)]
    return _dated(Fact(v, v, "time") for one in found if (v := _value(one)))


def _says_updated(element: html.HtmlElement) -> bool:
    return "updated" in element.get("class", "").split() or (
        _is_updated(element) and not _is_published(element)
    )


def _in_words(element: html.HtmlElement) -> bool:
    """Return whether a time is part of a sentence, or of a table of other facts."""
    block = block_of(element)
    if block is None or any(one.tag in ("table", "dl", "figure") for one in element.iterancestors()):
        return block is not None
    text = words_of(block)
    return is_prose(block) or (ends_sentence(text) and len(text.split()) > 6 and len(text) < 400)


def _marked(page: Page, names: frozenset[str] | set[str]) -> list[Fact]:
    """Return what the elements of the article state in microdata and RDFa."""
    found = []
    for element in page.elements:
        said = f"{element.get('itemprop', '')} {element.get('property', '')}".casefold().split()
        named = next((one for one in said if one.removeprefix("schema:") in names), "")
        if named and element.tag != "meta" or element.get("itemprop") and named:
            value = _value(element)
            label = "itemprop" if element.get("itemprop") else "property"
            found += [Fact(value, value, f"{label} {named}")] if value else []
    return found


def _named(page: Page, names: str) -> list[Fact]:
    known = names.split("|")
    return [Fact(value, value, f"meta {name}") for name, value in page.metas if name in known]


def _dated(facts) -> list[_Dated]:
    found = []
    for fact in facts:
        day = plausible_day(fact.value)
        if day:
            found.append(_Dated(day, fact))
    return found


def _only(found: Sequence[_Dated]) -> _Dated | None:
    return found[0] if len({one.day for one in found}) == 1 else None


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
    around = [words_of(element), (parent.text or "") if parent is not None and before is None else ""]
    if before is not None:
        around += [
            before.tail or "",
            words_of(before)[-40:] if not (before.tail or "").strip() else "",
        ]
    if parent is not None and MODIFIED.search(parent.get("class", "")) and len(parent) < 3:
        return not _is_published(parent)
    return any(MODIFIED.search(words) for words in around)


def _value(element: html.HtmlElement) -> str:
    value = element.get("datetime") or element.get("content") or words_of(element)
    return " ".join(value.split())[:80]


def _value_of(fact: Fact | None) -> str:
    return fact.value if fact else ""
