"""Turns the text of a file into JSON objects that know their lines.

In: text and its place. Out: the objects of its lines or of its list, or one object.
Problems are noted and the rest is read. Knows nothing about formats.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NoReturn

from rag.evaluating.testsets.fields import Fields, Place, kind_of

LONGEST_LINE = 10_000_000  # characters
_LIKELY = ("data", "tasks")  # what files that are one object hold
_BLANK = re.compile(r"[ \t\r\n]*")
_SUSPECT = re.compile(r"\\u(?:[dD][89a-fA-F]|0000)")
_SAVE = "Write each case on one line with a JSON library, not by hand."


@dataclass(frozen=True, slots=True)
class Content:
    """What a file holds: many objects, or one that is the whole file, or no object at all."""

    text: str
    place: Place
    records: tuple[Fields, ...] = ()
    whole: Fields | None = None

    @property
    def samples(self) -> tuple[Fields, ...]:
        """The objects by which the format may be told."""
        return (self.whole,) if self.whole else self.records


class Lines:
    """Finds the line on which words stand, at little cost if asked in the order of the text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at, self._line = 0, 1

    def of(self, words: str) -> int:
        """Return the 1-based line of the next place where `words` stand; 0 if there is none."""
        found = self._text.find(words, self._at)
        if found < 0:
            self._at, self._line = 0, 1
            found = self._text.find(words)
        if found < 0 or not words:
            return 0
        self._line += self._text.count("\n", self._at, found)
        self._at = found
        return self._line


def parse(text: str, place: Place) -> Content:
    """Return the JSON objects of a text: one a line, a list of them, or a single one."""
    content = Content(text, place)
    if _one_a_line(text):
        return replace(content, records=tuple(_from_lines(text, place)))
    try:
        if text.lstrip().startswith("["):
            return replace(content, records=tuple(_from_list(text, place)))
        value, end = _decoded(text, _skip(text, 0))
        _nothing_after(text, end)
        return replace(content, whole=Fields(value, place))
    except _Malformed as error:
        _note(error, text, place)
        return content


class _Malformed(Exception):
    """JSON that cannot be read: what is wrong, what to do, and where in the text."""

    def __init__(self, what: str, remedy: str, at: int = 0) -> None:
        super().__init__(what)
        self.what, self.remedy, self.at = what, remedy, at


def _one_a_line(text: str) -> bool:
    """Say whether a text is meant to hold one object a line, even if some are broken."""
    lines = [line for line in text.split("\n", 8) if line.strip()]
    first = _tried(lines[0])
    if isinstance(first, dict):
        return len(lines) > 1 or not any(key in first for key in _LIKELY)
    if isinstance(_tried(text), dict | list) or lines[0].strip() == "[":
        return False
    if first is not None or lines[0].lstrip()[0] not in "[{":
        return True
    return any(isinstance(_tried(line), dict) for line in lines[1:7])


def _tried(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _from_lines(text: str, place: Place) -> Iterator[Fields]:
    for number, line in enumerate(text.split("\n"), 1):
        here = replace(place, line=number)
        if len(line) > LONGEST_LINE:
            here.note(f"a line of {len(line) / 1e6:.0f} MB", f"{_SAVE} 10 MB are the most.")
        elif line.strip():
            yield from _from_line(line, here)


def _from_line(line: str, place: Place) -> Iterator[Fields]:
    try:
        value, end = _decoded(line, _skip(line, 0))
        _nothing_after(line, end)
    except _Malformed as error:
        _note(error, line, place)
        return
    if isinstance(value, dict):
        yield Fields(value, place)
    else:
        place.note(f"{kind_of(value)} where an object should be", "Write one {…} on each line.")


def _from_list(text: str, place: Place) -> Iterator[Fields]:
    line, before, at = 1, 0, _skip(text, text.index("[") + 1)
    while text[at : at + 1] != "]":
        line, before = line + text.count("\n", before, at), at
        value, end = _decoded(text, at)
        found = Fields(value, replace(place, line=line))
        if found.is_object():
            yield found
        at = _skip(text, end)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
        elif text[at : at + 1] != "]":
            _broken(text, "',' or ']' is missing", at)
    _nothing_after(text, at + 1)


def _decoded(text: str, at: int) -> tuple[object, int]:
    """Return the JSON value that starts at `at`, and where it ends. Raises _Malformed."""
    try:
        value, end = _DECODER.raw_decode(text, at)
        if _SUSPECT.search(text, at, end):
            _refuse_unprintable(value)
        return value, end
    except json.JSONDecodeError as error:
        _broken(text, error.msg, error.pos)
    except RecursionError:
        raise _Malformed("lists or objects nested too deeply", "Flatten it.", at) from None
    except _Malformed as error:
        raise _Malformed(error.what, error.remedy, at) from None
    except ValueError:
        what = "a number of more than 4,300 digits"
        raise _Malformed(what, "Write it as a string.", at) from None


def _refuse_constant(name: str) -> NoReturn:
    raise _Malformed(f"{name} is no JSON number", "Write null, or leave it out.")


def _refuse_unprintable(value: object) -> None:
    remedy = "Write the character itself, or take it out."
    try:
        encoded = json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise _Malformed(r"half a character, such as \ud800, in a string", remedy) from None
    if rb"\u0000" in encoded.replace(rb"\\", b""):
        raise _Malformed(r"a NUL character, \u0000, in a string", remedy)


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def _broken(text: str, message: str, at: int) -> NoReturn:
    if at >= len(text.rstrip()) or message.startswith("Unterminated"):
        raise _Malformed("the JSON breaks off", "Copy or write the file again, to its end.", at)
    column = at - text.rfind("\n", 0, at)
    raise _Malformed(f"broken JSON at column {column} ({message})", _SAVE, at)


def _nothing_after(text: str, end: int) -> None:
    at = _skip(text, end)
    if at < len(text):
        _broken(text, "something follows the end of the object", at)


def _skip(text: str, at: int) -> int:
    return _BLANK.match(text, at).end()


def _note(error: _Malformed, text: str, place: Place) -> None:
    line = (place.line or 1) + text.count("\n", 0, error.at)
    replace(place, line=line).note(error.what, error.remedy)
