"""Reads rich text (RTF): paragraphs in order, each before its notes, tables by rows.

In: the bytes of an .rtf file. Out: its source: the words, without formatting.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from striprtf.striprtf import rtf_to_text

from rag.errors import InputError
from rag.loading.docx import stated_properties
from rag.loading.rows import row_sentences
from rag.loading.source import Source

_INFO = re.compile(r"\{\\(title|author) ([^{}\\]{1,300})\}")
_CELL = "\uf8f0"
"""Stands for the end of a cell while the marks of formatting are taken away."""
_CELL_END = re.compile(r"(?<!\\)\\(?:nest)?cell(?![a-z0-9])[ ]?")
_NOTE_OR_END = re.compile(r"\{(?:\\\*)?\\footnote(?![a-z])|(?P<end>\\(?:par|row)(?![a-z])[ ]?)")
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def read_rtf(data: bytes, name: str) -> Source:
    """Return the source in a rich text file. Raises InputError."""
    written = data.decode("latin-1")
    if not written.lstrip().startswith("{\\rtf"):
        raise InputError(f"{name} is no rich text. Save it as RTF again.")
    try:
        text = rtf_to_text(_marked(_with_notes_below(written)), errors="ignore")
    except (ValueError, LookupError, OverflowError) as error:
        raise InputError(f"{name} is damaged rich text. Save it again.") from error
    text = _UNFIT.sub("", text.encode("utf-16", "surrogatepass").decode("utf-16", "ignore"))
    info = dict(_INFO.findall(written[:20_000]))
    lines = (line.strip() for line in _blocks(text))
    stated = stated_properties(info.get("title"), info.get("author"))
    return Source("\n\n".join(filter(None, lines)), stated)


def _blocks(text: str) -> Iterator[str]:
    """Yield the paragraphs of a text, and each table as a block of sentences."""
    for is_table, lines in groupby(text.split("\n"), lambda line: _CELL in line):
        if is_table:
            yield "\n".join(row_sentences(line.split(_CELL) for line in lines))
        else:
            yield from lines


def _marked(written: str) -> str:
    # A group of its own: how many characters to skip after \\u is set anew and forgotten again.
    return _CELL_END.sub(lambda _: f"{{\\uc0\\u{ord(_CELL) - 0x10000} }}", written)


def _with_notes_below(written: str) -> str:
    """Return rich text whose footnotes are paragraphs below those that they belong to."""
    pieces, waiting, at = [], [], 0
    while mark := _NOTE_OR_END.search(written, at):
        if mark["end"]:
            pieces += [written[at : mark.end()], *waiting]
            waiting, at = [], mark.end()
            continue
        end = _group_end(written, mark.start())
        if not end:
            break
        pieces.append(written[at : mark.start()])
        waiting.append(f"{{{written[mark.end() : end - 1]}\\par }}")
        at = end
    return "".join([*pieces, written[at:], *waiting])


def _group_end(written: str, start: int) -> int:
    """Return where the group ends that opens at `start`, 0 for one that is never closed."""
    depth = 0
    for brace in _BRACE.finditer(written, start):
        depth += {"{": 1, "}": -1}.get(brace[0], 0)
        if not depth:
            return brace.end()
    return 0
