"""Pictures of the pages of PDF files, drawn by a process of its own, one at a time.

In: files as the library knows them, documents with their lines. Out: sizes of pages, marks on
them, PNG bytes; or why there are none. Knows nothing about how a PDF is drawn, nor about pages
of HTML. Only files whose bytes are those that were read are opened.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import threading
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rag.errors import InputError, RagError
from rag.loading import hashed, pagepictures
from rag.storing import FileRecord
from rag.types import Document, PageLine, Span

SECONDS = 20.0
"""The longest that a page may take to be drawn."""
WAITING = 60.0
"""Seconds after which a request that waits for others gives up."""
_KEPT = 24
"""Pictures that are kept to be shown again; a page of text has about 150 kB."""
_CHECKED = 64
_PROGRAM = Path(pagepictures.__file__)


@dataclass(frozen=True, slots=True)
class Mark:
    """A cited line on a page's picture, in points from its upper left corner."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page's picture: its size in points, and the marks on it."""

    width: float
    height: float
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Pictured:
    """The sheets of a document, none where there are no pictures: `reason` then says why."""

    sheets: tuple[Sheet, ...] = ()
    reason: str = ""


class Pictures:
    """Draws pages of PDF files. Safe to call from several threads: they wait for each other."""

    def __init__(self, *, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._process: subprocess.Popen | None = None
        self._drawn: OrderedDict[tuple[str, int], bytes] = OrderedDict()
        self._intact: OrderedDict[tuple, bool] = OrderedDict()

    def sheets(
        self,
        document: Document,
        files: Sequence[FileRecord],
        lines: Sequence[PageLine],
        cited: Span | None,
    ) -> Pictured:
        """Return the sheets of a document that lies in one of `files`, the cited lines marked."""
        if not document.pages or ".pdf" not in document.path.lower():
            return Pictured()
        try:
            path = self._unchanged(files)
            marked = _marked(lines, cited)
            request = {"path": str(path), "lines": [(one.page, *one.box) for one in marked]}
            told, _ = self._asked(request)
        except RagError as error:
            return Pictured(reason=str(error))
        marks: dict[int, list[Mark]] = {}
        for page, *place in told["places"]:
            marks.setdefault(page, []).append(Mark(*place))
        sizes = enumerate(told["sizes"], 1)
        return Pictured(tuple(Sheet(*size, tuple(marks.get(n, ()))) for n, size in sizes))

    def picture(self, document: Document, files: Sequence[FileRecord], page: int) -> bytes:
        """Return a page as PNG; raises InputError where there is none."""
        if not 1 <= page <= len(document.pages):
            raise InputError(f"The document has no page {page}.")
        path = self._unchanged(files)
        key = (str(path) + files[0].hash, page)
        if key not in self._drawn:
            _, data = self._asked({"path": str(path), "page": page})
            self._drawn[key] = data
            while len(self._drawn) > _KEPT:
                with suppress(KeyError):
                    self._drawn.popitem(last=False)
        return self._drawn.get(key) or self._asked({"path": str(path), "page": page})[1]

    def close(self) -> None:
        """End the process that draws."""
        with self._lock:
            self._stop()

    def _unchanged(self, files: Sequence[FileRecord]) -> Path:
        """Return the first of the files that still holds what was read; raises InputError."""
        there = [path for path in (Path(one.path) for one in files) if path.is_file()]
        if not there:
            raise InputError("The file is no longer where it was read: this is its text alone.")
        if not any(path.suffix.lower() == ".pdf" for path in there):
            raise InputError("The PDF lies within another file: this is its text alone.")
        wanted = {one.path: one.hash for one in files}
        for path in there:
            if path.suffix.lower() == ".pdf" and self._holds(path, wanted[str(path)]):
                return path
        raise InputError("The file has changed since it was read: this is the text that was read.")

    def _holds(self, path: Path, expected: str) -> bool:
        """Say whether the bytes of a file have this hash, reading it only when it looks new."""
        try:
            seen = path.stat()
            look = (str(path), expected, seen.st_mtime_ns, seen.st_size, seen.st_ino)
            if look not in self._intact:
                with path.open("rb") as file:
                    digest = hashlib.file_digest(file, "sha256")
                self._intact[look] = hashed(digest, path) == expected
            while len(self._intact) > _CHECKED:
                self._intact.popitem(last=False)
            return self._intact.get(look, False)
        except (OSError, RagError):
            return False

    def _asked(self, request: dict) -> tuple[dict, bytes]:
        """Return what the drawing process says; raises InputError."""
        if not self._lock.acquire(timeout=WAITING):
            raise InputError("Other pages are being drawn: open this one again in a moment.")
        try:
            told, data = self._answer(request)
        finally:
            self._lock.release()
        if "error" in told:
            raise InputError(f"The PDF cannot be drawn ({told['error']}): this is its text alone.")
        return told, data

    def _answer(self, request: dict) -> tuple[dict, bytes]:
        process = self._running()
        timer = threading.Timer(self._seconds, process.kill)
        timer.start()
        try:
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
            told = json.loads(process.stdout.readline())
            data = process.stdout.read(told.get("bytes", 0))
            if len(data) < told.get("bytes", 0):
                raise OSError("cut off")
            return told, data
        except (OSError, ValueError):  # it was killed, by its file or by the timer
            self._stop()
            return {"error": f"it takes more than {self._seconds:g} seconds, or too much"}, b""
        finally:
            timer.cancel()

    def _running(self) -> subprocess.Popen:
        if self._process is None or self._process.poll() is not None:
            self._stop()
            self._process = subprocess.Popen(
                [sys.executable, "-I", str(_PROGRAM)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        return self._process

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process:
            process.kill()
            for pipe in (process.stdin, process.stdout):
                with suppress(OSError):
                    pipe.close()
            process.wait()


def _marked(lines: Sequence[PageLine], cited: Span | None) -> list[PageLine]:
    """Return the lines that hold some of the cited words."""
    if cited is None:
        return []
    return [one for one in lines if one.span.start < cited.end and cited.start < one.span.end]
