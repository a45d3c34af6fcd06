"""Fits and measures the decision whether the documents answer a question.

    python -m tests.benchmarks.answerability gather FILE   # resumable, about 5 s a question
    python -m tests.benchmarks.answerability fit FILE      # prints figures and the weights

SQuAD 2.0: questions over all paragraphs of eight articles; CLAPNQ: over all its passages;
both through real retrieval. Swapped: answerable SQuAD questions with a name replaced.
RGB: each question over its own passages, or over noise alone. Questions of the first five
SQuAD articles and half of those of the other sets are for fitting, the rest is held back.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, astuple, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from tqdm import tqdm

from rag import answering, prompting, syncing, verifying
from rag.assembling import Models
from rag.indexing import VectorIndex
from rag.retrieving import Searchable, judged, retrieve
from rag.settings import PROJECT, Settings
from rag.storing import Store
from rag.types import Document, Hit, Passage, Span

DATA = PROJECT.parent / "shared" / "data"
WRONG_REFUSALS = 0.15
"""Share of answerable questions that may be refused: the bound the project set itself."""
LOST = 0.01
"""Share of answerable questions that "nothing relevant was found" may cost."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question of a set, whether it is answerable there, and which half it belongs to."""

    name: str
    text: str
    answerable: bool
    tuning: bool
    passages: tuple[str, ...] = ()


def squad(rng: random.Random) -> tuple[list[str], list[Question]]:
    """Return the paragraphs, and 112 questions."""
    articles = json.loads((DATA / "squad2/squad2_dev_8_articles.json").read_text())["data"]
    texts = [p["context"] for article in articles for p in article["paragraphs"]]
    chosen = []
    for number, article in enumerate(articles):
        for wanted in (True, False):
            found = [
                Question("squad", q["question"], wanted, tuning=number < 5)
                for p in article["paragraphs"]
                for q in p["qas"]
                if q["is_impossible"] is not wanted
            ]
            chosen += rng.sample(found, min(7, len(found)))
    return texts, chosen


def swapped(questions: Sequence[Question], rng: random.Random) -> list[Question]:
    """Return the answerable questions with a name of each replaced by another question's.

    Nobody of that name is in the paragraphs that the question is about: what a person gets
    who asks about somebody the documents do not mention.
    """
    answerable = [q for q in questions if q.answerable]
    named = [(q, [n for n in verifying.names(q.text) if n.isalpha()]) for q in answerable]
    pool = sorted({name for _, names in named for name in names})
    found = []
    for question, names in named:
        others = [name for name in pool if name not in question.text]
        if names and others:
            text = question.text.replace(rng.choice(names), rng.choice(others))
            found.append(replace(question, name="swapped", text=text, answerable=False))
    return found


def clapnq(rng: random.Random) -> tuple[list[str], list[Question]]:
    """Return all passages, and 40 questions."""
    texts, chosen = [], []
    for name, wanted in (("answerable_150", True), ("unanswerable_150", False)):
        rows = list(read(DATA / f"clapnq/{name}.jsonl"))
        texts += [p["text"] for row in rows for p in row["passages"]]
        found = [Question("clapnq", r["input"], wanted, n % 2 == 0) for n, r in enumerate(rows)]
        chosen += rng.sample(found, 20)
    return list(dict.fromkeys(texts)), chosen


def rgb(rng: random.Random) -> list[Question]:
    """Return 40 questions with five passages each: two true ones, or none."""
    rows = list(read(DATA / "rgb/rgb_en_150.jsonl"))
    chosen = []
    for number, row in enumerate(rng.sample(rows, 40)):
        wanted = number % 2 == 0
        true = row["positive"][:2] if wanted else []
        passages = (true + row["negative"])[:5]
        rng.shuffle(passages)
        chosen.append(Question("rgb", row["query"], wanted, number < 20, tuple(passages)))
    return chosen


def gather(out: Path) -> None:
    """Write a line of signs for every question that `out` does not hold yet."""
    settings = Settings.from_environment()
    models = Models(settings)
    rng = random.Random(20261122)
    sets = [squad(rng), clapnq(rng), ([], rgb(rng))]
    sets[0][1].extend(swapped(sets[0][1], rng))
    done = {line["question"] for line in read(out)}
    with TemporaryDirectory() as folder, open(out, "a", encoding="utf-8") as file:
        for number, (texts, questions) in enumerate(sets):
            rng.shuffle(questions)
            questions = [question for question in questions if question.text not in done]
            if not questions:
                continue
            tools = library(Path(folder, str(number)), texts, settings, models)
            for question in tqdm(questions):
                found = signs(question, tools)
                file.write(json.dumps({**asdict(question), "question": question.text} | found))
                file.write("\n")
                file.flush()


