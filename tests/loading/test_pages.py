"""News-like pages with known truth: what is read of them is right, and most of it is read."""

from __future__ import annotations

import pytest

from tests.loading.pagetruth import Reading, readings, score

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
    assert [
        one
        for one in found
        if one.fact in ("published", "modified") and one.read not in ("", one.true)
    ] == []
