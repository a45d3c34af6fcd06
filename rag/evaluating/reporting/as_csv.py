"""A report as a table for spreadsheets: one row for each case.

In: a report. Out: CSV after RFC 4180. Knows nothing about files.
"""

from __future__ import annotations

import csv
import io

from rag.evaluating.records import Judged, Report
from rag.evaluating.reporting.as_json import case_object
from rag.evaluating.reporting.wording import expected, printable

_BEFORE = ("id", "question", "tags", "answerable", "stage", "right", "refusal")
_AFTER = ("confidence", "error", "retrieve_ms", "first_token_ms", "total_ms")
# A spreadsheet runs a text that begins so as a formula (OWASP, "CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def case_table(report: Report) -> str:
    """Return a line of names, then a line for each case; a metric that does not apply is empty.

    Texts that a spreadsheet would run as a formula begin with an apostrophe.
    """
    metrics = sorted({name for judged in report.cases for name in judged.shares})
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow(map(_cell, [*_BEFORE, "expected", "text", *_AFTER, *metrics]))
    for judged in report.cases:
        writer.writerow(map(_cell, _row(judged, metrics)))
    return table.getvalue()


def _row(judged: Judged, metrics: list[str]) -> list[object]:
    told = case_object(judged)
    told |= {"tags": " ".join(told["tags"]), "retrieve_ms": judged.outcome.retrieve_ms}
    return [
        *(told[name] for name in _BEFORE),
        expected(judged.outcome.case),
        told["text"],
        *(told[name] for name in _AFTER),
        *(told["scores"].get(name) for name in metrics),
    ]


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return value
    text = printable(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
