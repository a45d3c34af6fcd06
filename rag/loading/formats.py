"""Which reader reads which file.

In: a file's name. Out: its reader, imported when it is first asked for: a question needs none
of the libraries behind them. A new format is one module here and a line of `READERS`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable

from rag.loading.source import Part, Source

Reader = Callable[[bytes, str], Source | Iterable[Part]]
"""Reads the bytes of a file; the name is for errors. Raises InputError."""

READERS = {
    ".txt": "text:read_text",
    ".text": "text:read_text",
    ".md": "markdown:read_markdown",
    ".markdown": "markdown:read_markdown",
    ".pdf": "pdf:read_pdf",
    ".html": "html:read_html",
    ".htm": "html:read_html",
    ".xhtml": "html:read_html",
    ".mht": "mail:read_saved_page",
    ".mhtml": "mail:read_saved_page",
    ".docx": "docx:read_docx",
    ".odt": "odt:read_odt",
    ".rtf": "rtf:read_rtf",
    ".pptx": "pptx:read_pptx",
    ".xlsx": "xlsx:read_xlsx",
    ".csv": "csv:read_csv",
    ".tsv": "csv:read_csv",
    ".epub": "epub:read_epub",
    ".eml": "mail:read_message",
    ".mbox": "mail:read_mailbox",
    ".json": "json:read_json",
    ".jsonl": "json:read_json_lines",
    ".ndjson": "json:read_json_lines",
    ".zip": "archives:read_zip",
    ".tar": "archives:read_tar",
    ".tgz": "archives:read_tar",
    ".tar.gz": "archives:read_tar",
    ".tar.bz2": "archives:read_tar",
    ".tar.xz": "archives:read_tar",
}

UNREAD = "is of a kind that is not read"
"""What is told of a file in another one that has no reader."""


def suffix_of(name: str) -> str:
    """Return the ending of a file's name by which its reader is found, in lower case."""
    base = name.replace("\\", "/").rpartition("/")[2].lower().lstrip(".")
    endings = base.split(".")[1:]
    two = "." + ".".join(endings[-2:])
    return two if len(endings) > 1 and two in READERS else "." + endings[-1] if endings else ""


def reader_of(name: str) -> Reader | None:
    """Return the reader of a file with this name; None where there is none."""
    place = READERS.get(suffix_of(name))
    if not place:
        return None
    module, _, function = place.partition(":")
    return getattr(importlib.import_module(f"rag.loading.{module}"), function)
