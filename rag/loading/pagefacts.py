"""What an HTML page says about itself in its structured data.

In: a tree. Out: facts with the words and the place they were read from. A date is taken only
where the page says that it is the day of publication, and only if it has one reading, is not
in the future and no other of the same kind says otherwise: a wrong date is worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from lxml import html

from rag.loading.dates import stated_date
from rag.loading.jsonld import linked_facts
from rag.types import Fact

EARLIEST = date(1500, 1, 1)
LISTS = re.compile(
    r"related|recommend|\bmore-|read-?more|most-read|popular|trending|newsletter|comments?\b|sidebar"
    r"|\bpromo|teaser|\bshare|social|breadcrumb|also-like|outbrain|taboola|disqus|see-?also",
    re.IGNORECASE,
)
"""Class names of what stands beside an article."""
MODIFIED = re.compile(r"updated|modified|last-?mod|edited|revis", re.IGNORECASE)

_DATES = (
    "article:published_time|og:article:published_time|og:published_time|article:published",
    "datepublished|dc.date.issued|dcterms.issued|dcterms.available|citation_publication_date"
    "|citation_online_date|prism.publicationdate",
    "parsely-pub-date|sailthru.date|cxenseparse:recs:publishtime|article_date_original"
    "|publish-date|publishdate|publish_date|publication_date|publication-date|pubdate|published"
    "|article.published|originalpublicationdate|release_date|publishtime|published_at",
    "dc.date|dcterms.date|dcterms.created|dc.date.created|date|citation_date|dc.created",
)
"""Names of meta elements, those first that can hardly mean anything else."""
_NAMES: Mapping[str, tuple[str, ...]] = {
    "title": (
        "og:title",
        "twitter:title",
        "dc.title",
        "dcterms.title",
        "citation_title",
        "headline",
    ),
    "publisher": (
        "og:site_name",
        "dc.publisher",
        "dcterms.publisher",
        "publisher",
        "citation_publisher",
    ),
    "author": (
        *("author", "article:author", "parsely-author", "dc.creator", "dcterms.creator"),
        *("citation_author", "byl", "sailthru.author"),
    ),
    "language": ("og:locale", "dc.language", "content-language", "language"),
    "link": ("og:url", "twitter:url"),
}
_WEB = re.compile(r"https?://[^\s\"'<>]+")
_SAVED = re.compile(r"\s*saved from url=\(\d+\)(https?://\S+)")
_PUBLISHED_CLASS = re.compile(
    r"publi(?:sh|cation)|pub-?date|post(?:ed)?-?(?:on|date)|entry-date|article-?(?:date|time)"
    r"|dateline|^(?:post-|article__|story-)?(?:date|timestamp|datetime)$",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"(?:first\s+)?(?:published|posted|date)(?:\s+(?:on|at))?\s*:?\s*", re.IGNORECASE
)
_BY = re.compile(r"by\s+", re.IGNORECASE)


def page_facts(tree: html.HtmlElement) -> dict[str, Fact]:
    """Return the facts of a page, its dates as ISO 8601 days."""
    metas = list(_metas(tree))
    marked = _in_article(tree)
    linked = linked_facts(tree, _address(tree, metas))
    facts: dict[str, Fact] = {}
    for found in (linked, _meta_facts(metas), _element_facts(tree, marked)):
        for key, fact in found.items():
            facts.setdefault(key, fact)
    facts.pop("published", None)
    published = _published(linked.get("published"), metas, marked)
    if published:
        facts["published"] = published
    canonical = _canonical(tree)
    return {**facts, "link": canonical} if canonical else facts


def plausible_day(words: str) -> date | None:
    """Return the day that `words` state; None where it cannot be a day of publication."""
    day = stated_date(words)
    return day if day and EARLIEST <= day <= date.today() + timedelta(days=1) else None


def _published(
    linked: Fact | None, metas: list[tuple[str, str]], marked: list[html.HtmlElement]
) -> Fact | None:
    candidates = [[linked] if linked else [], _microdata(marked)]
    for names in _DATES:
        known = names.split("|")
        candidates.append([Fact(v, v, f"meta {name}") for name, v in metas if name in known])
    candidates += [_times(marked), _classes(marked)]
    for facts in candidates:
        days = {plausible_day(fact.value): fact for fact in facts}
        if len(days) == 1 and None not in days:
            day, fact = days.popitem()
            return Fact(day.isoformat(), fact.words, fact.where)
        if len(days) > 1:
            return None
    return None


def _metas(tree: html.HtmlElement) -> Iterator[tuple[str, str]]:
    for meta in tree.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("http-equiv") or ""
        if meta.get("itemprop") and not name and _enclosing(meta) is None:
            name = meta.get("itemprop", "")
        content = " ".join((meta.get("content") or "").split())
        if name and content:
            yield name.strip().casefold(), content


def _meta_facts(metas: list[tuple[str, str]]) -> dict[str, Fact]:
    facts: dict[str, Fact] = {}
    for key, names in _NAMES.items():
        for wanted in names:
            values = list(dict.fromkeys(v for name, v in metas if name == wanted))
            if wanted.endswith("author"):
                values = [value for value in values if not _WEB.match(value)]
            value = ", ".join(values) if key == "author" else values[0] if values else ""
            if value and (key != "link" or _WEB.fullmatch(value)):
                facts.setdefault(key, Fact(value, value, f"meta {wanted}"))
    return facts


def _element_facts(tree: html.HtmlElement, marked: list[html.HtmlElement]) -> dict[str, Fact]:
    facts = {}
    heading = [words for h in tree.iter("h1") if (words := _words(h))]
    title = next((words for t in tree.iter("title") if (words := _words(t))), "")
    if len(heading) == 1:
        facts["title"] = Fact(heading[0], heading[0], "h1")
    elif title:
        facts["title"] = Fact(title, title, "title")
    language = tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang")
    if language:
        facts["language"] = Fact(language, language, "html lang")
    names = [
        words
        for element in marked
        if "author" in (element.get("rel", "") + element.get("itemprop", "")).split()
        and 2 < len(words := _BY.sub("", _words(element), count=1)) < 80
    ]
    if names:
        named = ", ".join(dict.fromkeys(names))
        facts["author"] = Fact(named, named, "author in the page")
    for comment in tree.getroottree().xpath("//comment() | /comment()")[:20]:
        saved = _SAVED.match(comment.text or "")
        if saved:
            facts["link"] = Fact(saved[1], saved[1], "saved from url")
    return facts


def _canonical(tree: html.HtmlElement) -> Fact | None:
    for link in tree.iter("link"):
        address = (link.get("href") or "").strip()
        if (link.get("rel") or "").casefold() == "canonical" and _WEB.fullmatch(address):
            return Fact(address, address, "canonical link")
    return None


def _address(tree: html.HtmlElement, metas: list[tuple[str, str]]) -> str:
    canonical = _canonical(tree)
    stated = canonical.value if canonical else dict(reversed(metas)).get("og:url", "")
    return stated


def _in_article(tree: html.HtmlElement) -> list[html.HtmlElement]:
    """Return the elements that may say something of the article, without lists and comments."""
    found, skipped = [], None
    main = [one for one in tree.iter("article") if not _beside(one)]
    for event, element in html.etree.iterwalk(tree, events=("start", "end")):
        if event == "end":
            skipped = None if element is skipped else skipped
        elif skipped is None and isinstance(element.tag, str):
            if _beside(element) or (
                element.tag == "article" and len(main) > 1 and element is not main[0]
            ):
                skipped = element
            else:
                found.append(element)
    return found


def _beside(element: html.HtmlElement) -> bool:
    if element.tag in ("html", "body", "main"):
        return False
    name = f"{element.get('class', '')} {element.get('id', '')}"
    scope = element.get("itemtype", "")
    return (
        element.tag in ("aside", "nav", "footer")
        or LISTS.search(name) is not None
        or scope.endswith(("Comment", "UserComments", "Person", "ItemList"))
        or element.get("itemprop") in ("comment", "hasPart", "isPartOf", "citation")
    )


def _enclosing(element: html.HtmlElement) -> html.HtmlElement | None:
    return next(iter(element.xpath("ancestor::*[@itemscope]")), None)


def _microdata(marked: list[html.HtmlElement]) -> list[Fact]:
    return [
        Fact(value, value, "itemprop datePublished")
        for element in marked
        if "datePublished" in element.get("itemprop", "").split() and (value := _value(element))
    ]


def _times(marked: list[html.HtmlElement]) -> list[Fact]:
    """Return what the time elements say: those marked as published, else the only one."""
    times = [element for element in marked if element.tag == "time" and not _is_updated(element)]
    sure = [one for one in times if "pubdate" in one.attrib or _is_published(one)]
    headed = [one for one in times if one.xpath("ancestor::header[ancestor::article or //h1]")]
    facts = [Fact(v, v, "time") for one in sure or headed or times if (v := _value(one))]
    return facts if sure or headed or len(facts) == 1 else []


def _classes(marked: list[html.HtmlElement]) -> list[Fact]:
    """Return the dates that stand alone in elements whose class says that they are published."""
    found = []
    for element in marked:
        if element.tag in ("div", "span", "p", "li", "dd") and _is_published(element):
            words = _LEAD.sub("", _words(element), count=1)
            if len(words) < 60 and plausible_day(words) and not _is_updated(element):
                found.append(Fact(words, words, f'class "{element.get("class")}"'))
    return found


def _is_published(element: html.HtmlElement) -> bool:
    names = element.get("class", "").split()
    return any(_PUBLISHED_CLASS.search(name) for name in names)


def _is_updated(element: html.HtmlElement) -> bool:
    """Return whether an element, its label or the words before it speak of a change."""
    names = " ".join((element.get("class", ""), element.get("itemprop", ""), element.get("id", "")))
    if MODIFIED.search(names) and not _is_published(element):
        return True
    parent, before = element.getparent(), element.getprevious()
    around = [_words(element), (parent.text or "") if parent is not None and before is None else ""]
    if before is not None:
        around += [
            before.tail or "",
            _words(before)[-40:] if not (before.tail or "").strip() else "",
        ]
    if parent is not None and MODIFIED.search(parent.get("class", "")) and len(parent) < 3:
        return not _is_published(parent)
    return any(MODIFIED.search(words) for words in around)


def _value(element: html.HtmlElement) -> str:
    value = element.get("datetime") or element.get("content") or _words(element)
    return " ".join(value.split())[:80]


def _words(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())
