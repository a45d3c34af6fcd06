"""What both kinds of source are handed, and how they fail.

In: nothing. Out: `Errand`, `SourceFailed`. Knows nothing about any one source.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rag.fetching.catalogue import Model


class SourceFailed(Exception):
    """This source cannot give the model; the text says why, in one line."""


@dataclass(frozen=True, slots=True)
class Errand:
    """One model to bring into `staging`, a folder that survives a killed run.

    `report(done, total)` takes bytes; `room(bytes)` raises DiskFull when so many more do
    not fit.
    """

    model: Model
    staging: Path
    report: Callable[[int, int], None]
    room: Callable[[int], None]

    @property
    def files(self) -> Path:
        """The folder that becomes the model's own."""
        return self.staging / "files"


def bytes_in(folder: Path) -> int:
    """Return the bytes of all files under a folder, as far as they can be seen."""
    total = 0
    # os.walk passes over a folder that vanishes under it; Path.rglob raises before 3.13.
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):  # Gone between listing and looking.
                total += os.stat(os.path.join(parent, name)).st_size
    return total


def first_line(error: BaseException) -> str:
    """Return what an error says, cut to its first line."""
    lines = str(error).strip().splitlines()
    return lines[0].strip() if lines else type(error).__name__
