"""Measures whether the gate tells a worse setting from an irrelevant change.

    rag eval run tests/testsets/seeds.jsonl --out RUNS/base
    RAG_EVIDENCE_TOKENS=60 rag eval run tests/testsets/seeds.jsonl --out RUNS/worse
    RAG_THREADS=1 rag eval run tests/testsets/seeds.jsonl --out RUNS/same
    python -m tests.benchmarks.gating RUNS/base RUNS/worse RUNS/same

Ten repetitions, each over another random half of the cases: with whole runs the answers
would be the same ten times, as the program is deterministic.
"""

from __future__ import annotations

import random
import sys
from dataclasses import replace
from pathlib import Path

from rag.evaluating.comparing import Side, compare, side
from rag.evaluating.gating import worse
from rag.evaluating.keeping import load

REPETITIONS = 10


def half(one: Side, seed: int) -> Side:
    """Return a run's outcome over half of its cases, the same half for every run."""
    names = sorted(one.cases)
    kept = random.Random(seed).sample(names, len(names) // 2)
    return replace(one, cases={name: one.cases[name] for name in kept})


def main(base: str, *others: str) -> None:
    """Print for each other run how often the gate stopped it, and the first reason."""
    before = side(load(Path(base)))
    for name in others:
        after = side(load(Path(name)))
        reasons = [
            worse(compare(half(before, seed), half(after, seed)), alpha=0.05)
            for seed in range(REPETITIONS)
        ]
        stopped = sum(map(bool, reasons))
        print(f"{after.name}: stopped {stopped} of {REPETITIONS} times")
        whole = compare(before, after)
        print(f"  whole: {worse(whole, alpha=0.05)[:1] or 'passes'}, {len(whole.flips)} flips")


if __name__ == "__main__":
    main(*sys.argv[1:])
