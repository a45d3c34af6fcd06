"""Reads PDF files: their text in reading order, page by page.

In: the bytes of a file. Out: its source, with words broken at line ends made whole, without
running heads and page numbers, and with a map of its pages. A PDF's own dates say when the
file was made: they are no publication dates.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import pypdfium2
from pypdfium2 import raw

from rag.errors import InputError
from rag.loading.lines import ends_sentence, folded
from rag.loading.ocr import recognised
from rag.loading.reading_order import Block, blocks_of
from rag.loading.running_heads import Row, without_running_heads
from rag.loading.source import Source
from rag.settings import Settings
from rag.types import Box, Fact, PageLine, Span

MOST_PAGES = 5_000
FULL = 0.85
"""A row that reaches this share of its block's width goes on in the next row."""
LEAST_FULL = 0.6
"""Below this share a row is a heading or an end, however long the next word is."""
CELL_GAP = 1.5
"""Heights of a row between two runs of words, from which on these are cells of a table."""
BREAK = "\ufffe"
"""What pdfium writes for a hyphen at the end of a line."""

_WORD = re.compile(r"\w+(?:-\w+)*")
_UNREADABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufffd\ufffe\uffff\ud800-\udfff]")
_TOOLS = re.compile(
    r"microsoft |untitled|powerpoint|\S+\.(?:docx?|pdf|indd|qxd|rtf|tex|pptx?|xlsx?|html?)$",
    re.IGNORECASE,
)
_NOBODY = re.compile(
    r"(?:anonymous|admin\w*|user|owner|author|unknown|(?:windows|microsoft office) user).*",
    re.IGNORECASE,
)


def read_pdf(data: bytes, name: str) -> Source:
    """Return the source in a PDF file. Raises InputError for one without readable text."""
    document = _open(data, name)
    try:
        if len(document) > MOST_PAGES:
            raise InputError(f"{name} has more than {MOST_PAGES:,} pages. Split it.")
        read = [_rows(document[number]) for number in range(len(document))]
        by_sight = _recognise(document, read, name)
        properties = document.get_metadata_dict(skip_empty=True)
    except pypdfium2.PdfiumError as error:
        raise InputError(f"{name} is a damaged PDF file. Save or print it as PDF again.") from error
    finally:
        document.close()
    pages = without_running_heads([rows for rows, _ in read], [height for _, height in read])
    joined = _join([blocks_of(rows) for rows in pages])
    text, moved = _heal(joined.text)
    return Source(
        text,
        _stated(properties, text),
        pages=tuple(_pages(joined, moved)),
        lines=tuple(_lines(joined, moved)),
        recognised=by_sight,
    )


def _recognise(
    document: pypdfium2.PdfDocument, read: list[tuple[list[Row], float]], name: str
) -> bool:
    """Add to `read` the rows of pages that are pictures; return whether there are any.

    Raises InputError where there is no text at all.
    """
    bare = [n for n, (rows, _) in enumerate(read) if not rows and _has_content(document[n])]
    settings = Settings.from_environment()
    for number in bare if settings.ocr else ():
        rows = recognised(document[number], settings.ocr_languages, name)
        read[number] = rows, read[number][1]
    if bare and not any(rows for rows, _ in read):
        raise InputError(_without_text(name, tried=bool(settings.ocr)))
    return any(read[number][0] for number in bare)


def _without_text(name: str, *, tried: bool) -> str:
    told = f"{name} has no text layer, its pages are pictures"
    if tried:
        return f"{told} in which no words were recognised. Check RAG_OCR_LANGUAGES."
    return f"{told}. Read them with: rag index --ocr"


def _open(data: bytes, name: str) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if error.err_code == raw.FPDF_ERR_PASSWORD:
            raise InputError(f"{name} needs a password. Save a copy without one.") from error
        raise InputError(f"{name} is no PDF file or a damaged one. Save it again.") from error


def _rows(page: pypdfium2.PdfPage) -> tuple[list[Row], float]:
    """Return the rows of a page in the order of the file, and the page's height."""
    words = page.get_textpage()
    rows, at = [], 0
    for line in words.get_text_range().split("\r\n"):
        units = len(line.encode("utf-16-le", "surrogatepass")) // 2
        if line.strip():
            first = raw.FPDFText_GetCharIndexFromTextIndex(words, at)
            boxes = [words.get_rect(n) for n in range(words.count_rects(max(first, 0), units))]
            if boxes:
                rows.append(_row(line, boxes))
        at += units + 2
    height = page.get_height()
    words.close()
    page.close()
    return rows, height


def _row(line: str, boxes: Sequence[tuple[float, float, float, float]]) -> Row:
    lefts, bottoms, rights, tops = zip(*boxes, strict=True)
    size = max(box[3] - box[1] for box in boxes)
    gaps = (after - before for before, after in zip(rights, lefts[1:], strict=False))
    parted = max(gaps, default=0.0) > CELL_GAP * size
    around = min(lefts), min(bottoms), max(rights), max(tops)
    return Row(line, *around, rights[-1], size, parted, tuple(_drawn_lines(boxes)))


def _drawn_lines(boxes: Sequence[tuple[float, float, float, float]]) -> Iterator[Box]:
    """Yield the box of each line: pdfium gives two as one where a word is broken between them."""
    line = Box(*boxes[0])
    for box in map(Box._make, boxes[1:]):
        if box.top <= line.bottom + (line.top - line.bottom) / 2:
            yield line
            line = box
        else:
            left, bottom, right, top = zip(line, box, strict=True)
            line = Box(min(left), min(bottom), max(right), max(top))
    yield line


