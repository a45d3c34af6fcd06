"""Reads PowerPoint presentations: a page for each slide, with its notes.

In: the bytes of a .pptx file. Out: its source. Slide numbers, dates and footers are left out.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator

import pptx
from pptx.enum.shapes import PP_PLACEHOLDER

from rag.errors import InputError
from rag.loading.docx import stated_properties
from rag.loading.packages import open_package
from rag.loading.rows import row_sentences
from rag.loading.source import Source
from rag.types import Span

_FURNITURE = (
    *(PP_PLACEHOLDER.SLIDE_NUMBER, PP_PLACEHOLDER.DATE),
    *(PP_PLACEHOLDER.HEADER, PP_PLACEHOLDER.FOOTER),
)


def read_pptx(data: bytes, name: str) -> Source:
    """Return the source in a presentation. Raises InputError."""
    open_package(data, name)
    try:
        slides = pptx.Presentation(io.BytesIO(data))
        texts = ["\n".join(filter(None, _slide(slide))) for slide in slides.slides]
        stated = stated_properties(slides.core_properties.title, slides.core_properties.author)
    except Exception as error:  # python-pptx raises whatever a damaged part leads to
        raise InputError(f"{name} is damaged or no presentation. Save it again.") from error
    pages, at = [], 0
    for text in texts:
        pages.append(Span(at, at + len(text) + 2))
        at = pages[-1].end
    if pages:
        pages[-1] = Span(pages[-1].start, pages[-1].end - 2)
    return Source("\n\n".join(texts), stated, bare=True, pages=tuple(pages))


def _slide(slide) -> Iterator[str]:
    yield from _shapes(slide.shapes)
    if slide.has_notes_slide:  # not all programs mark the notes as a placeholder
        yield from _shapes(slide.notes_slide.shapes)


def _shapes(shapes: Iterable) -> Iterator[str]:
    """Yield the text of each shape, the title first, those of groups where the group stands."""
    for shape in sorted(shapes, key=lambda one: not _is_title(one)):
        if shape.is_placeholder and shape.placeholder_format.type in _FURNITURE:
            continue
        if hasattr(shape, "shapes"):
            yield from _shapes(shape.shapes)
        elif shape.has_text_frame:
            yield shape.text_frame.text.replace("\v", "\n").strip()
        elif getattr(shape, "has_table", False):
            yield from row_sentences([cell.text for cell in row.cells] for row in shape.table.rows)


def _is_title(shape) -> bool:
    titles = (PP_PLACEHOLDER.TITLE, PP_PLACEHOLDER.CENTER_TITLE)
    return shape.is_placeholder and shape.placeholder_format.type in titles
