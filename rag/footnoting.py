"""Writes logged answers as Markdown with footnotes.

In: records. Out: Markdown (footnotes as GitHub, Pandoc and Obsidian read them). Knows nothing
about files. Words of documents, models and people are escaped, so that they stay words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from rag.markdown import escaped, paragraph
from rag.recording import Record, Reported, reported
from rag.recording.records import Cited, Differing, Said

_WEB = re.compile(r"https?://[\w.~:/?#@!$&'()*+,;=%-]+", re.ASCII)


class Footnotes:
    """Numbers the footnotes of one text; `lines` are those that were taken so far."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def take(self, words: str) -> str:
        """Return the mark of a new footnote with these words, which are Markdown."""
        number = len(self.lines) + 1
        self.lines.append(f"[^{number}]: {words}")
        return f"[^{number}]"


def document(records: Iterable[Record]) -> str:
    """Return answers as one Markdown text, the footnotes numbered through and at its end."""
    notes = Footnotes()
    parts = [part for record in records for part in _answer(record, notes)]
    return "\n\n".join([*parts, *notes.lines]) + "\n"


def _answer(record: Record, notes: Footnotes) -> Iterator[str]:
    answer, links = reported(record), _links(record)
    yield f"## {escaped(record.question)}"
    if answer.standalone:
        yield f"*Understood as: {escaped(answer.standalone)}*"
    said = " ".join(_sentence(one, answer, links, notes) for one in answer.statements)
    yield said or paragraph(answer.text)
    if answer.missing:
        yield paragraph(answer.missing)
    for differing in answer.disagreements:
        yield _differing(differing, links, notes)
    yield f"*Answer {record.answer_id}, {escaped(record.answered_at[:16])} UTC*"


def _sentence(said: Said, answer: Reported, links: dict[str, str], notes: Footnotes) -> str:
    """Return a sentence with a footnote for each citation, or one that says it has none."""
    if answer.refusal:
        return paragraph(said.text)
    verdict = " ".join(filter(None, (f"Verdict: {said.verdict}.", escaped(said.reason))))
    marks = [notes.take(f"{_source(one, links)} {verdict}") for one in said.citations]
    marks = marks or [notes.take(f"No source is cited. {verdict}")]
    return paragraph(said.text) + "".join(marks)


def _differing(differing: Differing, links: dict[str, str], notes: Footnotes) -> str:
    lines = [
        f"- {paragraph(one.value)}{notes.take(_source(one, links))}" for one in differing.accounts
    ]
    return "\n".join(["Sources differ:", "", *lines])


def _source(cited: Cited, links: dict[str, str]) -> str:
    """Return where a citation stands: quote, publisher, date, title, file, page, link."""
    known: Sequence[str | None] = (
        cited.publisher or "publisher unknown",
        cited.published or "undated",
        cited.title,
        cited.path,
        f"page {cited.page}" if cited.page else None,
    )
    told = [escaped(one) for one in known if one]
    if cited.document_id in links:
        told.append(_link(links[cited.document_id]))
    return f"“{escaped(cited.quote)}” {', '.join(told)}."


def _link(address: str) -> str:
    """Return a web address as a link, anything else as words."""
    return f"<{address}>" if _WEB.fullmatch(address) else escaped(address)


def _links(record: Record) -> dict[str, str]:
    facts = {one.document_id: one.facts.get("link") for one in record.sources}
    return {document_id: fact.value for document_id, fact in facts.items() if fact}
