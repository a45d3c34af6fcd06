"""How often disagreement is shown where there is some, and where there is none.

    python -m tests.benchmarks.differing [even|odd] [--fit]

The sets are those of `differing_sets`. Even lines are for tuning, odd ones held back. Planted:
"strict" counts questions where the accounts hold the true and the planted value, "loose" those
with incompatible values one of which is either, "shown" all. Elsewhere "shown" are false alarms.
`--fit` prints weights for `comparing`, by logistic regression on pairs of values: 1 for the
true value and the planted one, 0 for pairs where nothing is planted; others are left out.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np

from rag.assembling import Models
from rag.citing import Score, squashed
from rag.differing import disagreements
from rag.differing.asking import wanted
from rag.differing.comparing import Rivals, Signs, rivals
from rag.differing.picking import picks
from rag.keywords import fold
from rag.settings import Settings
from tests.benchmarks import differing_sets as sets
from tests.benchmarks.differing_sets import Case

PLANTED = {
    "RGB fact, 2 true and 3 false": lambda: sets.fact(),
    "RGB fact, 1 true, 2 false, 2 noise": lambda: sets.fact(true=1, false=2, noise=2),
    "NewsPolluted": lambda: sets.polluted(),
}
AGREEING = {
    "RGB fact, true ones only": lambda: sets.fact(true=5, false=0),
    "NewsPolluted, invented ones only": lambda: sets.polluted(only_false=True),
    "RGB, noise 0": lambda: sets.rgb(0),
    "RGB, noise .4": lambda: sets.rgb(0.4),
    "RGB, noise .8": lambda: sets.rgb(0.8),
    "SQuAD paragraphs": lambda: sets.squad(),
    "CLAPNQ passages": lambda: sets.clapnq(),
}
DATED = {"EvoTemp, dated": lambda: sets.temporal()}


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether a disagreement was shown, and whether it held the values that matter."""

    shown: bool
    loose: bool
    strict: bool


def main() -> None:
    """Print the figures, or the fitted weights."""
    half = 0 if "even" in sys.argv else 1
    reranker = Models(Settings.from_environment()).reranker

    def score(question: str, texts: Iterable[str]) -> list[float]:
        return squashed(reranker.score(question, list(texts)))

    if "--fit" in sys.argv:
        print_fit(score)
        return
    for name, cases in (PLANTED | AGREEING | DATED).items():
        outcomes = [outcome(case, score) for case in cases() if case.line % 2 == half]
        told = ("shown", "loose", "strict") if name in PLANTED else ("shown",)
        shares = (f"{kind} {share(outcomes, kind):5.1%}" for kind in told)
        print(f"{name:36} {len(outcomes):4} questions: {', '.join(shares)}", flush=True)


def share(outcomes: list[Outcome], kind: str) -> float:
    """Return the share, 0…1, of the outcomes of a kind."""
    return sum(getattr(one, kind) for one in outcomes) / max(1, len(outcomes))


def outcome(case: Case, score: Score) -> Outcome:
    """Return what is shown for a case."""
    found = disagreements(case.question, case.evidence, score)
    words = [account.value for one in found for account in one.accounts]
    true = {word for word in words if says(word, case.true)}
    false = {word for word in words if says(word, case.false[:1])} - true
    return Outcome(bool(found), bool(true or false), bool(true and false))


def says(words: str, answers: Iterable[str]) -> bool:
    """Say whether a value holds an answer, or is held by it."""
    one = _plain(words)
    others = (_plain(answer) for answer in answers)
    return any(f" {one} " in f" {other} " or f" {other} " in f" {one} " for other in others)


def _plain(words: str) -> str:
    return " ".join(re.findall(r"\w+", fold(words)))


def print_fit(score: Score) -> None:
    """Print weights for `comparing`, fitted on the even lines."""
    planted = chain.from_iterable(cases() for cases in PLANTED.values())
    agreeing = chain.from_iterable(cases() for cases in AGREEING.values())
    rows, right = [], []
    for case in chain(planted, agreeing):
        if case.line % 2 == 0:
            for pair, label in _labelled(case, score):
                rows.append(pair.signs)
                right.append(label)
    weights = logistic(np.array(rows, float), np.array(right, float))
    print(len(rows), "pairs,", int(sum(right)), "of a true value and a planted one")
    print(Signs(*np.round(weights[:-1], 2)), "bias", round(weights[-1], 2))


def _labelled(case: Case, score: Score) -> Iterator[tuple[Rivals, bool]]:
    want = wanted(case.question)
    for pair in rivals(want, picks(want, case.question, case.evidence, score), case.evidence):
        words = (pair.one.words, pair.other.words)
        true = [says(one, case.true) for one in words]
        false = [says(one, case.false[:1]) for one in words]
        opposed = (true[0] and false[1]) or (true[1] and false[0])
        if not case.false or opposed or not any(true + false):
            yield pair, bool(case.false) and opposed


def logistic(rows: np.ndarray, right: np.ndarray, *, ridge: float = 1.0) -> np.ndarray:
    """Return the weights of a logistic regression, the bias last, by Newton's method."""
    wide = np.c_[rows, np.ones(len(rows))]
    penalty = ridge * np.eye(wide.shape[1])
    penalty[-1, -1] = 1e-9
    weights = np.zeros(wide.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-wide @ weights))
        slope = wide.T @ (p - right) + penalty @ weights
        weights -= np.linalg.solve((wide * (p * (1 - p))[:, None]).T @ wide + penalty, slope)
    return weights


if __name__ == "__main__":
    main()
