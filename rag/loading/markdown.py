"""Reads Markdown: front matter, fenced code and the first heading.

In: the bytes of a file, or its lines. Out: its source, the lines that are code, the title.
Renders nothing: the text stays as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rag.loading.lines import Line
from rag.loading.source import Source
from rag.loading.text import read_text

_FENCE = re.compile(r"(`{3,}|~{3,})")
_HEADING = re.compile(r"#[ \t]+(?P<words>\S.*)")
_CLOSING_MARKS = re.compile(r"[ \t]+#+$")


def read_markdown(data: bytes, name: str) -> Source:
    """Return the source in a Markdown file. Raises InputError for what is not text."""
    return replace(read_text(data, name), markdown=True)


def mark_code(lines: Sequence[Line]) -> list[Line]:
    """Return `lines` with those of fenced blocks, fences included, marked as code."""
    marked, fence = [], ""
    for line in lines:
        opening = _FENCE.match(line.text)
        code = bool(fence or opening)
        if fence:
            bare = not line.text.strip(fence[0])
            fence = "" if bare and len(line.text) >= len(fence) else fence
        elif opening:
            fence = opening[1]
        marked.append(line._replace(code=True) if code else line)
    return marked


def find_heading(lines: Sequence[Line]) -> tuple[int, str] | None:
    """Return the index and the words of the first heading of the first level, else None."""
    for index, line in enumerate(lines):
        if line.code:
            continue
        heading = _HEADING.fullmatch(line.text)
        if heading:
            return index, _CLOSING_MARKS.sub("", heading["words"])
        if index and not line.after_gap and not line.text.strip("=") and len(line.text) > 2:
            return index - 1, lines[index - 1].text
    return None
