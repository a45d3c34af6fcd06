"""How often the answer stands in what is chosen for the prompt, and how many tokens that takes.

    python -m tests.benchmarks.choosing [--budgets 200,300,500] [--questions 75]

RGB's questions over five passages of their own, a share of them without the answer; SQuAD 2.0's
answerable questions over their paragraph and four others of its article. Even cases are for
choosing the constants of `rag.choosing`, odd ones held back. The generator only counts tokens.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from rag import choosing, prompting
from rag.assembling import Models
from rag.evaluating import testsets
from rag.evaluating.metrics.answers import answer_correct
from rag.evaluating.records import Case
from rag.evaluating.testsets.rgb import with_noise
from rag.settings import PROJECT, Settings
from rag.types import Document, Span
from tests.benchmarks.supporting import Scorer

DATA = PROJECT.parent / "shared" / "data"
SQUAD = DATA / "squad2" / "squad2_dev_8_articles.json"
OTHERS = 4  # paragraphs of the same article beside the one with the answer
SEED = 20261123


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, the passages it is asked over, and the forms of its answer."""

    set: str
    held_back: bool
    question: str
    passages: tuple[tuple[Document, Span], ...]
    answers: tuple[tuple[str, ...], ...]


def main() -> None:
    """Print a line for each set, half and budget."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--budgets", default="200,300,400,500")
    parser.add_argument("--questions", type=int, default=75)
    options = parser.parse_args()
    models = Models(Settings.from_environment())
    asked = [*rgb(0.4), *rgb(0.8), *squad()]
    score = Scorer(None)
    count = models.generator.count_tokens
    for name in dict.fromkeys(one.set for one in asked):
        for held_back in (False, True):
            some = [one for one in asked if (one.set, one.held_back) == (name, held_back)]
            some = some[: options.questions]
            for budget in map(int, options.budgets.split(",")):
                found = [outcome(one, score, count, budget) for one in tqdm(some)]
                report(name, held_back, budget, found)


def outcome(
    one: Asked, score: choosing.Score, count: Callable[[str], int], budget: int
) -> tuple[bool, int]:
    """Return whether the answer stands in what is chosen, and the tokens of all of it."""
    room = choosing.Room(
        budget=budget,
        cost=lambda words: count(words) + 1,
        opening=lambda document: count(f"[1] {prompting.heading(document)}\n\n"),
    )
    chosen = choosing.choose(one.question, one.passages, score=score, room=room)
    shown = "\n\n".join(map(prompting.rendered, chosen))
    return bool(answer_correct(shown, one.answers)), count(shown)


def report(name: str, held_back: bool, budget: int, found: Sequence[tuple[bool, int]]) -> None:
    """Print what was found over the questions of one half of a set."""
    right, tokens = zip(*found, strict=True)
    half = "held back" if held_back else "even"
    print(
        f"{name:9} {half:9} {budget:4} tokens: in evidence "
        f"{np.mean(right):.3f} of {len(right)}, tokens {np.mean(tokens):.0f} "
        f"(median {np.median(tokens):.0f})",
        flush=True,
    )


def rgb(noise: float) -> Iterator[Asked]:
    """Yield RGB's questions over five passages, a share of them without the answer."""
    test_set = with_noise(testsets.read(DATA / "rgb" / "rgb_en_150.jsonl"), noise, seed=SEED)
    texts = {source.name: source.text for source in test_set.corpus}
    for number, case in enumerate(test_set.cases):
        if case.answers:
            yield _asked(f"rgb {noise}", number, case, [texts[name] for name in case.own])


def squad() -> Iterator[Asked]:
    """Yield answerable questions over their paragraph and others of its article."""
    test_set = testsets.read(SQUAD)
    texts = {source.name: source.text for source in test_set.corpus}
    cases = [case for case in test_set.cases if case.answerable]
    random.Random(SEED).shuffle(cases)
    of_article: dict[str, list[str]] = {}
    for case in test_set.cases:
        of_article.setdefault(case.tags[0], []).extend(case.own)
    for number, case in enumerate(cases):
        rest = sorted({name for name in of_article[case.tags[0]] if name not in case.own})
        chance = random.Random(case.question)
        names = [*case.own, *chance.sample(rest, min(OTHERS, len(rest)))]
        chance.shuffle(names)
        yield _asked("squad", number, case, [texts[name] for name in names])


def _asked(name: str, number: int, case: Case, texts: Sequence[str]) -> Asked:
    passages = tuple(
        (Document(f"{at}", f"{at}.txt", text, body=(Span(0, len(text)),)), Span(0, len(text)))
        for at, text in enumerate(texts)
    )
    return Asked(name, number % 2 == 1, case.question, passages, case.answers)


if __name__ == "__main__":
    main()
