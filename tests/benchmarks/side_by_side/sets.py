"""The sets that all systems are asked: questions, and the documents they are asked over.

In: the folder of public data. Out: test sets, each question with its relevant documents.
Knows nothing about systems.
"""

from __future__ import annotations

import json
from pathlib import Path

from rag.evaluating import testsets
from rag.evaluating.records import Case, Source, TestSet
from rag.evaluating.sampling import sample

QUESTIONS = {"scifact": 100, "2wiki": 101, "xquad": 100}
"""The sets, and how many questions of each are asked: the same ones every time."""
_FILES = {"scifact": "scifact_beir", "2wiki": "twowiki", "xquad": "xquad/xquad.en.json"}


def read(name: str, data: Path) -> TestSet:
    """Return a set with all its questions and documents; raises InputError when it is not there."""
    path = data / _FILES[name]
    return _two_wiki(path) if name == "2wiki" else testsets.read(path)


def asked(test_set: TestSet, name: str, size: int | None) -> tuple[Case, ...]:
    """Return the questions that are asked: as many as `QUESTIONS` says, or `size` of them."""
    return sample(test_set.cases, size or QUESTIONS[name])


def _two_wiki(folder: Path) -> TestSet:
    """Return 2WikiMultihopQA: a document for each passage, named by its title, which is unique."""
    corpus = json.loads((folder / "2wikimultihopqa_corpus.json").read_text(encoding="utf-8"))
    lines = (folder / "questions_101_gold_titles.jsonl").read_text(encoding="utf-8").splitlines()
    cases = tuple(
        Case(case_id=str(row["id"]), question=row["question"], documents=tuple(row["gold_titles"]))
        for row in map(json.loads, lines)
    )
    sources = tuple(
        Source(row["title"], f"{row['title']}\n\n{row['text']}", row["title"]) for row in corpus
    )
    return TestSet("2wiki", "2wiki", "", cases, sources)
