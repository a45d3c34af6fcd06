"""What the page needs of a librarian.

In: nothing. Out: a protocol. Knows nothing about how a library is kept, or how it is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from rag.librarian import Arrival, Details, Folder, Job
from rag.storing.listing import Listing, Wanted


class Keeping(Protocol):
    """What the page needs of a librarian; each method raises RagError with a line to show."""

    def listed(self, wanted: Wanted) -> Listing:
        """Return a page of the documents, and of the files that hold none."""
        ...

    def counts(self) -> tuple[int, int]:
        """Return the numbers of documents and passages."""
        ...

    def details(self, document_id: str) -> Details:
        """Return what is known of a document."""
        ...

    def folders(self) -> list[Folder]:
        """Return the folders and files that the library is kept in step with."""
        ...

    def sent(self, file: str) -> bool:
        """Return whether a file was uploaded."""
        ...

    def correct(self, document_id: str, facts: Mapping[str, str]) -> None:
        """Set facts by hand, "" for unknown."""
        ...

    def add_folder(self, words: str) -> Job:
        """Have a folder of this machine read."""
        ...

    def remove_folder(self, path: str) -> int:
        """Take a folder's documents out; return how many files that were."""
        ...

    def remove(self, file: str) -> None:
        """Take a file out for good."""
        ...

    def restore(self, file: str) -> Job:
        """Have a file read that was taken out."""
        ...

    def arrival(self, name: str, size: int) -> Arrival:
        """Return a file to write what is sent to."""
        ...

    def arrived(self) -> None:
        """Have what was sent read."""
        ...

    def uploaded(self, files: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Return state and reason of uploaded files, by name."""
        ...

    def name_of(self, path: Path) -> str:
        """Return how an uploaded file is called."""
        ...

    @property
    def job(self) -> Job | None:
        """The run that is under way, else the last one."""
        ...

    def reindex(self) -> Job:
        """Bring the library in step with all its folders."""
        ...

    def stop(self) -> None:
        """End the run after its present step."""
        ...

    def watched(self, told: Callable[[], None]) -> AbstractContextManager[None]:
        """Call `told`, from any thread, after each change of the run."""
        ...
