"""Reads archives (ZIP, TAR): each file in them is read as one of its own.

In: the bytes of an archive. Out: a part for each file that can be read. Nothing is written to
disk: names that point elsewhere, links and devices are passed over, and sizes are bounded.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator

from rag.errors import InputError
from rag.loading.formats import READERS, suffix_of
from rag.loading.packages import MOST_BYTES, open_package
from rag.loading.source import Part

LARGEST = 50_000_000
"""Bytes of one member, as of a file that lies in a folder."""
_FOLDED = ((b"\x1f\x8b", gzip.open), (b"BZh", bz2.open), (b"\xfd7zXZ\0", lzma.open))


def read_zip(data: bytes, name: str) -> Iterator[Part]:
    """Yield the files in a ZIP archive. Raises InputError."""
    package = open_package(data, name)
    for member in package.infolist():
        if not _is_file(member) or not _is_wanted(member.filename, member.file_size):
            continue
        if member.flag_bits & 1:
            raise InputError(f"{name} needs a password. Unpack it.")
        try:
            content = package.read(member)
        except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError) as error:
            raise InputError(f"{name} is damaged. Pack it again.") from error
        except (NotImplementedError, ValueError, RuntimeError) as error:
            raise InputError(f"{name} is packed in an unknown way. Pack it as ZIP.") from error
        yield Part(f"!{_label(member.filename)}", content)


def read_tar(data: bytes, name: str) -> Iterator[Part]:
    """Yield the files in a TAR archive, itself compressed or not. Raises InputError."""
    try:
        with tarfile.open(fileobj=io.BytesIO(_unfolded(data, name)), mode="r:") as archive:
            for member in archive:
                if member.isreg() and _is_wanted(member.name, member.size):
                    yield Part(f"!{_label(member.name)}", archive.extractfile(member).read())
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise InputError(f"{name} is damaged or no TAR archive. Pack it again.") from error


def _unfolded(data: bytes, name: str) -> bytes:
    opener = next((opener for mark, opener in _FOLDED if data.startswith(mark)), None)
    if opener is None:
        return data
    try:
        with opener(io.BytesIO(data)) as file:
            unfolded = file.read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise InputError(f"{name} is damaged. Pack it again.") from error
    if len(unfolded) > MOST_BYTES:
        raise InputError(f"{name} unfolds to far more than it holds. Unpack it by hand and look.")
    return unfolded


def _is_file(member: zipfile.ZipInfo) -> bool:
    """Return whether a member is a file, and no folder, link or device as Unix packs them."""
    kind = stat.S_IFMT(member.external_attr >> 16)
    return not member.is_dir() and kind in (0, stat.S_IFREG)


def _is_wanted(member: str, size: int) -> bool:
    """Return whether a member is a file that can be read, and lies in the archive."""
    pieces = member.replace("\\", "/").split("/")
    hidden = any(piece.startswith((".", "__MACOSX")) for piece in pieces)
    inside = not member.startswith(("/", "\\")) and ":" not in pieces[0]
    return inside and not hidden and size <= LARGEST and suffix_of(member) in READERS


def _label(member: str) -> str:
    clean = member.encode("utf-8", "replace").decode("utf-8")
    return "".join(c if c.isprintable() else "_" for c in clean).replace("!", "_")
