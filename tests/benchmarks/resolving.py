"""How often the right sentence and the right passage are cited, on WiCE dev.

    python -m tests.benchmarks.resolving

Each supported claim is set over five passages of seven sentences of the article it cites,
one of which holds a sentence that supports it; each unsupported claim over five passages
too. Chooses MARGIN and CARRIES of `rag.citing` on the even claims, measures on the odd.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass

from rag.assembling import Models
from rag.citing import Sources, overlap, squashed
from rag.settings import PROJECT, Settings
from rag.types import Document, Evidence, Span

DATA = PROJECT.parent / "shared" / "data" / "wice" / "claim_dev.jsonl"
WINDOW, PASSAGES = 7, 5


@dataclass(frozen=True, slots=True)
class Case:
    """A claim over numbered passages; `gold` is the one that carries it, None for none."""

    claim: str
    fits: dict[int, float]
    gold: int | None
    best_is_right: dict[str, bool]


def main() -> None:
    """Print what was chosen and what was measured."""
    reranker = Models(Settings.from_environment()).reranker
    rows = [json.loads(line) for line in DATA.read_text(encoding="utf-8").splitlines()]
    rows = [row for row in rows if len(row["evidence"]) >= 2 * WINDOW]
    supported = [row for row in rows if row["label"] == "supported"][:100]
    unsupported = [row for row in rows if row["label"] == "not_supported"][:60]
    cases = [_case(row, reranker) for row in supported + unsupported]
    tuning, held = cases[::2], cases[1::2]
    margin = max((m / 20 for m in range(0, 31)), key=lambda m: (kept_and_moved(tuning, m)[2], -m))
    carries = max((c / 20 for c in range(10, 40)), key=lambda c: balanced(tuning, c))
    print(f"chosen on {len(tuning)} claims: MARGIN {margin}, CARRIES {carries}")
    kept, moved, mean = kept_and_moved(held, margin)
    print(
        f"held back, {len(held)} claims: right numbers kept {kept:.2f}, "
        f"wrong ones mended {moved:.2f}, mean {mean:.2f}"
    )
    print(f"  a claim is told to be carried, balanced accuracy {balanced(held, carries):.2f}")
    for name in ("words", "cross-encoder", "both"):
        right = [case.best_is_right[name] for case in cases if case.gold]
        print(f"  right sentence of its passage by {name}: {sum(right) / len(right):.2f}")


def kept_and_moved(cases: Sequence[Case], margin: float) -> tuple[float, float, float]:
    """Return the shares of right numbers kept and of wrong numbers replaced, and their mean."""
    carried = [case for case in cases if case.gold]
    kept = [case.fits[case.gold] >= max(case.fits.values()) - margin for case in carried]
    wrong = [(case, n) for case in carried for n in case.fits if n != case.gold]
    moved = [case.fits[n] < max(case.fits.values()) - margin for case, n in wrong]
    shares = sum(kept) / len(kept), sum(moved) / len(moved)
    return *shares, sum(shares) / 2


def balanced(cases: Sequence[Case], threshold: float) -> float:
    """Return the balanced accuracy of "the best fit reaches the threshold" as "is carried"."""
    hits = [max(case.fits.values()) >= threshold for case in cases if case.gold]
    misses = [max(case.fits.values()) < threshold for case in cases if not case.gold]
    return (sum(hits) / len(hits) + sum(misses) / len(misses)) / 2


def _case(row: dict, reranker) -> Case:
    sentences = [" ".join(s.split()) for s in row["evidence"]]
    gold = set(min(row["supporting_sentences"], key=len)) if row["supporting_sentences"] else set()
    rng = random.Random(row["claim"])
    starts = list(range(0, len(sentences) - WINDOW + 1, WINDOW))
    right = [s for s in starts if gold & set(range(s, s + WINDOW))][:1]
    rest = [s for s in starts if not gold & set(range(s, s + WINDOW))]
    chosen = right + rng.sample(rest, min(PASSAGES - len(right), len(rest)))
    rng.shuffle(chosen)
    evidence = [_passage(n, sentences[s : s + WINDOW]) for n, s in enumerate(chosen, 1)]

    def score(claim: str, texts: Sequence[str]) -> list[float]:
        return squashed(reranker.score(claim, texts))

    fits = Sources(evidence, score).fits(row["claim"])
    number = chosen.index(right[0]) + 1 if right else None
    texts = sentences[right[0] : right[0] + WINDOW] if right else []
    return Case(
        row["claim"],
        {n: fit.fit for n, fit in fits.items()},
        number,
        _right_sentence(row["claim"], texts, {i - right[0] for i in gold}, score) if right else {},
    )


def _right_sentence(claim: str, texts: Sequence[str], gold: set[int], score) -> dict[str, bool]:
    words = [overlap(claim, text) for text in texts]
    encoder = score(claim, texts)
    both = [a + b for a, b in zip(words, encoder, strict=True)]
    ways = {"words": words, "cross-encoder": encoder, "both": both}
    return {name: max(range(len(texts)), key=fit.__getitem__) in gold for name, fit in ways.items()}


def _passage(number: int, sentences: Sequence[str]) -> Evidence:
    text = "\n".join(sentences)
    return Evidence(number, Document(str(number), "", text, (Span(0, len(text)),)), 0, len(text))


if __name__ == "__main__":
    main()
