"""Finds in a library what a test set names: documents, and the words they are quoted for.

In: a case, the documents of a library. Out: `Gold`. Knows nothing about where documents
are kept or how answers are made.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import PurePath

from rag.evaluating.metrics.answers import matches
from rag.evaluating.records import Case, Gold, Unit
from rag.types import Document, Filters, Span


class Names:
    """The documents of one library under every name that a test set may use for them."""

    def __init__(self, documents: Sequence[Document]):
        self._documents = {document.document_id: document for document in documents}
        self._ids: dict[str, list[str]] = defaultdict(list)
        for document in documents:
            for name in dict.fromkeys(_names(document)):
                self._ids[name].append(document.document_id)

    def documents(self, names: Iterable[str]) -> list[Document]:
        """Return the documents that carry any of these names, in the order of the names."""
        found = (document_id for name in names for document_id in self._ids.get(name, ()))
        return [self._documents[document_id] for document_id in dict.fromkeys(found)]

    def absent(self, names: Iterable[str]) -> list[str]:
        """Return the names that no document carries."""
        return [name for name in names if name not in self._ids]

    def filters(self, case: Case, *, own: bool = False) -> Filters:
        """Return what a case limits its question to, in the library's own terms.

        With `own`, it may be answered from the documents that it brings with it alone. A
        named document that is not there lets nothing through.
        """
        names = case.own if own else case.filters.documents
        found = tuple(document.document_id for document in self.documents(names))
        return replace(
            case.filters,
            documents=found or names,
            as_of=case.as_of or case.filters.as_of,
        )

    def gold(self, case: Case) -> Gold:
        """Return where the answer of a case stands in the library."""
        documents = self.documents(case.documents)
        grades = self._grades(case)
        units = tuple(
            Unit(one.document_id, Span(0, len(one.text)), grades[one.document_id])
            for one in documents
        )
        within = documents or list(self._documents.values())
        places = {quote: tuple(_places(quote, within)) for quote in case.quotes}
        quotes = tuple(found for found in places.values() if found)
        lost = [quote for quote, found in places.items() if not found]
        return Gold(
            documents=units,
            quotes=quotes,
            nuggets=self._nuggets(case, units, quotes),
            absent=(*self.absent(case.documents), *lost),
        )

    def _grades(self, case: Case) -> dict[str, float]:
        grades: dict[str, float] = {}
        for name, grade in zip(
            case.documents, case.grades or (1.0,) * len(case.documents), strict=True
        ):
            for document_id in self._ids.get(name, ()):
                grades.setdefault(document_id, grade)
        return grades

    def _nuggets(
        self, case: Case, documents: tuple[Unit, ...], quotes: tuple[tuple[Unit, ...], ...]
    ) -> tuple[tuple[Unit, ...], ...]:
        """Return for each part of the answer the quoted places that state it, else documents."""
        quoted = [unit for places in quotes for unit in places]
        return tuple(
            tuple(unit for unit in quoted if self._states(unit, wanted))
            or tuple(unit for unit in documents if self._states(unit, wanted))
            for wanted in case.answers
        )

    def _states(self, unit: Unit, wanted: Sequence[str]) -> bool:
        text = self._documents[unit.document_id].text[unit.span.start : unit.span.end]
        return any(matches(text, one) for one in wanted)


def _names(document: Document) -> Iterator[str]:
    path = PurePath(document.path)
    yield document.document_id
    yield document.path
    for depth in range(1, len(path.parts) + 1):
        yield "/".join(path.parts[-depth:])
    yield path.stem
    if document.title:
        yield document.title.value


def _places(quote: str, documents: Sequence[Document]) -> Iterator[Unit]:
    """Yield every place of a quote; blanks and line breaks between its words are alike."""
    pattern = re.compile(r"\s+".join(map(re.escape, quote.split())))
    for document in documents:
        for match in pattern.finditer(document.text):
            yield Unit(document.document_id, Span(*match.span()))
