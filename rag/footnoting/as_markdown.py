"""Renders exported answers as Markdown with footnotes.

In: an export. Out: Markdown (footnotes as GitHub, Pandoc and Obsidian read them). Words of
documents, models and people are escaped, so that they stay words.
"""

from __future__ import annotations

from collections.abc import Iterator

from rag.footnoting.walking import Export, Note, Sentence, Told, web_address
from rag.markdown import escaped, paragraph


def rendered(export: Export) -> bytes:
    """Return answers as one Markdown text in UTF-8, the footnotes at its end."""
    parts = [part for one in export.answers for part in _answer(one)]
    return ("\n\n".join([*parts, *map(footnote, export.notes)]) + "\n").encode(errors="replace")


def _answer(told: Told) -> Iterator[str]:
    yield f"## {escaped(told.question)}"
    if told.standalone:
        yield f"*Understood as: {escaped(told.standalone)}*"
    if told.filters:
        yield f"*Filters: {escaped('; '.join(told.filters))}*"
    yield " ".join(map(_sentence, told.sentences))
    if told.missing:
        yield paragraph(told.missing)
    for accounts in told.differing:
        lines = [f"- {_sentence(one)}" for one in accounts]
        yield "\n".join(["Sources differ:", "", *lines])
    yield f"*Answer {told.answer_id}, {escaped(told.answered_at[:16])} UTC*"


def _sentence(sentence: Sentence) -> str:
    return paragraph(sentence.text) + "".join(f"[^{one.number}]" for one in sentence.notes)


def footnote(note: Note) -> str:
    """Return a footnote: quote, publisher, date, title, file, page, link, verdict."""
    if note.source:
        told = [*map(escaped, note.source), *([link(note.link)] if note.link else [])]
        words = f"“{escaped(note.quote)}” {', '.join(told)}."
    else:
        words = "No source is cited."
    return f"[^{note.number}]: {f'{words} {escaped(note.judged)}'.strip()}"


def link(address: str) -> str:
    """Return a web address as a link, anything else as words."""
    return f"<{address}>" if web_address(address) else escaped(address)
