"""Hostile folders: links, pipes, sockets, names, depth, and what stands beside a file.

In: an empty folder. Out: what lies in it then, and the state each file should be reported in.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.hostile.records import GOOD

_NAMES = (
    "line\nbreak.txt",
    "\u202etxt.exe.txt",
    "-rf.txt",
    "$(id);`id`|x&.txt",
    "\x1b[31mred\x1b]0;x\x07.txt",
    "\x9b31m.txt",
    "a" * 251 + ".txt",
    " .txt",
    "…\u2028.txt",
    "'\"*?<>.txt",
    "CON.txt",
    "e\u0301.txt",
    "%s%n.txt",
    "[1].txt",
    "🜏\U000e0041.txt",
)
_BESIDE = {
    "aliases": ("yaml", "a: &a [x]\n" + "".join(f"b{n}: [*a,*a]\n" for n in range(999)), "new"),
    "deep": ("yaml", "[" * 19_000, "failed"),
    "types": (
        "yaml",
        "title: {a: [1]}\npublished: [[]]\nauthor: !!python/object:os.system x\n",
        "new",
    ),
    "list": ("yaml", "- a\n- b\n", "failed"),
    "huge": ("yaml", "title: x\n" * 10_000, "failed"),
    "binary": ("yaml", "title: \0\n", "failed"),
}
_TABLES = {
    "no column": ("a,b\n1,2\n", "failed"),
    "long cell": (f"file,title\na.txt,{'x' * 200_000}\n", "failed"),
    "nul": ("file,title\na.txt,\0\n", "failed"),
    "huge": ("file,title\n" + "a.txt,x\n" * 1_300_000, "failed"),
    "wide": ("file" + ",title" * 50_000 + "\na.txt\n", "new"),
    "open quote": ('file,title\na.txt,"x\n' + "b.txt,y\n" * 1_000, "new"),
}


def lay(folder: Path) -> dict[str, str]:
    """Make hostile entries of every kind and return the states of files by their paths."""
    return {**_links(folder), **_named(folder), **_beside(folder), **_deep(folder)}


def _links(folder: Path) -> dict[str, str]:
    place = folder / "links"
    place.mkdir()
    os.mkfifo(place / "pipe.txt")
    os.mkfifo(place / "metadata.csv")
    for name, target in {
        "zero.txt": "/dev/zero",
        "tty.txt": "/dev/tty",
        "self.txt": "self.txt",
        "none.txt": "none",
        "up": "..",
        "here": ".",
        "root": "/",
        "folder.txt.lnk": "/etc",
        "proc.txt": "/proc/self/mem",
    }.items():
        (place / name).symlink_to(target)
    with _at(place):
        socket.socket(socket.AF_UNIX).bind("socket.txt")
    with (place / "sparse.txt").open("wb") as file:
        file.truncate(2 << 30)
    (place / "folder.txt").mkdir()
    failed = ("pipe", "zero", "tty", "self", "none", "proc", "socket", "sparse")
    return {f"links/{name}.txt": "failed" for name in failed}


def _named(folder: Path) -> dict[str, str]:
    place = folder / "names"
    place.mkdir()
    for number, name in enumerate(_NAMES):
        (place / name).write_text(f"{GOOD} {number}")
    (place / os.fsdecode(b"\xff\xfe.txt")).write_text(GOOD)
    return {f"names/{name}": "new" for name in _NAMES} | {r"names/\xff\xfe.txt": "failed"}


def _beside(folder: Path) -> dict[str, str]:
    states = {}
    for kind, (ending, words, state) in _BESIDE.items():
        name = f"beside/{kind}.txt"
        _write(folder / name, f"{GOOD} {kind}")
        _write(folder / f"{name}.{ending}", words)
        states[name] = state
    for kind, (words, state) in _TABLES.items():
        name = f"tables/{kind}/a.txt"
        _write(folder / name, f"{GOOD} in a table of {kind}")
        _write(folder / f"tables/{kind}/metadata.csv", words)
        states[name] = state
    return states


def _deep(folder: Path) -> dict[str, str]:
    """A folder 300 levels down, whose files are found, and one too far down to be opened."""
    shallow = "/".join(["deep", *["d"] * 300, "a.txt"])
    _write(folder / shallow, f"{GOOD} far down")
    (folder / "far").mkdir()
    with _at(folder / "far"):
        for _ in range(17):
            os.mkdir("f" * 240)
            os.chdir("f" * 240)
        Path("a.txt").write_text(GOOD)
    return {shallow: "new"}


def empty_files(folder: Path, count: int) -> None:
    """Make so many empty files."""
    folder.mkdir()
    for number in range(count):
        (folder / f"{number}.txt").touch()


def _write(path: Path, words: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(words)


@contextmanager
def _at(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
