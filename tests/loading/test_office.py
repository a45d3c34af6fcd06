"""Office files, tables and e-books, made by the libraries that make them."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import docx
import openpyxl
import pptx
import pytest

from rag.errors import InputError
from rag.loading import load
from rag.loading.rows import row_sentences
from tests.loading.conftest import MORE, PROSE, body


def saved(document) -> bytes:
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def zipped(**members: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in members.items():
            package.writestr(name.replace("__", "/").replace("_", "."), content)
    return file.getvalue()


def word_document() -> docx.document.Document:
    document = docx.Document()
    document.core_properties.title = "Bridge to Be Painted"
    document.core_properties.author = "Ann Lee"
    document.sections[0].header.paragraphs[0].text = "Confidential header"
    document.add_heading("Bridge to Be Painted", 0)
    document.add_paragraph(PROSE)
    table = document.add_table(rows=2, cols=2)
    for cell, words in zip(table._cells, ("Region", "Sales", "North", "12"), strict=True):
        cell.text = words
    document.add_paragraph(MORE)
    return document


def test_a_word_document_is_read_in_order_without_its_dates(read_one):
    document = read_one("a.docx", saved(word_document()))
    assert body(document) == f"{PROSE}\n\nRegion: North; Sales: 12.\n\n{MORE}"
    assert (document.title.value, document.author.value) == ("Bridge to Be Painted", "Ann Lee")
    assert document.title.where == "document properties"
    assert document.published is None


def test_words_that_were_deleted_are_gone_and_those_inserted_are_there(read_one):
    document = docx.Document()
    paragraph = document.add_paragraph("The bridge is ")
    w = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    for xml in (
        f"<w:del {w}><w:r><w:delText>red</w:delText></w:r></w:del>",
        f"<w:ins {w}><w:r><w:t>blue.</w:t></w:r></w:ins>",
    ):
        paragraph._p.append(docx.oxml.parse_xml(xml))
    assert read_one("a.docx", saved(document)).text == "The bridge is blue."


def test_slides_are_pages_with_their_tables_and_notes(read_one):
    slides = pptx.Presentation()
    for number in (1, 2):
        slide = slides.slides.add_slide(slides.slide_layouts[1])
        slide.shapes.title.text = f"Part {number}"
        slide.placeholders[1].text = f"The paint of part {number} is blue."
    slide.notes_slide.notes_text_frame.text = "Say thanks."
    shape = slide.shapes.add_table(2, 2, 0, 0, 9, 9)
    for cell, words in zip(shape.table.iter_cells(), ("Year", "Cost", "2020", "12"), strict=True):
        cell.text = words
    document = read_one("a.pptx", saved(slides))
    assert document.page_at(document.text.index("part 1")) == 1
    assert document.page_at(document.text.index("Say thanks.")) == 2
    assert "Year: 2020; Cost: 12." in body(document)
    assert document.published is None


def test_rows_of_a_workbook_are_sentences_and_their_dates_stay_theirs(read_one):
    book = openpyxl.Workbook()
    for row in (("Date", "Region", "Sales"), (date(2021, 3, 4), "North", 12.5), (None, "South", 7)):
        book.active.append(row)
    book.active.title = "Spring"
    book.create_sheet("Hidden").append(["secret", "words"])
    book["Hidden"].sheet_state = "hidden"
    document = read_one("sales.xlsx", saved(book))
    assert document.text == (
        "Spring\nDate: 2021-03-04; Region: North; Sales: 12.5.\nRegion: South; Sales: 7."
    )
    assert (document.title.value, document.title.where) == ("sales", "file name")
    assert document.published is None


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_rows_of_a_csv_are_sentences(read_one, mark):
    rows = (("Region", "Date", "Source"), ("North", "2021-03-04", "Wire"), ("South", "", "Post"))
    document = read_one("a.csv", "\n".join(mark.join(row) for row in rows))
    assert body(document) == (
        "Region: North; Date: 2021-03-04; Source: Wire.\nRegion: South; Source: Post."
    )
    assert (document.published, document.publisher) == (None, None)


@pytest.mark.parametrize(
    ("rows", "sentences"),
    [
        ([["1", "2"], ["3", "4"]], ["1; 2.", "3; 4."]),
        ([["A", "B"]], ["A; B."]),
        ([["A", "B"], [], ["x", "y", "z"]], ["A: x; B: y; z."]),
        ([["A", "A"], ["x", "y"]], ["A; A.", "x; y."]),
        ([], []),
    ],
)
def test_headers_are_those_of_a_first_row_of_names(rows, sentences):
    assert list(row_sentences(rows)) == sentences


OFFICE = 'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
ODT = f"""<office:document-content {OFFICE} xmlns:t="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"><office:body><office:text>
<t:h>Bridge to Be Painted</t:h>
<t:p>{PROSE}<office:annotation><t:p>hm</t:p></office:annotation></t:p>
<table:table><table:table-row><table:table-cell><t:p>Region</t:p></table:table-cell>
<table:table-cell><t:p>Sales</t:p></table:table-cell></table:table-row><table:table-row>
<table:table-cell><t:p>North</t:p></table:table-cell><table:table-cell><t:p>12</t:p>
</table:table-cell></table:table-row></table:table><t:p>One<t:s t:c="2"/>two<t:tab/>three.</t:p>
</office:text></office:body></office:document-content>"""
META = f"""<office:document-meta {OFFICE} xmlns:dc="http://purl.org/dc/elements/1.1/"><office:meta>
<dc:title>Bridge and Paint</dc:title><dc:date>2021-03-04T00:00:00</dc:date></office:meta>
</office:document-meta>"""


def test_an_opendocument_text_is_read_in_order_without_its_dates(read_one):
    document = read_one("a.odt", zipped(content_xml=ODT, meta_xml=META))
    blocks = ["Bridge to Be Painted", PROSE, "Region: North; Sales: 12.", "One  two\tthree."]
    assert document.text == "\n\n".join(blocks)
    assert document.title.value == "Bridge and Paint"
    assert document.published is None


def test_rich_text_is_read_without_its_marks(read_one):
    head = r"{\rtf1\ansi\ansicpg1251{\info{\title Bridge Painted}}"
    text = head + r"\b Title\b0\par The caf\'e9 \u8220?a\u8221?.}"
    document = read_one("a.rtf", text)
    assert document.text == "Title\n\nThe cafй “a”."
    assert document.title.value == "Bridge Painted"


def test_tables_and_footnotes_of_rich_text_stand_where_they_belong(read_one):
    row = r"\trowd\cellx1\cellx2 \intbl {%s}\cell {%s}\cell\row "
    table = "".join(row % cells for cells in (("Region", "Sales"), ("North", "12")))
    notes = r"One{\super \chftn{\*\footnote \chftn First {\b note}.}} two{\footnote Second.} three."
    text = rf"{{\rtf1\ansi {notes}\par {table}\pard C:\\cells {{\uc0 are}} small.\par}}"
    blocks = ["One two three.", "First note.", "Second.", "Region: North; Sales: 12."]
    assert read_one("a.rtf", text).text == "\n\n".join([*blocks, r"C:\cells are small."])


CONTAINER = '<container><rootfiles><rootfile full-path="OPS/a.opf"/></rootfiles></container>'
OPF = """<package xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:opf="http://www.idpf.org/2007/opf">
<metadata><dc:title>The Bridge</dc:title><dc:creator>Ann Lee</dc:creator>
<dc:language>en</dc:language>
<dc:date opf:event="modification">2022-05-06</dc:date><dc:date>2021-03-04</dc:date></metadata>
<manifest><item id="b" href="b.xhtml"/><item id="a" href="a.xhtml"/></manifest>
<spine><itemref idref="a"/><itemref idref="b"/></spine></package>"""


def test_an_ebook_is_read_in_the_order_of_its_spine(read_one):
    pages = {"a": f"<html><body><p>{PROSE}</p></body></html>", "b": f"<p>{MORE}</p>"}
    data = zipped(
        **{"META-INF__container_xml": CONTAINER, "OPS__a_opf": OPF},
        **{f"OPS__{name}_xhtml": page for name, page in pages.items()},
    )
    document = read_one("a.epub", data)
    assert document.text == f"{PROSE}\n\n{MORE}"
    assert (document.title.value, document.author.value) == ("The Bridge", "Ann Lee")
    assert (document.published.value, document.published.where) == ("2021-03-04", "EPUB dc:date")


ENTITIES = "".join(f'<!ENTITY {chr(99 + n)} "{f"&{chr(98 + n)};" * 10}">' for n in range(9))
BOMB = f'<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb">{ENTITIES}]><a>&k;</a>'
HOSTILE = {
    "a.docx": [
        b"",
        b"PK\x03\x04",
        b"\xd0\xcf\x11\xe0" * 100,
        zipped(a="b"),
        saved(word_document())[:900],
    ],
    "a.xlsx": [b"", b"x", zipped(a="b"), zipped(xl__workbook_xml=BOMB)],
    "a.pptx": [b"", b"x", zipped(a="b")],
    "a.odt": [
        b"",
        zipped(a="b"),
        zipped(content_xml="<a>"),
        zipped(content_xml="0" * 9_000_000),
        zipped(content_xml=BOMB),
    ],
    "a.epub": [b"", zipped(a="b"), zipped(**{"META-INF__container_xml": BOMB})],
    "a.rtf": [b"", b"abc"],
}


@pytest.mark.parametrize(
    ("name", "data"), [(name, data) for name, all_ in HOSTILE.items() for data in all_]
)
def test_what_cannot_be_read_is_said_in_one_line(tmp_path, name, data):
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"^.*a\..*\.$") as error:
        load(path)
    assert "\n" not in str(error.value)
