"""Reads RGB: questions on news, each with passages that hold the answer and some that do not.

In: objects with query, answer, positive, negative. Out: a case for each question; every
passage is a document. All of the answer's outer list are needed, of an inner list one, as
in RGB's own evaluation. `positive_wrong`, passages with a planted false answer, are left
out, so that a corpus of all passages holds no lies. Knows nothing about other formats.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path

from rag.errors import UsageError
from rag.evaluating.records import Case, Source, TestSet
from rag.evaluating.testsets.contents import Contents, Corpus
from rag.evaluating.testsets.fields import Fields, identifiers
from rag.evaluating.testsets.files import Files

KIND = "rgb"
DESCRIPTION = "RGB: JSON lines with query, answer, positive, negative"


def fits(sample: Mapping) -> bool:
    """Whether an object looks like a question of RGB."""
    return "query" in sample and ("positive" in sample or "negative" in sample)


def read(files: Files, path: Path) -> Contents:
    """Return the questions and passages of a file."""
    rows = files.records(path)
    corpus = Corpus()
    cases = [_case(row, name, corpus) for row, name in zip(rows, identifiers(rows), strict=True)]
    return Contents(tuple(cases), corpus.sources)


def with_noise(test_set: TestSet, noise: float, *, passages: int = 5, seed: int) -> TestSet:
    """Return the set with `passages` for each case, a share `noise` of them without the answer.

    The rule is RGB's: ceil(passages × noise) negatives, the first of their list; where one
    list is too short, the other fills up; then the order is shuffled. With noise 1 there
    is no answer to be found. Raises UsageError for a noise outside 0…1.
    """
    if not 0 <= noise <= 1:
        raise UsageError(f"Noise is a share between 0 and 1, not {noise}.")
    mixed = []
    for case in test_set.cases:
        chance = random.Random(f"{seed} {case.case_id}")
        mixed.append(_mixed(case, noise, passages, chance))
    return replace(test_set, cases=tuple(mixed))


def _mixed(case: Case, noise: float, passages: int, chance: random.Random) -> Case:
    good = case.documents
    bad = [name for name in case.own if name not in good]
    negatives = math.ceil(passages * noise)
    if noise < 1:
        negatives = min(negatives, len(bad))
        negatives = max(negatives, passages - len(good))
    kept = good[: passages - negatives]
    own = [*kept, *bad[:negatives]]
    chance.shuffle(own)
    case = replace(case, own=tuple(own), documents=kept)
    return case if kept else replace(case, answers=(), quotes=(), answerable=False)


def _case(row: Fields, name: str, corpus: Corpus) -> Case:
    if not row.has("positive"):
        row.note('"positive" is missing', 'Add "positive": ["a passage with the answer"].')
    good = [corpus.add(one) for one in _sources(row, name, "positive")]
    bad = [corpus.add(one) for one in _sources(row, name, "negative")]
    return Case(
        case_id=name,
        question=row.question("query"),
        answers=_answers(row),
        documents=tuple(dict.fromkeys(good)),
        own=tuple(dict.fromkeys(good + bad)),
        line=row.place.line,
    )


def _sources(row: Fields, name: str, key: str) -> list[Source]:
    texts = _flat(row, key).texts(key)
    return [Source(f"{name}/{key}/{n}", text) for n, text in enumerate(texts)]


def _flat(row: Fields, key: str) -> Fields:
    """Return a row whose passages are one list without blank ones.

    Inner lists hold the passages for one part of the answer each: first the first of each.
    """
    value = row.values.get(key)
    if not isinstance(value, list):
        return row
    if all(isinstance(one, list) for one in value):
        value = [one for rank in zip_longest(*value) for one in rank if one is not None]
    return replace(row, values={key: [one for one in value if not _is_blank(one)]})


def _is_blank(passage: object) -> bool:
    return isinstance(passage, str) and not passage.strip()


def _answers(row: Fields) -> tuple[tuple[str, ...], ...]:
    value = row.values.get("answer")
    if not value:
        row.note('"answer" is missing', 'Add "answer": [["one form", "another form"]].')
    outer = value if isinstance(value, list) else [value]
    inner = [one if isinstance(one, list) else [one] for one in outer]
    return replace(row, values={"answer": inner}).groups("answer") if value else ()
