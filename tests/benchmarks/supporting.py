"""Fits and measures the decision whether sources support a statement.

    python -m tests.benchmarks.supporting          # prints figures and `support.json`

WiCE dev: claims over the article that they cite, of which the sentences are taken that carry
them as the program does it; supported against the rest. Its oracle chunks: the same claims over
short evidence, the best of a claim's chunks counting, as WiCE itself measures. Faults: untouched
statements of real answers, and the same with a fault planted (tests/benchmarks/faults). Even lines
are for fitting, odd ones held back. Logits of the cross-encoder are kept in --cache.
"""

from __future__ import annotations

import argparse
import json
import pickle
import random
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, roc_auc_score
from tqdm import tqdm

from rag.assembling import Models
from rag.checking import Coverage, Source, coverage
from rag.citing import Sources, overlap, squashed
from rag.settings import PROJECT, Settings
from rag.types import Citation, Document, Evidence, Span
from rag.verifying import supporting
from tests.benchmarks.faults.making import KINDS
from tests.benchmarks.faults.statements import items

WICE = PROJECT.parent / "shared" / "data" / "wice"
_TITLE = "(meta data) TITLE: "
LIKELY = 24
"""Sentences of an article, those that share most words with a claim, that are scored."""
PASSAGE = 4  # sentences on each side of a likely one that are its context
EACH = 60  # faults of each kind and half
ALARMS = 0.05
"""Share of untouched statements that may be doubted: the bound the project set itself."""


@dataclass(frozen=True, slots=True)
class Example:
    """A statement over its source, and whether it is supported there."""

    name: str
    tuning: bool
    supported: bool
    covered: Coverage
    likeness: float


class Scorer:
    """A cross-encoder's logits, kept in a file."""

    def __init__(self, cache: Path | None):
        self._reranker = Models(Settings.from_environment()).reranker
        self._cache = cache
        self._known: dict = pickle.loads(cache.read_bytes()) if cache and cache.exists() else {}

    def __call__(self, statement: str, texts: Sequence[str]) -> list[float]:
        """Return a logit for each text."""
        missing = [text for text in dict.fromkeys(texts) if (statement, text) not in self._known]
        for text, logit in zip(missing, self._reranker.score(statement, missing), strict=True):
            self._known[statement, text] = float(logit)
        return [self._known[statement, text] for text in texts]

    def keep(self) -> None:
        """Write what is known to the file."""
        if self._cache:
            self._cache.write_bytes(pickle.dumps(self._known))


