"""Draws pages of PDF files: a program of its own, for a damaged file may bring it down.

    python rag/loading/pagepictures.py

In: a line of JSON for each request, on standard input: {"path", "lines"} asks for the sizes of all
pages and where lines stand on them, {"path", "page"} for a picture. Out: a line of JSON for each,
{"sizes", "places"}, {"bytes"} and then so many bytes of PNG, or {"error"}. Imports nothing of this
package, so that it starts at once.
"""

from __future__ import annotations

import ctypes
import io
import json
import sys
from collections.abc import Sequence

import pypdfium2
from pypdfium2 import raw

try:
    import resource
except ImportError:  # Windows has no such limits: there time alone is bounded
    resource = None

MEMORY = 2 << 30
"""Bytes that all of it may take."""
PIXELS_PER_POINT = 2.0
MOST_PIXELS = 5_000_000
"""A page of A4 has 2 million; larger ones are drawn less finely."""
_FINE = 100
"""Parts of a point to which the place of a line is told."""


class Opened:
    """The file that was asked for last: the pages of one are asked for one after another."""

    def __init__(self) -> None:
        self._path = ""
        self._document: pypdfium2.PdfDocument | None = None

    def at(self, path: str) -> pypdfium2.PdfDocument:
        """Return the document in a file; raises PdfiumError and OSError."""
        if path != self._path or self._document is None:
            if self._document is not None:
                self._document.close()
            self._path, self._document = path, None
            self._document = pypdfium2.PdfDocument(path)
        return self._document


def sizes(document: pypdfium2.PdfDocument) -> list[tuple[float, float]]:
    """Return width and height of each page as it is shown, in points."""
    return [document.get_page_size(number) for number in range(len(document))]


def places(
    document: pypdfium2.PdfDocument, lines: Sequence[tuple[int, float, float, float, float]]
) -> list[tuple[int, float, float, float, float]]:
    """Return lines (page, left, bottom, right, top) as (page, x, y, width, height) of the picture.

    The picture's origin is its upper left corner, its unit the point; pages may be turned.
    """
    found = []
    for number, *box in lines:
        page = document[number - 1]
        (x1, y1), (x2, y2) = _shown(page, *box[:2]), _shown(page, *box[2:])
        page.close()
        found.append((number, min(x1, x2), min(y1, y2), abs(x1 - x2), abs(y1 - y2)))
    return found


def picture(document: pypdfium2.PdfDocument, number: int) -> bytes:
    """Return a page as PNG."""
    page = document[number - 1]
    width, height = page.get_size()
    finest = (MOST_PIXELS / max(width * height, 1)) ** 0.5
    drawn = page.render(scale=min(PIXELS_PER_POINT, finest)).to_pil()
    page.close()
    out = io.BytesIO()
    drawn.convert("RGB").save(out, "PNG", compress_level=3)  # half the time for a tenth more bytes
    return out.getvalue()


def _shown(page: pypdfium2.PdfPage, x: float, y: float) -> tuple[float, float]:
    width, height = (round(side * _FINE) for side in page.get_size())
    across, down = ctypes.c_int(), ctypes.c_int()
    raw.FPDF_PageToDevice(page, 0, 0, width, height, 0, x, y, across, down)
    return across.value / _FINE, down.value / _FINE


def _answered(request: dict, opened: Opened) -> tuple[dict, bytes]:
    try:
        document = opened.at(request["path"])
        if "page" in request:
            drawn = picture(document, request["page"])
            return {"bytes": len(drawn)}, drawn
        return {"sizes": sizes(document), "places": places(document, request["lines"])}, b""
    except (pypdfium2.PdfiumError, OSError, MemoryError, IndexError, ValueError) as error:
        return {"error": " ".join(str(error).split())[:200] or type(error).__name__}, b""


def main() -> None:
    """Answer requests until there are no more."""
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    opened, out = Opened(), sys.stdout.buffer
    for line in sys.stdin.buffer:
        told, data = _answered(json.loads(line), opened)
        out.write(json.dumps(told).encode() + b"\n" + data)
        out.flush()


if __name__ == "__main__":
    main()
