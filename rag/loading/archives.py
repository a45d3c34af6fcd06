"""Reads archives (ZIP, TAR): each file in them is read as one of its own.

In: the bytes of an archive. Out: a part for each file, read or not. Nothing is written to disk:
names that point elsewhere, links and devices are told and not followed, and sizes are bounded.
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
from rag.loading.formats import READERS, UNREAD, suffix_of
from rag.loading.packages import MOST_BYTES, open_package
from rag.loading.source import Part

LARGEST = 50_000_000
"""Bytes of one member, as of a file that lies in a folder."""
_FOLDED = ((b"\x1f\x8b", gzip.open), (b"BZh", bz2.open), (b"\xfd7zXZ\0", lzma.open))


def read_zip(data: bytes, name: str) -> Iterator[Part]:
    """Yield the files in a ZIP archive. Raises InputError."""
    package = open_package(data, name)
    for member in package.infolist():
        if member.is_dir() or _is_hidden(member.filename):
            continue
        unread = _odd(member) or _unread(member.filename, member.file_size)
        if unread:
            yield Part(f"!{_label(member.filename)}", unread=unread)
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
                if not member.isdir() and not _is_hidden(member.name):
                    yield _member(archive, member)
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise InputError(f"{name} is damaged or no TAR archive. Pack it again.") from error


def _member(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Part:
    special = "" if member.isreg() else "is a link or a device"
    unread = special or _unread(member.name, member.size)
    content = b"" if unread else archive.extractfile(member).read()
    return Part(f"!{_label(member.name)}", content, unread)


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


def _odd(member: zipfile.ZipInfo) -> str:
    """Return why a member is no file but a link or a device as Unix packs them, "" for a file."""
    kind = stat.S_IFMT(member.external_attr >> 16)
    return "" if kind in (0, stat.S_IFREG) else "is a link or a device"


def _is_hidden(member: str) -> bool:
    """Return whether a member is what programs keep for themselves."""
    named = (piece for piece in _pieces(member) if piece not in (".", ".."))
    return any(piece.startswith((".", "__MACOSX")) for piece in named)


def _unread(member: str, size: int) -> str:
    """Return why a member is not read, "" for one that is."""
    pieces = _pieces(member)
    if not pieces[0] or ":" in pieces[0] or ".." in pieces:
        return "has a path that leads out of the archive"
    if suffix_of(member) not in READERS:
        return UNREAD
    return "" if size <= LARGEST else f"is larger than {LARGEST // 1_000_000} MB"


def _pieces(member: str) -> list[str]:
    return member.replace("\\", "/").split("/")


def _label(member: str) -> str:
    clean = member.removeprefix("./").encode("utf-8", "replace").decode("utf-8")
    return "".join(c if c.isprintable() else "_" for c in clean).replace("!", "_")
