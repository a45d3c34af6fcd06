"""Hostile office files, e-books and rich text: entity bombs, depth, lies, locks, gaps.

In: nothing. Out: `OFFICES`. Sound files are made by the libraries and then spoilt.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import docx
import openpyxl
import pptx

from tests.hostile.records import GOOD, Hostile, packed

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_S = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)
_LAUGHS = "".join(
    f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' if n else '<!ENTITY a0 "ha">' for n in range(12)
)
_QUADRATIC = f'<!ENTITY a "{"x" * 100_000}">'
_OUTSIDE = '<!ENTITY a SYSTEM "file:///etc/passwd">'


def _doctype(entities: str) -> str:
    return f'<?xml version="1.0"?><!DOCTYPE d [{entities}]>'


def _saved(document) -> bytes:
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def _spoilt(data: bytes, member: str, spoil: Callable[[str], str | bytes | None]) -> bytes:
    """Return a package with one member changed, or without it where `spoil` returns None."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        members = {name: package.read(name) for name in package.namelist()}
    changed = spoil(members[member].decode())
    if changed is None:
        del members[member]
    else:
        members[member] = changed
    return packed(members)


def _word(spoil: Callable[[str], str | bytes | None]) -> Callable[[], bytes]:
    def make() -> bytes:
        document = docx.Document()
        document.add_paragraph(GOOD)
        return _spoilt(_saved(document), "word/document.xml", spoil)

    return make


def _body(inner: str, entities: str = "") -> str:
    opening = _doctype(entities) if entities else ""
    return f'{opening}<w:document xmlns:w="{_W}"><w:body>{inner}</w:body></w:document>'


def _run(words: str) -> str:
    return f"<w:p><w:r><w:t>{words}</w:t></w:r></w:p>"


def _deep_tables(depth: int) -> str:
    return "<w:tbl><w:tr><w:tc>" * depth + _run("x") + "</w:tc></w:tr></w:tbl>" * depth


def _book(spoil: Callable[[str], str], member: str = "xl/worksheets/sheet1.xml"):
    def make() -> bytes:
        book = openpyxl.Workbook()
        book.active.append(["name", "figure"])
        book.active.append(["barley", 12])
        return _spoilt(_saved(book), member, spoil)

    return make


def _rows(rows: str, dimension: str = "A1") -> str:
    return (
        f'<worksheet xmlns="{_S}"><dimension ref="{dimension}"/>'
        f"<sheetData>{rows}</sheetData></worksheet>"
    )


def _empty_cells() -> str:
    row = "".join('<c t="inlineStr"/>' for _ in range(1_000))
    return _rows("".join(f"<row>{row}</row>" for _ in range(100)), "A1:XFD1048576")


def _far_cells() -> str:
    """Cells at the far end of each row: what lies before them is filled with nothing."""
    rows = (f'<row r="{n}"><c r="XFD{n}"><v>1</v></c></row>' for n in range(1, 400))
    return _rows("".join(rows))


def _slides(spoil: Callable[[str], str]) -> Callable[[], bytes]:
    def make() -> bytes:
        deck = pptx.Presentation()
        deck.slides.add_slide(deck.slide_layouts[5]).shapes.title.text = GOOD
        return _spoilt(_saved(deck), "ppt/slides/slide1.xml", spoil)

    return make


def _deep_groups(slide: str) -> str:
    opening = "<p:grpSp><p:nvGrpSpPr/><p:grpSpPr/>"
    return slide.replace("</p:spTree>", f"{opening * 5_000}{'</p:grpSp>' * 5_000}</p:spTree>")


def _open_text(inner: str, entities: str = "") -> Callable[[], bytes]:
    opening = _doctype(entities) if entities else ""
    space = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
    content = f'{opening}<d xmlns:t="{space}"><text>{inner}</text></d>'
    return lambda: packed({"mimetype": "x", "content.xml": content})


def _epub(listing: str, chapters: dict[str, str]) -> bytes:
    container = '<container><rootfile full-path="c.opf"/></container>'
    return packed({"META-INF/container.xml": container, "c.opf": listing, **chapters})


def _same_chapter() -> bytes:
    items = '<item id="a" href="a.xhtml"/>'
    order = '<itemref idref="a"/>' * 100_000
    return _epub(f"<p>{items}{order}</p>", {"a.xhtml": f"<p>{GOOD}</p>"})


def _renamed_chapters() -> bytes:
    """A chapter under a thousand names: paths that differ and lead to one member."""
    items = "".join(f'<item id="{n}" href="{"x/../" * n}a.xhtml"/>' for n in range(1_000))
    order = "".join(f'<itemref idref="{n}"/>' for n in range(1_000))
    return _epub(f"<p>{items}{order}</p>", {"a.xhtml": f"<p>{GOOD}</p>"})


def _rtf(inner: str) -> bytes:
    return f"{{\\rtf1 {inner}}}".encode("latin-1")


