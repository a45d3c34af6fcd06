"""Reads MTRAG: conversations with a person's reply as the reference.

In: objects with input, contexts, targets, or one object with `tasks` and `documents`. Out:
a case for each task. A task is answerable if its answerability is ANSWERABLE or PARTIAL.
UNANSWERABLE tasks, UNDERSPECIFIED ones (the reference asks back which thing is meant) and
CONVERSATIONAL ones ("Thank you!") have no answer in the documents that could be cited, so
that the right thing is to give none. The value is kept as a tag. Knows nothing about others.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from rag.evaluating.records import Case, Source
from rag.evaluating.testsets.contents import Contents
from rag.evaluating.testsets.fields import Fields, distinct, shown
from rag.evaluating.testsets.files import Files
from rag.evaluating.testsets.parsing import Lines
from rag.types import Turn

KIND = "mtrag"
DESCRIPTION = "MTRAG: input (the conversation), contexts, targets; or one object with tasks"
ANSWERABLE = {
    "ANSWERABLE": True,
    "PARTIAL": True,
    "UNANSWERABLE": False,
    "UNDERSPECIFIED": False,
    "CONVERSATIONAL": False,
}
SPEAKERS = {"user": "user", "agent": "assistant"}
_TAG_KEYS = ("Multi-Turn", "Question Type", "Collection")


def fits(sample: Mapping) -> bool:
    """Whether an object looks like a task, or like a file of them."""
    return isinstance(sample.get("tasks"), list) or ("targets" in sample and "input" in sample)


def read(files: Files, path: Path) -> Contents:
    """Return the tasks and their contexts."""
    content = files.content(path)
    rows, given = content.records, []
    if content.whole:
        lines = Lines(content.text)
        rows = [_located(row, lines) for row in content.whole.objects("tasks", "task")]
        given = content.whole.objects("documents", "document")
    corpus = {source.name: source for source in map(_source, given)}
    names = distinct([(row.place, row.name("task_id")) for row in rows])
    cases = tuple(_case(row, name, corpus) for row, name in zip(rows, names, strict=True))
    return Contents(cases, tuple(corpus.values()))


def _located(row: Fields, lines: Lines) -> Fields:
    name = row.values.get("task_id")
    line = lines.of(json.dumps(name)) if isinstance(name, str) else 0
    return replace(row, place=replace(row.place, line=line))


def _source(row: Fields) -> Source:
    return Source(row.name("document_id"), row.words("text"), row.text("title"))


def _case(row: Fields, name: str, corpus: dict[str, Source]) -> Case:
    turns = _turns(row)
    own = tuple(dict.fromkeys(_context(one, corpus) for one in row.objects("contexts", "context")))
    states = _either(row, "answerability", "Answerability")
    answerable = _is_answerable(row, states)
    targets = row.objects("targets", "target")
    return Case(
        case_id=name,
        question=turns[-1].content.strip() if turns else "",
        answerable=answerable,
        history=tuple(turns[:-1]),
        documents=own if answerable else (),
        reference=targets[0].words("text").strip() if targets and answerable else "",
        tags=_tags(row, states),
        own=own,
        line=row.place.line,
    )


def _tags(row: Fields, states: Sequence[str]) -> tuple[str, ...]:
    others = (tag for key in _TAG_KEYS for tag in row.one_or_more(key))
    return tuple(dict.fromkeys([*states, *others]))


def _turns(row: Fields) -> list[Turn]:
    """Return the conversation, which ends with the question."""
    turns = row.objects("input", "turn")
    if not turns or turns[-1].values.get("speaker") != "user":
        row.note('"input" does not end with a turn of the user', "End it with the question.")
    found = []
    for turn in turns:
        role = SPEAKERS.get(turn.choice("speaker", tuple(SPEAKERS)), "user")
        found.append(Turn(role, turn.text("text")))
    return found


def _context(row: Fields, corpus: dict[str, Source]) -> str:
    """Return the name of a context, which brings its text or is one of the corpus."""
    name = row.name("document_id")
    if row.has("text"):
        corpus.setdefault(name, _source(row))
    elif name not in corpus:
        row.note(f"there is no document {shown(name)}", 'Add its "text".')
    return name


def _either(row: Fields, *keys: str) -> Sequence[str]:
    return next((row.one_or_more(key) for key in keys if row.has(key)), ())


def _is_answerable(row: Fields, states: Sequence[str]) -> bool:
    if len(states) == 1 and states[0] in ANSWERABLE:
        return ANSWERABLE[states[0]]
    what = f'"answerability" is {shown(", ".join(states))}'
    row.note(what, f"Write one of {', '.join(ANSWERABLE)}.")
    return True
