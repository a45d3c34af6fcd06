"""What a reader of test sets gives: cases, and the documents that they bring with them.

In: nothing. Out: records. Knows nothing about files or formats.
"""

from __future__ import annotations

from dataclasses import dataclass

from rag.evaluating.records import Case, Source


@dataclass(frozen=True, slots=True)
class Contents:
    """The cases and the corpus of a test set."""

    cases: tuple[Case, ...] = ()
    corpus: tuple[Source, ...] = ()


class Corpus:
    """Collects documents; the same text is kept once, under the name it had first."""

    def __init__(self) -> None:
        self._by_text: dict[str, Source] = {}

    @property
    def sources(self) -> tuple[Source, ...]:
        """The documents in the order in which they came."""
        return tuple(self._by_text.values())

    def add(self, source: Source) -> str:
        """Return the name under which the text of a document is kept."""
        return self._by_text.setdefault(source.text, source).name
