"""Writes a report in every form into a folder.

In: a report. Out: files, each replaced in one step. Knows nothing about what is in them.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from rag.errors import InputError
from rag.evaluating.records import Report
from rag.evaluating.reporting.as_csv import case_table
from rag.evaluating.reporting.as_html import html
from rag.evaluating.reporting.as_json import report_object
from rag.evaluating.reporting.as_junit import junit_xml
from rag.evaluating.reporting.as_markdown import markdown

FORMS = {
    "report.json": lambda report: json.dumps(report_object(report), ensure_ascii=False, indent=1),
    "report.html": html,
    "report.md": markdown,
    "cases.csv": case_table,
    "junit.xml": junit_xml,
}


def write_all(report: Report, folder: Path) -> list[Path]:
    """Write every form of a report and return the paths. Raises InputError."""
    return [write(report, name, folder / name) for name in FORMS]


def write(report: Report, form: str, path: Path) -> Path:
    """Write one of `FORMS` to a path and return it. Raises InputError."""
    replaced(path, FORMS[form](report))
    return path


def replaced(path: Path, text: str) -> None:
    """Give a file other words, in one step. Raises InputError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
        partial.write_bytes(text.encode("utf-8", "replace"))
        os.replace(partial, path)
    except OSError as error:
        raise InputError(
            f"{path} cannot be written ({error.strerror or error}): choose another place."
        ) from None
