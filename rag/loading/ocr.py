"""Text recognition for pages that are pictures, by tesseract where it is installed.

In: a page of a PDF. Out: its rows with their places, as a text layer would give them. Knows
nothing about the order of reading.
"""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Sequence
from statistics import fmean, median

import pypdfium2

from rag.errors import InputError
from rag.loading.running_heads import Row

SECONDS = 90
"""The longest that one page may take."""
PIXELS_PER_POINT = 300 / 72
MOST_PIXELS = 25_000_000
"""A page of A4 has 9 million; larger ones are read less finely."""
LEAST_CONFIDENCE = 30
"""Per cent; lines below it in the mean are specks and shades and no words."""
WORD = "5"
"""How tesseract marks the rows of its table that are words."""

_INSTALL = "Install it (Debian: apt install tesseract-ocr), or leave --ocr and RAG_OCR away."


def check_tesseract(languages: str) -> None:
    """Raise InputError where text of these languages ("eng+deu") cannot be recognised here."""
    if not shutil.which("tesseract"):
        raise InputError(f"Text recognition needs tesseract, which is not there. {_INSTALL}")
    done = subprocess.run(
        ["tesseract", "--list-langs"], capture_output=True, text=True, timeout=SECONDS
    )
    missing = sorted({*languages.split("+")} - {*done.stdout.split()})
    if missing:
        raise InputError(
            f"Tesseract has no data for {', '.join(missing)}. Install them (Debian: "
            f"tesseract-ocr-{missing[0]}) or set RAG_OCR_LANGUAGES."
        )


def recognised(page: pypdfium2.PdfPage, languages: str, name: str) -> list[Row]:
    """Return the rows of a page as tesseract reads its picture. Raises InputError."""
    width, height = page.get_size()
    finest = (MOST_PIXELS / max(width * height, 1)) ** 0.5
    scale = min(PIXELS_PER_POINT, finest)
    picture = page.render(scale=scale, grayscale=True).to_numpy()
    header = f"P5 {picture.shape[1]} {picture.shape[0]} 255\n".encode()
    table = _read(header + picture.tobytes(), languages, name)
    lines = defaultdict(list)
    for word in csv.DictReader(table.split("\n"), delimiter="\t", quoting=csv.QUOTE_NONE):
        if word["level"] == WORD and (word["text"] or "").strip():
            lines[word["block_num"], word["par_num"], word["line_num"]].append(word)
    clear = [words for words in lines.values() if _confidence(words) >= LEAST_CONFIDENCE]
    return _rows(clear, scale, height)


def _read(picture: bytes, languages: str, name: str) -> str:
    dots = round(72 * PIXELS_PER_POINT)
    command = ["tesseract", "-", "-", "-l", languages, "--dpi", str(dots), "tsv"]
    # Pages are read by several processes at once; threads of each would only wait for another.
    alone = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    try:
        done = subprocess.run(
            command, input=picture, capture_output=True, timeout=SECONDS, env=alone
        )
    except FileNotFoundError as error:
        raise InputError(f"{name} has no text layer, and tesseract is gone. {_INSTALL}") from error
    except subprocess.TimeoutExpired as error:
        raise InputError(
            f"{name} has a page whose text takes more than {SECONDS} seconds to recognise. "
            "Split it."
        ) from error
    if done.returncode:
        told = " ".join(done.stderr.decode("utf-8", "replace").split())[:120]
        raise InputError(f"{name} cannot be read by tesseract ({told}). Check RAG_OCR_LANGUAGES.")
    return done.stdout.decode("utf-8", "replace")


def _rows(lines: Sequence[Sequence[dict[str, str]]], scale: float, height: float) -> list[Row]:
    """Return lines of words as rows, in points from the bottom left.

    The box of a line is as high as its letters: their usual height stands for the size of all.
    """
    boxes = [_box(words) for words in lines]
    size = median([bottom - top for _, top, _, bottom in boxes]) / scale if boxes else 0.0
    rows = []
    for words, (left, top, right, bottom) in zip(lines, boxes, strict=True):
        text = " ".join(word["text"] for word in words)
        place = (left / scale, height - bottom / scale, right / scale, height - top / scale)
        rows.append(Row(text, *place, last_right=right / scale, size=size))
    return rows


def _box(words: Sequence[dict[str, str]]) -> tuple[int, int, int, int]:
    """Return the left, top, right and bottom of words, in pixels from the top left."""
    lefts, tops = ([int(word[key]) for word in words] for key in ("left", "top"))
    rights = [left + int(word["width"]) for left, word in zip(lefts, words, strict=True)]
    bottoms = [top + int(word["height"]) for top, word in zip(tops, words, strict=True)]
    return min(lefts), min(tops), max(rights), max(bottoms)


def _confidence(words: Sequence[dict[str, str]]) -> float:
    return fmean(float(word["conf"]) for word in words)