def main() -> None:
    """Print figures for both halves, and what belongs into `support.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--runs", type=Path, nargs="*", default=[])
    asked = parser.parse_args()
    score = Scorer(asked.cache)
    examples = [*wice(score), *faults(score, asked.runs)]
    short = chunks(score)
    score.keep()
    names_alone(asked.runs)
    kept = fit([one for one in examples if one.tuning])
    for half, tuning in (("fitted on", True), ("held back", False)):
        report(half, [one for one in examples if one.tuning == tuning], kept)
        report_chunks(half, [of for of in short if of[0].tuning == tuning], kept)
    print(json.dumps(kept, indent=2))


def names_alone(runs: Sequence[Path]) -> None:
    """Print how many untouched statements share no word but names and figures with their source."""
    for half in ("tuning", "held back"):
        some = [one for one in items(runs) if one.half == half]
        told = [
            coverage(one.statement, Source(one.text, one.context, one.heading, one.published)).told
            for one in some
        ]
        print(f"{half}: {told.count(0)} of {len(told)} untouched statements share names alone")


def wice(score: Scorer) -> list[Example]:
    """Return the claims of WiCE dev."""
    rows = _rows("claim_dev.jsonl")
    return [_claim(number, row, score) for number, row in enumerate(tqdm(rows, "WiCE"))]


def chunks(score: Scorer) -> list[list[Example]]:
    """Return for each claim of WiCE dev an example over each of its chunks."""
    numbers = {row["claim"]: number for number, row in enumerate(_rows("claim_dev.jsonl"))}
    by_claim: dict[str, list[dict]] = {}
    for row in _rows("oracle_chunks_claim_dev.jsonl"):
        by_claim.setdefault(row["claim"], []).append(row)
    return [
        [_claim(numbers[claim], row, score) for row in rows]
        for claim, rows in tqdm(by_claim.items(), "WiCE, oracle chunks")
    ]


def _rows(name: str) -> list[dict]:
    return [json.loads(line) for line in (WICE / name).read_text(encoding="utf-8").splitlines()]


def _claim(number: int, row: dict, score: Scorer) -> Example:
    claim = row["claim"]
    lines = [" ".join(line.split()) for line in row["evidence"]]
    likely = sorted(range(len(lines)), key=lambda at: -overlap(claim, lines[at]))[:LIKELY]
    text = "\n".join(lines[at] for at in sorted(likely))
    document = Document(str(number), "", text, (Span(0, len(text)),))
    evidence = Evidence(1, document, 0, len(text))
    sources = Sources([evidence], lambda s, texts: squashed(score(s, texts)))
    cited = sources.grounds(claim, (1,))
    title = next((line.removeprefix(_TITLE) for line in lines if line.startswith(_TITLE)), "")
    return _example(
        "WiCE", number % 2 == 0, row["label"] == "supported", claim, cited, title, score
    )


def _example(
    name: str,
    tuning: bool,
    supported: bool,
    claim: str,
    cited: Sequence[Citation],
    heading: str,
    score: Scorer,
) -> Example:
    texts = [citation.quote for citation in cited]
    source = Source("\n".join(texts), "", heading)
    likeness = max(score(claim, texts), default=-12.0)
    return Example(name, tuning, supported, coverage(claim, source), likeness)


def faults(score: Scorer, runs: Sequence[Path]) -> list[Example]:
    """Return untouched statements of real answers, and some with a fault planted."""
    whole = items(runs)
    made = [("untouched", item) for item in whole]
    for kind, make in KINDS.items():
        faulty = [make(item, whole, random.Random(kind + item.statement)) for item in whole]
        for half in ("tuning", "held back"):
            drawn = [item for item in faulty if item and item.half == half]
            random.Random(kind).shuffle(drawn)
            made += [(kind, item) for item in drawn[:EACH]]
    return [
        Example(
            kind,
            item.half == "tuning",
            kind == "untouched",
            coverage(item.statement, Source(item.text, item.context, item.heading, item.published)),
            max(score(item.statement, [item.text])),
        )
        for kind, item in tqdm(made, "faults")
    ]


def fit(examples: Sequence[Example]) -> dict:
    """Return weights and thresholds fitted on examples; each set has the same weight."""
    x, y = _signs(examples), np.array([one.supported for one in examples])
    claims = np.array([one.name == "WiCE" for one in examples])
    weight = np.where(claims, 1 / claims.sum(), 1 / (~claims).sum()) * len(examples) / 2
    model = LogisticRegression(C=1.0, class_weight="balanced").fit(x, y, sample_weight=weight)
    kept = {
        "signs": list(supporting.Signs.__dataclass_fields__),
        "weights": [round(float(w), 3) for w in model.coef_[0]],
        "bias": round(float(model.intercept_[0]), 3),
    }
    p = _probabilities(examples, kept)
    untouched = np.array([one.name == "untouched" for one in examples])
    calm = untouched & np.array([not _against(one.covered) for one in examples])
    supported = float(np.quantile(p[calm], 0.01))
    thresholds = [t for t in np.unique(p[claims]) if t > 0]
    best = max(thresholds, key=lambda t: balanced_accuracy_score(y[claims], p[claims] >= t))
    kept["supported"] = round(max(supported, 0.05), 4)
    kept["partly"] = round(kept["supported"] / 2, 4)
    return kept | {"best_on_wice": round(float(best), 4)}


def report(half: str, examples: Sequence[Example], kept: dict) -> None:
    """Print the figures of one half."""
    p = _probabilities(examples, kept)
    doubted = np.array([_against(one.covered) for one in examples]) | (p < kept["supported"])
    names = np.array([one.name for one in examples])
    y = np.array([one.supported for one in examples])
    claims = names == "WiCE"
    print(f"\n{half}: WiCE {claims.sum()} claims, AUROC {roc_auc_score(y[claims], p[claims]):.3f}")
    for title, at in (("verdict", kept["supported"]), ("best threshold", kept["best_on_wice"])):
        accuracy = balanced_accuracy_score(y[claims], p[claims] >= at)
        print(f"  balanced accuracy {accuracy:.3f} at {at} ({title})")
    _calibration(p[claims], y[claims])
    alone = {
        sign: roc_auc_score(y[claims], column[claims])
        for sign, column in zip(kept["signs"], _signs(examples).T, strict=True)
    }
    print("  alone: " + ", ".join(f"{sign} {value:.2f}" for sign, value in alone.items()))
    false = doubted[names == "untouched"]
    print(f"  false alarms {false.mean():.3f} of {len(false)} untouched statements")
    for kind in (*KINDS, None):
        of_kind = ~claims & ~y if kind is None else names == kind
        print(f"  detected {doubted[of_kind].mean():.3f} of {of_kind.sum()} {kind or 'faults'}")


def report_chunks(half: str, claims: Sequence[Sequence[Example]], kept: dict) -> None:
    """Print the figures over oracle chunks: a claim is as supported as by its best chunk."""
    p = np.array([max(_probabilities(of, kept)) for of in claims])
    y = np.array([of[0].supported for of in claims])
    accuracy = balanced_accuracy_score(y, p >= kept["supported"])
    print(f"{half}: WiCE, oracle chunks, {len(y)} claims, AUROC {roc_auc_score(y, p):.3f}")
    print(f"  balanced accuracy {accuracy:.3f} at {kept['supported']} (verdict)")
    _calibration(p, y)


def _calibration(p: np.ndarray, y: np.ndarray) -> None:
    """Print how often claims are supported, by their probability in five equal groups."""
    groups = np.array_split(np.argsort(p), 5)
    told = [f"{p[group].mean():.2f}→{y[group].mean():.2f}" for group in groups]
    print("  probability→share supported: " + ", ".join(told))


def _against(covered: Coverage) -> bool:
    return bool(covered.conflicts or covered.absents)


def _signs(examples: Sequence[Example]) -> np.ndarray:
    return np.array([astuple(supporting.signs(one.covered, one.likeness)) for one in examples])


def _probabilities(examples: Sequence[Example], kept: dict) -> np.ndarray:
    fitted = supporting.Fitted(tuple(kept["weights"]), kept["bias"], 0.5, 0.5)
    factor: Callable[[Coverage], float] = supporting.doubt
    return np.array(
        [
            fitted.probability(supporting.signs(one.covered, one.likeness)) * factor(one.covered)
            for one in examples
        ]
    )


if __name__ == "__main__":
    main()