OFFICES = (
    Hostile("billion laughs.docx", _word(lambda _: _body(_run("&a11;"), _LAUGHS))),
    Hostile("quadratic blow-up.docx", _word(lambda _: _body(_run("&a;" * 50_000), _QUADRATIC))),
    Hostile("entity from outside.docx", _word(lambda _: _body(_run("&a;"), _OUTSIDE)), "", "empty"),
    Hostile("bomb in a part.docx", _word(lambda _: _body(_run("a" * 60_000_000))), "unfolds"),
    Hostile("deep tables.docx", _word(lambda _: _body(_deep_tables(80))), "", "new"),
    Hostile("deeper tables.docx", _word(lambda _: _body(_deep_tables(10_000)))),
    Hostile("100,000 paragraphs.docx", _word(lambda _: _body("<w:p/>" * 100_000)), "", "empty"),
    Hostile("torn xml.docx", _word(lambda whole: whole[: len(whole) // 2]), "damaged"),
    Hostile("missing part.docx", _word(lambda _: None), "damaged"),
    Hostile("locked.docx", lambda: _OLE, "password"),
    Hostile("zip of nothing.docx", lambda: packed({"a.txt": GOOD}), "damaged"),
    Hostile("text.xlsx", lambda: GOOD.encode(), "another kind"),
    Hostile("100,000 empty cells.xlsx", _book(lambda _: _empty_cells()), "", "empty"),
    Hostile("far cells.xlsx", _book(lambda _: _far_cells()), "cells"),
    Hostile(
        "shared words out of range.xlsx",
        _book(lambda _: _rows('<row r="1"><c r="A1" t="s"><v>999999999</v></c></row>')),
        "damaged",
    ),
    Hostile(
        "column beyond the last.xlsx",
        _book(lambda _: _rows('<row r="1"><c r="ZZZZZZ1"><v>1</v></c></row>')),
    ),
    Hostile(
        "row number of a million digits.xlsx",
        _book(lambda _: _rows(f'<row r="{"9" * 1_000_000}"><c><v>1</v></c></row>')),
    ),
    Hostile(
        "row far down.xlsx",
        _book(lambda _: _rows('<row r="1000000000"><c r="A1000000000"><v>1</v></c></row>')),
    ),
    Hostile(
        "billion laughs.xlsx",
        _book(
            lambda _: (
                _doctype(_LAUGHS)
                + _rows('<row r="1"><c r="A1" t="inlineStr"><is><t>&a11;</t></is></c></row>')
            )
        ),
    ),
    Hostile(
        "figure of a million digits.xlsx",
        _book(lambda _: _rows(f'<row r="1"><c r="A1"><v>{"9" * 1_000_000}</v></c></row>')),
    ),
    Hostile("locked.xlsx", lambda: _OLE + b"x", "password"),
    Hostile("deep groups.pptx", _slides(_deep_groups)),
    Hostile(
        "billion laughs.pptx",
        _slides(lambda s: _doctype(_LAUGHS) + s.partition("?>")[2].replace(GOOD, "&a11;")),
    ),
    Hostile("locked.pptx", lambda: _OLE + b"y", "password"),
    Hostile("billion laughs.odt", _open_text("<t:p>&a11;</t:p>", _LAUGHS)),
    Hostile("entity from outside.odt", _open_text("<t:p>&a;</t:p>", _OUTSIDE), "", "empty"),
    Hostile("deep.odt", _open_text("<t:s>" * 100_000 + "</t:s>" * 100_000)),
    Hostile(
        "deep spans.odt",
        _open_text("<t:p>" + "<t:span>" * 200 + GOOD + "</t:span>" * 200 + "</t:p>"),
        "",
        "new",
    ),
    Hostile(
        "a billion blanks.odt",
        _open_text(f'<t:p>{GOOD}<t:s t:c="1000000000"/><t:s t:c="{"9" * 10_000}"/></t:p>'),
        "",
        "new",
    ),
    Hostile(
        "deep tables.odt",
        _open_text(
            "<table><table-row><table-cell>" * 60
            + f"<t:p>{GOOD}</t:p>"
            + "</table-cell></table-row></table>" * 60
        ),
        "",
        "new",
    ),
    Hostile("nothing in it.odt", lambda: packed({"mimetype": "x"}), "no OpenDocument"),
    Hostile("same chapter again.epub", _same_chapter, "", "new"),
    Hostile("one chapter, many names.epub", _renamed_chapters, "", "new"),
    Hostile(
        "chapters outside.epub",
        lambda: _epub(
            '<p><item id="a" href="../../../../etc/passwd"/><itemref idref="a"/></p>', {}
        ),
        "",
        "empty",
    ),
    Hostile(
        "billion laughs.epub",
        lambda: _epub(_doctype(_LAUGHS) + "<p><title>&a11;</title></p>", {}),
        "damaged",
    ),
    Hostile("no list.epub", lambda: packed({"a.xhtml": GOOD}), "damaged"),
    Hostile("deep groups.rtf", lambda: _rtf("{" * 1_000_000 + GOOD + "}" * 1_000_000), "", "new"),
    Hostile("open groups.rtf", lambda: _rtf("{\\b" * 1_000_000), "", "empty"),
    Hostile("huge binary.rtf", lambda: _rtf("\\bin99999999999999999999 " + GOOD), "", "new"),
    Hostile(
        "surrogates.rtf",
        lambda: _rtf(GOOD + " \\u-10179?\\u55357?\\u99999999999999?" * 100),
        "damaged",
    ),
    Hostile("5,000 controls.rtf", lambda: _rtf("\\b\\i0\\uc9999999 x" * 5_000), "", "new"),
    Hostile("backslashes.rtf", lambda: _rtf("\\" * 20_000), "", "new"),
)
