"""Keeps states of a model in a folder, for the next process.

In: a folder, names, bytes. Out: the same bytes, or nothing where they cannot be trusted. Knows
nothing about models. A file is written beside its place, flushed and renamed, so that processes
may share a folder; what is damaged, foreign or not writable is as if it were not there.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from contextlib import suppress
from pathlib import Path

import numpy as np

from rag.lasting import sync_folder

FILES = 8
BYTES = 128 << 20
"""What a folder holds at most; the files that were not used for the longest time go."""
_MARK = b"RAGSTATE"
_HASH = 32
_HEAD = len(_MARK) + 2 * _HASH
"""A mark, the SHA-256 of the file's name, and that of all that follows."""


class Folder:
    """A folder of states, each under a name."""

    def __init__(self, path: Path):
        self._path = path

    def state(self, name: str) -> np.ndarray | None:
        """Return what was kept under a name, None where it is not there or not whole."""
        path = self._path / f"{name}.state"
        try:
            if path.stat().st_size > _HEAD + BYTES:
                return None
            found = path.read_bytes()
        except OSError:
            return None
        state = np.frombuffer(found, np.uint8, offset=_HEAD) if len(found) > _HEAD else None
        if state is None or found[:_HEAD] != _head(name, state):
            return None
        with suppress(OSError):  # it counts as used
            os.utime(path)
        return state

    def keep(self, name: str, state: np.ndarray) -> None:
        """Keep a state under a name, if it has room and the disk takes it."""
        if _HEAD + state.nbytes > BYTES:
            return
        partial = self._path / f"{name}.{secrets.token_hex(4)}.partial"
        try:
            self._path.mkdir(parents=True, exist_ok=True)
            with partial.open("wb") as file:
                file.write(_head(name, state))
                file.write(state)
                file.flush()
                os.fsync(file.fileno())
            os.replace(partial, self._path / f"{name}.state")
            sync_folder(self._path)
        except OSError:
            with suppress(OSError):
                partial.unlink(missing_ok=True)
        self._make_room()

    def _make_room(self) -> None:
        """Remove the oldest files beyond the bounds, what killed processes left among them."""
        total = 0
        for number, (_, size, path) in enumerate(sorted(self._files(), reverse=True), 1):
            total += size
            if number > FILES or total > BYTES:
                with suppress(OSError):
                    path.unlink()

    def _files(self) -> list[tuple[int, int, Path]]:
        """Return when each file was last used, its bytes, and where it is."""
        found = []
        for kind in ("*.state", "*.partial"):
            for path in self._path.glob(kind):
                with suppress(OSError):  # another process removed it
                    known = path.stat()
                    found.append((known.st_mtime_ns, known.st_size, path))
        return found


def _head(name: str, state: np.ndarray) -> bytes:
    return _MARK + hashlib.sha256(name.encode()).digest() + hashlib.sha256(state).digest()
