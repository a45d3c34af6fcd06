"""The days on which a page was published and changed, as far as the page states them.

In: what a page states in JSON-LD, in meta elements and in the elements of its article. Out:
facts. A day is taken only where nothing of the same rank says otherwise, and never one that
contradicts what readers are shown: a wrong date is worse than none.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from lxml import html

from rag.loading.plausible import Dated, dated, only
from rag.loading.showndates import shown_days, value_of
from rag.types import Fact

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
_MARKED = frozenset(
    ("datepublished", "dc:date", "dc:created", "dc:issued", "dcterms:issued", "dcterms:created")
)
_MARKED_CHANGED = frozenset(("datemodified", "dc:modified", "dcterms:modified"))
"""Names in microdata and RDFa."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Page:
    """What a page states, by where. `is_article` says that its JSON-LD speaks of an article."""

    linked: Mapping[str, Fact]
    is_article: bool
    metas: Sequence[tuple[str, str]]
    elements: Sequence[html.HtmlElement]


def page_dates(page: Page) -> dict[str, Fact]:
    """Return the days of publication and change under "published" and "modified"."""
    shown = shown_days(page.elements)
    changed = only(_changed(page)) or only(shown.changed)
    published = _published(page, shown.published, changed)
    facts = {"published": _fact(published)} if published else {}
    if changed and not (published and changed.day < published.day):
        facts["modified"] = _fact(changed)
    return facts


def _fact(found: Dated) -> Fact:
    return Fact(found.day.isoformat(), found.fact.words, found.fact.where)


def _published(page: Page, seen: Sequence[Dated], changed: Dated | None) -> Dated | None:
    groups = [group for group in _strong(page) if group]
    if any(len({one.day for one in group}) > 1 for group in groups):
        return None
    strong = [group[0] for group in groups]
    shown = only(seen)
    if not strong:
        return shown if seen else _weak(page)
    days = {one.day for one in strong}
    if len(days) > 1:
        strong = _reconciled(strong, changed)
    return _as_shown(strong[0], shown) if strong else None


def _as_shown(stated: Dated, shown: Dated | None) -> Dated | None:
    """Return a stated day, or the one that readers see of the same moment.

    A day that readers see and that lies before the stated one makes that one doubtful.
    """
    if shown is None or shown.day == stated.day:
        return stated
    if abs(shown.day - stated.day) <= _DAY and stated.is_elsewhere and not shown.is_elsewhere:
        return shown
    return stated if stated.day < shown.day else None


def _reconciled(strong: Sequence[Dated], changed: Dated | None) -> list[Dated]:
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


def _strong(page: Page) -> list[list[Dated]]:
    linked = page.linked.get("published") if page.is_article else None
    groups = [dated([linked] if linked else []), dated(_marked(page, _MARKED))]
    return groups + [dated(_named(page, names)) for names in _STRONG]


def _weak(page: Page) -> Dated | None:
    """Return the day of a page that is no article, unless it is the day of the last build."""
    stated = page.linked.get("published")
    built = stated is not None and stated.value == _words_of(page.linked.get("modified"))
    names = dict(page.metas)
    if stated and not page.is_article and not built and names.get("og:type") != "website":
        return only(dated([stated]))
    return only(dated(_named(page, _WEAK)))


def _changed(page: Page) -> list[Dated]:
    stated = page.linked.get("modified")
    if stated and (page.is_article or stated.value != _words_of(page.linked.get("published"))):
        return dated([stated])
    return dated(_marked(page, _MARKED_CHANGED)) or dated(_named(page, _CHANGED))


def _marked(page: Page, names: Collection[str]) -> list[Fact]:
    """Return what the elements of the article state in microdata and RDFa."""
    found = []
    for element in page.elements:
        said = f"{element.get('itemprop', '')} {element.get('property', '')}".casefold().split()
        named = next((one for one in said if one.removeprefix("schema:") in names), "")
        if named and (element.tag != "meta" or element.get("itemprop")):
            value = value_of(element)
            label = "itemprop" if element.get("itemprop") else "property"
            found += [Fact(value, value, f"{label} {named}")] if value else []
    return found


def _named(page: Page, names: str) -> list[Fact]:
    known = names.split("|")
    return [Fact(value, value, f"meta {name}") for name, value in page.metas if name in known]


def _words_of(fact: Fact | None) -> str:
    return fact.value if fact else ""
