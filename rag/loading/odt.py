"""Reads OpenDocument texts: paragraphs in order, each before its notes, tables by rows.

In: the bytes of an .odt file. Out: its source, without comments and deleted words. Its dates
say when it was saved: they are no publication dates.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from rag.errors import InputError
from rag.loading.docx import stated_properties
from rag.loading.packages import local, open_package, read_member, read_xml
from rag.loading.rows import row_sentences
from rag.loading.source import Source

_LEFT_OUT = frozenset(("annotation", "tracked-changes", "note-citation", "sequence-decls"))
_MOST_SPACES = 100


def read_odt(data: bytes, name: str) -> Source:
    """Return the source in an OpenDocument text. Raises InputError."""
    package = open_package(data, name)
    content = read_member(package, "content.xml", name)
    if not content or b"encryption-data" in read_member(package, "META-INF/manifest.xml", name):
        raise InputError(f"{name} is no OpenDocument text or needs a password. Save it again.")
    body = next((e for e in read_xml(content, name).iter() if local(e) == "text"), None)
    blocks = (block.strip() for block in _blocks(body)) if body is not None else ()
    return Source("\n\n".join(filter(None, blocks)), _stated(package, name))


def _stated(package, name: str) -> dict:
    meta = read_member(package, "meta.xml", name)
    found = {local(e): e.text for e in read_xml(meta, name).iter()} if meta else {}
    return stated_properties(found.get("title"), found.get("initial-creator"))


def _blocks(parent: etree._Element) -> Iterator[str]:
    for element in parent:
        kind = local(element)
        if kind in ("p", "h"):
            yield "".join(_words(element))
            for note in (one for one in element.iter() if local(one) == "note"):
                yield from _blocks(note)
        elif kind == "table":
            yield "\n".join(row_sentences(_rows(element)))
        elif kind not in _LEFT_OUT:
            yield from _blocks(element)


def _rows(table: etree._Element) -> Iterator[list[str]]:
    """Yield the cells of a table's own rows: those of tables within it stand in its cells."""
    for row in (one for one in table.iter() if local(one) == "table-row"):
        if next(one for one in row.iterancestors() if local(one) == "table") is table:
            yield [" ".join(_blocks(one)) for one in row if local(one) == "table-cell"]


def _words(element: etree._Element) -> Iterator[str]:
    yield " ".join((element.text or "").split("\n"))
    for child in element:
        kind = local(child)
        if kind == "s":
            count = next((v for k, v in child.attrib.items() if k.endswith("}c")), "1")
            yield " " * min(int(count[:9]) if count.isdecimal() else 1, _MOST_SPACES)
        elif kind in ("tab", "line-break"):
            yield "\t" if kind == "tab" else "\n"
        elif kind and kind != "note" and kind not in _LEFT_OUT:
            yield from _words(child)
        yield " ".join((child.tail or "").split("\n"))
