"""Reads CLAPNQ: questions with long answers, and the sentences that they rest on.

In: objects with input, passages, output; a folder with answerable_*.jsonl and
unanswerable_*.jsonl is one set. Out: a case for each question, a document for each passage.
The reference is the first annotator's answer, the quotes are the sentences that any of
them selected; without an answer the question is unanswerable. Knows nothing about others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from rag.evaluating.records import Case, Source
from rag.evaluating.testsets.contents import Contents, Corpus
from rag.evaluating.testsets.fields import Fields, identifiers, shown
from rag.evaluating.testsets.files import Files

KIND = "clapnq"
DESCRIPTION = "CLAPNQ: input, passages, output; a file, or the folder of both halves"
HALVES = ("answerable*.jsonl", "unanswerable*.jsonl")


def fits(sample: Mapping) -> bool:
    """Whether an object looks like a question of CLAPNQ."""
    return "passages" in sample and "input" in sample


def fits_folder(folder: Path) -> bool:
    """Whether a folder holds both halves of such a set."""
    return all(any(folder.glob(half)) for half in HALVES)


def read(files: Files, path: Path) -> Contents:
    """Return the questions and passages of a file or of the two halves in a folder."""
    halves = [path]
    if path.is_dir():
        halves = [one for half in HALVES for one in sorted(path.glob(half))]
    rows = [row for half in halves for row in files.records(half)]
    corpus = Corpus()
    cases = [_case(row, name, corpus) for row, name in zip(rows, identifiers(rows), strict=True)]
    return Contents(tuple(cases), corpus.sources)


def _case(row: Fields, name: str, corpus: Corpus) -> Case:
    passages = _passages(row, name)
    own = tuple(dict.fromkeys(corpus.add(source) for source in passages))
    outputs = [one for one in row.objects("output", "output") if one.text("answer").strip()]
    return Case(
        case_id=name,
        question=row.question("input"),
        answerable=bool(outputs),
        documents=own if outputs else (),
        quotes=_quotes(outputs, [source.text for source in passages]),
        reference=outputs[0].text("answer").strip() if outputs else "",
        own=own,
        line=row.place.line,
    )


def _passages(row: Fields, name: str) -> list[Source]:
    rows = row.objects("passages", "passage")
    if not rows:
        row.note("there is no passage", 'Add "passages": [{"title": "…", "text": "…"}].')
    return [
        Source(f"{name}/{n}", one.words("text"), one.text("title")) for n, one in enumerate(rows)
    ]


def _quotes(outputs: Sequence[Fields], texts: Sequence[str]) -> tuple[str, ...]:
    """Return the selected sentences as they stand in the passages."""
    found = {}
    for output in outputs:
        for sentence in output.texts("selected_sentences"):
            words = next(filter(None, (_standing(sentence, text) for text in texts)), "")
            found[words] = True
            if not words:
                what = f"the sentence {shown(sentence)} stands in no passage"
                output.note(what, "Copy it from the passage as it is.")
    return tuple(filter(None, found))


def _standing(sentence: str, text: str) -> str:
    """Return a sentence as it stands in a text, whatever its white space; "" if it does not."""
    if sentence in text:
        return sentence
    found = re.search(r"\s+".join(map(re.escape, sentence.split())), text)
    return found.group() if found else ""
