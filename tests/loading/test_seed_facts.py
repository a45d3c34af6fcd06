"""The real documents: what is known of them, from which words, and that no span is furniture.

The table was written by reading the files; it holds facts about them and none of their
sentences. Between the words that end its head and those that begin its tail a document is
body; what stands around it may never be cited.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from rag.loading import load
from rag.splitting import passages, sentences
from rag.types import Document, Fact, Span
from tests.conftest import REAL_SEEDS

KCNA = Fact("KCNA", "KCNA", "dateline")


@dataclass(frozen=True, slots=True)
class Truth:
    """What a reader of the file says of one document; `title` is how its title begins."""

    name: str
    title: str
    publisher: Fact | None
    published: Fact | None
    head: str
    tail: str


def january(day: int, year_from: str) -> Fact:
    return Fact(f"2026-01-0{day}", f"January {day}", f'dateline, year from "{year_from}"')


TRUTH = (
    Truth(
        *("000#1", "Respected Comrade Kim Jong Un Sends New Year’s Message", KCNA),
        january(1, "December 31, 2025"),
        *("(KCNA) —", "-0-"),
    ),
    Truth(
        *("000#2", "Respected Comrade Kim Jong Un Visits Kumsusan Palace", KCNA),
        january(2, "New Year 2026"),
        *("(KCNA) —", "-0-"),
    ),
    Truth(
        *("000#3", "Respected Comrade Kim Jong Un‘s Speech", KCNA),
        january(1, "year 2026 began"),
        *("(KCNA) —", "-0-"),
    ),
    Truth(
        *("001", "North Korean leader Kim Jong Un has wished"),
        Fact("TASS", "TASS", "dateline"),
        Fact("2026-01-01", "2026-01-01", "date line"),
        *("/TASS/.", ""),
    ),
    Truth("002", "North Korea Puts Russia First Again", None, None, "\n0\n", "NO COMMENTS"),
    Truth("003", "Outstanding Great Achievements", None, None, "Independence\n", ""),
    Truth(
        *("004", "Army-People Rallies Held in Provinces and Cities"),
        Fact("KCNA", "KCNA.kp (En)", "metadata line"),
        Fact("2021-01-21", "21/01/2021", "metadata line"),
        *("(KCNA) --", "-0-"),
    ),
)
FURNITURE = (
    *("Home NorthKorea", "Read original version", "KCNA.kp", "More From", "Press Review"),
    *("COMMENT", "REPLY", "enter your", "mobile version", "-0-", "February 2", "\\'"),
)


@pytest.fixture(scope="module")
def seeds() -> dict[str, Document]:
    if not REAL_SEEDS.is_dir():
        pytest.skip("the real documents (../shared/seeds) are not beside this checkout")
    found = [one for path in sorted(REAL_SEEDS.glob("*.txt")) for one in load(path)]
    return {truth.name: one for truth, one in zip(TRUTH, found, strict=True)}


@pytest.mark.parametrize("truth", TRUTH, ids=lambda truth: truth.name)
def test_the_facts_and_their_words_are_those_of_the_file(seeds, truth):
    document = seeds[truth.name]
    number, _, item = truth.name.partition("#")
    name = document.path.rpartition("/")[2]
    assert name.startswith(number) and name.partition("#")[2] == item
    assert document.title.value.startswith(truth.title)
    assert (document.publisher, document.published) == (truth.publisher, truth.published)
    assert (document.author, document.modified, document.link) == (None, None, None)
    for fact in filter(None, (document.title, document.publisher, document.published)):
        assert fact.words in document.text


@pytest.mark.parametrize("truth", TRUTH, ids=lambda truth: truth.name)
@pytest.mark.parametrize("limit", [40, 200, 1_000])
def test_no_passage_and_no_sentence_lies_in_furniture(seeds, truth, limit):
    document = seeds[truth.name]
    start = document.text.index(truth.head) + len(truth.head)
    end = document.text.index(truth.tail, start) if truth.tail else len(document.text)
    found = passages(document, limit=limit, measure=len)
    assert found
    for span in (*found, *(part for one in found for part in _sentences(document, one))):
        words = document.text[span.start : span.end]
        assert start <= span.start < span.end <= end
        assert not [one for one in FURNITURE if one in words]


def test_the_furniture_that_is_looked_for_stands_in_the_files(seeds):
    whole = "\n".join(one.text for one in seeds.values())
    assert [one for one in FURNITURE if one not in whole] == []


def _sentences(document: Document, passage: Span) -> list[Span]:
    return sentences(document.text, passage, "en")
