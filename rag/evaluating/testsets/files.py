"""Reads the files of one test set, and remembers what was read and what was wrong.

In: paths. Out: their text or JSON objects, and a digest over all of them. A file that
cannot be read is noted as a problem. Knows nothing about formats.
"""

from __future__ import annotations

import codecs
import hashlib
import re
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

from rag.evaluating.testsets.fields import Fields, Notes, Place
from rag.evaluating.testsets.parsing import Content, parse

_OBJECT = re.compile(r"\A\s*[\[{]|^[ \t]*\{", re.MULTILINE)
_ARCHIVES = {b"PK\x03\x04": "a zip archive or a spreadsheet", b"\x1f\x8b": "compressed with gzip"}
_UTF8 = "Save it as UTF-8."


class Files:
    """The files of one test set; each is read once."""

    def __init__(self) -> None:
        self.notes = Notes()
        self._read: dict[Path, Content | None] = {}
        self._digests: dict[str, bytes] = {}

    @property
    def sha256(self) -> str:
        """The digest over the names and bytes of all that was read."""
        total = hashlib.sha256()
        for name, digest in sorted(self._digests.items()):
            total.update(name.encode("utf-8", "surrogateescape") + b"\0" + digest)
        return total.hexdigest()

    def content(self, path: Path) -> Content | None:
        """Return what a file holds; None where it cannot be read."""
        if path not in self._read:
            self._read[path] = self._content(path)
        return self._read[path]

    def records(self, path: Path) -> tuple[Fields, ...]:
        """Return the JSON objects of a file that holds many."""
        content = self.content(path)
        return content.records if content else ()

    def place(self, path: Path) -> Place:
        """Return a file as a place of problems."""
        return Place(self.notes, str(path))

    def _content(self, path: Path) -> Content | None:
        place = self.place(path)
        data = _bytes(path, place)
        if data is None:
            return None
        self._digests[path.name] = hashlib.sha256(data).digest()
        text = _decoded(data, place)
        if text is None:
            return None
        return parse(text, place) if _OBJECT.search(text[:2000]) else Content(text, place)


def _bytes(path: Path, place: Place) -> bytes | None:
    try:
        if path.is_file():
            return path.read_bytes()
        if path.is_dir():
            place.note("a folder where a file should be", "Name a file in it.")
        elif path.exists():
            place.note("not a regular file", "Copy what it gives to a file first.")
        else:
            place.note("there is no such file", _nearby(path))
    except (OSError, ValueError) as error:
        place.note(f"cannot be read ({error.strerror or error})", "Look at its permissions.")
    return None


def _nearby(path: Path) -> str:
    if not path.parent.is_dir():
        return f"There is no folder {path.parent} either."
    close = get_close_matches(path.name, [one.name for one in path.parent.iterdir()], 1)
    return f"Did you mean {path.parent / close[0]}?" if close else "Check the name and the folder."


def _decoded(data: bytes, place: Place) -> str | None:
    """Return the text of a file; None, and a note, where it is no text or an empty one."""
    if fault := _fault(data):
        line, *what_and_remedy = fault
        replace(place, line=line).note(*what_and_remedy)
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = error.start
        column = at - data.rfind(b"\n", 0, at)
        what = f"not UTF-8: byte 0x{data[at]:02x} is byte {column} of the line"
        replace(place, line=data.count(b"\n", 0, at) + 1).note(what, _UTF8)
        return None
    return text


def _fault(data: bytes) -> tuple[int, str, str] | None:
    """Return where and what keeps bytes from being text, and the remedy; None for text."""
    for magic, what in _ARCHIVES.items():
        if data.startswith(magic):
            return 0, what, "Unpack it, or save it as JSON lines or CSV."
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or _mostly_nul(data):
        return 0, "written in UTF-16", _UTF8
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        return line, "a NUL byte", "Save it as UTF-8 text, without NUL bytes."
    if not data.removeprefix(codecs.BOM_UTF8).strip():
        return 0, "the file is empty", "Write a case into it, one a line."
    return None


def _mostly_nul(data: bytes) -> bool:
    return data.count(0) > len(data) * 0.4
