"""PDF files: reading order, pages, broken words, running heads, and what cannot be read."""

from __future__ import annotations

import io

import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from rag.errors import InputError
from rag.loading import load
from tests.formats.texts import FILES
from tests.loading.conftest import body

WIDTH, HEIGHT = 595, 842
LINES = [
    "The harbour board met on Monday and agreed that the old bridge would be",
    "painted before May. Nobody spoke against the plan, which a well-known painter",
    "from Bergen had drawn up for the town after he had seen the bridge in winter.",
]
NEXT = ["It will cost 12 million kroner, and the paint was bought on the same day in Oslo."]


def pdf(*pages, head="", foot="", title="", author="", **options) -> bytes:
    """Return a PDF whose pages are lists of (x, y, lines)."""
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(WIDTH, HEIGHT), **options)
    canvas.setTitle(title)
    canvas.setAuthor(author)
    for number, blocks in enumerate(pages, 1):
        canvas.setFont("Helvetica", 9)
        canvas.drawString(72, 810, head)
        canvas.drawString(290, 30, foot.format(number))
        for x, y, lines in blocks:
            canvas.setFont("Helvetica", 11)
            for row, line in enumerate(lines):
                canvas.drawString(x, y - 14 * row, line)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def test_lines_of_a_paragraph_are_one_and_paragraphs_stand_apart(read_one):
    document = read_one("a.pdf", pdf([(72, 760, LINES), (72, 680, NEXT)]))
    assert document.text == " ".join(LINES) + "\n\n" + NEXT[0]


def test_every_page_is_a_span_and_a_sentence_goes_over_its_end(read_one):
    pages = [[(72, 760, [*LINES, "It was then asked of the engineer who"])]]
    pages += [[(72, 760, ["built it that he be there."])], [], [(72, 700, NEXT)]]
    document = read_one("a.pdf", pdf(*pages))
    assert len(document.pages) == 4
    assert "the engineer who built it that he be there." in body(document)
    assert [document.page_at(document.text.index(w)) for w in ("harbour", "built", "kroner")] == [
        1,
        2,
        4,
    ]
    assert document.pages[0].start == 0 and document.pages[-1].end == len(document.text)
    assert all(a.end == b.start for a, b in zip(document.pages, document.pages[1:], strict=False))


def test_heads_feet_and_page_numbers_are_no_text(read_one):
    blocks = [(72, 760, LINES)], [(72, 760, NEXT)], [(72, 760, ["The paint is blue."])]
    document = read_one("a.pdf", pdf(*blocks, head="The Harbour Review 2021", foot="- {} -"))
    assert document.text == "\n\n".join([" ".join(LINES), NEXT[0], "The paint is blue."])


def test_what_a_browser_prints_around_a_page_is_no_text_and_no_date(read_one):
    head = "3/4/21, 10:15 AM Bridge to Be Painted"
    data = pdf([(72, 760, LINES)], head=head, foot="https://wire.example/paint {}/1")
    document = read_one("a.pdf", data)
    assert document.text == " ".join(LINES)
    assert document.published is None


def test_words_broken_at_line_ends_are_made_whole(read_one):
    lines = ["Information about the harbour is at the in-", "formation desk of the har-"]
    lines += ["bour, which a well-", "known painter has painted. He is well-known in Oslo."]
    document = read_one("a.pdf", pdf([(72, 760, lines)]))
    assert "information desk of the harbour, which a well-known painter has" in document.text


def test_a_word_broken_over_a_page_is_counted_to_the_page_it_begins_on(read_one):
    first = [*LINES, "They went on to talk about the state of the har-"]
    document = read_one("a.pdf", pdf([(72, 760, first)], [(72, 760, ["bour in winter, at last."])]))
    assert "state of the harbour in winter" in document.text
    assert document.page_at(document.text.index("harbour in winter")) == 1
    assert document.page_at(document.text.index("in winter, at last")) == 2


def test_columns_are_read_one_after_the_other_however_they_are_drawn(read_one):
    left = (72, 600, ["Left one is here", "left two is here"]), (72, 500, ["Left three is here"])
    right = (320, 600, ["Right one is here"]), (320, 500, ["Right two is here"])
    title = (72, 700, ["A title that spans both of the columns of this page, left and right"])
    drawn = [right[1], left[0], right[0], left[1], title]
    text = read_one("a.pdf", pdf(drawn)).text
    order = ["A title", "Left one", "left two", "Left three", "Right one", "Right two"]
    assert sorted(order, key=text.index) == order


def test_a_sentence_goes_on_in_the_next_column_and_after_a_ragged_line(read_one):
    left = (
        72,
        600,
        ["It was agreed on Monday that the", "bridge", "over the river would be painted and"],
    )
    right = (320, 600, ["mended before May.", "Nobody spoke against it."])
    text = read_one("a.pdf", pdf([left, right])).text
    assert "would be painted and mended before May." in text
    ragged = (72, 600, ["They spoke of the old bridge in", "representativesofthewholeassembly."])
    assert "bridge in representatives" in read_one("b.pdf", pdf([ragged])).text


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("osterby-harbour.pdf", "Dredging 2,100,000 down by 9 percent"),  # by LibreOffice
        ("bridge-tolls.pdf", "Dunmoor Bridge 3.15 9.80 Widow Pell and heirs"),  # by Chromium
    ],
)
def test_rows_of_a_table_stay_apart(name, row):
    assert row in load(FILES / name)[0].text.split("\n")


def test_properties_state_title_and_author_but_no_date(read_one):
    data = pdf([(72, 760, LINES)], title="Bridge to Be Painted", author="Ann Lee")
    document = read_one("a.pdf", data)
    assert (document.title.value, document.title.where) == (
        "Bridge to Be Painted",
        "PDF properties",
    )
    assert document.author.value == "Ann Lee"
    assert document.published is None


@pytest.mark.parametrize("title", ["Microsoft Word - a.doc", "untitled", "final2.docx", ""])
def test_what_a_program_writes_as_title_is_none(read_one, title):
    document = read_one("a.pdf", pdf([(72, 760, LINES)], title=title, author="Windows User"))
    assert document.title.where == "first words"
    assert document.author is None


def test_pictures_without_text_a_password_and_damage_are_said(tmp_path):
    file = io.BytesIO()
    canvas = Canvas(file)
    canvas.rect(10, 10, 100, 100, fill=1)
    canvas.save()
    locked = pdf([(72, 760, LINES)], encrypt=StandardEncryption("secret"))
    whole = pdf([(72, 760, LINES)])
    cases = [(file.getvalue(), "no text layer"), (locked, "needs a password")]
    cases += [(b"%PDF-1.7\n", "no PDF file or a damaged"), (b"", "no PDF"), (whole[:200], "no PDF")]
    for data, message in cases:
        path = tmp_path / "a.pdf"
        path.write_bytes(data)
        with pytest.raises(InputError, match=message) as error:
            load(path)
        assert "\n" not in str(error.value)


def test_a_blank_page_holds_no_document(read):
    assert read("a.pdf", pdf([])) == []
