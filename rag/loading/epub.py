"""Reads e-books (EPUB): the chapters in the order of the spine.

In: the bytes of a file. Out: its source, with the title, authors and date of its package.
"""

from __future__ import annotations

from posixpath import dirname, join, normpath
from urllib.parse import unquote

from lxml import etree

from rag.errors import InputError
from rag.loading.packages import local, open_package, read_member, read_xml
from rag.loading.plausible import plausible_day
from rag.loading.source import Source
from rag.loading.trees import read_tree, text_of
from rag.types import Fact

_NAMES = {"title": "title", "creator": "author", "publisher": "publisher", "language": "language"}


def read_epub(data: bytes, name: str) -> Source:
    """Return the source in an e-book. Raises InputError."""
    package = open_package(data, name)
    container = read_member(package, "META-INF/container.xml", name)
    paths = [e.get("full-path", "") for e in read_xml(container, name).iter() if e.get("full-path")]
    listing = read_member(package, paths[0], name) if paths else b""
    if not listing:
        raise InputError(f"{name} is no e-book: it has no list of chapters. Save it again.")
    if read_member(package, "META-INF/encryption.xml", name).count(b"xhtml"):
        raise InputError(f"{name} is locked (DRM). Use a copy that is not.")
    root = read_xml(listing, name)
    chapters = []
    for path in dict.fromkeys(_spine(root, dirname(paths[0]))):
        tree = read_tree(read_member(package, path, name), name)
        chapters.append(text_of(tree) if tree is not None else "")
    return Source("\n\n".join(filter(None, chapters)), _stated(root))


def _spine(root: etree._Element, folder: str) -> list[str]:
    items = {e.get("id"): e for e in root.iter() if local(e) == "item"}
    order = [items.get(e.get("idref")) for e in root.iter() if local(e) == "itemref"]
    return [
        normpath(join(folder, unquote(item.get("href", ""))))
        for item in order
        if item is not None and "nav" not in item.get("properties", "").split()
    ]


def _stated(root: etree._Element) -> dict[str, Fact]:
    facts: dict[str, Fact] = {}
    for element in root.iter():
        kind, words = local(element), " ".join((element.text or "").split())
        event = next((v for k, v in element.attrib.items() if k.endswith("event")), "publication")
        day = plausible_day(words) if kind == "date" and event == "publication" else None
        if day:
            facts.setdefault("published", Fact(day.isoformat(), words, "EPUB dc:date"))
        elif kind in _NAMES and words:
            facts.setdefault(_NAMES[kind], Fact(words, words, f"EPUB dc:{kind}"))
    return facts
