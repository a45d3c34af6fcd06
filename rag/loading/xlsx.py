"""Reads Excel workbooks: each row as a sentence with its headers, sheet by sheet.

In: the bytes of an .xlsx file. Out: its source, with the values that formulas had when saved.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, datetime, time

import openpyxl

from rag.errors import InputError
from rag.loading.csv import named_after
from rag.loading.docx import stated_properties
from rag.loading.packages import open_package
from rag.loading.rows import row_sentences
from rag.loading.source import Source

MOST_CELLS = 5_000_000


def read_xlsx(data: bytes, name: str) -> Source:
    """Return the source in a workbook. Raises InputError."""
    open_package(data, name)
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheets = [
            _sheet(sheet, name) for sheet in book.worksheets if sheet.sheet_state == "visible"
        ]
        stated = stated_properties(book.properties.title, book.properties.creator)
    except InputError:
        raise
    except Exception as error:  # openpyxl raises whatever a damaged part leads to
        raise InputError(f"{name} is damaged or no workbook. Save it again.") from error
    text = "\n\n".join(sheet for sheet in sheets if sheet)
    return Source(text, {**named_after(name), **stated}, bare=True)


def _sheet(sheet, name: str) -> str:
    # A sheet may claim a million empty rows; without its claim only written cells are read.
    sheet.reset_dimensions()
    sentences = list(row_sentences(_rows(sheet, name)))
    return "\n".join([sheet.title, *sentences]) if sentences else ""


def _rows(sheet, name: str) -> Iterator[list[str]]:
    cells = 0
    for row in sheet.iter_rows(values_only=True):
        cells += len(row) + 1
        if cells > MOST_CELLS:
            raise InputError(f"{name} has more than {MOST_CELLS:,} cells. Split the workbook.")
        if row:
            yield [_words(value) for value in row]


def _words(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime) and value.time() == time():
        value = value.date()
    if isinstance(value, date | time):
        return value.isoformat().replace("T", " ")
    if isinstance(value, float):
        return f"{value:.15g}"
    return str(value)
