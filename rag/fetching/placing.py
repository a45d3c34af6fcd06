"""Where a model lives on disk.

In: a name and the models folder. Out: paths. Never touches the network.

Each model is one folder of the models folder, named after it ("/" written "--"). What is
still being fetched lies in `.partial`, on the same disk, so that a rename finishes it.
"""

from __future__ import annotations

import difflib
import re
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from rag.addressing import is_address
from rag.errors import InputError, ModelMissing, UsageError
from rag.fetching.catalogue import Model, catalogue, hub_model
from rag.fetching.checking import is_sound

PARTIAL = ".partial"
LOCK = ".lock"

# "owner/repository", or with a path to a GGUF file inside it. No part may start with a dot.
HUB_NAME = re.compile(r"\w[\w.-]*/\w[\w.-]*(/(\w[\w.-]*/)*\w[\w.-]*\.gguf)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """A model, its folder, and what to hand to the library that loads it."""

    model: Model
    folder: Path
    path: Path


def locate(model: str, *, models: Path, among: Mapping[str, Model] | None = None) -> Path | None:
    """Return the path of a complete, checked model; None when it is not on disk.

    A generator is its GGUF file, any other model its folder, an existing path itself.
    Raises UsageError for an unknown name, ModelDamaged when bytes changed since they were
    checked.
    """
    found = place(model, models, among)
    if isinstance(found, Path):
        return found
    return found.path if is_sound(found.folder, found.model.files) else None


def known(model: str) -> Model | None:
    """Return the record of a named model, None for a path; raises as `place` does."""
    found = place(model, Path())
    return None if isinstance(found, Path) else found.model


def remove(model: str, *, models: Path, among: Mapping[str, Model] | None = None) -> Path:
    """Delete a model and what was fetched of it so far; return the folder that is gone.

    Raises UsageError for a path, which is the person's own file; ModelMissing when there is
    nothing to delete; InputError while models are being fetched.
    """
    found = place(model, models, among)
    if isinstance(found, Path):
        raise UsageError(f"{found} was not fetched by this program. Delete it yourself.")
    partial = partials(found, models)
    if not found.folder.exists() and not partial:
        raise ModelMissing(f"{model} is not in {models}. See what is with: rag models list")
    try:
        with FileLock(models / LOCK, timeout=0):
            for folder in (found.folder, *partial):
                shutil.rmtree(folder, ignore_errors=True)
    except Timeout:
        raise InputError(f"Models are being fetched into {models}. Try again later.") from None
    return found.folder


def place(name: str, models: Path, among: Mapping[str, Model] | None = None) -> Place | Path:
    """Return where a named model belongs, or the existing path that the name is.

    Raises UsageError for an unknown name or an address, ModelMissing for a path that does not
    exist.
    """
    if is_address(name):
        raise UsageError(f"{name} is a server: nothing of it is kept here. See: rag models list")
    known = catalogue() if among is None else among
    if name in known:
        return _place(known[name], models)
    with suppress(OSError, RuntimeError):  # Too long for a path, or an unknown ~user.
        if name and Path(name).expanduser().exists():
            return Path(name).expanduser()
    if HUB_NAME.fullmatch(name) and not _is_file_name(name):
        return _place(hub_model(name), models)
    if "/" in name or "\\" in name or name.endswith(".gguf"):
        raise ModelMissing(f"There is no model at {name}. See names with: rag models list")
    near = difflib.get_close_matches(name.lower(), known, n=3, cutoff=0.5)
    hint = f"Did you mean {' or '.join(near)}?" if near else "See names with: rag models list"
    raise UsageError(f"There is no model named {name!r}. {hint}")


def partials(found: Place, models: Path) -> list[Path]:
    """Return the folders that hold what was fetched of a model so far."""
    return [path for path in (models / PARTIAL).glob("*") if path.stem == found.folder.name]


def _place(model: Model, models: Path) -> Place:
    folder = models / model.name.replace("/", "--")
    path = folder / model.main if model.job == "generator" else folder
    return Place(model, folder, path)


def _is_file_name(name: str) -> bool:
    """Return whether two parts are a folder and a file ("models/x.gguf"), not a repository."""
    return name.count("/") == 1 and name.endswith((".gguf", ".onnx", ".safetensors"))
