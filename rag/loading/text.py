"""Reads plain text, and the bytes of every format that is text.

In: the bytes of a file. Out: its canonical text: decoded, newlines as "\\n", no byte order
mark, otherwise untouched. Knows nothing about what the text says.
"""

from __future__ import annotations

import codecs
import re

from rag.errors import InputError
from rag.loading.frontmatter import read_front_matter
from rag.loading.source import Source

BINARY = 0.02
"""The share of control characters above which content is not text."""
DAMAGED = 0.5
"""UTF-8 with less than this share of its non-ASCII characters broken is still read as UTF-8:
in text of another encoding hardly any is right by chance."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROL = re.compile(r"[\x00-\x07\x0e-\x1a\x1c-\x1f\x7f]")


def read_text(data: bytes, name: str) -> Source:
    """Return the source in a plain text file. Raises InputError for what is not text."""
    text = decode(data, name)
    stated, start = read_front_matter(text)
    return Source(text[start:], stated)


def decode(data: bytes, name: str) -> str:
    """Return the canonical text of `data`; `name` is for the error. Raises InputError."""
    text = _decoded(data, name).replace("\r\n", "\n").replace("\r", "\n")
    control = len(_CONTROL.findall(text))
    if "\0" in text or control > BINARY * len(text):
        raise InputError(f"{name} holds binary data, not text. Save it as UTF-8 text.")
    return text


def _decoded(data: bytes, name: str) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data[len(mark) :].decode(encoding)
            except UnicodeDecodeError as error:
                raise InputError(
                    f"{name} is damaged {encoding}. Save it again as UTF-8."
                ) from error
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _decoded_loosely(data, name)


def _decoded_loosely(data: bytes, name: str) -> str:
    text = data.decode("utf-8", "replace")
    foreign = len(text) - len(text.encode("ascii", "ignore"))
    if text.count("\ufffd") < DAMAGED * foreign:
        return text
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{name} is neither UTF-8 nor Windows-1252 text. Save it as UTF-8 text."
        ) from error
