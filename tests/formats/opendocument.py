"""Writes flat OpenDocument files, which LibreOffice turns into what it can write.

In: a text. Out: the XML of a text document, a spreadsheet or a presentation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby

from tests.formats.texts import Block, Text

_NAMES = ("office", "style", "text", "table", "presentation")
_SPACES = " ".join(
    [f'xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for n in _NAMES]
    + ['xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"']
    + ['xmlns:dc="http://purl.org/dc/elements/1.1/"']
    + ['xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"']
    + ['xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"']
)
_PAGE = 'fo:page-width="21cm" fo:page-height="29.7cm" fo:margin="2cm"'
_BREAK = """<style:style style:name="Break" style:family="paragraph">
<style:paragraph-properties fo:break-before="page"/></style:style>
<style:style style:name="Columns" style:family="section"><style:section-properties
 text:dont-balance-text-columns="false"><style:columns fo:column-count="{}"
 fo:column-gap="0.8cm"/></style:section-properties></style:style>"""


def text_document(text: Text) -> str:
    """Return a text document with a running head, page numbers, notes, tables and columns."""
    pages = []
    for number, page in enumerate(text.pages):
        opening = '<text:p text:style-name="Break"/>' if number else _heading(text.title, 1)
        section = f'<text:section text:style-name="Columns" text:name="Part {number + 1}">'
        pages.append(f"{opening}{section}{''.join(_flow(page))}</text:section>")
    layout = (
        f'<style:page-layout style:name="L"><style:page-layout-properties {_PAGE}/>'
        "<style:header-style/><style:footer-style/></style:page-layout>"
    )
    master = (
        '<style:master-page style:name="Standard" style:page-layout-name="L"><style:header>'
        f"<text:p>{escape(text.title)}</text:p></style:header><style:footer><text:p>Page "
        "<text:page-number>1</text:page-number></text:p></style:footer></style:master-page>"
    )
    styles = f"{_BREAK.format(text.columns)}{layout}"
    body = f"<office:text>{''.join(pages)}</office:text>"
    return _document(text.title, "text", styles, master, body)


def spreadsheet(text: Text) -> str:
    """Return a workbook with a sheet for each page, named by its heading."""
    sheets = []
    for page in text.pages:
        name = next(block.words for block in page if block.kind == "heading")
        rows = "".join(_row(block, _typed) for block in page if block.kind == "row")
        sheets.append(f'<table:table table:name="{escape(name)}">{rows}</table:table>')
    body = f"<office:spreadsheet>{''.join(sheets)}</office:spreadsheet>"
    return _document(text.title, "spreadsheet", "", "", body)


def presentation(text: Text) -> str:
    """Return a presentation with a slide for each page."""
    slides = []
    for number, page in enumerate(text.pages, 1):
        title, rest = page[0], page[1:]
        frames = _frame("title", 1, 3, f"<text:p>{escape(title.words)}</text:p>")
        said = "".join(f"<text:p>{escape(b.words)}</text:p>" for b in rest if b.kind == "words")
        frames += _frame("outline", 5, 5, said)
        rows = [block for block in rest if block.kind == "row"]
        if rows:
            frames += f"<draw:frame {_place(11, 5)}>{_table(rows, 'Table')}</draw:frame>"
        frames += _speaker_notes([block.words for block in rest if block.kind == "note"])
        named = f'draw:name="page{number}" draw:master-page-name="Default"'
        slides.append(f"<draw:page {named}>{frames}</draw:page>")
    layout = (
        '<style:page-layout style:name="L"><style:page-layout-properties fo:page-width="28cm"'
        ' fo:page-height="21cm"/></style:page-layout>'
    )
    master = '<style:master-page style:name="Default" style:page-layout-name="L"/>'
    body = f"<office:presentation>{''.join(slides)}</office:presentation>"
    return _document(text.title, "presentation", layout, master, body)


def _document(title: str, kind: str, styles: str, master: str, body: str) -> str:
    mime = f"application/vnd.oasis.opendocument.{kind}"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document {_SPACES} office:version="1.2"'
        f' office:mimetype="{mime}"><office:meta><dc:title>{escape(title)}</dc:title>'
        f"</office:meta><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:master-styles>{master}</office:master-styles>"
        f"<office:body>{body}</office:body></office:document>"
    )


def _heading(words: str, level: int) -> str:
    style = f'text:style-name="Heading_20_{level}" text:outline-level="{level}"'
    return f"<text:h {style}>{escape(words)}</text:h>"


def _flow(page: Sequence[Block]) -> Iterator[str]:
    """Yield the blocks of a page; a note stands at the end of the paragraph before it."""
    notes = 0
    for index, block in enumerate(page):
        if block.kind == "heading":
            yield _heading(block.words, 2)
        elif block.kind == "words":
            note = page[index + 1] if index + 1 < len(page) else None
            mark = ""
            if note is not None and note.kind == "note":
                notes += 1
                mark = _note(note.words, notes)
            yield f'<text:p text:style-name="Standard">{escape(block.words)}{mark}</text:p>'
        elif block.kind == "row" and (not index or page[index - 1].kind != "row"):
            yield _table(_run(page[index:]), f"Table{index}")


def _run(blocks: Sequence[Block]) -> list[Block]:
    return list(next(group for _, group in groupby(blocks, lambda block: block.kind)))


def _note(words: str, number: int) -> str:
    return (
        f'<text:note text:id="n{number}" text:note-class="footnote"><text:note-citation>{number}'
        f"</text:note-citation><text:note-body><text:p>{escape(words)}</text:p></text:note-body>"
        "</text:note>"
    )


def _table(rows: Sequence[Block], name: str) -> str:
    columns = f'<table:table-column table:number-columns-repeated="{len(rows[0].cells)}"/>'
    cells = "".join(_row(row, _plain) for row in rows)
    return f'<table:table table:name="{name}">{columns}{cells}</table:table>'


def _row(block: Block, cell) -> str:
    return f"<table:table-row>{''.join(map(cell, block.cells))}</table:table-row>"


def _plain(words: str) -> str:
    return f"<table:table-cell><text:p>{escape(words)}</text:p></table:table-cell>"


def _typed(words: str) -> str:
    try:
        kind = f'office:value-type="float" office:value="{float(words)}"'
    except ValueError:
        kind = 'office:value-type="string"'
    return f"<table:table-cell {kind}><text:p>{escape(words)}</text:p></table:table-cell>"


def _frame(kind: str, top: int, height: int, words: str) -> str:
    box = f"<draw:text-box>{words}</draw:text-box>"
    return f'<draw:frame presentation:class="{kind}" {_place(top, height)}>{box}</draw:frame>'


def _speaker_notes(notes: Sequence[str]) -> str:
    words = "".join(f"<text:p>{escape(note)}</text:p>" for note in notes)
    frame = _frame("notes", 12, 8, words)
    return f"<presentation:notes>{frame}</presentation:notes>" if notes else ""


def _place(top: int, height: int) -> str:
    return f'svg:x="2cm" svg:y="{top}cm" svg:width="24cm" svg:height="{height}cm"'
