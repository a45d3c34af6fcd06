"""What lies on disk: a FAISS index, then a label that says whose it is and whether it is whole.

In: an index and its label, or a path. Out: the same, or nothing for what cannot be trusted.
Knows nothing about searching. A file is written beside its place, flushed and renamed, so
that a reader never sees half of one, and whoever has the old one open keeps it.
"""

from __future__ import annotations

import json
import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import faiss
import numpy as np
from filelock import FileLock

from rag.storing import Store

FORMAT = 1
_END = struct.Struct("<II8s")
"""The label's length, the CRC-32 of all before this, and a mark."""
_MARK = b"RAGINDEX"
_BLOCK = 1 << 24


@dataclass(frozen=True, slots=True)
class Label:
    """Which library at which generation, and for how many passages the lists were made."""

    library: str
    generation: int
    kind: str
    planned: int
    format: int = FORMAT


def index_path(store: Store) -> Path:
    """Return where the FAISS file of the store's present generation belongs."""
    return store.folder / f"passages.{store.generation()}.faiss"


def label_of(path: Path, library: str) -> Label | None:
    """Return a file's label; None for a damaged file, and for another library's."""
    try:
        label = _label(np.memmap(path, np.uint8, mode="r"))
    except (OSError, ValueError):  # not there, or empty
        return None
    return label if label and label.library == library else None


def load(path: Path) -> faiss.Index | None:
    """Return the index of a file into memory; None when it cannot be read."""
    try:
        with open(path, "rb") as file:
            return faiss.read_index(faiss.PyCallbackIOReader(file.read))
    except (OSError, RuntimeError):  # the second is what FAISS raises
        return None


def mapped(path: Path) -> tuple[faiss.Index, np.ndarray] | None:
    """Return an index that stays on disk, and the memory that must live as long as it.

    It must not be changed: FAISS aborts the process. None when it cannot be read.
    """
    try:
        memory = np.memmap(path, np.uint8, mode="r")
        reader = faiss.ZeroCopyIOReader(faiss.swig_ptr(memory), len(memory))
        return faiss.read_index(reader), memory
    except (OSError, ValueError, RuntimeError):
        return None


def write(path: Path, label: Label, index: faiss.Index) -> bool:
    """Put an index in its place; return whether the disk took it."""
    partial = path.with_suffix(f".{os.getpid()}.partial")
    try:
        with open(partial, "wb") as file:
            _write(file, label, index)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except OSError:  # read-only or full
        _remove(partial)
        return False
    return True


def remove_others(path: Path) -> None:
    """Remove the files of other generations, and what killed processes left."""
    for other in path.parent.glob("passages.*"):
        if other != path:
            _remove(other)


def earlier(folder: Path) -> list[Path]:
    """Return the index files in a folder, the latest written first."""
    found = []
    for other in folder.glob("passages.*.faiss"):
        try:
            found.append((other.stat().st_mtime_ns, other))
        except OSError:  # another process removed it
            continue
    return [other for _, other in sorted(found, reverse=True)]


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Wait while another process makes the index, which is then found made."""
    lock = FileLock(folder / "index.lock")
    with suppress(OSError, NotImplementedError):  # read-only, or a disk without locks
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _write(file, label: Label, index: faiss.Index) -> None:
    checked = 0

    def put(data: bytes) -> None:
        nonlocal checked
        checked = zlib.crc32(data, checked)
        file.write(data)

    faiss.write_index(index, faiss.PyCallbackIOWriter(put))
    said = json.dumps(asdict(label)).encode()
    put(said)
    file.write(_END.pack(len(said), checked, _MARK))


def _label(memory: np.ndarray) -> Label | None:
    """Return the label of a file; None when anything in the file is not as it was written."""
    if len(memory) < _END.size:
        return None
    length, expected, mark = _END.unpack(memory[-_END.size :].tobytes())
    whole = memory[: -_END.size]
    if mark != _MARK or length > len(whole) or _checked(whole) != expected:
        return None
    said = json.loads(whole[len(whole) - length :].tobytes())
    return Label(**said) if said.get("format") == FORMAT else None


def _checked(memory: np.ndarray) -> int:
    checked = 0
    for at in range(0, len(memory), _BLOCK):
        checked = zlib.crc32(memory[at : at + _BLOCK], checked)
    return checked


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:  # open elsewhere, or read-only: a later run removes it
        return
