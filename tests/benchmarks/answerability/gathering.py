"""Asks the generator of each question what the program asks it, and writes down what it thinks.

In: questions. Out: a line of JSON for each, with the signs and the layer that were seen.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import astuple, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from tqdm import tqdm

from rag import answering, prompting, verifying
from rag.answering import tools as searching
from rag.assembling import Models, build_from
from rag.evaluating import corpora
from rag.evaluating.records import TestSet
from rag.settings import Settings
from rag.storing import Store
from rag.types import Document, Evidence, Hit, Message, Passage, Span
from tests.benchmarks.answerability.questions import Question, by_set
from tests.benchmarks.libraries import searchable


def gather(out: Path) -> None:
    """Write a line for every question that `out` does not hold yet."""
    settings = Settings.from_environment()
    models = Models(settings)
    done = {Question(**line["question"]).key for line in read(out)}
    with TemporaryDirectory() as folder, open(out, "a", encoding="utf-8") as file:
        for number, (test_set, questions) in enumerate(by_set()):
            asked = [question for question in questions if question.key not in done]
            if not asked:
                continue
            own = replace(settings, library=Path(folder) / str(number))
            tools = _tools(test_set, own, models)
            asker = Asker(tools)
            for question in tqdm(asked, desc=asked[0].name):
                line = {"question": _told(question)} | asker.seen(question)
                file.write(json.dumps(line) + "\n")
                file.flush()


def _told(question: Question) -> dict:
    names = ("name", "text", "answerable", "tuning", "group")
    return {name: getattr(question, name) for name in names}


def _tools(test_set: TestSet | None, settings: Settings, models: Models) -> answering.Tools:
    """Return tools over the corpus of a set."""
    nothing = [Document("none", "none", "Nothing.", (Span(0, 8),))]
    build_from(corpora.documents(test_set) if test_set else nothing, settings, models=models)
    library = searchable(Store.open(settings.library), models, settings)
    return answering.Tools(library, models.generator, settings)


class Asker:
    """Reads the evidence of questions and asks the generator whether they are answered."""

    def __init__(self, tools: answering.Tools):
        self._tools = tools
        self._read: list[Message] = []

    def seen(self, question: Question) -> dict:
        """Return the signs of a question, and the generator's layer, as float16 in base64."""
        hits, evidence = self._found(question)
        prompt = list(prompting.evidence_prompt(evidence))
        if prompt != self._read:
            self._tools.generator.read(prompt)
            self._read = prompt
        opinion = self._tools.generator.ask(prompting.answerable_ending(question.text))
        signs = verifying.signs(question.text, hits, evidence, opinion)
        state = base64.b64encode(opinion.state.astype(np.float16).tobytes()).decode()
        return {"signs": astuple(signs), "state": state}

    def _found(self, question: Question) -> tuple[Sequence[Hit], tuple[Evidence, ...]]:
        if question.passages:
            return self._given(question)
        hits = searching.found(question.text, self._tools, None)
        return hits, answering.evidence_for(question.text, hits, self._tools)

    def _given(self, question: Question) -> tuple[list[Hit], tuple[Evidence, ...]]:
        """Return the question's own passages, best first, as retrieval would have."""
        reranker = self._tools.library.reranker
        logits = reranker.score(question.text, question.passages)
        order = np.argsort(-np.asarray(logits), kind="stable")
        ranked = [(question.passages[n], float(logits[n])) for n in order]
        hits = [
            Hit(Passage(n, str(n), 0, len(text), text), 0.0, reranker=logit)
            for n, (text, logit) in enumerate(ranked)
        ]
        spans = [(Document(str(n), "", t, ()), Span(0, len(t))) for n, (t, _) in enumerate(ranked)]
        return hits, answering.chosen(question.text, spans, self._tools)


def read(out: Path) -> Iterator[dict]:
    """Yield the objects of a JSONL file, none where there is no file."""
    if out.is_file():
        with open(out, encoding="utf-8") as file:
            yield from map(json.loads, file)