def library(
    folder: Path, texts: Sequence[str], settings: Settings, models: Models
) -> answering.Tools:
    """Return tools over texts, each a document of its own."""
    files = folder / "files"
    files.mkdir(parents=True)
    for number, text in enumerate(texts):
        (files / f"{number:05}.txt").write_text(text, encoding="utf-8")
    store = Store.create(folder / "library")
    syncing.sync(
        [files],
        store=store,
        embedder=models.embedder,
        passage_tokens=settings.passage_tokens,
    )
    index = VectorIndex.open(store)
    searchable = Searchable(store, index, models.embedder, models.reranker, settings.candidates)
    return answering.Tools(searchable, models.generator, settings)


def signs(question: Question, tools: answering.Tools) -> dict:
    """Return what the program sees of a question before it decides."""
    if question.passages:
        hits, evidence = _given(question, tools)
    else:
        hits = retrieve(question.text, tools.library, limit=answering.HITS)
        hits = judged(question.text, hits, tools.library, most=tools.settings.judged)
        evidence = answering.evidence_for(question.text, hits, tools)
    tools.generator.read(prompting.evidence_prompt(evidence))
    yes = tools.generator.ask(prompting.answerable_ending(question.text))
    return {"signs": astuple(verifying.signs(question.text, hits, evidence, yes))}


def _given(question: Question, tools: answering.Tools) -> tuple[list[Hit], tuple]:
    """Return the question's own passages, best first, as retrieval would have."""
    logits = tools.library.reranker.score(question.text, question.passages)
    ranked = [(question.passages[n], float(logits[n])) for n in np.argsort(-logits, kind="stable")]
    hits = [
        Hit(Passage(n, str(n), 0, len(text), text), 0.0, reranker=logit)
        for n, (text, logit) in enumerate(ranked)
    ]
    spans = [(Document(str(n), "", t, ()), Span(0, len(t))) for n, (t, _) in enumerate(ranked)]
    return hits, answering.chosen(question.text, spans, tools)


def fit(path: Path) -> None:
    """Print the figures of each half and the line for `calibration.json`."""
    rows = list(read(path))
    x = np.array([row["signs"] for row in rows])
    y = np.array([row["answerable"] for row in rows])
    tuning = np.array([row["tuning"] for row in rows])
    names = np.array([row["name"] for row in rows])
    model = LogisticRegression(C=1.0, class_weight="balanced").fit(x[tuning], y[tuning])
    p = model.predict_proba(x)[:, 1]
    threshold = float(np.quantile(p[tuning & y], WRONG_REFUSALS))
    relevant = float(np.quantile(x[tuning & y, 0], LOST))
    for half, which in (("fitted on", tuning), ("held back", ~tuning)):
        for name in (*dict.fromkeys(names), "all"):
            _print(
                f"{half} {name}", which & ((names == name) | (name == "all")), x, y, p, threshold
            )
    models = Models(Settings.from_environment())
    fitted = {
        "generator": models.generator.identity,
        "reranker": models.reranker.identity,
        "weights": [round(float(w), 4) for w in model.coef_[0]],
        "bias": round(float(model.intercept_[0]), 4),
        "relevant": round(relevant, 2),
        "answers": round(threshold, 4),
    }
    print(json.dumps(fitted, indent=2))


def _print(title: str, which: np.ndarray, x, y, p, threshold: float) -> None:
    if not (which & y).any() or not (which & ~y).any():
        return
    alone = [f"{roc_auc_score(y[which], x[which, n]):.2f}" for n in range(x.shape[1])]
    print(
        f"{title}: {which.sum()} questions, AUROC {roc_auc_score(y[which], p[which]):.3f} "
        f"(passage, yes, names, together alone: {', '.join(alone)}), "
        f"wrongly refused {np.mean(p[which & y] < threshold):.2f}, "
        f"rightly refused {np.mean(p[which & ~y] < threshold):.2f}"
    )


def read(path: Path) -> Iterator[dict]:
    """Yield the objects of a JSONL file, none where there is no file."""
    if path.is_file():
        with open(path, encoding="utf-8") as file:
            yield from map(json.loads, file)


if __name__ == "__main__":
    {"gather": gather, "fit": fit}[sys.argv[1]](Path(sys.argv[2]))
