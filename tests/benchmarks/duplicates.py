"""How well copies of one text are told from texts that only look alike.

    python -m tests.benchmarks.duplicates

Copies are passages of the public sets, changed as agencies and websites change them. What
must not be grouped: a true passage with an invented one about the same (NewsPolluted), with
its version that holds a planted false answer (RGB), and passages with one number, date, name,
or "not" changed here. `ALIKE` of rag.merging is chosen on the even passages; the odd ones are
held back.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path
from statistics import median
from time import process_time

from rag.merging import ALIKE, alike, near_duplicates, same
from rag.settings import PROJECT
from rag.splitting import sentences
from rag.types import Passage

DATA = PROJECT.parent / "shared" / "data"
Pair = tuple[str, str]
BRITISH = (
    (r"\b(col|fav|lab|neighb|harb|hon|behavi)or(?=s?\b|ed\b|ing\b|hood)", r"\1our"),
    (r"(?<=\w{3})iz(?=ed\b|ing\b|ations?\b|es?\b)", "is"),
    (r"\bcenter(?=s?\b)", "centre"),
    (r"\bdefense\b", "defence"),
    (r"\bprogram(?=s?\b)", "programme"),
    (r"\btravel(?=ed\b|ing\b)", "travell"),
)
OPPOSITE = {"won": "lost", "rose": "fell", "first": "last", "more": "less", "increase": "decrease"}
MONTHS = "January February March April May June July August September October November December"
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"


def main() -> None:
    """Print what each threshold costs on the even passages, then the figures of the odd ones."""
    copies, unlike = copied(), different()
    print("even passages: threshold, copies missed, different ones grouped")
    for alike_from in (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8):
        missed = [p for pairs in copies.values() for p in pairs[::2] if not _as(p, alike_from)]
        wrong = [p for pairs in unlike.values() for p in pairs[::2] if _as(p, alike_from)]
        total = [sum(len(p[::2]) for p in kinds.values()) for kinds in (copies, unlike)]
        print(f"  {alike_from:.1f}  {len(missed)} of {total[0]}  {len(wrong)} of {total[1]}")
    print(f"held-back odd passages at {ALIKE}")
    for title, kinds, right in (("missed", copies, True), ("grouped", unlike, False)):
        for name, pairs in kinds.items():
            held = pairs[1::2]
            wrong = sum(_as(pair, ALIKE) != right for pair in held)
            looks = sum(alike(*pair) >= ALIKE for pair in held)
            print(f"  {name}: {title} {wrong} of {len(held)} (alike in words: {looks})")
    _time(passages())


def passages() -> list[str]:
    """Return passages of about a hundred words from four sets."""
    news = [row["docs"][-1]["text"] for row in lines("cagb_news/NewsPolluted.jsonl")]
    wiki = [row["text"] for row in json.loads(_read("twowiki/2wikimultihopqa_corpus.json"))]
    squad = json.loads(_read("squad2/squad2_dev_8_articles.json"))["data"]
    squad = [p["context"] for article in squad for p in article["paragraphs"]]
    texts = [_cut(text) for text in (*news, *wiki[::20], *squad)]
    return [text for text in texts if len(text.split()) >= 40]


def copied() -> dict[str, list[Pair]]:
    """Return pairs of a passage and a copy of it, by how the copy was changed."""
    ways: dict[str, Callable[[str, random.Random], str]] = {
        "re-wrapped": lambda text, rng: re.sub(r" ", lambda _: rng.choice(" \n   "), text),
        "dateline added": lambda text, rng: rng.choice(DATELINES) + text,
        "dateline exchanged": lambda text, rng: DATELINES[1] + text,
        "boilerplate before": lambda text, rng: rng.choice(BOILERPLATE) + text,
        "headline joined": lambda text, rng: " ".join(text.split()[3:11]).title() + " " + text,
        "a sentence dropped": _dropped,
        "quotes and dashes changed": _requoted,
        "upper case": lambda text, rng: text.upper(),
        "British spelling": _british,
        "cut short": lambda text, rng: " ".join(text.split()[: -len(text.split()) // 5]) + " ...",
        "all of these": _everything,
    }
    found: dict[str, list[Pair]] = {}
    for name, change in ways.items():
        rng = random.Random(name)
        pairs = [(text, change(text, rng)) for text in passages()]
        if name == "dateline exchanged":
            pairs = [(DATELINES[0] + text, other) for text, other in pairs]
        found[name] = [pair for pair in pairs if pair[0] != pair[1]]
    return found


def different() -> dict[str, list[Pair]]:
    """Return pairs of passages that look alike and do not say the same, by the difference."""
    invented = [
        pair
        for row in lines("cagb_news/NewsPolluted.jsonl")
        for pair in combinations([doc["text"] for doc in row["docs"]], 2)
    ]
    planted = [
        pair
        for row in lines("rgb/en_fact_50.jsonl")
        for pair in zip(row["positive"], row["positive_wrong"], strict=False)
        if _bare(pair[0]) != _bare(pair[1])
    ]
    found = {"invented about the same": invented, "planted false answer": planted}
    ways = {"number": _renumbered, "date": _redated, "name": _renamed}
    for name, change in (ways | {"not": _negated, "opposite": _opposed}).items():
        rng = random.Random(name)
        pairs = [(text, change(text, rng)) for text in passages()]
        found[f"one {name} changed"] = [pair for pair in pairs if pair[0] != pair[1]]
    return found


DATELINES = (
    "MOSCOW, January 12. /TASS/. ",
    "SEOUL, Jan. 13 (Yonhap) -- ",
    "LONDON (Reuters) - ",
    "PYONGYANG, January 12 (KCNA) — ",
    "(AP) ",
)
BOILERPLATE = (
    "Share this article Print Photo: Reuters ",
    "LIVE UPDATES Subscribe to our newsletter.\n\n",
    "By Ann Lee, Staff Writer\n",
    "Read more: Five things to know today. ",
)


def _as(pair: Pair, alike_from: float) -> bool:
    return alike(*pair) >= alike_from and same(*pair)


def _dropped(text: str, rng: random.Random) -> str:
    spans = sentences(text)
    if len(spans) < 3:
        return text
    gone = rng.randrange(len(spans))
    return " ".join(text[s.start : s.end] for at, s in enumerate(spans) if at != gone)


def _requoted(text: str, rng: random.Random) -> str:
    for old, new in (('"', "”"), ("'", "’"), (" - ", " — "), ("-", "‐"), ("“", '"')):
        text = text.replace(old, new)
    return text


def _british(text: str, rng: random.Random) -> str:
    for american, british in BRITISH:
        text = re.sub(american, british, text)
    return text


def _everything(text: str, rng: random.Random) -> str:
    for change in (_dropped, _requoted, _british):
        text = change(text, rng)
    return rng.choice(DATELINES) + text.replace(" ", "\n ")


def _renumbered(text: str, rng: random.Random) -> str:
    found = list(re.finditer(r"\d+", text))
    if not found:
        return text
    match = rng.choice(found)
    return f"{text[: match.start()]}{int(match[0]) + rng.randint(1, 9)}{text[match.end() :]}"


def _redated(text: str, rng: random.Random) -> str:
    names = MONTHS.split() + DAYS.split()
    return _swapped(text, names, lambda old: rng.choice([n for n in names if n != old]), rng)


def _renamed(text: str, rng: random.Random) -> str:
    names = re.findall(r"(?<=[a-z,] )[A-Z][a-z]{3,}", text)
    return _swapped(text, names, lambda old: rng.choice(["Gerasimov", "Oslo", "Ilmenau"]), rng)


def _opposed(text: str, rng: random.Random) -> str:
    return _swapped(text, list(OPPOSITE), OPPOSITE.__getitem__, rng)


def _negated(text: str, rng: random.Random) -> str:
    verbs = ["is", "was", "are", "were", "has", "had", "will", "can", "did"]
    return _swapped(text, verbs, lambda old: f"{old} not", rng)


def _swapped(text: str, words: Sequence[str], new: Callable[[str], str], rng) -> str:
    found = [match for word in set(words) for match in re.finditer(rf"\b{word}\b", text)]
    if not found:
        return text
    match = rng.choice(sorted(found, key=lambda one: one.start()))
    return text[: match.start()] + new(match[0]) + text[match.end() :]


def _cut(text: str) -> str:
    """Return whole sentences of a text, up to about a hundred words."""
    kept = ""
    for span in sentences(text):
        kept = text[: span.end]
        if len(kept.split()) >= 100:
            break
    return kept


def _bare(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def _time(texts: Sequence[str]) -> None:
    """Print how long grouping takes: 100 passages of 20 stories, with four changed copies each."""
    rng = random.Random(1)
    copies = [_dropped(text, rng) if n else text for text in texts[:20] for n in range(5)]
    times = {}
    for title, chosen in (("no copies", texts[:100]), ("five of each", copies)):
        given = [Passage(n, str(n), 0, len(t), t) for n, t in enumerate(chosen)]
        times[title] = sorted(_once(given) for _ in range(21))
    for title, taken in times.items():
        print(f"100 passages, {title}: {median(taken):.1f} ms, best {taken[0]:.1f} (CPU time)")


def _once(given: Sequence[Passage]) -> float:
    start = process_time()
    near_duplicates(given)
    return (process_time() - start) * 1000


def lines(name: str) -> list[dict]:
    """Return the objects of a JSON Lines file of the public data."""
    return [json.loads(line) for line in _read(name).splitlines()]


def _read(name: str) -> str:
    return Path(DATA / name).read_text(encoding="utf-8")


if __name__ == "__main__":
    main()
