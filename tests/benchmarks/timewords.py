"""How often time words propose a filter, and whether the documents that answer are left.

    python -m tests.benchmarks.timewords ../shared/data/multihop_rag_500/multihoprag_500.jsonl

In: questions with their evidence and its dates. Out: counts for each half of the file: the
words that keep a question from proposing were chosen on the first half.
"""

from __future__ import annotations

import json
import sys
from datetime import date, timedelta
from pathlib import Path

from rag.timewords import Proposal, proposed


def main(file: str) -> None:
    """Print one line for each half of the questions."""
    rows = [json.loads(line) for line in Path(file).read_text(encoding="utf-8").splitlines()]
    today = max(day for row in rows for day in _days(row)) + timedelta(1)
    half = len(rows) // 2
    for name, part in (("first half", rows[:half]), ("held-back half", rows[half:])):
        fired = [(row, found) for row in part if (found := proposed(row["query"], today))]
        gold = [_days(row) for row, _ in fired]
        whole = sum(
            all(_lets_through(found, day) for day in days)
            for (_, found), days in zip(fired, gold, strict=True)
        )
        kept = sum(_lets_through(found, day) for row, found in fired for day in _days(row))
        print(
            f"{name}: {len(part)} questions, {len(fired)} propose; all documents left for {whole}, "
            f"{kept} of {sum(map(len, gold))} documents left"
        )


def _days(row: dict) -> list[date]:
    return [date.fromisoformat(item["published_at"][:10]) for item in row["evidence_list"]]


def _lets_through(proposal: Proposal, day: date) -> bool:
    after, before = proposal.filters.after, proposal.filters.before
    return (after is None or after <= day) and (before is None or day <= before)


if __name__ == "__main__":
    main(sys.argv[1])
