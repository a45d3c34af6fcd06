"""Hashes of model files, and the record that spares hashing them again.

In: a folder of files and what their hashes should be. Out: yes, or ModelDamaged. Knows
nothing about where the files came from.

A checked folder holds `verified.json`: the size, mtime_ns and SHA-256 of every file. A
file whose size and mtime_ns still match is taken as unchanged; 1.1 GB takes a second or
more to hash, which is too long for each start.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from rag.errors import ModelDamaged, ModelMissing
from rag.fetching.catalogue import FROM_HUB, ModelFile

RECORD = "verified.json"
WEIGHTS = (".safetensors", ".onnx", ".gguf", ".bin")


@dataclass(frozen=True, slots=True)
class Entry:
    """One file as it was when it was last hashed."""

    size: int
    mtime_ns: int
    sha256: str


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, as 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fingerprint(path: Path) -> str:
    """Return 12 hex digits that identify a model: the start of its main file's SHA-256.

    The main file of a folder is its largest weights file. Raises ModelMissing when there
    is none.
    """
    main = _weights(path)
    record = read_record(main.parent)
    known = record.get(main.name)
    if known and _unchanged(main, known):
        return known.sha256[:12]
    return sha256_of(main)[:12]


def is_sound(folder: Path, files: Iterable[ModelFile]) -> bool:
    """Return whether `folder` holds all of a model; files that changed are hashed again.

    `files` may be empty: the folder's own record then says what belongs to it. False means
    the model was never there in full. Raises ModelDamaged when a file was checked before
    and is now gone, or when a file does not have the right hash.
    """
    record = read_record(folder)
    wanted = tuple(files) or tuple(
        ModelFile(path, entry.size, entry.sha256) for path, entry in record.items()
    )
    if not wanted or not _all_there(folder, wanted, record):
        return False
    entries = {file.path: _checked(folder, file, record.get(file.path)) for file in wanted}
    if entries != record:
        with suppress(OSError):  # A folder that cannot be written is hashed at each start.
            write_record(folder, entries)
    return True


def verified(folder: Path, files: Iterable[ModelFile]) -> dict[str, Entry]:
    """Return the record of freshly fetched files. Raises ModelDamaged on a wrong hash."""
    return {file.path: _checked(folder, file, None) for file in files}


def read_record(folder: Path) -> dict[str, Entry]:
    """Return what was recorded about a folder, {} when nothing readable was."""
    try:
        content = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        return {path: Entry(**entry) for path, entry in content["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def write_record(folder: Path, entries: Mapping[str, Entry]) -> None:
    """Write the record of a folder, in one step."""
    content = {"files": {path: asdict(entry) for path, entry in entries.items()}}
    write_json(folder / RECORD, content)


def write_json(path: Path, content: object) -> None:
    """Write a JSON file so that a crash leaves the old one or the new one, never half."""
    beside = path.with_name(f"{path.name}.{os.getpid()}.new")
    with beside.open("w", encoding="utf-8") as file:
        json.dump(content, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def _all_there(folder: Path, files: Iterable[ModelFile], record: Mapping[str, Entry]) -> bool:
    for file in files:
        known = file.path in record
        if not (folder / file.path).is_file():
            if known:
                raise ModelDamaged(f"{folder / file.path} is gone. Fetch the model again.")
            return False
        if file.sha256 == FROM_HUB and not known:
            return False
    return True


def _checked(folder: Path, file: ModelFile, known: Entry | None) -> Entry:
    path = folder / file.path
    expected = known.sha256 if file.sha256 == FROM_HUB and known else file.sha256
    if known and known.sha256 == expected and _unchanged(path, known):
        return known
    found = path.stat()
    sha256 = sha256_of(path)
    right = _git_sha1(path) == file.git_sha1 if file.git_sha1 else sha256 == expected
    if not right:
        raise ModelDamaged(f"{path} does not have the right hash. Fetch the model again.")
    return Entry(found.st_size, found.st_mtime_ns, sha256)


def _unchanged(path: Path, known: Entry) -> bool:
    found = path.stat()
    return (found.st_size, found.st_mtime_ns) == (known.size, known.mtime_ns)


def _git_sha1(path: Path) -> str:
    """Return git's name for a file: SHA-1 of "blob SIZE", a zero byte and the content."""
    content = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def _weights(path: Path) -> Path:
    if path.is_file():
        return path
    found = [file for file in path.rglob("*") if file.suffix in WEIGHTS and file.is_file()]
    if not found:
        raise ModelMissing(f"{path} holds no model weights. Name a model with: rag models list")
    return max(found, key=lambda file: (file.stat().st_size, file.name))
