"""Reads Word documents: paragraphs in order, each before its notes, tables by rows.

In: the bytes of a .docx file. Out: its source, without headers, footers, deleted words and
comments. The dates in its properties say when it was saved: they are no publication dates.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping

import docx
from lxml import etree

from rag.errors import InputError
from rag.loading.packages import local, open_package, read_xml
from rag.loading.rows import row_sentences
from rag.loading.source import Source
from rag.types import Fact

_LEFT_OUT = frozenset(("del", "moveFrom", "Fallback", "instrText", "pPr", "rPr", "sectPr"))
_REFERENCES = {"footnoteReference": "footnote", "endnoteReference": "endnote"}
_BREAKS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}


Notes = Mapping[tuple[str, str], etree._Element]
"""Footnotes and endnotes by their kind and number."""


def read_docx(data: bytes, name: str) -> Source:
    """Return the source in a Word document. Raises InputError."""
    open_package(data, name)
    try:
        document = docx.Document(io.BytesIO(data))
        body, properties = document.element.body, document.core_properties
        title, author = properties.title, properties.author
        notes = _notes(document.part, name)
    except Exception as error:  # python-docx raises whatever a damaged part leads to
        raise InputError(f"{name} is damaged or no Word document. Save it again.") from error
    blocks = (block.strip() for block in _blocks(body, notes))
    return Source("\n\n".join(filter(None, blocks)), stated_properties(title, author))


def stated_properties(title: str | None, author: str | None) -> dict[str, Fact]:
    """Return the title and author in an office document's properties as facts."""
    tidy = {"title": " ".join((title or "").split()), "author": " ".join((author or "").split())}
    tools = ("python-docx", "openpyxl", "PowerPoint Presentation", "Windows User")
    return {
        key: Fact(words, words, "document properties")
        for key, words in tidy.items()
        if " " in words and words not in tools
    }


def _notes(part: docx.parts.document.DocumentPart, name: str) -> Notes:
    kinds = tuple(f"/{kind}s" for kind in _REFERENCES.values())
    parts = (r.target_part for r in part.rels.values() if r.reltype.endswith(kinds))
    notes = (note for part in parts for note in read_xml(part.blob, name))
    return {(local(note), _number(note)): note for note in notes}


def _number(element: etree._Element) -> str:
    return next((value for key, value in element.attrib.items() if key.endswith("}id")), "")


def _blocks(parent: etree._Element, notes: Notes) -> Iterator[str]:
    for element in parent:
        kind = local(element)
        if kind == "p":
            yield "".join(_words(element))
            yield from _notes_of(element, notes)
        elif kind == "tbl":
            yield "\n".join(row_sentences(_rows(element, notes)))
        elif kind in ("sdt", "sdtContent", "ins", "customXml"):
            yield from _blocks(element, notes)


def _notes_of(paragraph: etree._Element, notes: Notes) -> Iterator[str]:
    for mark in paragraph.iter():
        kind = _REFERENCES.get(local(mark))
        note = notes.get((kind, _number(mark))) if kind else None
        if note is not None:
            yield from (block.strip() for block in _blocks(note, {}))


def _rows(table: etree._Element, notes: Notes) -> Iterator[list[str]]:
    for row in (one for one in table.iterchildren() if local(one) == "tr"):
        cells = (one for one in row.iter() if local(one) == "tc" and _row_of(one) is row)
        yield [" ".join(_blocks(cell, notes)) for cell in cells]


def _row_of(cell: etree._Element) -> etree._Element:
    return next(one for one in cell.iterancestors() if local(one) == "tr")


def _words(parent: etree._Element) -> Iterator[str]:
    """Yield the words of a paragraph, those of its links and insertions included."""
    for element in parent:
        kind = local(element)
        if kind in _LEFT_OUT:
            continue
        if kind == "t":
            yield element.text or ""
        elif kind in _BREAKS:
            yield _BREAKS[kind]
        else:
            yield from _words(element)
