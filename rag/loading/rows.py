"""Rows of a table as sentences that can be read alone.

In: rows of cells. Out: "Region: North; Sales: 12." for each row below a row of headers. Knows
nothing about files.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from rag.errors import InputError

LONGEST_HEADER = 80
MOST_CHARACTERS = 60_000_000
"""More than the largest file holds: beyond it a table mostly says its headers again and again."""

_FIGURE = re.compile(r"[\W\d_]*|\d[\d.,:/ -]*\S{0,3}")


def row_sentences(rows: Iterable[Sequence[str]], *, headed: bool = False) -> Iterator[str]:
    """Yield one line for each row that holds words; `headed` says that the first has headers.

    Raises InputError where they are too much to read.
    """
    headers: Sequence[str] | None = None
    said = 0
    for row in rows:
        cells = [" ".join(cell.split()) for cell in row]
        if not any(cells):
            continue
        if headers is None:
            headers = cells if headed or _are_headers(cells) else ()
            if headers:
                first, names = cells, False
                continue
        sentence = _sentence(cells, headers)
        said += len(sentence)
        if said > MOST_CHARACTERS:
            raise InputError("A table has too many columns in too many rows. Split it.")
        names = True
        yield sentence
    if headers and not names:
        yield _sentence(first, ())


def _are_headers(cells: Sequence[str]) -> bool:
    """Return whether a first row names columns: short words, no figures, none twice."""
    named = [cell for cell in cells if cell]
    return (
        len(named) > 1
        and len(set(named)) == len(named)
        and not any(_FIGURE.fullmatch(cell) or len(cell) > LONGEST_HEADER for cell in named)
    )


def _sentence(cells: Sequence[str], headers: Sequence[str]) -> str:
    parts = []
    for number, cell in enumerate(cells):
        header = headers[number].rstrip(":") if number < len(headers) else ""
        if cell:
            parts.append(f"{header}: {cell}" if header else cell)
    if len(parts) == 1:
        return parts[0]
    line = "; ".join(parts)
    return line if line.endswith((".", "!", "?")) else line + "."
