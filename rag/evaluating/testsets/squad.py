"""Reads SQuAD 1.1 and 2.0, and sets of the same form such as XQuAD.

In: one JSON object. Out: a case for each question, a document for each paragraph. The gold
quote is the sentence, or sentences, that hold the first annotator's answer. Knows nothing
about other formats.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from rag.evaluating.records import Case, Source
from rag.evaluating.testsets.contents import Contents
from rag.evaluating.testsets.fields import Fields, distinct, shown
from rag.evaluating.testsets.files import Files
from rag.evaluating.testsets.parsing import Lines
from rag.splitting import sentences
from rag.types import Span

KIND = "squad"
DESCRIPTION = "SQuAD 1.1 or 2.0, XQuAD: one JSON object with data, paragraphs, qas"


@dataclass(frozen=True, slots=True)
class _Paragraph:
    source: Source
    sentences: list[Span]


def fits(sample: Mapping) -> bool:
    """Whether an object looks like a whole SQuAD file."""
    return isinstance(sample.get("data"), list)


def read(files: Files, path: Path) -> Contents:
    """Return the questions and paragraphs of a file."""
    content = files.content(path)
    lines = Lines(content.text)
    corpus: dict[str, Source] = {}
    asked = []
    for article in content.samples[0].objects("data", "article"):
        for paragraph, questions in _paragraphs(article, corpus):
            asked += [(_located(one, lines), paragraph) for one in questions]
    names = distinct([(row.place, row.name("id")) for row, _ in asked])
    return Contents(
        tuple(_case(row, name, part) for (row, part), name in zip(asked, names, strict=True)),
        tuple(corpus.values()),
    )


def _paragraphs(
    article: Fields, corpus: dict[str, Source]
) -> Iterator[tuple[_Paragraph, list[Fields]]]:
    """Yield the paragraphs of an article, each with its questions, and add them to a corpus."""
    title = article.text("title") or "untitled"
    number = 0
    for row in article.objects("paragraphs", "paragraph"):
        text = row.words("context")
        if not text:
            continue
        while (name := f"{title}/{number}") in corpus:
            number += 1
        corpus[name] = Source(name, text, title)
        yield _Paragraph(corpus[name], sentences(text)), row.objects("qas", "question")


def _located(row: Fields, lines: Lines) -> Fields:
    """Return a question that knows the line of its id."""
    name = row.values.get("id")
    line = lines.of(json.dumps(name)) if isinstance(name, str) else 0
    words = f"{row.place.words} ({name})" if line else row.place.words
    return replace(row, place=replace(row.place, line=line, words=words))


def _case(row: Fields, name: str, paragraph: _Paragraph) -> Case:
    source = paragraph.source
    answerable = not row.flag("is_impossible", False)
    answers = _answers(row, source.text) if answerable else []
    if answerable and not row.values.get("answers"):
        row.note("there is no answer", 'Add one, or "is_impossible": true.')
    return Case(
        case_id=name,
        question=row.question("question"),
        answers=(tuple(dict.fromkeys(words for words, _ in answers)),) if answers else (),
        answerable=answerable,
        documents=(source.name,) if answerable else (),
        quotes=_quotes(paragraph, answers[0][1]) if answers else (),
        tags=(source.title, "answerable" if answerable else "unanswerable"),
        own=(source.name,),
        line=row.place.line,
    )


def _answers(row: Fields, text: str) -> list[tuple[str, Span]]:
    """Return every annotator's answer and where it stands."""
    found = []
    for answer in row.objects("answers", "answer"):
        words, start = answer.words("text"), answer.values.get("answer_start")
        if not isinstance(start, int) or start < 0 or text[start : start + len(words)] != words:
            answer.note(
                f'{shown(words)} does not stand in the context at "answer_start" ({shown(start)})',
                "Count characters (not bytes) from 0, in the context as it is.",
            )
        elif words.strip():
            found.append((words, Span(start, start + len(words))))
    return found


def _quotes(paragraph: _Paragraph, answer: Span) -> tuple[str, ...]:
    touched = [s for s in paragraph.sentences if s.start < answer.end and answer.start < s.end]
    return (paragraph.source.text[touched[0].start : touched[-1].end],) if touched else ()
