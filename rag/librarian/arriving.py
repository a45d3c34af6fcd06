"""Files that a browser sends, on their way to the disk: bounded, whole or not there at all.

In: a name and bytes. Out: a file below the library's `uploads` folder. Knows nothing about
requests. What arrives has a hidden name, which indexing passes over, until all of it is on
the disk.
"""

from __future__ import annotations

import filecmp
import os
import secrets
import shutil
import threading
import time
from pathlib import Path
from typing import BinaryIO

from rag import loading
from rag.errors import DiskFull, InputError, RagError
from rag.lasting import sync_folder
from rag.librarian.naming import numbered, safe_path
from rag.storing.files import unwritable

LARGEST = loading.LARGEST
"""Bytes of one file: what is larger would not be read anyway."""
MOST_BYTES = 20_000_000_000
MOST_FILES = 20_000
_SPARE = 500_000_000  # bytes that stay free on the disk
_ABANDONED = 3600.0  # seconds after which what arrives no more was cut off by a killed server
_ARRIVING = ".arriving-"


class Uploads:
    """The folder of files that were sent, and the room that is left in it."""

    def __init__(self, library: Path):
        self.folder = library.resolve() / "uploads"
        self._lock = threading.Lock()
        self._files, self._bytes = self._there()

    def arrival(self, name: str, size: int = 0) -> Arrival:
        """Return a new file to write to; `size` is what its sender says, 0 for unknown.

        Raises InputError for what is too much, DiskFull.
        """
        if size > LARGEST:
            raise InputError(_too_large())
        with self._lock:
            if self._files >= MOST_FILES or self._bytes + size > MOST_BYTES:
                raise InputError(
                    f"The uploads hold {self._files:,} files of {self._bytes / 1e9:.1f} GB, as "
                    "many as may be: remove some, or add a folder of this machine instead."
                )
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if shutil.disk_usage(self.folder).free < size + _SPARE:
                raise DiskFull(f"The disk that holds {self.folder} is nearly full: make room.")
            return Arrival(self, name)
        except OSError as error:
            raise unwritable(self.folder, error) from None

    def holds(self, path: str) -> bool:
        """Return whether a file was sent, and so belongs to the library alone."""
        return self.folder in Path(path).parents

    def remove(self, path: str) -> None:
        """Delete a file that was sent, what was stated beside it, and folders left empty."""
        file = Path(path)
        if not self.holds(path):
            raise InputError(f"{path} was not uploaded, and stays where it is.")
        beside = [one for one in loading.companions(file) if one.name.startswith(file.name)]
        for one in (file, *beside):
            self._delete(one)
        for folder in file.parents:
            if folder == self.folder or any(folder.iterdir()):
                break
            folder.rmdir()

    def place(self, arrived: Path, name: str) -> tuple[Path, bool]:
        """Give a whole file its name; return it, and whether the same file was there already."""
        wanted = safe_path(name)
        with self._lock:
            number, path = 1, self.folder / wanted
            while path.exists():
                if path.is_file() and filecmp.cmp(arrived, path, shallow=False):
                    arrived.unlink()
                    return path, True
                number += 1
                path = self.folder / numbered(wanted, number)
            size = arrived.stat().st_size
            path.parent.mkdir(parents=True, exist_ok=True)
            os.replace(arrived, path)
            sync_folder(path.parent)
            self._files, self._bytes = self._files + 1, self._bytes + size
        return path, False

    def _delete(self, file: Path) -> None:
        size = file.stat().st_size if file.is_file() else 0
        file.unlink(missing_ok=True)
        with self._lock:
            self._files, self._bytes = self._files - 1, self._bytes - size

    def _there(self) -> tuple[int, int]:
        """Return how many files there are and their bytes; what a killed server left is removed."""
        files = bytes_ = 0
        for path in self.folder.rglob("*") if self.folder.is_dir() else ():
            if path.name.startswith(_ARRIVING):
                if time.time() - path.stat().st_mtime > _ABANDONED:
                    path.unlink(missing_ok=True)
            elif path.is_file():
                files, bytes_ = files + 1, bytes_ + path.stat().st_size
        return files, bytes_


class Arrival:
    """One file while it arrives; leaves nothing behind unless it is finished."""

    def __init__(self, uploads: Uploads, name: str):
        self._uploads = uploads
        self._name = name
        self._path = uploads.folder / f"{_ARRIVING}{secrets.token_hex(8)}"
        self._file: BinaryIO = self._path.open("xb")
        self._size = 0

    def write(self, piece: bytes) -> None:
        """Add bytes; raises InputError when they become too many, DiskFull."""
        self._size += len(piece)
        if self._size > LARGEST:
            raise InputError(_too_large())
        try:
            self._file.write(piece)
        except OSError as error:
            raise self._unwritable(error) from None

    def finish(self) -> tuple[Path, bool]:
        """Put the file in its place; return it, and whether the same file was there already.

        It is on the disk when this returns. Raises InputError and DiskFull.
        """
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            return self._uploads.place(self._path, self._name)
        except (FileExistsError, NotADirectoryError):
            raise InputError(
                "A folder of its path has the name of a file that was sent before: rename it."
            ) from None
        except OSError as error:
            raise self._unwritable(error) from None

    def close(self) -> None:
        """Leave nothing of a file that was not finished."""
        self._file.close()
        self._path.unlink(missing_ok=True)

    def _unwritable(self, error: OSError) -> RagError:
        return unwritable(self._uploads.folder, error)


def _too_large() -> str:
    return f"is larger than {LARGEST // 1_000_000} MB: split it into smaller files"
