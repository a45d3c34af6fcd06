"""Lines above an article that say when it was published or changed, in many languages.

In: the text of a short block. Out: the days with the words that state them. Knows nothing
about trees: "Publié le 5 août 2020, mis à jour le 6 août" is a line wherever it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag.loading.dates import Found, full_dates, stated_date
from rag.loading.fields import read_byline

LONGEST = 160

_PUBLISHED = (
    "first published|published|publication date|posted|publié|publicado|veröffentlicht|erschienen"
    "|publicerad|publisert|udgivet|gepubliceerd|pubblicato|opublikowano|julkaistu|yayınlanma"
    "|опубликовано|опубліковано|发布|发表|發布|發表|公開|게시|입력|نشر|نُشر"
)
_UPDATED = (
    "updated|modified|edited|revised|reviewed|mis à jour|mise à jour|modifié|actualizado"
    "|aktualisiert|stand|uppdaterad|oppdatert|opdateret|bijgewerkt|aggiornato|atualizado"
    "|zaktualizowano|aktualizacja|päivitetty|güncelleme|обновлено|изменено|оновлено"
    "|更新|수정|تحديث"
)
LABEL = re.compile(rf"(?<!\w)(?:(?P<published>{_PUBLISHED})|(?P<updated>{_UPDATED}))", re.I)
"""What stands before a day of publication or of change; ideographs need no blank before them."""
_NUMERIC = re.compile(
    r"(?<![\d/.-])(?:\d{1,2}([/.-])\d{1,2}\1\d{4}|\d{4}([/.])\d{1,2}\2\d{1,2})(?![\d/-])"
)
_PARTS = re.compile(r"\s+[|·•–—/]\s+|\s*[|·•]\s*")


@dataclass(frozen=True, slots=True)
class Labelled:
    """The days that a line states: those labelled, and those in a line of names and times."""

    published: tuple[Found, ...] = ()
    updated: tuple[Found, ...] = ()
    bare: tuple[Found, ...] = ()
    author: str = ""


def read_labels(text: str) -> Labelled:
    """Return what a line says of days; nothing for a long one, or one that is a sentence."""
    if len(text) > LONGEST or not any(letter.isdecimal() for letter in text):
        return Labelled()
    dates = sorted([*full_dates(text), *_numeric(text)], key=lambda one: one.start)
    labels = [(match.start(), match.lastgroup) for match in LABEL.finditer(text)]
    kinds: dict[str, list[Found]] = {"published": [], "updated": [], "bare": []}
    for one in dates:
        before = [kind for start, kind in labels if start < one.start]
        kinds[before[-1] if before else "bare"].append(one)
    author = next(filter(None, map(read_byline, _PARTS.split(text))), "")
    bare = kinds["bare"] if author or _is_stamp(text, dates) else []
    return Labelled(tuple(kinds["published"]), tuple(kinds["updated"]), tuple(bare), author)


def _numeric(text: str) -> Iterator[Found]:
    for match in _NUMERIC.finditer(text):
        day = stated_date(match[0])
        if day:
            yield Found(day, match[0], match.start())


def _is_stamp(text: str, dates: list[Found]) -> bool:
    """Return whether a line is little more than its dates: times, a place, a source."""
    for one in dates:
        text = text.replace(one.words, " ")
    rest = re.sub(r"\d{1,2}[:.h]\d\d(?::\d\d)?|\W|\d", "", text)
    return bool(dates) and len(rest) <= 12
