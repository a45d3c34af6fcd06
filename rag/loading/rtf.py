"""Reads rich text (RTF).

In: the bytes of an .rtf file. Out: its source: the words, without formatting.
"""

from __future__ import annotations

import re

from striprtf.striprtf import rtf_to_text

from rag.errors import InputError
from rag.loading.docx import stated_properties
from rag.loading.source import Source

_INFO = re.compile(r"\{\\(title|author) ([^{}\\]{1,300})\}")
_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def read_rtf(data: bytes, name: str) -> Source:
    """Return the source in a rich text file. Raises InputError."""
    written = data.decode("latin-1")
    if not written.lstrip().startswith("{\\rtf"):
        raise InputError(f"{name} is no rich text. Save it as RTF again.")
    try:
        text = rtf_to_text(written, errors="ignore")
    except (ValueError, LookupError, OverflowError) as error:
        raise InputError(f"{name} is damaged rich text. Save it again.") from error
    text = _UNFIT.sub("", text.encode("utf-16", "surrogatepass").decode("utf-16", "ignore"))
    info = dict(_INFO.findall(written[:20_000]))
    lines = (line.strip() for line in text.split("\n"))
    stated = stated_properties(info.get("title"), info.get("author"))
    return Source("\n\n".join(filter(None, lines)), stated)
