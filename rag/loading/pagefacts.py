"""What an HTML page says about itself, in its structured data and around its article.

In: a tree. Out: facts with the words and the place they were read from. Knows nothing about
the text of the article.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from lxml import html

from rag.loading.datelabels import read_labels
from rag.loading.jsonld import linked_facts
from rag.loading.pagedates import Page, page_dates
from rag.loading.pageparts import head_of, in_article, words_of
from rag.types import DAYS, Fact

_NAMES: Mapping[str, tuple[str, ...]] = {
    "title": (
        *("og:title", "twitter:title", "dc.title", "dcterms.title", "citation_title", "headline"),
        *("parsely-title", "sailthru.title"),
    ),
    "publisher": (
        *("og:site_name", "dc.publisher", "dcterms.publisher", "publisher", "citation_publisher"),
    ),
    "author": (
        *("author", "article:author", "parsely-author", "dc.creator", "dcterms.creator"),
        *("citation_author", "byl", "sailthru.author"),
    ),
    "language": ("og:locale", "dc.language", "content-language", "language"),
    "link": ("og:url", "twitter:url", "parsely-link"),
}
_PARSELY = {
    "title": "parsely-title",
    "link": "parsely-link",
    "pub_date": "parsely-pub-date",
    "author": "parsely-author",
}
_WEB = re.compile(r"https?://[^\s\"'<>]+")
_SAVED = re.compile(r"\s*saved from url=\(\d+\)(https?://\S+)")
_BY = re.compile(r"(?:by|von|par|por|door|av|af|di|автор:?)\s+", re.IGNORECASE)
_APP = ("application-name", "apple-mobile-web-app-title")
_ENTRY_TITLE = re.compile(r"\b(?:entry|post|article|story)-title\b|\bheadline\b", re.IGNORECASE)
_AUTHOR_CLASS = re.compile(r"(?:^|[-_])(?:author|byline)(?:[-_]+name)?$", re.IGNORECASE)
_NAME = re.compile(r"[^\W\d_a-z][^\d.!?:;|@]{2,60}")
_SUFFIX = re.compile(r"\s*(?:\s[|·•«»:–—-]|\||::|—|_)\s*(?=[^|·•«»–—_]+$)")


def page_facts(tree: html.HtmlElement) -> dict[str, Fact]:
    """Return the facts of a page, its dates as ISO 8601 days."""
    metas = list(_metas(tree))
    elements = in_article(tree)
    linked = linked_facts(tree, _address(tree, metas))
    facts: dict[str, Fact] = {}
    for found in (linked.facts, _meta_facts(metas), _element_facts(tree, elements)):
        for key, fact in found.items():
            facts.setdefault(key, fact)
    facts = {key: fact for key, fact in facts.items() if key not in DAYS}
    if not _is_front(tree, metas):
        facts |= page_dates(Page(linked.facts, linked.is_article, metas, elements))
    if "title" in facts:
        facts["title"] = _without_site(facts["title"], facts.get("publisher"))
    canonical = _canonical(tree)
    return {**facts, "link": canonical} if canonical else facts


def _metas(tree: html.HtmlElement) -> Iterator[tuple[str, str]]:
    for meta in tree.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("http-equiv") or ""
        if meta.get("itemprop") and not name and _enclosing(meta) is None:
            name = meta.get("itemprop", "")
        content = " ".join((meta.get("content") or "").split())
        if name.casefold() == "parsely-page":
            yield from _parsely(content)
        elif name and content:
            yield name.strip().casefold(), content


def _parsely(content: str) -> Iterator[tuple[str, str]]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return
    for key, name in _PARSELY.items() if isinstance(found, dict) else ():
        if isinstance(found.get(key), str):
            yield name, found[key]


def _meta_facts(metas: Sequence[tuple[str, str]]) -> dict[str, Fact]:
    facts: dict[str, Fact] = {}
    for key, names in _NAMES.items():
        for wanted in names:
            values = list(dict.fromkeys(v for name, v in metas if name == wanted))
            if wanted.endswith("author"):
                values = [_BY.sub("", one, count=1) for one in values if not _WEB.match(one)]
            value = ", ".join(values) if key == "author" else values[0] if values else ""
            if value and (key != "link" or _WEB.fullmatch(value)):
                facts.setdefault(key, Fact(value, value, f"meta {wanted}"))
    return facts


def _element_facts(tree: html.HtmlElement, elements: Sequence[html.HtmlElement]) -> dict[str, Fact]:
    head = head_of(elements)
    title, titled = _heading(tree, elements)
    language = tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or ""
    author = _named(elements, "author") or _bylines(head)
    publisher = _named(elements, "publisher")
    found = (
        ("title", title, titled),
        ("language", language, "html lang"),
        ("author", ", ".join(dict.fromkeys(author)), "author in the page"),
        ("publisher", publisher[0] if publisher else "", "publisher in the page"),
        ("publisher", _site(tree), "end of the title, and the site's name"),
        ("link", _saved_from(tree), "saved from url"),
    )
    return {key: Fact(value, value, where) for key, value, where in reversed(found) if value}


def _heading(tree: html.HtmlElement, elements: Sequence[html.HtmlElement]) -> tuple[str, str]:
    """Return the one heading of a page, else the one title of an entry, else its title."""
    headings = [words for one in tree.iter("h1") if (words := words_of(one))]
    entries = [one for one in elements if _ENTRY_TITLE.search(one.get("class", ""))]
    if len(headings) == 1:
        return headings[0], "h1"
    if not headings and len(entries) == 1 and words_of(entries[0]):
        return words_of(entries[0]), "title of the entry"
    return _page_title(tree), "title"


def _page_title(tree: html.HtmlElement) -> str:
    return next((words for one in tree.iter("title") if (words := words_of(one))), "")


def _named(elements: Sequence[html.HtmlElement], kind: str) -> list[str]:
    """Return the names of authors or publishers in microdata, RDFa and links."""
    found = []
    for element in elements:
        said = " ".join(element.get(name, "") for name in ("rel", "itemprop", "property"))
        if kind in said.replace("schema:", "").split():
            name = next(iter(element.xpath(".//*[@itemprop='name' or @property='name']")), element)
            words = _BY.sub("", name.get("content") or words_of(name), count=1)
            found += [words] if 2 < len(words) < 80 else []
    return found


def _bylines(head: Sequence[html.HtmlElement]) -> list[str]:
    """Return the names above the text: of an element so called, or beside the date."""
    for element in head:
        words = _BY.sub("", words_of(element), count=1)
        called = any(_AUTHOR_CLASS.search(name) for name in element.get("class", "").split())
        if called and _NAME.fullmatch(words) and 2 <= len(words.split()) <= 5:
            return [words]
    lines = (read_labels(words_of(one)).author for one in head)
    return list(filter(None, lines))[:1]


def _site(tree: html.HtmlElement) -> str:
    """Return the name that closes the page's title, if the site calls itself so elsewhere too."""
    name = _SUFFIX.split(_page_title(tree))[-1].strip()
    if name == _page_title(tree) or not 2 < len(name) < 60:
        return ""
    said = [meta.get("content", "") for meta in tree.iter("meta") if meta.get("name") in _APP]
    said += [image.get("alt", "") for image in tree.xpath("//a//img | //header//img")]
    said += [
        re.sub(r"[©\d–-]|copyright", "", words_of(one), flags=re.I) for one in tree.iter("footer")
    ]
    return name if name.casefold() in (one.strip(" .").casefold() for one in said) else ""


