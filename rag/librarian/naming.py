"""What a file that a browser sends may be called on this machine's disk.

In: any name. Out: a relative path that is a fine name on Linux, macOS and Windows and leads
nowhere else. Knows nothing about disks.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath

_MOST_PARTS = 8
_LONGEST = 150  # bytes of a part; disks allow 255, and a companion's ending may follow
_UNFIT = re.compile(r'[<>:"|?*\\/]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
_NAMELESS = "unnamed"


def safe_path(name: str) -> PurePosixPath:
    """Return the path below the uploads folder for a file of this name, folders before it."""
    given = [part for part in re.split(r"[/\\]", name) if part.strip(" .")]
    parts = [_safe(part) for part in given[-_MOST_PARTS:]] or [_NAMELESS]
    return PurePosixPath(*parts)


def numbered(path: PurePosixPath, number: int) -> PurePosixPath:
    """Return the name of another file of the same name: "report (2).pdf"."""
    stem, dot, ending = path.name.partition(".")
    return path.with_name(f"{stem} ({number}){dot}{ending}")


def _safe(part: str) -> str:
    """Return one part of a path without what a disk, a shell or a reader could take amiss."""
    text = unicodedata.normalize("NFC", part).encode("utf-8", "replace").decode()
    text = "".join(one for one in text if unicodedata.category(one) not in ("Cc", "Cf", "Cs", "Co"))
    text = _UNFIT.sub("_", text).strip(" .") or _NAMELESS
    return _shortened(f"_{text}" if _RESERVED.match(text) else text)


def _shortened(text: str) -> str:
    """Return a name of at most `_LONGEST` bytes; its ending says how it is read, and stays."""
    if len(text.encode()) <= _LONGEST:
        return text
    stem, dot, ending = text.rpartition(".")
    if not dot or len(ending) > 10:
        stem, dot, ending = text, "", ""
    room = _LONGEST - len(f"{dot}{ending}".encode())
    return stem.encode()[:room].decode(errors="ignore").rstrip(" .") + dot + ending
