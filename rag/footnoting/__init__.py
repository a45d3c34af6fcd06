"""Writes logged answers as texts whose footnotes say where each sentence comes from.

In: records. Out: the bytes of a file. Knows nothing about where files go.

    walking      one walk over records: sentences and their notes, which all formats render
    as_markdown  Markdown                as_html  one page that needs nothing else
    as_docx      Word, real footnotes    as_json  the same as JSON
    as_clipboard text and HTML to paste elsewhere
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from rag.footnoting import as_clipboard, as_html, as_json, as_markdown
from rag.footnoting.as_markdown import footnote
from rag.footnoting.walking import Export, Note, walked
from rag.recording import Record

__all__ = ["FORMATS", "Format", "Note", "copied", "exported", "footnote"]


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file: its ending, what browsers call it, and what renders it."""

    ending: str
    media_type: str
    render: Callable[[Export], bytes]


def _docx(export: Export) -> bytes:
    from rag.footnoting import as_docx  # here: python-docx takes a moment to load

    return as_docx.rendered(export)


_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
FORMATS: Mapping[str, Format] = {
    "markdown": Format("md", "text/markdown; charset=utf-8", as_markdown.rendered),
    "html": Format("html", "text/html; charset=utf-8", as_html.rendered),
    "docx": Format("docx", _WORD, _docx),
    "json": Format("json", "application/json", as_json.rendered),
}
"""The kinds of file that answers can be exported to, by name."""


def exported(records: Iterable[Record], form: str) -> bytes:
    """Return answers as one file of a format, the footnotes numbered through."""
    return FORMATS[form].render(walked(records))


def copied(record: Record) -> as_clipboard.Copied:
    """Return an answer to be pasted elsewhere: its words with [1], its notes below."""
    return as_clipboard.rendered(walked([record]))
