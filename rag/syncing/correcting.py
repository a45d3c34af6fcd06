"""What a person says about a document against what was read from it.

In: words of a person. Out: corrections in a store. Knows nothing about how they are kept.
"""

from __future__ import annotations

import re

from rag.errors import UsageError
from rag.loading.dates import stated_date
from rag.storing import Store
from rag.types import DAYS, Document

CORRECTABLE = ("title", "publisher", "author", "published", "modified", "language")
_LANGUAGE = re.compile(r"([a-z]{2,3})(?:[-_][a-z0-9]{2,8})*", re.IGNORECASE)


def correct(store: Store, document_id: str, settings: list[str]) -> Document:
    """Set facts of a document by hand, each "field=value"; without a value it is unknown.

    Raises UsageError for what cannot be a value, InputError for an unknown document,
    LibraryBusy when another process writes.
    """
    pairs = [_pair(one) for one in settings]
    with store.writing(), store.transaction():
        for field, value in pairs:
            store.correct(document_id, field, value)
    return store.document(document_id)


def _pair(words: str) -> tuple[str, str | None]:
    field, equals, value = words.partition("=")
    field, value = field.strip().lower(), " ".join(value.split())
    if not equals or field not in CORRECTABLE:
        raise UsageError(
            f"{words[:60]!r} sets nothing: write FIELD=VALUE, FIELD being one of "
            f"{', '.join(CORRECTABLE)}."
        )
    return field, _checked(field, value) if value else None


def _checked(field: str, value: str) -> str:
    if field in DAYS:
        day = stated_date(value)
        if day is None:
            raise UsageError(f"{value[:60]!r} is not one day: write it as in {field}=2021-01-31")
        return day.isoformat()
    if field == "language":
        tag = _LANGUAGE.fullmatch(value)
        if not tag:
            raise UsageError(f"{value[:60]!r} is no language: write its code, as in language=de")
        return tag[1].lower()
    return value
