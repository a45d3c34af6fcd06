"""The example collection: front matter, length, own wording and key facts."""

import datetime
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
SEEDS = sorted((ROOT / "seeds").glob("*.md"))
ORIGINALS = ROOT.parent / "shared" / "seeds"
RUN = 8  # this many consecutive words in common would be copying

FACTS = {
    "2021-01-21-army-people-rallies": [
        "Wednesday",
        "South Phyongan",
        "South Hwanghae",
        "Kangwon",
        "Nampho",
        "Kaesong",
        "8th Congress",
        "five-year plan",
        "light industry",
        "fishing",
    ],
    "2026-01-01-new-year-celebration-speech": [
        "Sangwon Cement Complex",
        "women footballers",
        "Ninth Congress",
    ],
    "2026-01-01-new-year-message-to-overseas-units": [
        "December 31, 2025",
        "Pyongyang and Moscow",
        "brave",
    ],
    "2026-01-01-tass-greetings-to-troops-abroad": [
        "Gerasimov",
        "December 29",
        "demining",
        "Peskov",
        "November 14",
        "December 12",
        "528th Field Engineer Regiment",
        "Kursk Region",
        "summer 2024",
        "mutual-assistance clause",
    ],
    "2026-01-02-kumsusan-palace-visit": [
        "January 1",
        "Kumsusan Palace of the Sun",
        "Ministry of National Defence",
        "Supreme People's Assembly",
        "Kim Il Sung",
        "Kim Jong Il",
    ],
    "undated-analysis-russia-first-at-new-year": [
        "May Day Stadium",
        "Xi Jinping",
        "submarine",
        "Donald Trump",
        "April",
        "Lim Eum-chul",
        "9th Party Congress",
        "Thursday",
    ],
    "undated-editorial-global-independence": ["China, Cuba and Vietnam", "ten years"],
}

PUBLISHED = {
    "2021-01-21-army-people-rallies": ("KCNA", "2021-01-21"),
    "2026-01-01-new-year-celebration-speech": ("KCNA", "2026-01-01"),
    "2026-01-01-new-year-message-to-overseas-units": ("KCNA", "2026-01-01"),
    "2026-01-01-tass-greetings-to-troops-abroad": ("TASS", "2026-01-01"),
    "2026-01-02-kumsusan-palace-visit": ("KCNA", "2026-01-02"),
    "undated-analysis-russia-first-at-new-year": (None, None),
    "undated-editorial-global-independence": (None, None),
}

every_seed = pytest.mark.parametrize("path", SEEDS, ids=lambda p: p.stem)


def split(path):
    """Return the front matter (a dict) and the body of a seed."""
    _, head, body = path.read_text(encoding="utf-8").split("---\n", 2)
    return yaml.safe_load(head), body


def words(text):
    """Return the words, lower-cased; hyphens part words, apostrophes do not."""
    return re.findall(r"[a-z0-9]+", re.sub(r"[\\'’‘]", "", text.lower()))


def runs(text, length=RUN):
    """Return every run of `length` consecutive words in the text."""
    found = words(text)
    return {" ".join(found[i : i + length]) for i in range(len(found) - length + 1)}


@pytest.fixture(scope="module")
def original_runs():
    """Return the word runs of all the originals; skip where they are absent."""
    files = sorted(ORIGINALS.glob("*.txt")) if ORIGINALS.is_dir() else []
    if not files:
        pytest.skip("the original documents are not beside this checkout")
    return set().union(*(runs(f.read_text(encoding="utf-8")) for f in files))


def test_the_collection_is_complete():
    """The seeds are the seven that the facts below speak of."""
    assert {p.stem for p in SEEDS} == set(FACTS) == set(PUBLISHED)


@every_seed
def test_front_matter(path):
    """Title, source and language are stated."""
    meta, _ = split(path)
    assert set(meta) <= {"title", "publisher", "published", "source", "language"}
    assert meta["title"].strip() and meta["source"].strip()
    assert meta["language"] == "en"


@every_seed
def test_publisher_and_date(path):
    """Publisher and ISO date are those of the document, or left out with it."""
    meta, _ = split(path)
    publisher, published = PUBLISHED[path.stem]
    assert meta.get("publisher") == publisher
    assert ("published" in meta) == (published is not None)
    if published:
        assert datetime.date.fromisoformat(str(meta["published"])).isoformat() == published
    assert path.stem.startswith(published or "undated")


@every_seed
def test_length_and_shape(path):
    """A body is 100 to 400 words of plain paragraphs and headings."""
    _, body = split(path)
    assert 100 <= len(body.split()) <= 400
    assert not re.search(r"^\s*([-*+]|\d+\.)\s", body, re.MULTILINE)


@every_seed
def test_facts(path):
    """The names, dates and figures that people ask about are there."""
    _, body = split(path)
    assert [fact for fact in FACTS[path.stem] if fact not in body] == []


@every_seed
def test_own_wording(path, original_runs):
    """No run of eight words is shared with any original."""
    shared = runs(path.read_text(encoding="utf-8")) & original_runs
    assert sorted(shared) == []
