"""Fits the probe and the decision to what was gathered, and measures both on what was held back.

In: the lines of `gathering`. Out: figures, `answers.npy` and `calibration.json`.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from rag.assembling import Models
from rag.settings import Settings
from rag.verifying import Probe
from rag.verifying.deciding import CALIBRATION, Signs
from tests.benchmarks.answerability.gathering import read

WRONG_REFUSALS = 0.15
"""Share of answerable questions that may be refused: the bound the project set itself."""
MARGIN = 0.02
"""How far under it the threshold aims: a share of some hundred questions is off by as much."""
LOST = 0.01
"""Share of answerable questions that "nothing relevant was found" may cost."""
STRENGTHS = (3e-4, 1e-3, 3e-3, 1e-2)  # C of the probe's regression: the larger, the freer
FOLDS = 6
PROBE = "answers.npy"
NAMES = tuple(Signs.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was gathered: one row for each question."""

    signs: np.ndarray  # (n, 5), the last column to be filled in
    states: np.ndarray  # (n, width)
    answerable: np.ndarray
    tuning: np.ndarray
    names: np.ndarray
    groups: np.ndarray

    def part(self, which: np.ndarray) -> Gathered:
        """Return some of the rows."""
        fields = (getattr(self, name)[which] for name in self.__dataclass_fields__)
        return Gathered(*fields)


@dataclass(frozen=True, slots=True)
class Decision:
    """A regression over some of the signs, and its threshold."""

    weights: np.ndarray
    bias: float
    threshold: float

    def probabilities(self, signs: np.ndarray) -> np.ndarray:
        """Return how likely each question is answered."""
        return 1 / (1 + np.exp(-(signs @ self.weights + self.bias)))


def fit(path: Path) -> None:
    """Print the figures of each half and write what was fitted."""
    rows = gathered(path)
    tuning, held = rows.part(rows.tuning), rows.part(~rows.tuning)
    strength, unseen = probed(tuning)
    probe = trained(tuning, strength)
    held.signs[:, -1] = held.states @ probe.weights + probe.bias
    tuning.signs[:, -1] = unseen
    found = decision(tuning, list(range(len(NAMES))))
    without = decision(tuning, list(range(len(NAMES) - 1)))
    for half, part in (("fitted on", tuning), ("held back", held)):
        for title, one in (("", found), ("without the probe, ", without)):
            report(f"{title}{half}", part, one)
    curve(held, found)
    probe.write(CALIBRATION.with_name(PROBE))
    kept(found, without, float(np.quantile(tuning.signs[tuning.answerable, 0], LOST)))


def gathered(path: Path) -> Gathered:
    """Return the rows of a file."""
    lines = list(read(path))
    asked = [line["question"] for line in lines]
    states = [np.frombuffer(base64.b64decode(line["state"]), np.float16) for line in lines]
    return Gathered(
        np.array([line["signs"] for line in lines], dtype=float),
        np.array(states, dtype=np.float32),
        np.array([one["answerable"] for one in asked]),
        np.array([one["tuning"] for one in asked]),
        np.array([one["name"] for one in asked]),
        np.array([one["group"] for one in asked]),
    )


def weights(rows: Gathered) -> np.ndarray:
    """Return a weight for each row: every set and either answer count alike.

    Most rows are questions over a paragraph that was given, which is not how a library is asked.
    """
    kinds = np.char.add(rows.names.astype(str), rows.answerable.astype(str))
    sizes = {kind: (kinds == kind).sum() for kind in np.unique(kinds)}
    weight = np.array([1 / sizes[kind] for kind in kinds])
    for side in (True, False):
        weight[rows.answerable == side] /= weight[rows.answerable == side].sum()
    return weight * len(weight) / 2


def regression(strength: float):
    """Return the probe before it is fitted."""
    return make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=200))


