"""Reads this program's own test sets: one case a line.

In: JSON objects. Out: cases. Every key that is not known is a problem, since a misspelt
key would silently judge nothing. Knows nothing about other formats.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from rag.evaluating.records import Case
from rag.evaluating.testsets.contents import Contents
from rag.evaluating.testsets.fields import Fields, identifiers
from rag.evaluating.testsets.files import Files
from rag.types import Filters, Turn

KIND = "cases"
DESCRIPTION = "JSON lines with question, answers, quotes, documents … (the program's own)"
KEYS = (
    *("id", "question", "history", "answers", "answerable", "documents", "grades", "quotes"),
    *("reference", "as_of", "tags", "filters", "draft"),
)
FILTERS = ("publisher", "language", "documents", "after", "before")
ROLES = ("user", "assistant")
_GOLD = ("answers", "documents", "quotes", "reference")


def fits(sample: Mapping) -> bool:
    """Whether an object looks like a case."""
    known = any(key in sample for key in ("question", *_GOLD, "answerable"))
    return known or bool(get_close_matches("question", sample, 1, 0.8))


def read(files: Files, path: Path) -> Contents:
    """Return the cases of a file."""
    rows = files.records(path)
    return Contents(tuple(map(case, rows, identifiers(rows))))


def case(row: Fields, name: str) -> Case:
    """Return one case, with a note for everything that is wrong with it."""
    noted = len(row.place.notes.problems)
    row.expect_only(KEYS)
    found = Case(
        case_id=name,
        question=row.question("question"),
        history=history(row),
        documents=row.texts("documents"),
        grades=row.numbers("grades"),
        quotes=row.texts("quotes"),
        answers=row.groups("answers"),
        answerable=row.flag("answerable", True),
        reference=row.text("reference"),
        as_of=row.day("as_of"),
        tags=row.texts("tags"),
        filters=filters(row),
        draft=row.flag("draft", False),
        line=row.place.line,
    )
    if len(row.place.notes.problems) == noted:
        _expect_sense(row, found)
    return found


def history(row: Fields) -> tuple[Turn, ...]:
    """Return the turns before the question, the last of which is the assistant's."""
    turns = row.objects("history", "turn")
    found = tuple(Turn(turn.choice("role", ROLES), turn.words("content")) for turn in turns)
    if found and found[-1].role == "user":
        row.note(
            'the history ends with a turn of the user, but "question" is the next one',
            "Take that turn out, or add the assistant's reply to it.",
        )
    return found


def filters(row: Fields) -> Filters:
    """Return the filters that a question is asked under."""
    asked = row.inner("filters")
    if asked is None:
        return Filters()
    asked.expect_only(FILTERS)
    found = Filters(
        publishers=asked.one_or_more("publisher"),
        languages=asked.one_or_more("language"),
        documents=asked.texts("documents"),
        after=asked.day("after"),
        before=asked.day("before"),
    )
    if found.after and found.before and found.after > found.before:
        asked.note(f'"after" ({found.after}) is later than "before" ({found.before})', "Swap them.")
    return found


def _expect_sense(row: Fields, found: Case) -> None:
    """Note what cannot be judged, or contradicts itself, in a case that is well formed."""
    gold = [key for key in _GOLD if getattr(found, key)]
    if found.answerable and not gold:
        remedy = 'Add one of them, or "answerable": false if there is no answer.'
        row.note("no answers, documents, quotes or reference, so nothing can be judged", remedy)
    for key in ("answers", "quotes"):
        if not found.answerable and key in gold:
            remedy = f'Take out "{key}" or "answerable": false.'
            row.note(f'the case is unanswerable, and yet it has "{key}"', remedy)
    if found.grades and len(found.grades) != len(found.documents):
        what = f"{len(found.grades)} grades for {len(found.documents)} documents"
        row.note(what, "Give each document one, in the same order.")
