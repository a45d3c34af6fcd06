"""Small writers of every format, for texts that no program would have been given.

In: paragraphs. Out: the bytes of a file of one kind. Made by the libraries that make such files
where there are any.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import mailbox
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from email.message import EmailMessage
from html import escape
from pathlib import Path

import docx
import matplotlib
import openpyxl
import pptx
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

Paragraphs = Sequence[str]
_FONT = "DejaVu Sans"
_OFFICE = "urn:oasis:names:tc:opendocument:xmlns"
_CONTAINER = '<container><rootfiles><rootfile full-path="a.opf"/></rootfiles></container>'
_OPF = """<package><manifest><item id="a" href="a.xhtml"/></manifest>
<spine><itemref idref="a"/></spine></package>"""


def _pdf(paragraphs: Paragraphs) -> bytes:
    """Return a PDF of two columns, as many pages as it takes."""
    if _FONT not in pdfmetrics.getRegisteredFontNames():
        folder = Path(matplotlib.get_data_path())
        pdfmetrics.registerFont(TTFont(_FONT, folder / "fonts" / "ttf" / "DejaVuSans.ttf"))
    file = io.BytesIO()
    canvas = Canvas(file)
    for number, words in enumerate(paragraphs):
        if number and number % 6 == 0:
            canvas.showPage()
        canvas.setFont(_FONT, 9)
        canvas.drawString(70 + 260 * (number % 6 // 3), 700 - 60 * (number % 3), words[:200])
    canvas.save()
    return file.getvalue()


def _page(paragraphs: Paragraphs) -> bytes:
    words = "".join(f"<p>{escape(one)}</p>" for one in paragraphs)
    return f"<html><head><meta charset='utf-8'/></head><body>{words}</body></html>".encode()


def _saved(document) -> bytes:
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _docx(paragraphs: Paragraphs) -> bytes:
    document = docx.Document()
    for words in paragraphs:
        document.add_paragraph(words)
    return _saved(document)


def _pptx(paragraphs: Paragraphs) -> bytes:
    slides = pptx.Presentation()
    for words in paragraphs:
        slide = slides.slides.add_slide(slides.slide_layouts[1])
        slide.placeholders[1].text = words
    return _saved(slides)


def _xlsx(paragraphs: Paragraphs) -> bytes:
    book = openpyxl.Workbook()
    for number, words in enumerate(paragraphs):
        cell = book.active.cell(number + 1, 1)
        cell.value, cell.data_type = words, "s"
    return _saved(book)


def _odt(paragraphs: Paragraphs) -> bytes:
    words = "".join(f"<t:p>{escape(one)}</t:p>" for one in paragraphs)
    spaces = f'xmlns:o="{_OFFICE}:office:1.0" xmlns:t="{_OFFICE}:text:1.0"'
    body = f"<o:body><o:text>{words}</o:text></o:body>"
    content = f"<o:document-content {spaces}>{body}</o:document-content>"
    return _zip({"content.xml": content.encode()})


def _rtf(paragraphs: Paragraphs) -> bytes:
    def escaped(words: str) -> str:
        units = memoryview(words.encode("utf-16-le")).cast("H")
        return "".join(f"\\u{unit if unit < 0x8000 else unit - 0x10000}?" for unit in units)

    words = "\\par ".join(map(escaped, paragraphs))
    return f"{{\\rtf1\\ansi {words}}}".encode()


def _epub(paragraphs: Paragraphs) -> bytes:
    parts = {"META-INF/container.xml": _CONTAINER.encode(), "a.opf": _OPF.encode()}
    return _zip(parts | {"a.xhtml": _page(paragraphs)})


def _zip(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def _tar(paragraphs: Paragraphs) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        content = _text(paragraphs)
        entry = tarfile.TarInfo("a.txt")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return file.getvalue()


def _table(paragraphs: Paragraphs, delimiter: str) -> bytes:
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter).writerows([words, "x"] for words in paragraphs)
    return file.getvalue().encode()


def _mail(paragraphs: Paragraphs) -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"] = "A letter"
    mail.set_content("\n\n".join(paragraphs))
    return mail


def _mbox(paragraphs: Paragraphs) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        box = mailbox.mbox(Path(folder) / "box")
        box.add(_mail(paragraphs))
        box.add(_mail(paragraphs[-1:]))
        box.close()
        return (Path(folder) / "box").read_bytes()


def _mht(paragraphs: Paragraphs) -> bytes:
    mail = EmailMessage()
    mail.set_content(_page(paragraphs).decode(), subtype="html")
    return mail.as_bytes()


def _json(paragraphs: Paragraphs) -> bytes:
    return json.dumps({"text": "\n\n".join(paragraphs)}).encode()


def _lines(paragraphs: Paragraphs) -> bytes:
    return b"\n".join(_json([words]) for words in paragraphs)


def _text(paragraphs: Paragraphs) -> bytes:
    return "\n\n".join(paragraphs).encode()


WRITERS: dict[str, Callable[[Paragraphs], bytes]] = {
    ".txt": _text,
    ".md": _text,
    ".pdf": _pdf,
    ".html": _page,
    ".mht": _mht,
    ".docx": _docx,
    ".odt": _odt,
    ".rtf": _rtf,
    ".pptx": _pptx,
    ".xlsx": _xlsx,
    ".csv": lambda paragraphs: _table(paragraphs, ","),
    ".tsv": lambda paragraphs: _table(paragraphs, "\t"),
    ".epub": _epub,
    ".eml": lambda paragraphs: _mail(paragraphs).as_bytes(),
    ".mbox": _mbox,
    ".json": _json,
    ".jsonl": _lines,
    ".zip": lambda paragraphs: _zip({"a.txt": _text(paragraphs)}),
    ".tar": _tar,
    ".tar.gz": lambda paragraphs: gzip.compress(_tar(paragraphs)),
}
