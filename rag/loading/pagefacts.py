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


def _element_facts(
    tree: html.HtmlElement, elements: Sequence[html.HtmlElement]
) -> dict[str, Fact]:
    facts = {}
    heading = [words for h in tree.iter("h1") if (words := words_of(h))]
    title = next((words for t in tree.iter("title") if (words := words_of(t))), "")
    if len(heading) == 1:
        facts["title"] = Fact(heading[0], heading[0], "h1")
    elif title:
        facts["title"] = Fact(title, title, "title")
    language = tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang")
    if language:
        facts["language"] = Fact(language, language, "html lang")
    names = _authors(elements) or _bylines(elements)
    if names:
        named = ", ".join(dict.fromkeys(names))
        facts["author"] = Fact(named, named, "author in the page")
    for comment in tree.getroottree().xpath("//comment() | /comment()")[:20]:
        saved = _SAVED.match(comment.text or "")
        if saved:
            facts["link"] = Fact(saved[1], saved[1], "saved from url")
    return facts


def _authors(elements: Sequence[html.HtmlElement]) -> list[str]:
    found = []
    for element in elements:
        said = f"{element.get('rel', '')} {element.get('itemprop', '')}".split()
        if "author" in said:
            name = next(iter(element.xpath(".//*[@itemprop='name']")), element)
            words = _BY.sub("", name.get("content") or words_of(name), count=1)
            found += [words] if 2 < len(words) < 80 else []
    return found


def _bylines(elements: Sequence[html.HtmlElement]) -> list[str]:
    """Return the names in the first line above the text that has names beside its date."""
    lines = (read_labels(words_of(one)).author for one in head_of(elements))
    return list(filter(None, lines))[:1]


def _without_site(title: Fact, publisher: Fact | None) -> Fact:
    """Return a title without the name of the site that closes it."""
    parts = _SUFFIX.split(title.value)
    if publisher and len(parts) == 2 and parts[0]:
        if parts[1].strip().casefold() == publisher.value.casefold():
            return Fact(parts[0].strip(), title.words, title.where)
    return title


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
