"""Reads plain text, and the bytes of every format that is text.

In: the bytes of a file. Out: its canonical text: decoded, newlines as "\\n", no byte order
mark, otherwise untouched. Knows nothing about what the text says.
"""

from __future__ import annotations

import codecs
import re
import unicodedata

from charset_normalizer import from_bytes

from rag.errors import InputError
from rag.loading.frontmatter import read_front_matter
from rag.loading.source import Source

BINARY = 0.02
"""The share of control characters above which content is not text."""
DAMAGED = 0.5
"""UTF-8 with less than this share of its non-ASCII characters broken is still read as UTF-8:
in text of another encoding hardly any is right by chance."""
SAMPLE_BYTES = 20_000
FEWEST_BYTES = 20
"""With fewer bytes beyond ASCII a legacy encoding is a guess."""

_UNASSIGNED = frozenset(("Cn", "Co", "Cs"))
_UNUSED = (
    *("utf_7", "utf_16", "utf_16_le", "utf_16_be", "utf_32"),
    *("cp037", "cp273", "cp500", "cp875", "cp1026", "cp1140"),
    *("shift_jis_2004", "shift_jisx0213", "euc_jis_2004", "euc_jisx0213", "johab"),
)
"""Never written in files of documents, and easily taken for others."""
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


def decode(data: bytes, name: str, *, declared: str = "") -> str:
    """Return the canonical text of `data`; `name` is for the error. Raises InputError.

    `declared` is the encoding that the format states; a byte order mark and valid UTF-8 are
    believed before it.
    """
    text = _decoded(data, name, declared).replace("\r\n", "\n").replace("\r", "\n")
    control = len(_CONTROL.findall(text))
    if "\0" in text or control > BINARY * len(text):
        raise InputError(f"{name} holds binary data, not text. Save it as UTF-8 text.")
    return text


def _decoded(data: bytes, name: str, declared: str) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data[len(mark) :].decode(encoding)
            except UnicodeDecodeError as error:
                raise InputError(
                    f"{name} is damaged {encoding}. Save it again as UTF-8."
                ) from error
    wide = _wide(data)
    if wide is not None:
        return wide
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        stated = _stated(data, declared)
        return _decoded_loosely(data, name) if stated is None else stated


def _wide(data: bytes) -> str | None:
    """Return UTF-16 text without a byte order mark; None for anything else.

    Nearly all its NUL bytes stand on one side of the pairs, in one of ten at least (blanks and
    signs alone are as many), and all of it is assigned characters.
    """
    sample = data[:SAMPLE_BYTES]
    low, high = sample[::2].count(0), sample[1::2].count(0)
    few = 20 * max(low, high) < len(sample)
    if len(data) % 2 or few or low == high or 5 * min(low, high) > max(low, high):
        return None
    try:
        text = data.decode("utf-16-be" if low > high else "utf-16-le")
    except UnicodeDecodeError:
        return None
    unfit = any(unicodedata.category(c) in _UNASSIGNED for c in text[:SAMPLE_BYTES])
    return None if unfit or _CONTROL.search(text) else text


def _stated(data: bytes, declared: str) -> str | None:
    try:
        text = data.decode(declared) if declared else None
    except (LookupError, ValueError, AssertionError):
        return None
    return text if isinstance(text, str) else None


def _decoded_loosely(data: bytes, name: str) -> str:
    text = data.decode("utf-8", "replace")
    foreign = len(text) - len(text.encode("ascii", "ignore"))
    if text.count("\ufffd") < DAMAGED * foreign:
        return text
    if _mostly_foreign(data):
        found = from_bytes(data[:SAMPLE_BYTES], cp_exclusion=list(_UNUSED))
        for match in found:
            legacy = _stated(data, match.encoding)
            if legacy is not None and not _is_mixed(legacy[:SAMPLE_BYTES]):
                return legacy
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError as error:
        raise InputError(f"{name} is text in an unknown encoding. Save it as UTF-8.") from error


def _is_mixed(text: str) -> bool:
    """Return whether a text has letters that nobody writes together, or in such number."""
    halves = sum("\uff61" <= letter <= "\uff9f" for letter in text)
    hangul = sum("\uac00" <= letter <= "\ud7a3" for letter in text)
    han = sum("\u4e00" <= letter <= "\u9fff" for letter in text)
    others = sum("\u3041" <= letter <= "\u318f" for letter in text)  # kana, and bare jamo
    return bool(hangul and (20 * others > len(text) or 3 * han > hangul)) or 5 * halves > len(text)


def _mostly_foreign(data: bytes) -> bool:
    """Return whether most letters are no ASCII: then it is no Western text and can be told."""
    foreign = sum(byte > 127 for byte in data[:SAMPLE_BYTES])
    latin = sum(65 <= byte <= 90 or 97 <= byte <= 122 for byte in data[:SAMPLE_BYTES])
    return foreign >= FEWEST_BYTES and foreign > latin
