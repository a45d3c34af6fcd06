"""Questions with and without an answer, and what each is asked over.

SQuAD 2.0 over the one paragraph that a question was written for, and over all of them; the same
with a name replaced; CLAPNQ and MTRAG over all their passages; RGB over five passages of its own
of which all, some or none answer. Two of the eight SQuAD articles, and every other question of
the other sets, are held back.
"""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from rag import rewriting, verifying
from rag.evaluating import sampling, testsets
from rag.evaluating.records import Case, TestSet
from rag.settings import PROJECT

DATA = PROJECT.parent / "shared" / "data"
SQUAD = DATA / "squad2" / "squad2_dev_8_articles.json"
HELD_BACK = 2  # articles of SQuAD, the last ones
OF_PARAGRAPH = 4  # answerable questions of a paragraph, and as many others
PARAGRAPHS = 1440  # questions over their own paragraph
RGB = 48
SAMPLE = 80  # questions of a set that are asked over all its passages
SWAPPED = 20
POSITIVES = (5, 0, 3, 0, 1, 0)
"""How many of RGB's five passages answer, by turns: half of the questions have no answer."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question of a set, whether it is answerable there, and whether it is for fitting.

    `group` is the article or set that it is from; `passages` is what it is asked over, or
    nothing, for all that is in the library of its set.
    """

    name: str
    text: str
    answerable: bool
    tuning: bool
    group: str
    passages: tuple[str, ...] = field(default=(), repr=False)

    @property
    def key(self) -> str:
        """What tells it from every other one."""
        return f"{self.name}\n{self.text}"


def by_set() -> Iterator[tuple[TestSet | None, list[Question]]]:
    """Yield questions with the set over whose corpus they are asked; None: over their own."""
    squad = testsets.read(SQUAD)
    yield None, paragraphs(squad)
    yield None, list(rgb())
    through = list(over_all(squad, "squad"))
    yield squad, through + list(swapped(through))
    for name, path in (("clapnq", DATA / "clapnq"), ("mtrag", DATA / "mtrag/mtragun_half.jsonl")):
        test_set = testsets.read(path)
        yield test_set, list(over_all(test_set, name))


def paragraphs(squad: TestSet) -> list[Question]:
    """Return questions over the paragraph that each was written for, those of one together."""
    texts = {source.name: source.text for source in squad.corpus}
    fitting = list(dict.fromkeys(case.tags[0] for case in squad.cases))[:-HELD_BACK]
    by_own = itertools.groupby(squad.cases, key=lambda case: case.own)
    groups = [(own[0], list(cases)) for own, cases in by_own]
    rng = random.Random(11)
    rng.shuffle(groups)
    found = []
    for own, cases in groups:
        for answerable in (False, True):
            some = [case for case in cases if case.answerable is answerable]
            rng.shuffle(some)
            found += [
                Question(
                    "squad paragraph",
                    case.question,
                    answerable,
                    case.tags[0] in fitting,
                    case.tags[0],
                    (texts[own],),
                )
                for case in some[:OF_PARAGRAPH]
            ]
    return found[:PARAGRAPHS]


def over_all(test_set: TestSet, name: str) -> Iterator[Question]:
    """Yield questions over all passages of a set, as many with an answer as without if it can."""
    wanted = [case for case in test_set.cases if case.question]
    for answerable in (True, False):
        some = [case for case in wanted if case.answerable is answerable]
        for number, case in enumerate(sampling.sample(some, SAMPLE // 2)):
            yield Question(name, _standalone(case), answerable, number % 2 == 0, name)


def _standalone(case: Case) -> str:
    question = " ".join(case.question.split())
    return rewriting.standalone(question, case.history) or question


def swapped(questions: Sequence[Question]) -> Iterator[Question]:
    """Yield answerable questions with a name of each replaced by another question's.

    Nobody of that name is in the paragraphs that the question is about: what a person gets
    who asks about somebody the documents do not mention.
    """
    rng = random.Random(20261122)
    named = [(q, [n for n in verifying.names(q.text) if n.isalpha()]) for q in questions]
    pool = sorted({name for _, names in named for name in names})
    for question, names in named[:SWAPPED]:
        others = [name for name in pool if name not in question.text]
        if names and others and question.answerable:
            text = question.text.replace(rng.choice(names), rng.choice(others))
            yield replace(question, name="swapped", text=text, answerable=False)


def rgb() -> Iterator[Question]:
    """Yield questions with five passages each, of which all, three, one or none answer."""
    rows = [json.loads(row) for row in (DATA / "rgb/rgb_en_150.jsonl").open(encoding="utf-8")]
    for number, row in enumerate(random.Random(20261122).sample(rows, RGB)):
        true = row["positive"][: POSITIVES[number % len(POSITIVES)]]
        passages = (true + row["negative"])[:5]
        random.Random(row["query"]).shuffle(passages)
        tuning = number // 2 % 2 == 0
        yield Question("rgb", row["query"], bool(true), tuning, "rgb", tuple(passages))
