"""Models on the Hugging Face hub.

In: an errand, a repository and a revision. Out: its files, and the hashes that the hub
keeps for them. Knows nothing about the catalogue. The only importer of huggingface_hub.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import TypeVar

import huggingface_hub
from tqdm import tqdm

from rag.fetching.catalogue import FROM_HUB, HubSource, ModelFile
from rag.fetching.errand import Errand, SourceFailed, bytes_in, first_line

T = TypeVar("T")

ANSWER = 5.0  # seconds for one address of the hub; a name may have several addresses
PATIENCE = 12.0  # seconds until the hub counts as out of reach
TICK = 0.25  # seconds between two reports

# What SentenceTransformer loads, without the same weights again in other formats.
WANTED = re.compile(r"[^/]*\.(safetensors|json|txt|model)|\d_\w+/[^/]*\.(safetensors|json)")


def obtain(errand: Errand, source: HubSource) -> tuple[ModelFile, ...]:
    """Fill the errand's folder from the hub; return the files with their hashes.

    Whole files survive a killed run, half files do not. Raises SourceFailed, DiskFull.
    """
    commit, files = _listing(errand, source)
    total = sum(file.size for file in files)
    local = _local_folder(errand, commit)
    errand.room(total - bytes_in(errand.staging))
    for file in files:
        name = source.names.get(file.path, file.path)
        _patiently(
            lambda name=name: _download(source.repository, name, commit, local),
            tick=lambda: errand.report(min(bytes_in(local), total), total),
        )
    errand.report(total, total)
    for file in files:
        target = errand.files / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(local / source.names.get(file.path, file.path), target)
    shutil.rmtree(errand.staging / "hub", ignore_errors=True)
    return files


def _local_folder(errand: Errand, commit: str) -> Path:
    """Return the folder to download into, rid of what cannot be used any more.

    Half files have a name of their own for each run; another commit has other files.
    """
    local = errand.staging / "hub" / commit
    for other in local.parent.glob("*"):
        if other != local:
            shutil.rmtree(other, ignore_errors=True)
    for half in local.rglob("*.incomplete"):
        half.unlink(missing_ok=True)
    return local


def _listing(errand: Errand, source: HubSource) -> tuple[str, tuple[ModelFile, ...]]:
    """Return the commit that the revision means now, and the files to take from it.

    One request without retries, so that a machine without internet knows at once:
    `hf_hub_download` alone tries for 24 seconds.
    """
    api = huggingface_hub.HfApi(endpoint=os.environ.get("HF_ENDPOINT"))
    info = _patiently(
        lambda: api.model_info(
            source.repository, revision=source.revision, files_metadata=True, timeout=ANSWER
        ),
        deadline=PATIENCE,
    )
    held = {sibling.rfilename: sibling for sibling in info.siblings or ()}
    if not errand.model.files:
        return info.sha, _whole_repository(held)
    files = []
    for file in errand.model.files:
        name = source.names.get(file.path, file.path)
        if name not in held:
            raise SourceFailed(f"there is no file {name}")
        files.append(_hashed(file.path, held[name]) if file.sha256 == FROM_HUB else file)
    return info.sha, tuple(files)


def _whole_repository(held: dict) -> tuple[ModelFile, ...]:
    names = sorted(name for name in held if WANTED.fullmatch(name) and _is_inside(name))
    if not any(name.endswith(".safetensors") for name in names):
        gguf = sorted(name for name in held if name.endswith(".gguf"))
        hint = f"; name one file, as in {gguf[0]}" if gguf else ""
        raise SourceFailed(f"there are no safetensors in this repository{hint}")
    return tuple(_hashed(name, held[name]) for name in names)


def _hashed(path: str, sibling: object) -> ModelFile:
    """Return a file with the hash of the hub's record: SHA-256 if large, git's if small."""
    if sibling.lfs:
        return ModelFile(path, sibling.lfs.size, sibling.lfs.sha256)
    if not sibling.blob_id:
        raise SourceFailed(f"the hub gives no hash for {path}")
    return ModelFile(path, sibling.size or 0, FROM_HUB, git_sha1=sibling.blob_id)


def _is_inside(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return not name.startswith("/") and ".." not in parts


def _download(repository: str, name: str, commit: str, folder: Path) -> str:
    return huggingface_hub.hf_hub_download(
        repository,
        name,
        revision=commit,
        local_dir=folder,
        etag_timeout=ANSWER,
        endpoint=os.environ.get("HF_ENDPOINT"),
        tqdm_class=_Silent,
    )


class _Silent(tqdm):
    """A bar that shows nothing: progress is read off the files instead."""

    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **{**options, "disable": True})


def _patiently(
    work: Callable[[], T],
    *,
    tick: Callable[[], None] = lambda: None,
    deadline: float | None = None,
) -> T:
    """Return what `work` returns, ticking meanwhile; give up after `deadline` seconds.

    The library's timeout counts for each address of a host, so it alone can take a minute
    behind a firewall. Raises SourceFailed.
    """
    outcome: list[T] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            outcome.append(work())
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    start = time.monotonic()
    while thread.is_alive():
        thread.join(TICK)
        tick()
        if deadline and thread.is_alive() and time.monotonic() - start > deadline:
            raise SourceFailed(f"no answer in {deadline:.0f} seconds")
    if failure:
        raise _explained(failure[0])
    return outcome[0]


def _explained(error: BaseException) -> BaseException:
    """Return a failure of the library as SourceFailed; anything else as it is."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return error
    errors = huggingface_hub.errors  # Loaded by now; it takes 0.1 s, so not at the top.
    if isinstance(error, errors.HTTPError) and not isinstance(error, errors.HfHubHTTPError):
        return SourceFailed(f"cannot be reached ({first_line(error)})")
    # HfHubHTTPError and OfflineModeIsEnabled are among the OSErrors.
    known = (OSError, ValueError, RuntimeError, errors.XetDownloadError, errors.EntryNotFoundError)
    return SourceFailed(first_line(error)) if isinstance(error, known) else error
