"""Finds the runs that are kept on disk, and reads their reports.

In: a name or a path. Out: folders, reports. Knows nothing about how runs are made, so that
looking at one loads no model library.
"""

from __future__ import annotations

from pathlib import Path

from rag.errors import InputError
from rag.evaluating import journal
from rag.evaluating.records import Report
from rag.evaluating.summarising import report
from rag.settings import Settings


def load(folder: Path) -> Report:
    """Return the report of a run on disk, finished or not. Raises InputError."""
    return report(journal.read_info(folder), journal.read(folder))


def folder_of(name: str, settings: Settings) -> Path:
    """Return the folder of a run given as a path or by its name. Raises InputError."""
    for folder in (Path(name), settings.runs / name):
        if (folder / journal.INFO).is_file():
            return folder
    raise InputError(f"There is no run {name}. List them with: rag eval runs")


def folders(settings: Settings) -> list[Path]:
    """Return the folders of all runs, by name."""
    return sorted(path.parent for path in settings.runs.glob(f"*/{journal.INFO}"))
