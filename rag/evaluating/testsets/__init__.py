"""Reads test sets of many formats, told apart by what they hold, and says what is wrong.

In: the path of a file or folder. Out: a `TestSet`, or a list of problems, each with file,
line and remedy. Knows nothing about libraries or models.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from os.path import isdir  # that of a Path raises where it may not look
from pathlib import Path
from types import ModuleType

from rag.errors import InputError
from rag.evaluating.records import Problem, TestSet
from rag.evaluating.testsets import (
    beir,
    cases,
    clapnq,
    judgements,
    mtrag,
    multihop,
    rgb,
    squad,
    table,
)
from rag.evaluating.testsets.contents import Contents
from rag.evaluating.testsets.fields import shown
from rag.evaluating.testsets.files import Files
from rag.evaluating.testsets.parsing import Content
from rag.evaluating.testsets.rgb import with_noise

__all__ = ["FORMATS", "examine", "read", "with_noise"]

_FORMATS = (cases, table, squad, beir, rgb, multihop, clapnq, mtrag, judgements)
FORMATS: Mapping[str, str] = {module.KIND: module.DESCRIPTION for module in _FORMATS}
"""The name of each format that can be read, and a line about it."""

# The particular ones come first: `cases` takes whatever has a question.
_OBJECTS = (judgements, mtrag, clapnq, multihop, rgb, squad, beir, cases)
_FOLDERS = (beir, clapnq)


def read(path: Path) -> TestSet:
    """Return a test set. Raises InputError with the first problem if there is any."""
    found, problems = examine(path)
    if found is None:
        more = f" (and {len(problems) - 1} more: rag eval check {path})" if problems[1:] else ""
        raise InputError(f"{problems[0]}{more}")
    return found


def examine(path: Path) -> tuple[TestSet | None, tuple[Problem, ...]]:
    """Return a test set and (), or None and all that is wrong with it, the first 1,000."""
    files = Files()
    reader = _reader_for(files, path)
    contents = reader.read(files, path) if reader else Contents()
    if not contents.cases and not files.notes.problems:
        files.place(path).note("there is no question in it", "Look whether it is the whole file.")
    if files.notes.problems:
        return None, tuple(sorted(files.notes.problems, key=lambda one: (one.path, one.line)))
    name = _name(path, reader)
    return TestSet(name, reader.KIND, files.sha256, contents.cases, contents.corpus), ()


def _name(path: Path, reader: ModuleType) -> str:
    if isdir(path):
        return path.resolve().name
    return path.resolve().parent.name if reader is beir else path.stem


def _reader_for(files: Files, path: Path) -> ModuleType | None:
    """Return the module that reads the format; None, with a note, if there is none."""
    if isdir(path):
        return _reader_for_folder(files, path)
    content = files.content(path)
    if content is None:
        return None
    found = (one for row in content.samples for one in _OBJECTS if one.fits(row.values))
    reader = next(found, None)
    if reader is None and (table.fits_text(content.text) or path.suffix.lower() in table.SUFFIXES):
        return table
    if reader is None and not files.notes.problems:
        _note_unknown(content)
    return reader


def _reader_for_folder(files: Files, folder: Path) -> ModuleType | None:
    for reader in _FOLDERS:
        if reader.fits_folder(folder):
            return reader
    files.place(folder).note(
        "a folder that holds no test set as a whole",
        f"Name a file in it; folders are read as: {_listed(one.KIND for one in _FOLDERS)}.",
    )
    return None


def _note_unknown(content: Content) -> None:
    keys = dict.fromkeys(key for row in content.samples[:20] for key in row.values)
    seen = (
        f"its keys are {shown(', '.join(keys))}"
        if keys
        else "it holds neither JSON objects nor a table"
    )
    content.place.note(
        f"no known format: {seen}", f"Known are: {_listed(FORMATS)} (rag eval check --help)."
    )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
