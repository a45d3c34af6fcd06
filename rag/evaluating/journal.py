"""Keeps a run on disk, case by case, so that a killed one goes on where it stopped.

In: what a run is a run of, and its outcomes. Out: the same again. Knows nothing about how
outcomes come about or what they are worth.

A run is a folder: `run.json` says what it is a run of, `cases.jsonl` holds one whole
outcome a line, flushed to disk before the next case begins.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import TypeAdapter, ValidationError

from rag.errors import InputError
from rag.evaluating.records import Outcome, RunInfo

INFO = "run.json"
CASES = "cases.jsonl"
_INFO = TypeAdapter(RunInfo)
_OUTCOME = TypeAdapter(Outcome)


def start(info: RunInfo) -> None:
    """Make the folder of a run. Raises InputError when it holds a run of something else."""
    folder = Path(info.folder)
    if (folder / INFO).exists():
        if read_info(folder) != info:
            raise InputError(
                f"{folder} holds a run of something else: choose another folder with --out."
            )
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        partial = folder / f"{INFO}.{os.getpid()}.partial"
        partial.write_bytes(_INFO.dump_json(info, indent=2))
        os.replace(partial, folder / INFO)
    except OSError as error:
        raise InputError(
            f"The run cannot be kept in {folder} ({error.strerror or error}). "
            "Choose another folder with --out."
        ) from None


def read_info(folder: Path) -> RunInfo:
    """Return what a run is a run of, under the name and place it has now.

    Raises InputError when the folder holds none.
    """
    try:
        info = _INFO.validate_json((folder / INFO).read_bytes())
    except OSError:
        raise InputError(f"There is no run in {folder}. List them with: rag eval runs") from None
    except ValidationError:
        raise InputError(
            f"{folder / INFO} is damaged: delete the folder and run the test set again."
        ) from None
    return replace(info, name=folder.name, folder=str(folder.resolve()))


def read(folder: Path) -> list[Outcome]:
    """Return the outcomes of a run so far, without a last line that was cut off.

    Raises InputError for a line that is damaged.
    """
    try:
        content = (folder / CASES).read_bytes()
    except FileNotFoundError:
        return []
    outcomes = []
    for number, line in enumerate(content.splitlines(keepends=True), 1):
        if not line.endswith(b"\n"):
            break
        try:
            outcomes.append(_OUTCOME.validate_json(line))
        except ValidationError:
            raise InputError(
                f"{folder / CASES}:{number} is damaged: delete this line and what follows it, "
                "and start the run again to make up for them."
            ) from None
    return outcomes


class Journal:
    """An open run; `add` returns when the outcome is on disk."""

    def __init__(self, folder: Path):
        self.outcomes = read(folder)
        self._file = (folder / CASES).open("ab")
        _cut_off(folder / CASES)

    def add(self, outcome: Outcome) -> None:
        """Append one outcome. Raises InputError when the disk takes no more."""
        try:
            self._file.write(_OUTCOME.dump_json(outcome) + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise InputError(
                f"The run cannot be written to {self._file.name} ({error.strerror}): make room "
                "and start it again. What was done so far is kept."
            ) from None
        self.outcomes.append(outcome)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


@contextmanager
def opened(folder: Path) -> Iterator[Journal]:
    """Hold a run for writing. Raises InputError when another process does."""
    lock = FileLock(folder / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise InputError(
            f"Another process is running {folder.name}: wait for it, or use --out."
        ) from None
    try:
        journal = Journal(folder)
        try:
            yield journal
        finally:
            journal.close()
    finally:
        lock.release()


def _cut_off(path: Path) -> None:
    """Drop a last line that a killed run left half written."""
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        os.truncate(path, whole)
