"""Decides from evidence whether the documents answer a question.

In: the question, the hits, what the generator thought after reading them. Out: a
probability, and the words of the question that no passage holds. Knows nothing about how
passages were found or prompts were written.

The weights were fitted on data (tests/benchmarks/answerability) and are kept in
`calibration.json` beside this file, with the models they were fitted for; models that none were
fitted for get those of the last entry, which rest on what any model can tell.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from functools import cache
from pathlib import Path

from rag.splitting import sentences
from rag.types import Evidence, Hit, Opinion
from rag.verifying.probing import Probe

CALIBRATION = Path(__file__).with_name("calibration.json")
_WORD = re.compile(r"[^\W_]+(?:[.,:’'-][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Signs:
    """What speaks for and against an answer being there, each a plain number.

    `passage`: the best reranker logit. `yes`: the logit of the generator's own yes.
    `names`: the share of the question's names and numbers that stand in the evidence;
    `together`: the largest share that stands in any two neighbouring sentences. `probe`: the
    logit that a linear probe reads from the generator's layer, 0 where there is none.
    """

    passage: float
    yes: float
    names: float
    together: float
    probe: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """Fitted weights: a logistic regression over `Signs`, and the two thresholds.

    `relevant` is the lowest reranker logit worth showing the generator; `answers` the
    lowest probability at which an answer is given.
    """

    weights: tuple[float, ...]
    bias: float
    relevant: float
    answers: float
    probe: Probe | None = None


@cache
def calibration(generator: str, reranker: str) -> Calibration:
    """Return what was fitted for these two models, else what was fitted for any."""
    fitted = json.loads(CALIBRATION.read_text(encoding="utf-8"))
    by_models = {(one["generator"], one["reranker"]): one for one in fitted}
    one = by_models.get((generator, reranker), fitted[-1])
    probe = Probe.read(CALIBRATION.with_name(one["probe"])) if "probe" in one else None
    return Calibration(tuple(one["weights"]), one["bias"], one["relevant"], one["answers"], probe)


def relevant(hits: Sequence[Hit], fitted: Calibration) -> bool:
    """Say whether any hit is relevant enough to be worth reading."""
    return any(hit.reranker >= fitted.relevant for hit in hits if hit.reranker is not None)


def signs(
    question: str,
    hits: Sequence[Hit],
    evidence: Sequence[Evidence],
    opinion: Opinion,
    probe: Probe | None = None,
) -> Signs:
    """Return the signs for an answer; `opinion` is the generator's whether there is one."""
    asked = names(question)
    windows = [words for item in evidence for words in _windows(item)]
    yes = min(max(opinion.yes, 1e-6), 1 - 1e-6)
    return Signs(
        passage=max((hit.reranker for hit in hits if hit.reranker is not None), default=0.0),
        yes=math.log(yes / (1 - yes)),
        names=_share(asked, frozenset().union(*windows)),
        together=max((_share(asked, window) for window in windows), default=0.0),
        probe=probe.logit(opinion.state) if probe and opinion.state is not None else 0.0,
    )


def answerable(seen: Signs, fitted: Calibration) -> float:
    """Return the probability, 0…1, that the evidence answers the question."""
    total = sum(w * x for w, x in zip(fitted.weights, astuple(seen), strict=True))
    return 1 / (1 + math.exp(-(total + fitted.bias)))


def names(question: str) -> tuple[str, ...]:
    """Return the names and numbers of a question: capitalised words but the first, and figures."""
    found = _WORD.findall(question)
    return tuple(
        dict.fromkeys(
            word
            for at, word in enumerate(found)
            if any(c.isdigit() for c in word) or (word[0].isupper() and (at or word.isupper()))
            if word not in ("I", "A")
        )
    )


def missing_names(question: str, evidence: Sequence[Evidence]) -> tuple[str, ...]:
    """Return the names and numbers of a question that stand nowhere in the evidence."""
    everything = frozenset().union(*(words for item in evidence for words in _windows(item)))
    return tuple(name for name in names(question) if not _stands(name, everything))


def _windows(item: Evidence) -> list[frozenset[str]]:
    """Return the words of each two neighbouring sentences, with the document's known facts."""
    text = item.document.text
    spans = [span for part in item.kept for span in sentences(text, part)]
    facts = (item.document.publisher, item.document.published)
    about = _folded_words(" ".join(fact.words + " " + fact.value for fact in facts if fact))
    return [
        _folded_words(text[span.start : spans[min(at + 1, len(spans) - 1)].end]) | about
        for at, span in enumerate(spans)
    ]


def _share(asked: Sequence[str], words: frozenset[str]) -> float:
    return sum(_stands(name, words) for name in asked) / len(asked) if asked else 1.0


def _stands(name: str, words: frozenset[str]) -> bool:
    """Say whether a name stands among words, in this or another inflected form."""
    folded = _fold(name)
    if folded in words:
        return True
    if any(c.isdigit() for c in folded):
        return False
    stem = folded[: max(4, len(folded) - 2)]
    return len(stem) >= 4 and any(word.startswith(stem) for word in words)


def _folded_words(text: str) -> frozenset[str]:
    return frozenset(_fold(word) for word in _WORD.findall(text))


def _fold(word: str) -> str:
    plain = unicodedata.normalize("NFKD", word.casefold())
    bare = "".join(c for c in plain if not unicodedata.combining(c))
    return re.sub(r"[’']s?$", "", bare)
