"""News-like pages with known truth: what is read of them is right, and most of it is read."""

from __future__ import annotations

import html
import re

import pytest

from rag.loading import load
from rag.types import DAYS
from tests.loading.conftest import body
from tests.loading.pagetruth import PAGES, Reading, readings, score

LEAST = {
    "title": (0.95, 0.95),
    "publisher": (0.95, 0.8),
    "author": (0.95, 0.8),
    "published": (1.0, 0.9),
    "modified": (1.0, 0.8),
    "language": (1.0, 1.0),
    "link": (1.0, 0.95),
}
"""Precision and recall by fact; what is left out is unknown, what is wrong misleads."""


@pytest.fixture(scope="module")
def found() -> list[Reading]:
    return readings()


@pytest.mark.parametrize("fact", LEAST)
def test_facts_of_pages_are_right_and_found(found, fact):
    wrong = [one for one in found if one.fact == fact and one.read not in ("", one.true)]
    precision, recall = LEAST[fact]
    assert score(found, fact).precision >= precision, wrong
    assert score(found, fact).recall >= recall


def test_no_page_is_given_a_wrong_day(found):
    dated = [one for one in found if one.fact in DAYS and one.read]
    assert len(dated) > 80
    assert [one for one in dated if one.read != one.true] == []


@pytest.mark.parametrize("path", sorted(PAGES.glob("*.html")), ids=lambda path: path.stem[:2])
def test_the_words_of_a_day_stand_on_the_page_and_its_surroundings_are_no_body(path):
    [document] = load(path)
    raw = path.read_text(encoding="utf-8")
    seen = " ".join(html.unescape(re.sub(r"<[^>]+>", "", raw)).split())
    for fact in (document.published, document.modified):
        assert fact is None or (fact.words and (fact.words in raw or fact.words in seen))
    words = body(document)
    for other in ("Tram line to close for", "Orchard prize", "Green would be", "Weather", "©"):
        assert other not in words
