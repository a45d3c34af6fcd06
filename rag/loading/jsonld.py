"""What a page says about itself in JSON-LD.

In: a tree. Out: facts of the one article that the page is about. Where several articles could
be meant and their dates differ, none is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from lxml import html

from rag.loading.dates import stated_date
from rag.types import Fact

MOST_NODES = 2_000

_ARTICLE = re.compile(r"\w*(?:Article|BlogPosting|Report|Review|Story|Recipe)$")
_PAGE = re.compile(r"(?:Web|Item|About)Page$")
_WITHIN = frozenset(["@graph", "mainEntity"])
"""Where the page's own article stands; whatever else a node points to is another thing."""
_WRAPPERS = re.compile(r"(?://|/\*)?\s*(?:<!--|-->|<!\[CDATA\[|\]\]>)\s*(?:\*/)?")
_STRAY = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
_TRAILING = re.compile(r'("(?:\\.|[^"\\])*")|,(?=\s*[}\]])', re.DOTALL)
"""What is often in JSON-LD and never in JSON: comments, and commas before a closing bracket."""


class Linked(NamedTuple):
    """The facts in a page's JSON-LD, and whether they are those of an article."""

    facts: Mapping[str, Fact]
    is_article: bool


def linked_facts(tree: html.HtmlElement, address: str) -> Linked:
    """Return what a page's JSON-LD says of its article; `address` is the page's own, or ""."""
    nodes = [node for script in tree.iter("script") for node in _nodes(script)]
    found = [node for node in nodes if _is(node, _ARTICLE)]
    articles = found or [node for node in nodes if _is(node, _PAGE)]
    named = [node for node in articles if address and address in _addresses(node)]
    articles = named or articles
    if not articles:
        return Linked({}, is_article=False)
    by_id = {node["@id"]: node for node in nodes if isinstance(node.get("@id"), str)}
    facts = _facts(articles[0], by_id)
    days = {stated_date(words) for node in articles if (words := _when(node, "datePublished"))}
    if len(days) > 1:
        facts.pop("published", None)
    if len(articles) > 1 and not named:
        facts = {key: facts[key] for key in ("publisher", "published") if key in facts}
    return Linked(facts, bool(found))


def _nodes(script: html.HtmlElement) -> Iterator[Mapping]:
    if "ld+json" not in (script.get("type") or "").casefold():
        return
    found = _parsed(_WRAPPERS.sub("", script.text or ""))
    waiting, seen = [found], 0
    while waiting and seen < MOST_NODES:
        node = waiting.pop(0)
        seen += 1
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            yield node
            waiting += [node[key] for key in _WITHIN if key in node]


def _parsed(text: str) -> object:
    """Return the value of JSON, also of such as programs write by hand; None where it is none."""
    for words in (text, _TRAILING.sub(r"\1", _STRAY.sub(r"\1", text))):
        try:
            return json.loads(words, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _is(node: Mapping, kind: re.Pattern) -> bool:
    types = node.get("@type")
    return any(
        isinstance(one, str) and kind.match(one.rpartition("/")[2])
        for one in (types if isinstance(types, list) else [types])
    )


def _addresses(node: Mapping) -> set[str]:
    page = node.get("mainEntityOfPage")
    page = page.get("@id") if isinstance(page, dict) else page
    return {one for one in (page, node.get("url"), node.get("@id")) if isinstance(one, str)}


def _facts(node: Mapping, by_id: Mapping[str, Mapping]) -> dict[str, Fact]:
    values = {
        "title": _text(node.get("headline")) or _text(node.get("name")),
        "published": _when(node, "datePublished"),
        "modified": _when(node, "dateModified"),
        "publisher": _names(node.get("publisher"), by_id),
        "author": _names(node.get("author"), by_id),
        "language": _text(node.get("inLanguage")),
        "link": next(
            (a for a in sorted(_addresses(node)) if re.fullmatch(r"https?://[^#\s]+", a)), ""
        ),
    }
    keys = {
        "title": "headline",
        "published": "datePublished",
        "modified": "dateModified",
        "language": "inLanguage",
        "link": "url",
    }
    return {
        key: Fact(value, value, f"JSON-LD {keys.get(key, key)}")
        for key, value in values.items()
        if value
    }


def _names(value: object, by_id: Mapping[str, Mapping]) -> str:
    """Return the names of a person, an organisation, or a list of them."""
    names = []
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, dict) and not one.get("name"):
            one = by_id.get(str(one.get("@id")), {})
        names.append(_text(one.get("name") if isinstance(one, dict) else one))
    return ", ".join(dict.fromkeys(n for n in names if n and not n.startswith("http")))


def _when(node: Mapping, key: str) -> str:
    """Return the words of a date; a number is one of seconds or milliseconds."""
    value = node.get(key)
    return str(value) if type(value) is int else _text(value)


def _text(value: object) -> str:
    if isinstance(value, list):
        value = value[0] if len(value) == 1 else None
    if not isinstance(value, str):
        return ""
    words = (
        " ".join(html.fromstring(f"<p>{value}</p>").text_content().split())
        if "&" in value
        else value
    )
    return " ".join(words.encode("utf-8", "ignore").decode().replace("\0", "").split())
