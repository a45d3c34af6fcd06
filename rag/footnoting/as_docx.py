"""Renders exported answers as a Word document whose notes are Word's own footnotes.

In: an export. Out: the bytes of a .docx file. python-docx makes the document; the part that
holds footnotes, which it does not know, is added here.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime

import docx
from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement
from docx.oxml.ns import nsdecls, qn
from docx.shared import Pt, RGBColor
from docx.text.paragraph import Paragraph
from lxml import etree
from markupsafe import escape

from rag.footnoting.walking import Export, Note, Sentence, Told, visible, web_address

_PLACE = PackURI("/word/footnotes.xml")
_MARK = "Footnote Reference"
_SOFT = RGBColor(0x5D, 0x5C, 0x59)


def rendered(export: Export) -> bytes:
    """Return answers as a Word document."""
    document = docx.Document()
    _style(document)
    _describe(document, export)
    for told in export.answers:
        _answer(document, told)
    if export.notes:
        _add_footnotes(document, export)
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def _style(document: Document) -> None:
    mark = document.styles.add_style(_MARK, WD_STYLE_TYPE.CHARACTER)
    mark.font.superscript = True
    note = document.styles.add_style("Footnote Text", WD_STYLE_TYPE.PARAGRAPH)
    note.base_style, note.font.size = document.styles["Normal"], Pt(9)
    note.paragraph_format.space_after = Pt(3)


def _describe(document: Document, export: Export) -> None:
    about = document.core_properties
    about.title, about.author, about.comments = visible(export.title)[:255], "", ""
    if export.answers:
        when = datetime.fromisoformat(export.answers[-1].answered_at).astimezone(UTC)
        about.created = about.modified = when.replace(tzinfo=None)


def _answer(document: Document, told: Told) -> None:
    document.add_heading(_line(told.question), level=1)
    if told.standalone:
        _aside(document, f"Understood as: {told.standalone}")
    if told.filters:
        _aside(document, f"Filters: {'; '.join(told.filters)}")
    body = document.add_paragraph()
    for number, sentence in enumerate(told.sentences):
        _say(body, sentence, " " if number else "")
    if told.missing:
        document.add_paragraph(_line(told.missing))
    for accounts in told.differing:
        document.add_heading("Sources differ", level=2)
        for one in accounts:
            _say(document.add_paragraph(style="List Bullet"), one)
    _aside(document, f"Answer {told.answer_id}, {told.answered_at[:16].replace('T', ' ')} UTC")


def _aside(document: Document, words: str) -> None:
    run = document.add_paragraph().add_run(_line(words))
    run.font.size, run.font.color.rgb = Pt(9), _SOFT


def _say(paragraph: Paragraph, sentence: Sentence, before: str = "") -> None:
    paragraph.add_run(before + _line(sentence.text))
    for note in sentence.notes:
        reference = OxmlElement("w:footnoteReference")
        reference.set(qn("w:id"), str(note.number))
        paragraph.add_run(style=_MARK)._r.append(reference)


def _add_footnotes(document: Document, export: Export) -> None:
    """Add the part that holds the footnotes, and in it the links that they lead to."""
    kind = CONTENT_TYPE.WML_FOOTNOTES
    part = Part(_PLACE, kind, b"", document.part.package)
    notes = "".join(_note(one, part) for one in export.notes)
    root = f"<w:footnotes {nsdecls('w', 'r')}>{_LINES}{notes}</w:footnotes>"
    # Parsed once, so that what Word could not read is found here.
    tree = etree.fromstring(root)
    part._blob = etree.tostring(tree, xml_declaration=True, encoding="UTF-8", standalone=True)
    document.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)
    properties = OxmlElement("w:footnotePr")
    for number in ("-1", "0"):
        properties.append(line := OxmlElement("w:footnote"))
        line.set(qn("w:id"), number)
    document.settings.element.insert(0, properties)


def _note(note: Note, part: Part) -> str:
    source = f"“{note.quote}” {', '.join(note.source)}" if note.source else "No source is cited"
    address = web_address(note.link)
    link = f"{_run(', ')}{_link(address, part)}" if address else ""
    mark = '<w:r><w:rPr><w:rStyle w:val="FootnoteReference"/></w:rPr><w:footnoteRef/></w:r>'
    ending = ". " + note.judged
    return (
        f'<w:footnote w:id="{note.number}"><w:p><w:pPr><w:pStyle w:val="FootnoteText"/></w:pPr>'
        f"{mark}{_run(' ' + source)}{link}{_run(ending.rstrip())}</w:p></w:footnote>"
    )


def _link(address: str, part: Part) -> str:
    name = part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    return f'<w:hyperlink r:id="{name}">{_run(address)}</w:hyperlink>'


def _run(words: str) -> str:
    told = escape(visible(" ".join(words.split("\n"))))
    return f'<w:r><w:t xml:space="preserve">{told}</w:t></w:r>'


def _line(words: str) -> str:
    return " ".join(visible(words).split())


def _rule(number: int, kind: str, mark: str) -> str:
    return (
        f'<w:footnote w:type="{kind}" w:id="{number}"><w:p><w:r><w:{mark}/></w:r></w:p>'
        "</w:footnote>"
    )


_LINES = _rule(-1, "separator", "separator") + _rule(
    0, "continuationSeparator", "continuationSeparator"
)
"""The lines that part notes from the text; Word wants them in every such part."""