def probed(rows: Gathered) -> tuple[float, np.ndarray]:
    """Return the best strength, and the logits of rows from probes that never saw their group."""
    best, found = None, None
    for strength in STRENGTHS:
        logits = cross_val_predict(
            regression(strength),
            rows.states,
            rows.answerable,
            groups=rows.groups,
            cv=GroupKFold(FOLDS),
            method="decision_function",
        )
        score = roc_auc_score(rows.answerable, logits)
        print(f"probe, C {strength}: AUROC {score:.3f} on groups that it was not fitted on")
        if best is None or score > best[0]:
            best, found = (score, strength), logits
    return best[1], found


def trained(rows: Gathered, strength: float) -> Probe:
    """Return the probe of all rows, the standardisation folded into its weights."""
    model = regression(strength).fit(rows.states, rows.answerable)
    scaler, fitted = model[0], model[1]
    weight = fitted.coef_[0] / scaler.scale_
    bias = float(fitted.intercept_[0] - weight @ scaler.mean_)
    return Probe(weight.astype(np.float32), bias)


def decision(rows: Gathered, used: list[int]) -> Decision:
    """Return the regression over some signs; the others weigh nothing."""
    scaler = StandardScaler().fit(rows.signs[:, used])
    model = LogisticRegression(C=1.0)
    model.fit(scaler.transform(rows.signs[:, used]), rows.answerable, sample_weight=weights(rows))
    weight = np.zeros(len(NAMES))
    weight[used] = model.coef_[0] / scaler.scale_
    bias = float(model.intercept_[0] - weight[used] @ scaler.mean_)
    found = Decision(weight, bias, 0.0)
    p = found.probabilities(rows.signs)
    threshold = _quantile(p[rows.answerable], weights(rows)[rows.answerable])
    return Decision(weight, bias, threshold)


def _quantile(values: np.ndarray, weight: np.ndarray) -> float:
    """Return the value under which the share of the weight lies that may be refused."""
    order = np.argsort(values)
    share = np.cumsum(weight[order]) / weight.sum()
    return float(values[order][np.searchsorted(share, WRONG_REFUSALS - MARGIN)])


def report(title: str, rows: Gathered, found: Decision) -> None:
    """Print what is refused in each set."""
    p, y = found.probabilities(rows.signs), rows.answerable
    for name in (*dict.fromkeys(rows.names), "all"):
        which = (rows.names == name) | (name == "all")
        if name == "swapped":  # there is no answerable one among them
            which |= rows.names == "squad"
        yes, no = p[which & y], p[which & ~y]
        print(
            f"{title} {name}: {which.sum()} questions, AUROC "
            f"{roc_auc_score(y[which], p[which]):.3f}, wrongly refused "
            f"{np.mean(yes < found.threshold):.2f}, rightly refused "
            f"{np.mean(no < found.threshold):.2f}, at {WRONG_REFUSALS} wrongly refused "
            f"{np.mean(no < np.quantile(yes, WRONG_REFUSALS)):.2f}"
        )


def curve(rows: Gathered, found: Decision) -> None:
    """Print risk and coverage over SQuAD's own paragraphs."""
    which = rows.names == "squad paragraph"
    p, y = found.probabilities(rows.signs)[which], rows.answerable[which]
    order = np.argsort(-p)
    for coverage in np.linspace(0.1, 1.0, 10):
        answered = order[: round(coverage * len(order))]
        risk = np.mean(~y[answered])
        print(f"coverage {coverage:.1f}: {risk:.2f} of what is answered has no answer")


def kept(found: Decision, without: Decision, relevant: float) -> None:
    """Write `calibration.json`: for the default models, and for any others."""
    models = Models(Settings.from_environment())
    whole = []
    for one, generator, reranker in (
        (found, models.generator.identity, models.reranker.identity),
        (without, "any", "any"),
    ):
        entry = {
            "generator": generator,
            "reranker": reranker,
            "weights": [round(float(w), 4) for w in one.weights],
            "bias": round(one.bias, 4),
            "relevant": round(relevant, 2),
            "answers": round(one.threshold, 4),
        }
        whole.append(entry | ({"probe": PROBE} if one is found else {}))
    CALIBRATION.write_text(json.dumps(whole, indent=2) + "\n", encoding="utf-8")
