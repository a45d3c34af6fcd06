"""Hostile ZIP and TAR archives: bombs, paths that lead out, links, devices, torn ones.

In: nothing. Out: `ARCHIVES`. The bombs are small here and large where they are unpacked.
"""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zipfile
import zlib

from tests.hostile.records import GOOD, Hostile, packed

_MANY = 25_000


def _flat_bomb() -> bytes:
    return packed({"big.txt": b" " * 60_000_000})


def _nested_bomb() -> bytes:
    inner = packed({f"{n}.txt": b"a" * 4_000_000 for n in range(3)})
    for _ in range(4):
        inner = packed({f"{n}.zip": inner for n in range(16)})
    return inner


def _overlapping() -> bytes:
    """David Fifield's bomb: many members in the directory, and one set of bytes for them all."""
    squeezed = zlib.compress(b"a" * 4_900_000, 9)[2:-4]
    name = b"0000.txt"
    local = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 8, 0, 33, 0, len(squeezed), 4_900_000, 8, 0)
    head = local + name + squeezed
    listing = b"".join(
        struct.pack(
            "<4s6H3L5H2L",
            b"PK\1\2",
            20,
            20,
            0,
            8,
            0,
            33,
            0,
            len(squeezed),
            4_900_000,
            8,
            0,
            0,
            0,
            0,
            0,
            0,
        )
        + b"%04d.txt" % n
        for n in range(1_000)
    )
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1_000, 1_000, len(listing), len(head), 0)
    return head + listing + end


def _lying_size() -> bytes:
    """A member that says it unfolds to ten bytes and does not."""
    data = bytearray(packed({"small.txt": b"a" * 30_000_000}))
    at = data.rfind(b"PK\1\2")
    data[at + 24 : at + 28] = struct.pack("<L", 10)
    return bytes(data)


def _quine() -> bytes:
    """A package that holds a package, as deep as anybody cares to look."""
    inner = packed({"a.txt": GOOD})
    for _ in range(200):
        inner = packed({"a.zip": inner}, squeeze=False)
    return inner


def _tricky_names() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as package:
        for name in (
            "../../../tmp/out.txt",
            "/etc/out.txt",
            "C:\\out.txt",
            "..\\..\\out.txt",
            "a/../../b.txt",
            "\\\\server\\share\\out.txt",
            "NUL.txt\x01",
            "con.txt",
            "-rf.txt",
            "\u202etxt.exe.txt",
            "\x1b[31mred.txt",
            "a" * 5000 + ".txt",
        ):
            package.writestr(name, f"{GOOD} {name!a}")
        for _ in range(3):
            package.writestr("same.txt", GOOD)
    return made.getvalue()


def _zip_links() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as package:
        link = zipfile.ZipInfo("passwd.txt")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        package.writestr(link, "/etc/passwd")
        device = zipfile.ZipInfo("zero.txt")
        device.create_system, device.external_attr = 3, 0o020666 << 16
        package.writestr(device, "device words")
    return made.getvalue()


def _locked_zip() -> bytes:
    data = bytearray(packed({"a.txt": GOOD}, squeeze=False))
    for mark, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.find(mark) + at] |= 1
    return bytes(data)


def _tar(*members: tuple[str, str, object]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, kind, value in members:
            info = tarfile.TarInfo(name)
            if kind == "file":
                info.size = len(value)
                archive.addfile(info, io.BytesIO(value))
            else:
                info.type, info.linkname = kind.encode(), str(value)
                archive.addfile(info)
    return made.getvalue()


def _tar_tricks() -> bytes:
    return _tar(
        ("../../out.txt", "file", GOOD.encode()),
        ("/etc/out.txt", "file", GOOD.encode()),
        ("link.txt", "2", "/etc/passwd"),
        ("hard.txt", "1", "../../etc/passwd"),
        ("self.txt", "1", "self.txt"),
        ("null.txt", "3", ""),
        ("pipe.txt", "6", ""),
    )


def _tar_sparse() -> bytes:
    """A member whose map of holes makes two gigabytes of nothing."""
    head = bytearray(tarfile.TarInfo("holes.txt").tobuf(tarfile.GNU_FORMAT))
    head[156:157] = b"S"
    head[386:398] = b"00000000000\0"
    head[398:410] = b"00000000000\0"
    head[483:495] = b"%011o\0" % (2 << 30)
    return _summed(head) + bytes(1024)


def _tar_huge() -> bytes:
    head = bytearray(tarfile.TarInfo("huge.txt").tobuf(tarfile.GNU_FORMAT))
    head[124:136] = b"\x80" + (1 << 60).to_bytes(11, "big")
    return _summed(head) + GOOD.encode().ljust(512, b"\0")


def _tar_negative() -> bytes:
    head = bytearray(tarfile.TarInfo("less.txt").tobuf(tarfile.GNU_FORMAT))
    head[124:136] = b"\xff" * 12
    return _summed(head) + bytes(1024)


def _summed(head: bytearray) -> bytes:
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    return bytes(head)


def _tar_many() -> bytes:
    head = tarfile.TarInfo("a.txt")
    return b"".join(head.tobuf() for _ in range(5_000))


def _cut_gzip() -> bytes:
    return gzip.compress(_tar(("a.txt", "file", GOOD.encode() * 500)))[:-30]


ARCHIVES = (
    Hostile("bomb flat.zip", _flat_bomb, "unfolds"),
    Hostile("bomb nested.zip", _nested_bomb, "more than"),
    Hostile("bomb overlapping.zip", _overlapping, "unfolds"),
    Hostile("bomb lying about its size.zip", _lying_size, "damaged"),
    Hostile(
        "bomb of many members.zip",
        lambda: packed(dict.fromkeys(map(str, range(_MANY)), "")),
        "unfolds",
    ),
    Hostile("zip in zip in zip.zip", _quine, "too deep"),
    Hostile("paths out.zip", _tricky_names, "", "new"),
    Hostile("links.zip", _zip_links, "a link or a device"),
    Hostile("locked.zip", _locked_zip, "password"),
    Hostile("torn.zip", lambda: packed({"a.txt": GOOD})[:-40], "damaged"),
    Hostile("no members.zip", lambda: packed({}), "", "empty"),
    Hostile("bomb.tar.gz", lambda: gzip.compress(bytes(310_000_000), 6), "unfolds"),
    Hostile("tricks.tar", _tar_tricks, "leads out of the archive"),
    Hostile("sparse.tar", _tar_sparse, "larger than 50 MB"),
    Hostile("huge header.tar", _tar_huge, "damaged"),
    Hostile("negative header.tar", _tar_negative, "", "empty"),
    Hostile("many members.tar", _tar_many, "", "empty"),
    Hostile("cut.tar.gz", _cut_gzip, "damaged"),
)
