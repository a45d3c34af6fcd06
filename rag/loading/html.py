"""Reads HTML pages, among them those that a browser saved: the article and what it states.

In: the bytes of a page. Out: its source: the article's text without menus, comments and
related articles, and the facts of its structured data. A page without an article is read whole.
"""

from __future__ import annotations

import re
from copy import deepcopy

import trafilatura
from lxml import html

from rag.loading.fields import dates_alone, read_fields
from rag.loading.pagefacts import page_facts
from rag.loading.pageparts import LISTS
from rag.loading.showndates import MODIFIED
from rag.loading.source import Source
from rag.loading.trees import DEEPEST, parse_tree, read_tree, text_of

HEAD_BLOCKS = 8
LEAST = 200
"""An article with fewer characters was perhaps not found."""
LARGEST = 20_000
"""Elements; trafilatura would take minutes for a page with more."""

_FURNITURE = frozenset(["nav", "footer", "aside", "form", "button", "dialog"])
_OF_CHANGE = frozenset(["modified", ""])
_UPDATED = re.compile(
    r"(?:last\s+)?(?:updated|modified|edited|revised|reviewed)(?:\s+(?:on|at))?\b.{0,60}",
    re.IGNORECASE,
)


def read_html(data: bytes, name: str) -> Source:
    """Return the source in an HTML page. Raises InputError for what is not text."""
    return _source(read_tree(data, name))


def read_page_text(text: str, name: str) -> Source:
    """Return the source in a page that is decoded."""
    return _source(parse_tree(text, name))


def _source(tree: html.HtmlElement | None) -> Source:
    if tree is None:
        return Source("")
    stated = page_facts(tree)
    _drop_beside(tree)
    article = _article(tree)
    whole = text_of(_without(tree))
    text = article if len(article) >= LEAST else whole
    return Source(_without_dates(text), stated)


def _article(tree: html.HtmlElement) -> str:
    """Return the text of the article that trafilatura finds, "" where it finds none."""
    if sum(1 for _ in tree.iter()) > LARGEST or _depth(tree) > DEEPEST:
        return ""
    found = trafilatura.bare_extraction(
        deepcopy(tree), include_comments=False, include_tables=True, with_metadata=False
    )
    return text_of(found.body) if found is not None and found.body is not None else ""


def _depth(tree: html.HtmlElement) -> int:
    deepest, level = 0, 0
    for event, _ in html.etree.iterwalk(tree, events=("start", "end")):
        level += 1 if event == "start" else -1
        deepest = max(deepest, level)
    return deepest


def _drop_beside(tree: html.HtmlElement) -> None:
    """Take out of the tree what says when it changed, and the lists of other articles."""
    whole = len(tree.text_content())
    for element in list(tree.iter("div", "section", "aside", "ul", "p", "span", "time", "li")):
        name = f"{element.get('class', '')} {element.get('id', '')}"
        words = element.text_content()
        beside = LISTS.search(name) is not None and element.tag not in ("span", "time")
        changed = MODIFIED.search(name) is not None and "publish" not in name
        if (beside and len(words) < whole // 2) or (changed and len(words) < 100):
            element.drop_tree()


def _without(tree: html.HtmlElement) -> html.HtmlElement:
    for element in list(tree.iter(*_FURNITURE)):
        if element.getparent() is not None:
            element.drop_tree()
    return tree


def _without_dates(text: str) -> str:
    """Return `text` without the dates and "Updated …" above the article.

    Which of them is the day of publication the tree says better than their order.
    """
    blocks = text.split("\n\n")
    head = [
        block
        for block in blocks[:HEAD_BLOCKS]
        if not (
            dates_alone(block) or _UPDATED.fullmatch(block) or _OF_CHANGE & {*read_fields(block)}
        )
    ]
    return "\n\n".join(head + blocks[HEAD_BLOCKS:])
