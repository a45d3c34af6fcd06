"""Takes files that hold several things apart, whatever they hold in turn.

In: the bytes of a file. Out: its sources, each with its place in the file, and a line for
each part that could not be read. Knows nothing about any format.
"""

from __future__ import annotations

from collections.abc import Iterator

from rag.errors import InputError
from rag.loading.formats import READERS, reader_of
from rag.loading.source import Source

DEEPEST = 3
"""An archive in a mail in an archive is read; what lies deeper is made to be deep."""
MOST_BYTES = 300_000_000
MOST_PARTS = 100_000


class _TooMuch(InputError):
    """The file holds more than is read of any: this ends the file and not only a part."""


class Unpacking:
    """The unpacking of one file. `skipped` has a line for each part that was not read."""

    def __init__(self, name: str):
        self.skipped: list[str] = []
        self._name = name
        self._bytes = self._parts = 0

    def sources(self, data: bytes) -> Iterator[tuple[str, Source]]:
        """Yield the file's sources and their places, "" for a file that is one. Raises InputError.

        A part that cannot be read does not keep the others from being read.
        """
        yield from self._sources(data, self._name, "", 0)

    def _sources(
        self, data: bytes, name: str, place: str, depth: int
    ) -> Iterator[tuple[str, Source]]:
        reader = reader_of(name)
        if reader is None:
            raise InputError(f"{name} cannot be read. Save it as one of {', '.join(READERS)}.")
        found = reader(data, name)
        if isinstance(found, Source):
            yield place, found
            return
        for part in found:
            self._count(part.content)
            if isinstance(part.content, Source):
                yield place + part.place, part.content
                continue
            inner = part.place.rpartition("!")[2]
            if part.unread:
                self.skipped.append(f"{inner} {part.unread}.")
                continue
            try:
                if depth == DEEPEST:
                    raise InputError(f"{inner} lies too deep in other files. Take it out of them.")
                yield from self._sources(part.content, inner, place + part.place, depth + 1)
            except _TooMuch:
                raise
            except InputError as error:
                self.skipped.append(str(error))

    def _count(self, content: Source | bytes) -> None:
        self._parts += 1
        self._bytes += len(content.text if isinstance(content, Source) else content)
        if self._parts > MOST_PARTS or self._bytes > MOST_BYTES:
            raise _TooMuch(
                f"{self._name} holds more than {MOST_PARTS:,} parts or {MOST_BYTES // 1_000_000} "
                "MB. Split it into smaller files."
            )
