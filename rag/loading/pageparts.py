"""Which elements of a page speak of its article, and which stand beside it.

In: a tree. Out: elements in document order. Knows nothing about dates and facts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial

from lxml import html

from rag.loading.trees import BLOCKS

LISTS = re.compile(
    r"related|recommend|\bmore-|read-?more|most-read|popular|trending|newsletter|comments?\b|sidebar"
    r"|\bpromo|teaser|\bshare|social|breadcrumb|also-like|outbrain|taboola|disqus|see-?also",
    re.IGNORECASE,
)
"""Class names of what stands beside an article."""
PROSE = 110
"""A block with more letters than this is running text; no dates and names above it are."""
FURTHEST = 3_000
"""Elements; the head of an article is among the first of a page."""

_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_PLACES = frozenset(("article", "main"))


def in_article(tree: html.HtmlElement) -> list[html.HtmlElement]:
    """Return the elements that may say something of the article, without lists and comments.

    Of several articles the one that holds the heading is the page's own; where none does, the
    page is a list of them, and what they state is said of no page.
    """
    articles = [one for one in tree.iter("article") if not _beside(one) and not _within(one)]
    headed = [one for one in articles if next(one.iter("h1"), None) is not None]
    own = headed if len(headed) == 1 else articles if len(articles) == 1 else []
    return _walked(tree, partial(_is_other, own))


def head_of(elements: Sequence[html.HtmlElement]) -> list[html.HtmlElement]:
    """Return those of the elements of an article that stand above its running text."""
    elements = elements[:FURTHEST]
    headings = [index for index, one in enumerate(elements) if one.tag == "h1"]
    first = headings[0] if len(headings) == 1 else -1
    last = next((i for i, one in enumerate(elements) if i > first and is_prose(one)), len(elements))
    around = {one for index in headings for one in elements[index].iterancestors("header")}
    return [
        one
        for index, one in enumerate(elements[:last])
        if index > first >= 0
        or any(above.tag in _PLACES or above in around for above in one.iterancestors())
    ]


def is_prose(element: html.HtmlElement) -> bool:
    """Return whether an element is a paragraph of running text."""
    if element.tag not in BLOCKS or any(one.tag in BLOCKS for one in element.iterdescendants()):
        return False
    words = words_of(element)
    return len(words) + len(_WIDE.findall(words)) > PROSE


def block_of(element: html.HtmlElement) -> html.HtmlElement | None:
    """Return the nearest block that an element stands in."""
    return next((one for one in element.iterancestors() if one.tag in BLOCKS), None)


def words_of(element: html.HtmlElement) -> str:
    """Return the text of an element on one line."""
    return " ".join(element.text_content().split())


def _walked(
    tree: html.HtmlElement, left_out: Callable[[html.HtmlElement], bool]
) -> list[html.HtmlElement]:
    found, skipped = [], None
    for event, element in html.etree.iterwalk(tree, events=("start", "end")):
        if event == "end":
            skipped = None if element is skipped else skipped
        elif skipped is None and isinstance(element.tag, str):
            if left_out(element):
                skipped = element
            else:
                found.append(element)
    return found


def _is_other(own: Sequence[html.HtmlElement], element: html.HtmlElement) -> bool:
    return _beside(element) or (
        element.tag == "article" and element not in own and not _within(element)
    )


def _within(article: html.HtmlElement) -> bool:
    return next(article.iterancestors("article"), None) is not None


def _beside(element: html.HtmlElement) -> bool:
    if element.tag in ("html", "body", "main"):
        return False
    name = f"{element.get('class', '')} {element.get('id', '')}"
    scope = element.get("itemtype", "")
    return (
        element.tag in ("aside", "nav", "footer")
        or LISTS.search(name) is not None
        or scope.endswith(("Comment", "UserComments", "ItemList"))
        or element.get("itemprop") in ("comment", "hasPart", "isPartOf", "citation")
    )
