"""Reads answers that a person judged in the chat, as questions with known good sources.

In: objects with question, answer (what `rag ask --json` prints) and judgements. Out: a case
for each. Its quotes and documents are those of the citations judged right, its reference the
sentences judged right; a refusal that was judged right makes it unanswerable, and one that was
judged wrong a question that must be answered. Knows nothing about other formats.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from rag.evaluating.records import Case
from rag.evaluating.testsets.cases import filters, history
from rag.evaluating.testsets.contents import Contents
from rag.evaluating.testsets.fields import Fields, identifiers
from rag.evaluating.testsets.files import Files

KIND = "judgements"
DESCRIPTION = "JSON lines with question, answer, judgements (answers judged in the chat)"
KEYS = ("id", "question", "history", "filters", "as_of", "answer", "judgements")
JUDGED = ("statement", "citation", "verdict", "note")
VERDICTS = ("right", "wrong", "wrong span")

Verdicts = dict[tuple[int, int | None], str]


def fits(sample: Mapping) -> bool:
    """Whether an object looks like a judged answer."""
    return "judgements" in sample


def read(files: Files, path: Path) -> Contents:
    """Return the judged questions of a file."""
    rows = files.records(path)
    return Contents(tuple(map(_case, rows, identifiers(rows))))


def _case(row: Fields, name: str) -> Case:
    row.expect_only(KEYS)
    statements = _statements(row)
    verdicts = _verdicts(row, statements)
    right = list(_cited(statements, verdicts))
    refusal = _is_refusal(row)
    right_said = [] if refusal else _said(verdicts, "right")
    return Case(
        case_id=name,
        question=row.question("question"),
        answerable=not (refusal and verdicts.get((0, None)) == "right"),
        history=history(row),
        documents=tuple(dict.fromkeys(one.words("document_id") for one in right)),
        quotes=tuple(dict.fromkeys(one.words("quote") for one in right)),
        reference=" ".join(statements[n].words("text") for n in right_said),
        as_of=row.day("as_of"),
        filters=filters(row),
        tags=("judged", "judged wrong") if _said(verdicts, "wrong") else ("judged",),
        line=row.place.line,
    )


def _statements(row: Fields) -> list[Fields]:
    answer = row.inner("answer")
    if answer is None and not row.has("answer"):
        row.note('"answer" is missing', "Put there what `rag ask --json` prints.")
    return answer.objects("statements", "statement") if answer else []


def _is_refusal(row: Fields) -> bool:
    answer = row.values.get("answer")
    if not isinstance(answer, Mapping) or answer.get("refusal") is None:
        return False
    statements = answer.get("statements")
    return isinstance(statements, list) and len(statements) == 1


def _verdicts(row: Fields, statements: list[Fields]) -> Verdicts:
    """Return what was said of each statement (citation None) and of each citation."""
    found: Verdicts = {}
    for judgement in row.objects("judgements", "judgement"):
        judgement.expect_only(JUDGED)
        judgement.text("note")
        verdict = judgement.choice("verdict", VERDICTS)
        place = _judged_place(judgement, statements)
        if place and verdict and found.setdefault(place, verdict) != verdict:
            judgement.note(f'"{verdict}", but it was judged "{found[place]}" before', "Keep one.")
    return found


def _judged_place(judgement: Fields, statements: list[Fields]) -> tuple[int, int | None] | None:
    statement = judgement.index("statement", statements)
    if statement is None:
        return None
    if not judgement.has("citation"):
        return statement, None
    citation = judgement.index("citation", _citations(statements[statement]))
    return None if citation is None else (statement, citation)


def _citations(statement: Fields) -> list[Fields]:
    return statement.objects("citations", "citation")


def _said(verdicts: Verdicts, verdict: str) -> list[int]:
    """Return which statements were judged so, in order."""
    return sorted(
        n for (n, citation), one in verdicts.items() if citation is None and one == verdict
    )


def _cited(statements: list[Fields], verdicts: Verdicts) -> Iterator[Fields]:
    for (statement, citation), verdict in verdicts.items():
        if verdict == "right" and citation is not None:
            yield _citations(statements[statement])[citation]
