"""ZIP packages, in which office programs and e-books keep their parts, opened within limits.

In: the bytes of a file. Out: an open ZIP file that cannot unfold without end, and XML read
from it. Nothing is ever written to disk.
"""

from __future__ import annotations

import io
import zipfile

from lxml import etree

from rag.errors import InputError

MOST_BYTES = 300_000_000
MOST_MEMBERS = 20_000
STEEPEST = 400
"""Unpacked bytes to packed ones; text rarely goes beyond 20."""
SMALL = 5_000_000
"""Packages that unfold to less are let through, however steep."""


def open_package(data: bytes, name: str) -> zipfile.ZipFile:
    """Return the package, its sizes checked. Raises InputError."""
    try:
        package = zipfile.ZipFile(io.BytesIO(data))
        members = package.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        message = f"{name} is damaged, or of another kind than its name says. Save it again."
        if data.startswith(b"\xd0\xcf\x11\xe0"):
            message = f"{name} needs a password or is of an older kind. Save a copy without one."
        raise InputError(message) from error
    size = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    steep = size > SMALL and size > STEEPEST * max(packed, 1)
    if len(members) > MOST_MEMBERS or size > MOST_BYTES or steep:
        raise InputError(f"{name} unfolds to far more than it holds. Unpack it by hand and look.")
    return package


def read_member(package: zipfile.ZipFile, member: str, name: str) -> bytes:
    """Return the bytes of a member, b"" where there is none. Raises InputError."""
    try:
        return package.read(member)
    except KeyError:
        return b""
    except RuntimeError as error:
        raise InputError(f"{name} needs a password. Save a copy without one.") from error
    except Exception as error:  # zlib, lzma and zipfile raise what they like on damaged data
        raise InputError(f"{name} is damaged. Save it again.") from error


def read_xml(data: bytes, name: str) -> etree._Element:
    """Return the root of XML whose entities are left alone. Raises InputError."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(data, parser=parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise InputError(f"{name} holds damaged XML. Save it again.") from error


def local(element: etree._Element) -> str:
    """Return the name of an element without its namespace, "" for comments and the like."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""
