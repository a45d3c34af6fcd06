"""How often the answer stands in what is chosen for the prompt, and how many tokens that takes.

    python -m tests.benchmarks.choosing [--budgets 300,500] [--spreads 4,inf] [--sure 0,150]
        [--fars 8,inf] [--questions 75]

RGB's questions over five passages of their own, a share of them without the answer; SQuAD 2.0's
answerable questions over their paragraph and four others of its article; 2WikiMultihopQA's, but
those of a yes or no, over the passages that stand beside them. Even cases are for
choosing the constants of `rag.choosing`, odd ones held back. The generator only counts tokens.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import inf

import numpy as np
from tqdm import tqdm

from rag import choosing, prompting
from rag.answering.tools import looked_at, room_for
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
TWO_WIKI = DATA / "twowiki" / "cagb_2wiki_500.jsonl"
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
    parser.add_argument("--budgets", type=_numbers, default=[500])
    parser.add_argument("--spreads", type=_numbers, default=[4, inf])
    parser.add_argument("--sure", type=_numbers, default=[choosing.SURE])
    parser.add_argument("--fars", type=_numbers, default=[choosing.FAR])
    parser.add_argument("--questions", type=int, default=75)
    options = parser.parse_args()
    models = Models(Settings.from_environment())
    asked = [*rgb(0.4), *rgb(0.8), *squad(), *two_wiki()]
    score = Scorer(None)
    count = models.generator.count_tokens
    for name, held_back in dict.fromkeys((one.set, one.held_back) for one in asked):
        some = [one for one in asked if (one.set, one.held_back) == (name, held_back)]
        some = some[: options.questions]
        for far, *varied in product(options.fars, options.budgets, options.spreads, options.sure):
            found = [
                outcome(one, room_for(one.question, count, *varied), score, far)
                for one in tqdm(some)
            ]
            half = "held back" if held_back else "even"
            budget, spread, sure = varied
            what = f"budget {budget}, spread {spread}, sure {sure}, far {far}"
            report(f"{name:9} {half:9} {what}", found)


def _numbers(text: str) -> list[float]:
    return [float(one) if "." in one or one == "inf" else int(one) for one in text.split(",")]


def outcome(one: Asked, room: choosing.Room, score: choosing.Score, far: float) -> tuple[bool, int]:
    """Return whether the answer stands in what is chosen, and the tokens of all of it."""
    logits = score(one.question, [document.text for document, _ in one.passages])
    passages = [one.passages[at] for at in looked_at(one.question, logits, far)]
    chosen = choosing.choose(one.question, passages, score=score, room=room)
    shown = "\n\n".join(map(prompting.rendered, chosen))
    return bool(answer_correct(shown, one.answers)), room.cost(shown)


def report(what: str, found: Sequence[tuple[bool, int]]) -> None:
    """Print what was found over the questions of one half of a set."""
    right, tokens = zip(*found, strict=True)
    print(
        f"{what}: in evidence {np.mean(right):.3f} of {len(right)}, tokens {np.mean(tokens):.0f} "
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


def two_wiki() -> Iterator[Asked]:
    """Yield questions that take two documents, over the passages that stand beside them."""
    rows = map(json.loads, TWO_WIKI.read_text(encoding="utf-8").splitlines())
    named = (row for row in rows if row["answer"].lower() not in ("yes", "no"))
    for number, row in enumerate(named):
        case = Case(str(row["id"]), row["question"], answers=((row["answer"],),))
        yield _asked("2wiki", number, case, row["passages"])


def _asked(name: str, number: int, case: Case, texts: Sequence[str]) -> Asked:
    passages = tuple(
        (Document(f"{at}", f"{at}.txt", text, body=(Span(0, len(text)),)), Span(0, len(text)))
        for at, text in enumerate(texts)
    )
    return Asked(name, number % 2 == 1, case.question, passages, case.answers)


if __name__ == "__main__":
    main()