def _has_content(page: pypdfium2.PdfPage) -> bool:
    return next(iter(page.get_objects(max_depth=2)), None) is not None


@dataclass(frozen=True, slots=True)
class _Joined:
    """The text of all pages, where each begins in it, and each row's page and first character."""

    text: str
    starts: list[int]
    rows: list[tuple[int, int, Row, str]]


def _join(pages: Sequence[Sequence[Block]]) -> _Joined:
    """Return the text of all pages, words still broken."""
    pieces: list[str] = []
    starts, rows, size = [], [], 0
    for number, blocks in enumerate(pages, 1):
        opening = True
        for piece, words, row in _pieces(blocks):
            if pieces:
                glue = _across(pieces[-1], words) if opening else piece
                pieces.append(glue)
                size += len(glue)
            if opening:
                starts.append(size)
            opening = False
            rows.append((number, size, row, words))
            pieces.append(words)
            size += len(words)
        if opening:
            starts.append(size)
    return _Joined("".join(pieces), starts, rows)


def _pages(joined: _Joined, moved: Callable[[int], int]) -> Iterator[Span]:
    starts = [*joined.starts, len(joined.text)]
    return (Span(moved(start), moved(end)) for start, end in pairwise(starts))


def _lines(joined: _Joined, moved: Callable[[int], int]) -> Iterator[PageLine]:
    for page, start, row, words in joined.rows:
        parts = words.split(BREAK)
        boxes = row.lines
        if len(parts) != len(boxes):
            parts, boxes = [words], [Box(row.left, row.bottom, row.right, row.top)]
        for part, box in zip(parts, boxes, strict=True):
            yield PageLine(Span(moved(start), moved(start + len(part))), page, box)
            start += len(part) + len(BREAK)


def _pieces(blocks: Sequence[Block]) -> Iterator[tuple[str, str, Row]]:
    """Yield the white space before each row, its words, and the row."""
    above: Row | None = None
    for block in blocks:
        left, right = min(row.left for row in block), max(row.right for row in block)
        for index, row in enumerate(block):
            words = " ".join(row.text.split())
            glue = "\n\n"
            if index:
                indented = row.left - left > 0.6 * row.size and above.left - left < 1
                flows = _is_full(above, row, left, right) and not indented
                glue = " " if flows and not (row.parted and above.parted) else "\n"
            elif above is not None and row.bottom > above.top:
                glue = _across(above.text.strip(), words)  # the next column
            yield glue, words, row
            above = row


def _is_full(above: Row, row: Row, left: float, right: float) -> bool:
    """Return whether the next row's first word would not have fitted into the row above."""
    first = row.text.split()[0]
    width = (row.right - row.left) * (len(first) + 1) / max(len(row.text), 1)
    share = (above.last_right - left) / max(right - left, 1.0)
    return share >= FULL or (share >= LEAST_FULL and above.last_right + width > right)


def _across(above: str, words: str) -> str:
    """Return what joins the end of one page to the beginning of the next."""
    open_ = not ends_sentence(above) and len(above) > 30 and words[:1].islower()
    return " " if open_ else "\n\n"


def _heal(text: str) -> tuple[str, Callable[[int], int]]:
    """Return `text` with broken words made whole, and a function from old to new offsets.

    The rest of the document tells "in-formation" from "well-known"; where it says nothing, two
    words that stand alone elsewhere keep their hyphen.
    """
    text = re.sub(r"(?<=[^\W\d_]{2})-[ \n](?=[^\W\d_A-Z])", BREAK + BREAK, text)
    known = set(map(folded, _WORD.findall(text)))
    healed, at, breaks, gone = [], 0, [], [0]
    for match in re.finditer(f"{BREAK}+", text):
        before = re.search(r"\w*$", text[max(0, match.start() - 40) : match.start()])[0]
        after = re.match(r"\w*", text[match.end() : match.end() + 40])[0]
        hyphen = "-" if _is_compound(before, after, known) else ""
        healed += [text[at : match.start()], hyphen]
        at = match.end()
        breaks.append((match.end(), match.start(), len(hyphen)))
        gone.append(gone[-1] + len(match[0]) - len(hyphen))
    whole = _UNREADABLE.sub(" ", "".join([*healed, text[at:]]))

    def moved(offset: int) -> int:
        before = bisect(breaks, (offset, len(text)))
        if before < len(breaks):
            _, start, kept = breaks[before]
            offset = min(offset, start + kept)
        return offset - gone[before]

    return whole, moved


def _is_compound(before: str, after: str, known: set[str]) -> bool:
    before, after = folded(before), folded(after)
    if not before or not after or f"{before}-{after}" in known or after[0].isdigit():
        return True
    return before + after not in known and before in known and after in known


def _stated(properties: dict[str, str], text: str) -> dict[str, Fact]:
    """Return the title and the author of a file's properties where a person wrote them."""
    title, author = (" ".join(properties.get(key, "").split()) for key in ("Title", "Author"))
    stated = {}
    if title and not _TOOLS.match(title) and (" " in title or folded(title) in folded(text[:2000])):
        stated["title"] = Fact(title, title, "PDF properties")
    if " " in author and not _NOBODY.fullmatch(author):
        stated["author"] = Fact(author, author, "PDF properties")
    return stated
