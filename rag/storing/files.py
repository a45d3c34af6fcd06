"""The SQLite file: one writer at a time, replaced in one step, errors said in our words.

In: a library's folder. Out: nothing but what happens to its file. Knows nothing about tables.
"""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import filelock

from rag.errors import DiskFull, InputError, LibraryBusy, LibraryDamaged, RagError

DATABASE = "library.sqlite"
_WRITER = "writer.txt"
_LOGS = (("answers", "answer_id"), ("judgements", "number"))
"""The tables that outlive a rebuild, each with what tells its rows apart."""


@contextmanager
def writer(folder: Path) -> Iterator[None]:
    """Hold the right to write to a library for the length of a `with`; raises LibraryBusy."""
    lock = filelock.FileLock(folder / "writer.lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        raise LibraryBusy(
            f"{_holder(folder)} writing to the library in {folder}: "
            "wait until it is done, or stop it."
        ) from None
    except OSError as error:
        raise unwritable(folder, error) from None
    try:
        with suppress(OSError):  # it only says who it is: the lock is what counts
            (folder / _WRITER).write_text(f"{os.getpid()} {time.strftime('%H:%M')}")
        yield
    finally:
        lock.release()


def _holder(folder: Path) -> str:
    """Return who holds the right to write, as the beginning of a sentence."""
    with suppress(OSError, ValueError):
        number, since = (folder / _WRITER).read_text().split()
        return f"Process {int(number)} has been since {since}"
    return "Another process is"


def replace(folder: Path, fresh: Path) -> None:
    """Make the library in `folder` hold what the closed one in `fresh` holds, in one step.

    SQLite copies it as one transaction, so whoever has the library open goes on with the
    new contents. The log of answers stays. Only a file that SQLite cannot use is replaced as
    a file; it is kept beside the new one, for what it may still hold.
    """
    old = folder / DATABASE
    try:
        with (
            translated(folder),
            closing(sqlite3.connect(fresh / DATABASE)) as source,
            closing(sqlite3.connect(old, timeout=3)) as target,
        ):
            # `backup` waits for a lock without end; this asks once, with a time limit.
            target.execute("BEGIN IMMEDIATE")
            target.rollback()
            carry = _carry_log(source, target, old)
            source.backup(target, pages=1, progress=carry, sleep=0.02)
    except LibraryDamaged:
        for log in ("-wal", "-shm"):  # SQLite would replay the old file's log into the new one
            Path(f"{old}{log}").unlink(missing_ok=True)
        os.replace(old, f"{old}.damaged-{time.time_ns()}")
        os.replace(fresh / DATABASE, old)
    shutil.rmtree(fresh, ignore_errors=True)


def _carry_log(
    source: sqlite3.Connection, target: sqlite3.Connection, old: Path
) -> Callable[[int, int, int], None]:
    """Return what copies the logs (answers, judgements) from `target`, the file `old`.

    They go into `source`. It is to be called after every step of a backup. The first page that
    is copied locks the target: no answer can be added any more, and the log is carried whole.
    What changes in the source while it is copied is copied with it.
    """
    # A file that was made only now holds no log, and cannot be read while it is locked.
    waiting = target.execute("PRAGMA journal_mode").fetchone()[0] == "wal"

    def carry(status: int, *_: int) -> None:
        nonlocal waiting
        if not waiting or status != sqlite3.SQLITE_OK:  # else another process held the lock
            return
        waiting = False
        source.execute("ATTACH ? AS old", (str(old),))
        for table, key in _LOGS:
            known = "SELECT 1 FROM old.sqlite_master WHERE name = ?"
            if source.execute(known, (table,)).fetchone():
                with source:
                    source.execute(
                        f"INSERT INTO main.{table} SELECT * FROM old.{table}"
                        f" WHERE {key} NOT IN (SELECT {key} FROM main.{table})"
                    )
        source.execute("DETACH old")

    return carry


def unwritable(folder: Path, error: OSError) -> RagError:
    """Return our error for a folder that cannot be written to."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _full(folder)
    return InputError(
        f"Cannot write to the library folder {folder} ({error.strerror or error}): "
        "choose another one with --library."
    )


def _full(folder: Path) -> DiskFull:
    return DiskFull(
        f"The disk that holds {folder} is full: make room and run it again. "
        "What was there before is unharmed."
    )


@contextmanager
def translated(folder: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours, each with what to do."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if "full" in str(error):
            raise _full(folder) from None
        if "locked" in str(error):
            raise LibraryBusy(
                f"Another process is writing to the library in {folder}: wait and try again."
            ) from None
        raise LibraryDamaged(
            f"Cannot use {folder / DATABASE} ({error}). Check that you may read and write it, "
            "or rebuild it with: rag index --rebuild"
        ) from None
    except sqlite3.DatabaseError as error:
        raise LibraryDamaged(
            f"{folder / DATABASE} is damaged ({error}). Rebuild it with: rag index --rebuild"
        ) from None
