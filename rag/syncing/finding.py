"""What lies in folders: which files, and what each holds as far as one may read it.

In: folders, and what is known about their files. Out: a look at each. Knows nothing about
formats beyond their endings. A file that a glance finds as it was is not read again: its
size, times and place on the disk are the hint, the hash of its bytes is the truth.
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag import loading
from rag.errors import InputError
from rag.storing import FileRecord

_SETTLED = 2 * 10**9
"""Nanoseconds after which a file that is written to again has another time, on any disk."""
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)  # a pipe would wait for its writer
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


@dataclass(frozen=True, slots=True)
class Look:
    """What a file holds: the SHA-256 of its bytes, or the problem that keeps it from being read.

    `hint` is "" where a file was changed so lately that its time may not tell the next change.
    """

    hash: str = ""
    hint: str = ""
    problem: str = ""
    blank: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """The files under folders by the names they are stored under, and what cannot be listed."""

    files: Mapping[str, Path]
    closed: Mapping[str, str]


def existing(root: Path) -> Path:
    """Return a folder or file as an absolute path; raises InputError when it is not there."""
    if not root.exists():
        raise InputError(f"There is no file or folder {root}: check the path and try again.")
    return root.resolve()


def found(roots: Sequence[Path], library: Path) -> Found:
    """Return the files under folders, hidden ones and the library left out."""
    closed: dict[str, str] = {}
    files = {name_of(path): path for root in roots for path in _under(root, library, closed)}
    return Found(files, closed)


def look(path: Path, known: FileRecord | None) -> Look | None:
    """Return what a file holds, read only when it may not be what is known; None when it is gone.

    What changes while it is read is reported as a problem.
    """
    try:
        if name_of(path) != str(path):
            return Look(problem="has a name that is not valid text: rename it")
        state = os.stat(path)
        if not stat.S_ISREG(state.st_mode):
            return Look(problem="is not a regular file")
        if not loading.is_supported(path):
            kind = path.suffix or "without an ending"
            return Look(problem=f"files of the kind {kind} cannot be read yet")
        if known and known.hash and known.hint and known.hint == _told(path, state):
            return Look(known.hash, known.hint)
        return _read(path)
    except FileNotFoundError:
        return Look(problem="leads nowhere") if path.is_symlink() else None
    except InputError as error:
        return Look(problem=str(error))
    except OSError as error:
        return Look(problem=cannot(error))


def content_hash(path: Path) -> str:
    """Return the hash of a file and of what is stated beside it.

    Raises OSError, and InputError for a file that is too large.
    """
    return _digest(path)[0]


def name_of(path: Path) -> str:
    """Return a path as text that can be stored; bytes that are no text are written out."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def cannot(error: OSError) -> str:
    """Return why a file cannot be read, as a reason in a report."""
    return f"cannot be read ({error.strerror or error})"


def within(path: str, root: str | Path) -> bool:
    """Return whether a path is a folder or file, or lies under it."""
    return Path(path) == Path(root) or Path(root) in Path(path).parents


def _under(root: Path, library: Path, closed: dict[str, str]) -> Iterator[Path]:
    """Yield files in a fixed order; folders behind links are not entered, so none is a loop."""
    if not root.is_dir():
        yield root
        return

    def note(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):  # removed a moment ago
            closed[name_of(Path(error.filename))] = cannot(error)

    for folder, folders, names in os.walk(root, onerror=note):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and Path(folder, name) != library.resolve()
        )
        for name in sorted(names):
            path = Path(folder, name)
            if not name.startswith(".") and not loading.is_companion(path):
                yield path


def _read(path: Path) -> Look:
    digest, before, after = _digest(path)
    if _told(path, before) != _told(path, after):
        return Look(problem="changes while it is being read: index it again when it is done")
    states = [after, *(one.stat() for one in loading.companions(path))]
    latest = max(time_ns for one in states for time_ns in (one.st_mtime_ns, one.st_ctime_ns))
    settled = time.time_ns() - latest > _SETTLED
    return Look(digest, _told(path, after) if settled else "", blank=after.st_size == 0)


def _digest(path: Path) -> tuple[str, os.stat_result, os.stat_result]:
    """Return the hash of what is read, and what the disk says of it before and after."""
    handle = os.open(path, _FLAGS)
    with open(handle, "rb") as file:
        before = os.fstat(handle)
        if not stat.S_ISREG(before.st_mode):
            raise InputError("is not a regular file")
        if before.st_size > loading.LARGEST:
            limit = loading.LARGEST // 1_000_000
            raise InputError(f"is larger than {limit} MB: split it into smaller files")
        digest = hashlib.file_digest(file, "sha256")
        return loading.hashed(digest, path), before, os.fstat(handle)


def _told(path: Path, state: os.stat_result) -> str:
    """Return what the disk says of a file and its companions that changes when their bytes do."""
    states = [state, *(one.stat() for one in loading.companions(path))]
    return " ".join(
        str(value)
        for one in states
        # the second time cannot be set back by hand
        for value in (one.st_size, one.st_mtime_ns, one.st_ctime_ns, one.st_ino, one.st_dev)
    )