def _saved_from(tree: html.HtmlElement) -> str:
    comments = tree.getroottree().xpath("//comment() | /comment()")[:20]
    found = (_SAVED.match(comment.text or "") for comment in comments)
    return next((match[1] for match in found if match), "")


def _without_site(title: Fact, publisher: Fact | None) -> Fact:
    """Return a title without the name of the site that closes it."""
    parts = _SUFFIX.split(title.value)
    if not publisher or len(parts) != 2 or not parts[0]:
        return title
    same = parts[1].strip().casefold() == publisher.value.casefold()
    return Fact(parts[0].strip(), title.words, title.where) if same else title


def _canonical(tree: html.HtmlElement) -> Fact | None:
    for link in tree.iter("link"):
        address = (link.get("href") or "").strip()
        if (link.get("rel") or "").casefold() == "canonical" and _WEB.fullmatch(address):
            return Fact(address, address, "canonical link")
    return None


def _address(tree: html.HtmlElement, metas: Sequence[tuple[str, str]]) -> str:
    canonical = _canonical(tree)
    return canonical.value if canonical else dict(reversed(metas)).get("og:url", "")


def _is_front(tree: html.HtmlElement, metas: Sequence[tuple[str, str]]) -> bool:
    """Return whether this is a site's own front page: it is of no day."""
    address = urlsplit(_address(tree, metas))
    return bool(address.netloc) and address.path in ("", "/") and not address.query


def _enclosing(element: html.HtmlElement) -> html.HtmlElement | None:
    return next(iter(element.xpath("ancestor::*[@itemscope]")), None)
