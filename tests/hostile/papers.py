"""Hostile PDF files: trees and tables that lead in circles, bombs, locked, torn, empty ones.

In: nothing. Out: `PAPERS`. They are put together byte by byte: no tool would write them.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Sequence

from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from tests.hostile.records import GOOD, Hostile


def _pdf(*objects: bytes, trailer: bytes = b"") -> bytes:
    """Return a PDF file of these objects, numbered from 1; the first is the catalogue."""
    made, places = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    made += b"".join(b"%010d 00000 n \n" % place for place in places)
    made += b"trailer\n<</Size %d/Root 1 0 R%s>>\n" % (len(objects) + 1, trailer)
    return bytes(made + b"startxref\n%d\n%%%%EOF\n" % start)


_CATALOGUE = b"<</Type/Catalog/Pages 2 0 R>>"
_FONT = b"<</Font<</F <</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>"


def _stream(data: bytes, *, squeeze: int = 1) -> bytes:
    for _ in range(squeeze):
        data = zlib.compress(data, 9)
    ways = b"/FlateDecode " * squeeze
    return b"<</Length %d/Filter[%s]>>\nstream\n%s\nendstream" % (len(data), ways, data)


def _one_page(content: bytes, resources: bytes = _FONT, extra: Sequence[bytes] = ()) -> bytes:
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Resources%s/Contents 4 0 R>>"
    return _pdf(
        _CATALOGUE, b"<</Type/Pages/Kids[3 0 R]/Count 1>>", page % resources, content, *extra
    )


def _good() -> bytes:
    made = io.BytesIO()
    canvas = Canvas(made)
    canvas.drawString(72, 720, GOOD)
    canvas.save()
    return made.getvalue()


def _locked() -> bytes:
    made = io.BytesIO()
    canvas = Canvas(made, encrypt=StandardEncryption("user", "owner"))
    canvas.drawString(72, 720, GOOD)
    canvas.save()
    return made.getvalue()


def _cyclic_pages() -> bytes:
    return _pdf(_CATALOGUE, b"<</Type/Pages/Kids[2 0 R 2 0 R 2 0 R]/Count 3/Parent 2 0 R>>")


def _cyclic_table() -> bytes:
    data = _good()
    start = data.rfind(b"startxref") + 10
    at = int(data[start:].split()[0])
    return data.replace(b"trailer\n<<", b"trailer\n<< /Prev %d " % at)


def _huge_count() -> bytes:
    return _pdf(
        _CATALOGUE,
        b"<</Type/Pages/Kids[3 0 R]/Count 2000000000>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>",
    )


def _many_pages() -> bytes:
    kids = b" ".join(b"3 0 R" for _ in range(4_900))
    return _pdf(
        _CATALOGUE,
        b"<</Type/Pages/Kids[%s]/Count 4900>>" % kids,
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>",
    )


def _deep() -> bytes:
    return _pdf(
        b"<</Type/Catalog/Pages 2 0 R/X %s%s>>" % (b"[" * 200_000, b"]" * 200_000),
        b"<</Type/Pages/Kids[]/Count 0>>",
    )


def _deep_pages() -> bytes:
    """A tree of pages with one child each, 20,000 levels down."""
    levels = [b"<</Type/Pages/Kids[%d 0 R]/Count 1>>" % n for n in range(3, 20_003)]
    return _pdf(_CATALOGUE, *levels, b"<</Type/Page/MediaBox[0 0 9 9]>>")


def _many_objects() -> bytes:
    return _pdf(_CATALOGUE, b"<</Type/Pages/Kids[]/Count 0>>", *[b"null"] * 300_000)


def _million_words() -> bytes:
    return _one_page(_stream(b"BT /F 9 Tf " + b"1 0 0 1 9 9 Tm (a) Tj " * 50_000 + b"ET"))


def _form_calls_itself() -> bytes:
    form = b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</A 5 0 R>>>>"
    return _one_page(
        _stream(b"/A Do"),
        b"<</XObject<</A 5 0 R>>>>",
        [form + b"/Length 11>>\nstream\n/A Do /A Do\nendstream"],
    )


def _forms_doubling() -> bytes:
    """Thirty forms, each of which draws the next one twice."""
    forms = [
        b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</A %d 0 R>>>>"
        b"/Length 11>>\nstream\n/A Do /A Do\nendstream" % (n + 1)
        for n in range(5, 35)
    ]
    last = b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Length 1>>\nstream\n \nendstream"
    return _one_page(_stream(b"/A Do"), b"<</XObject<</A 5 0 R>>>>", [*forms, last])


def _script() -> bytes:
    act = b"<</S/JavaScript/JS(while (true) app.alert\\('x'\\))>>"
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/AA<</O %s>>>>" % act
    return _pdf(
        b"<</Type/Catalog/Pages 2 0 R/OpenAction %s>>" % act,
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        page,
    )


PAPERS = (
    Hostile("cyclic pages.pdf", _cyclic_pages),
    Hostile("cyclic table.pdf", _cyclic_table, "", "new"),
    Hostile("huge count.pdf", _huge_count, "", "empty"),
    Hostile("4,900 pages.pdf", _many_pages, "", "empty"),
    Hostile("deep arrays.pdf", _deep),
    Hostile("deep pages.pdf", _deep_pages),
    Hostile("300,000 objects.pdf", _many_objects, "damaged"),
    Hostile("50,000 words.pdf", _million_words, "", "new"),
    Hostile("bomb.pdf", lambda: _one_page(_stream(b" " * 400_000_000, squeeze=2)), "", "empty"),
    Hostile("form in itself.pdf", _form_calls_itself, "makes the program stop"),
    Hostile("forms doubling.pdf", _forms_doubling, "makes the program stop"),
    Hostile("script.pdf", _script, "", "empty"),
    Hostile("locked.pdf", _locked, "password"),
    Hostile("torn.pdf", lambda: _good()[:400], "damaged"),
    Hostile("no pages.pdf", lambda: _pdf(_CATALOGUE, b"<</Type/Pages/Kids[]/Count 0>>")),
    Hostile("only a mark.pdf", lambda: b"%PDF-1.7\n%%EOF", "damaged"),
    Hostile("program.pdf", lambda: b"\x7fELF" + bytes(range(256)) * 40, "no PDF"),
)
