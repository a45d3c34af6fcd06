"""Questions over passages that differ, and over passages that do not, for `differing`.

In: the public sets in shared/data. Out: cases. Knows nothing about models.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil

from rag.citing import overlap
from rag.settings import PROJECT
from rag.types import Document, Evidence, Fact, Span

DATA = PROJECT.parent / "shared" / "data"
PASSAGES = 5


@dataclass(frozen=True, slots=True)
class Case:
    """A question over numbered passages; `true` and `false` are the ways to spell each answer.

    `line` is the place in the set's file, from 0: even lines are for tuning. Where nothing is
    planted, `false` is empty.
    """

    question: str
    evidence: tuple[Evidence, ...]
    line: int
    true: tuple[str, ...] = ()
    false: tuple[str, ...] = ()


def as_evidence(texts: Sequence[str], days: Sequence[str | None] = ()) -> tuple[Evidence, ...]:
    """Return passages as numbered evidence, each the whole of a document of its own."""
    dated = list(days) + [None] * (len(texts) - len(days))
    return tuple(
        Evidence(number, _document(f"d{number}", text, day), 0, len(text))
        for number, (text, day) in enumerate(zip(texts, dated, strict=True), 1)
    )


def _document(name: str, text: str, day: str | None) -> Document:
    published = Fact(day, day, "given") if day else None
    return Document(name, name, text, (Span(0, len(text)),), published=published)


def _rows(path: str) -> Iterator[tuple[int, dict]]:
    with (DATA / path).open(encoding="utf-8") as lines:
        for line, text in enumerate(lines):
            yield line, json.loads(text)


def _spellings(answer) -> tuple[str, ...]:
    if isinstance(answer, list):
        return tuple(spelling for one in answer for spelling in _spellings(one))
    return (str(answer),)


def fact(*, true: int = 2, false: int = 3, noise: int = 0) -> Iterator[Case]:
    """Yield RGB questions over true passages and passages with a planted answer.

    A true passage and the same one changed stand together only where there are too few.
    """
    for line, row in _rows("rgb/en_fact_50.jsonl"):
        chance = random.Random(line)
        order = list(range(len(row["positive"])))
        chance.shuffle(order)
        most = len(order)
        kept = order[: min(true, max(1, most // 2) if false else most)]
        rest = [at for at in order if at not in kept] or order
        texts = [row["positive"][at] for at in kept]
        texts += [row["positive_wrong"][at] for at in rest[:false]]
        texts += chance.sample(row["negative"], min(noise, len(row["negative"])))
        chance.shuffle(texts)
        planted = (row["fakeanswer"],) if false else ()
        yield Case(row["query"], as_evidence(texts), line, _spellings(row["answer"]), planted)


def polluted(*, only_false: bool = False) -> Iterator[Case]:
    """Yield news questions over three invented passages and, unless `only_false`, the true one."""
    for line, row in _rows("cagb_news/NewsPolluted.jsonl"):
        texts = [document["text"] for document in row["docs"]]
        invented = " ".join(texts[:3]).casefold()
        counted = [(invented.count(one.casefold()), one) for one in row["choices"]]
        planted = [one for count, one in sorted(counted, reverse=True) if one != row["answer"]]
        if only_false:
            yield Case(row["question"], as_evidence(texts[:3]), line)
            continue
        random.Random(line).shuffle(texts)
        yield Case(row["question"], as_evidence(texts), line, (row["answer"],), tuple(planted))


def temporal(*, most: int = 6) -> Iterator[Case]:
    """Yield questions over dated passages, some of them outdated."""
    for line, row in _rows("cagb_news/EvoTemp.jsonl"):
        kept = row["docs"][:most]
        days = [_iso(document["date"]) for document in kept]
        evidence = as_evidence([document["text"] for document in kept], days)
        yield Case(row["question"], evidence, line, _spellings(row["answers"]))


def _iso(day: object) -> str | None:
    """Return "2023/11/16" as an ISO 8601 date; an unknown one is None or not a number there."""
    return day.replace("/", "-") if isinstance(day, str) and len(day) == 10 else None


def rgb(noise: float) -> Iterator[Case]:
    """Yield RGB questions over true passages and a share of passages that miss the answer."""
    for line, row in _rows("rgb/rgb_en_150.jsonl"):
        chance = random.Random(line)
        wrong = min(ceil(PASSAGES * noise), len(row["negative"]))
        texts = chance.sample(row["negative"], wrong)
        right = min(PASSAGES - wrong, len(row["positive"]))
        texts += chance.sample(row["positive"], right)
        chance.shuffle(texts)
        yield Case(row["query"], as_evidence(texts), line, _spellings(row["answer"]))


def squad(*, every: int = 14) -> Iterator[Case]:
    """Yield SQuAD 2.0 questions over their paragraph and the article's four nearest others."""
    text = (DATA / "squad2" / "squad2_dev_8_articles.json").read_text(encoding="utf-8")
    asked = [
        (
            question["question"],
            one["context"],
            [other["context"] for other in article["paragraphs"]],
        )
        for article in json.loads(text)["data"]
        for one in article["paragraphs"]
        for question in one["qas"]
    ]
    for line, (question, own, all_) in enumerate(asked[::every]):
        yield Case(question, as_evidence(_nearest(question, own, all_)), line)


def clapnq() -> Iterator[Case]:
    """Yield CLAPNQ questions over their passage and the four nearest of other questions."""
    for name in ("answerable", "unanswerable"):
        rows = list(_rows(f"clapnq/{name}_150.jsonl"))
        texts = [row["passages"][0]["text"] for _, row in rows]
        for (line, row), own in zip(rows, texts, strict=True):
            yield Case(row["input"], as_evidence(_nearest(row["input"], own, texts)), line)


def _nearest(question: str, own: str, texts: Sequence[str]) -> list[str]:
    others = sorted({text for text in texts if text != own})
    others.sort(key=lambda text: -overlap(question, text))
    return [own, *others[: PASSAGES - 1]]
