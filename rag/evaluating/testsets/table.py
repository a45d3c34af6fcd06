"""Reads test sets kept as a table: CSV, TSV, or what a spreadsheet saves.

In: text with a header line. Out: cases. Columns are named like the keys of the program's
own format. "|" stands between strings of one cell, and in `answers` between those of which
one will do; ";" between answers that are all needed. Knows nothing about other formats.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from rag.evaluating.testsets import cases
from rag.evaluating.testsets.contents import Contents
from rag.evaluating.testsets.fields import Fields, Place, identifiers, shown
from rag.evaluating.testsets.files import Files

KIND = "csv"
DESCRIPTION = "CSV or TSV with a header: question, answers (a|b;c), documents, quotes …"
COLUMNS = [key for key in cases.KEYS if key not in ("history", "filters", "grades")]
SUFFIXES = (".csv", ".tsv", ".tab")
_DELIMITERS = (",", ";", "\t")
_LISTS = ("documents", "quotes", "tags")
_FLAGS = ("answerable", "draft")
_TRUTH = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


def fits_text(text: str) -> bool:
    """Whether a text begins with a header that has a column "question"."""
    return "question" in _header(text)[1]


def read(files: Files, path: Path) -> Contents:
    """Return the cases of a table."""
    content = files.content(path)
    delimiter, header = _header(content.text)
    if _header_is_good(header, replace(content.place, line=1)):
        rows = [_values(row) for row in _rows(content.text, delimiter, content.place)]
        return Contents(tuple(map(cases.case, rows, identifiers(rows))))
    return Contents()


def _header(text: str) -> tuple[str, list[str]]:
    """Return the delimiter, and the names of the columns that it gives."""
    line = re.split(r"[\r\n]", text.lstrip("\r\n"), maxsplit=1)[0]
    found = {}
    for delimiter in _DELIMITERS:
        cells = next(csv.reader([line[:10_000]], delimiter=delimiter), [])
        found[delimiter] = [cell.strip().lower() for cell in cells]
    best = max(found, key=lambda one: ("question" in found[one], len(found[one])))
    return best, found[best]


def _header_is_good(header: list[str], place: Place) -> bool:
    if "question" not in header:
        remedy = "Name the columns in the first line: question, answers, documents, quotes …"
        place.note(f'no column "question" (columns: {shown(", ".join(header))})', remedy)
        return False
    twice = [name for name in header if name and header.count(name) > 1]
    if twice:
        place.note(f"two columns {shown(twice[0])}", "Rename or delete one of them.")
        return False
    Fields(dict.fromkeys(filter(None, header)), place).expect_only(COLUMNS)
    return True


def _rows(text: str, delimiter: str, place: Place) -> Iterator[Fields]:
    """Yield each row as the strings of its columns, with the line on which it starts."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: list[str] = []
    line = 1
    try:
        for cells in reader:
            here, line = replace(place, line=line), reader.line_num + 1
            if not header:
                header = [cell.strip().lower() for cell in cells]
            elif len(cells) > len(header) and any(cells[len(header) :]):
                here.note(
                    f"{len(cells)} cells, but the header names {len(header)} columns",
                    f'Put "…" around cells that hold {shown(delimiter)}.',
                )
            elif any(cell.strip() for cell in cells):
                yield Fields(dict(zip(header, cells, strict=False)), here)
    except csv.Error as error:
        remedy = 'Close every quotation mark, and write "" for one inside a cell.'
        replace(place, line=line).note(f"a broken cell ({error})", remedy)


def _values(row: Fields) -> Fields:
    """Return a row whose cells have become the values of the program's own format."""
    found = {}
    for key, cell in row.values.items():
        if not cell.strip() or key not in COLUMNS:
            continue
        found[key] = cell.strip()
        if key in _LISTS:
            found[key] = _parts(cell, "|")
        elif key in _FLAGS:
            found[key] = _truth(row, key, cell)
        elif key == "answers":
            found[key] = [_parts(group, "|") for group in _parts(cell, ";")]
    return replace(row, values=found)


def _parts(cell: str, mark: str) -> list[str]:
    return [part.strip() for part in cell.split(mark) if part.strip()]


def _truth(row: Fields, key: str, cell: str) -> bool | None:
    if cell.strip().lower() not in _TRUTH:
        row.note(f'"{key}" is {shown(cell.strip())}, not yes or no', "Write yes or no.")
    return _TRUTH.get(cell.strip().lower())
