"""Renders an answer to be pasted elsewhere: numbers in brackets, notes below.

In: an export. Out: plain text, and the same as a piece of HTML for programs that take it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rag.footnoting import as_html
from rag.footnoting.walking import Export, Note, Sentence, Told, visible


@dataclass(frozen=True, slots=True)
class Copied:
    """An answer in the two forms that a clipboard holds."""

    text: str
    html: str


def rendered(export: Export) -> Copied:
    """Return answers with their notes as text and as HTML."""
    parts = [part for told in export.answers for part in _answer(told)]
    notes = "\n".join(map(_note, export.notes))
    text = "\n\n".join(filter(None, [*parts, notes]))
    return Copied(visible(text), as_html.piece(export))


def _answer(told: Told) -> Iterator[str]:
    yield " ".join(map(_marked, told.sentences))
    yield told.missing
    for accounts in told.differing:
        yield "\n".join(["Sources differ:", *(f"- {_marked(one)}" for one in accounts)])


def _marked(sentence: Sentence) -> str:
    words = " ".join(sentence.text.split())
    return words + "".join(f" [{one.number}]" for one in sentence.notes)


def _note(note: Note) -> str:
    link = f", {note.link}" if note.link else ""
    words = f"“{note.quote}” {', '.join(note.source)}{link}." if note.source else ""
    told = " ".join(f"{words or 'No source is cited.'} {note.judged}".split())
    return f"[{note.number}] {told}"
