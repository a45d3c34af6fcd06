"""How many planted faults the exact checks find, and how often they cry wolf.

    python -m tests.benchmarks.faults [RUN …] [--show KIND] [--each N]

RUN are folders of evaluation runs whose answers are used beside CLAPNQ, MTRAG and WiCE. A
fault is found when a check conflicts, when a name, number, date, quotation or denial is absent, or
when coverage stays under a threshold; the thresholds are fitted on the tuning half (even
lines), with at most 1 % more false alarms. `--show` prints what went wrong there.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.checking import Coverage, Finding, Source, coverage, findings
from tests.benchmarks.faults.making import KINDS
from tests.benchmarks.faults.statements import Item, items

_TELLING = ("name", "number", "date", "quotation", "negation")


@dataclass(frozen=True, slots=True)
class Outcome:
    """A statement after the checks; `kind` is the fault planted in it, "" for none."""

    kind: str
    item: Item
    found: tuple[Finding, ...]
    covered: Coverage

    @property
    def alarms(self) -> tuple[Finding, ...]:
        """The findings that speak against the statement."""
        return tuple(
            one
            for one in self.found
            if one.outcome == "conflicts" or (one.outcome == "absent" and one.kind in _TELLING)
        )


def main() -> None:
    """Print detection of each kind and false alarms, for both halves."""
    asked = _arguments()
    whole = items(asked.runs)
    started = time.perf_counter()
    seen = [_checked("", item) for item in whole]
    spent = time.perf_counter() - started
    print(f"{len(whole)} statements, {1000 * spent / len(whole):.2f} ms each")
    for kind, make in KINDS.items():
        made = [make(item, whole, random.Random(kind + item.statement)) for item in whole]
        faulty = [item for item in made if item]
        for half in ("tuning", "held back"):
            drawn = [item for item in faulty if item.half == half]
            random.Random(kind).shuffle(drawn)
            seen += [_checked(kind, item) for item in drawn[: asked.each]]
    threshold = fitted([one for one in seen if one.item.half == "tuning"])
    print(f"coverage threshold {threshold:.2f}")
    for half in ("tuning", "held back"):
        report(half, [one for one in seen if one.item.half == half], threshold)
    if asked.show is not None:
        show([one for one in seen if one.item.half == "tuning"], asked.show, threshold)


def detected(outcome: Outcome, threshold: float) -> bool:
    """Say whether the checks speak against a statement."""
    return bool(outcome.alarms) or outcome.covered.text < threshold


def fitted(seen: Sequence[Outcome]) -> float:
    """Return the highest coverage threshold that adds at most 1 % false alarms."""
    quiet = [one for one in seen if not one.kind and not one.alarms]
    shares = sorted(one.covered.text for one in quiet)
    return min(0.8, shares[int(0.01 * len(shares))])


def report(half: str, seen: Sequence[Outcome], threshold: float) -> None:
    """Print one half's figures."""
    print(f"\n{half}")
    faulty = [one for one in seen if one.kind]
    for kind in (*KINDS, None):
        of_kind = [one for one in faulty if kind in (one.kind, None)]
        hits = sum(detected(one, threshold) for one in of_kind)
        checks = sum(bool(one.alarms) for one in of_kind)
        name = kind or "all kinds"
        print(
            f"  {name:18} {len(of_kind):5}  detected {_share(hits, of_kind)}"
            f"  by findings {_share(checks, of_kind)}"
        )
    for origin in ("CLAPNQ", "MTRAG", "WiCE", "news", "own answers", None):
        quiet = [one for one in seen if not one.kind and origin in (one.item.origin, None)]
        alarms = sum(detected(one, threshold) for one in quiet)
        hits = [one for one in faulty if origin in (one.item.origin, None)]
        found = sum(detected(one, threshold) for one in hits)
        name = origin or "all"
        print(
            f"  {name:18} {len(quiet):5}  false alarms {_share(alarms, quiet)}"
            f"  detected {_share(found, hits)}"
        )
    causes = Counter(
        f"{a.kind} {a.outcome}" for one in seen if not one.kind for a in one.alarms[:1]
    )
    print("  false alarms by", dict(causes))


def show(seen: Sequence[Outcome], kind: str, threshold: float) -> None:
    """Print the misses of one kind, or with "" the false alarms."""
    for one in seen:
        if one.kind == kind and detected(one, threshold) == (kind == ""):
            print(f"\n- [{one.item.origin}] {one.item.statement}\n  < {one.item.text}")
            for alarm in one.alarms:
                print(f"  ! {alarm.kind} {alarm.outcome} {alarm.words!r}: {alarm.reason}")
            print(f"  coverage {one.covered.text:.2f}")


def _checked(kind: str, item: Item) -> Outcome:
    source = Source(item.text, item.context, item.heading, item.published)
    return Outcome(kind, item, findings(item.statement, source), coverage(item.statement, source))


def _share(part: int, whole: Sequence) -> str:
    return f"{part / len(whole):6.1%}" if whole else "     –"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("runs", nargs="*", type=Path)
    parser.add_argument("--show", choices=["", *KINDS])
    parser.add_argument("--each", type=int, default=150, help="faults of each kind and half")
    return parser.parse_args()


if __name__ == "__main__":
    main()
