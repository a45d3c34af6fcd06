"""How well questions about several things are taken apart.

    python -m tests.benchmarks.parting [--odd]

2Wiki questions that name two gold titles: the share of which each part names exactly one.
Then the questions of sets that ask for one thing: the share that is taken apart. Rules were
written on the even ids; `--odd` measures on the others.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from rag.parting import parts
from rag.settings import PROJECT

DATA = PROJECT.parent / "shared" / "data"


def main(odd: bool, *, show: bool = False) -> None:
    """Print the shares, and with `show` the questions that went wrong."""
    rows = [row for row in lines(DATA / "twowiki/questions_101_gold_titles.jsonl")]
    rows = [row for row in rows if int(row["id"]) % 2 == odd]
    several = [row for row in rows if len(named(row)) > 1]
    right = [row for row in several if one_each(row)]
    split = [row for row in rows if len(named(row)) < 2 and parts(row["question"])]
    print(f"2Wiki: {len(right)} of {len(several)} comparisons, each part one gold title")
    print(f"  of the other {len(rows) - len(several)} questions {len(split)} taken apart")
    wrong = [row["question"] for row in several if row not in right]
    _show(wrong + [row["question"] for row in split], show)
    for name, questions in others(odd).items():
        split = [question for question in questions if parts(question)]
        share = len(split) / len(questions)
        print(f"{name}: {len(split)} of {len(questions)} taken apart ({share:.1%})")
        _show(split, show)


def named(row: dict) -> list[str]:
    """Return the gold titles that the question names."""
    asked = row["question"].casefold()
    return [title for title in row["gold_titles"] if title.casefold() in asked]


def one_each(row: dict) -> bool:
    """Say whether each part names exactly one gold title, and each title has its part."""
    found = [
        [title for title in named(row) if title.casefold() in part.casefold()]
        for part in parts(row["question"])
    ]
    return sorted(chain.from_iterable(found)) == sorted(named(row)) and all(
        len(one) == 1 for one in found
    )


def others(odd: bool) -> dict[str, list[str]]:
    """Return the questions of the other sets, half of each."""
    squad = json.loads((DATA / "squad2/squad2_dev_8_articles.json").read_text(encoding="utf-8"))
    every = {
        "SQuAD 2.0": [
            case["question"]
            for article in squad["data"]
            for paragraph in article["paragraphs"]
            for case in paragraph["qas"]
        ],
        "CLAPNQ": [
            row["input"]
            for name in ("answerable_150", "unanswerable_150")
            for row in lines(DATA / f"clapnq/{name}.jsonl")
        ],
    }
    for row in lines(DATA / "multihop_rag_500/multihoprag_500.jsonl"):
        every.setdefault(f"MultiHop-RAG {row['question_type']}", []).append(row["query"])
    return {name: questions[odd::2] for name, questions in every.items()}


def lines(path: Path) -> Iterator[dict]:
    """Yield the objects of a JSON Lines file."""
    for line in path.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def _show(questions: list[str], show: bool) -> None:
    for question in questions if show else ():
        print("   ", question, *parts(question), sep="\n        ")


if __name__ == "__main__":
    main("--odd" in sys.argv, show="--show" in sys.argv)
