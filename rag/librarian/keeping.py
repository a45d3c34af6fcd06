"""The librarian: lists a library, corrects it, adds to it and takes out of it.

In: settings, the models that answer questions. Out: what a page shows of a library. Files of
the person are never deleted: one that is taken out is marked, and stays out however often its
folder is read. A file that was uploaded is the library's own, and is deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from rag import loading, syncing
from rag.assembling import Models, build
from rag.errors import InputError, LibraryBusy
from rag.librarian.arriving import Arrival, Uploads
from rag.librarian.jobs import Job, Jobs
from rag.settings import Settings
from rag.storing import Store
from rag.storing.listing import Listing, Wanted, listed, states_of
from rag.syncing import Progress
from rag.syncing.finding import within
from rag.types import Document, IndexReport, Span

BY_HAND = "taken out by hand"
SET_HERE = ("title", "publisher", "author", "published", "language")


@dataclass(frozen=True, slots=True)
class Details:
    """A document, its file, the fields set by hand, further paths, and its passages as spans.

    `beside` counts the other documents of the same file, `sent` says that it was uploaded.
    """

    document: Document
    file: str
    by_hand: tuple[str, ...]
    copies: tuple[str, ...]
    passages: tuple[Span, ...]
    beside: int
    sent: bool


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder or file that is kept in step: whether it is there, and how many files are of it."""

    path: str
    there: bool
    files: int
    sent: bool


class Librarian:
    """Keeps one library. Safe to call from several threads."""

    def __init__(self, settings: Settings, models: Models):
        self._settings = settings
        self._models = models
        self._uploads = Uploads(settings.library)
        self._jobs = Jobs(self._index)

    # --- what there is ---

    def listed(self, wanted: Wanted) -> Listing:
        """Return a page of the documents, and of the files that hold none."""
        return listed(self._settings.library, wanted)

    def counts(self) -> tuple[int, int]:
        """Return the numbers of documents and passages."""
        with self._opened() as store:
            return store.counts()

    def details(self, document_id: str) -> Details:
        """Return what is known of a document; raises InputError for an unknown id."""
        with self._opened() as store:
            document = store.document(document_id)
            file = store.file_of(document_id)
            by_hand = [row[4] for row in store.corrections() if row[0] == document_id]
            return Details(
                document,
                file,
                by_hand=tuple(by_hand),
                copies=store.copies().get(file, ()),
                passages=tuple(store.spans(document_id)),
                beside=store.documents_in(file) - 1,
                sent=self._uploads.holds(file),
            )

    def folders(self) -> list[Folder]:
        """Return the folders and files that the library is kept in step with."""
        with self._opened() as store:
            files, roots = list(store.files()), store.roots()
        return [
            Folder(
                root,
                Path(root).exists(),
                sum(within(file, root) for file in files),
                root == str(self._uploads.folder),
            )
            for root in roots
        ]

    def sent(self, file: str) -> bool:
        """Return whether a file was uploaded, and so is the library's own."""
        return self._uploads.holds(file)

    # --- what a person says ---

    def correct(self, document_id: str, facts: Mapping[str, str]) -> None:
        """Set facts by hand, "" for unknown.

        Raises UsageError for what cannot be a value, InputError, LibraryBusy.
        """
        with self._opened() as store, self._not_while_indexing():
            syncing.correct(store, document_id, [f"{name}={facts[name]}" for name in facts])

    def add_folder(self, words: str) -> Job:
        """Have a folder or file of this machine read; raises InputError, LibraryBusy."""
        path = Path(words.strip().strip('"')).expanduser()
        if not path.is_absolute() or "\0" in words:
            raise InputError("Write the whole path of the folder, as in /home/ann/articles.")
        path = syncing.existing(path)
        if path == Path(path.anchor) or within(str(path), self._settings.library.resolve()):
            raise InputError(f"{path} cannot be added: choose a folder that holds documents.")
        return self._jobs.start([path])

    def remove_folder(self, path: str) -> int:
        """Take a folder's documents out, and read it no more; return how many files that were.

        The files stay where they are. Raises InputError for one that is not kept, LibraryBusy.
        """
        with self._writing() as store:
            others = [root for root in store.roots() if root != path]
            if len(others) == len(store.roots()) or path == str(self._uploads.folder):
                raise InputError(f"{path} is not a folder that can be removed: reload the page.")
            gone = [file for file in store.files() if within(file, path) and _alone(file, others)]
            with store.transaction():
                store.remove_root(path)
                if not others:  # a library without folders would be filled with the examples
                    store.add_root(str(self._uploads.folder))
                for file in gone:
                    store.forget_file(file)
            if not others:
                self._uploads.folder.mkdir(parents=True, exist_ok=True)
        return len(gone)

    def remove(self, file: str) -> None:
        """Take a file and its copies out for good; those that were uploaded are deleted.

        Raises InputError for a file that is not known, LibraryBusy.
        """
        with self._writing() as store:
            files = store.files()
            if file not in files:
                raise InputError(f"{file} is not in the library: reload the page.")
            named = [file, *store.copies().get(file, ())]
            with store.transaction():
                for one in named:
                    store.remove_root(one)
                    store.exclude_file(one, BY_HAND)
            sent = [one for one in named if self._uploads.holds(one)]
            for one in sent:
                self._uploads.remove(one)
            with store.transaction():
                for one in named:
                    if one in sent or _alone(one, store.roots()):
                        store.forget_file(one)

    def restore(self, file: str) -> Job:
        """Have a file read that was taken out; raises InputError, LibraryBusy."""
        with self._writing() as store:
            record = store.files().get(file)
            if record is None or record.state not in ("excluded", "failed", "empty"):
                raise InputError(f"{file} was not taken out: reload the page.")
            with store.transaction():
                store.forget_file(file)
            roots = [Path(root) for root in store.roots() if within(file, root)]
        return self._jobs.start(roots or [Path(file)])

    # --- what is sent ---

    def arrival(self, name: str, size: int) -> Arrival:
        """Return a file to write to, see `Uploads.arrival`."""
        return self._uploads.arrival(name, size)

    def arrived(self) -> None:
        """Have what was sent read, now or after the run that is under way."""
        self._jobs.want(self._uploads.folder)

    def uploaded(self, files: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Return state and reason of uploaded files, "waiting" until they were read."""
        paths = [str(self._uploads.folder / file) for file in files]
        known = states_of(self._settings.library, tuple(paths))
        return {
            file: known.get(path) or (("companion", "") if _says_of(path) else ("waiting", ""))
            for file, path in zip(files, paths, strict=True)
        }

    def name_of(self, path: Path) -> str:
        """Return how an uploaded file is called below its folder."""
        return path.relative_to(self._uploads.folder).as_posix()

    # --- the run ---

    @property
    def job(self) -> Job | None:
        """The run that is under way, else the last one since the program began."""
        return self._jobs.job

    def reindex(self) -> Job:
        """Bring the library in step with all its folders; raises LibraryBusy."""
        return self._jobs.start()

    def stop(self) -> None:
        """End the run after its present step; what it has done stays."""
        self._jobs.stop()

    def watched(self, told: Callable[[], None]) -> AbstractContextManager[None]:
        """Call `told`, from any thread, after each change of the run."""
        return self._jobs.watched(told)

    def close(self) -> None:
        """Stop the run."""
        self._jobs.close()

    def _index(self, folders: Sequence[Path], told: Callable[[Progress], None]) -> IndexReport:
        return build(self._settings, folders, models=self._models, progress=told)

    def _opened(self) -> closing[Store]:
        return closing(Store.open(self._settings.library))

    @contextmanager
    def _writing(self) -> Iterator[Store]:
        with self._opened() as store, self._not_while_indexing(), store.writing():
            yield store

    @contextmanager
    def _not_while_indexing(self) -> Iterator[None]:
        """Say in our words that our own run holds the right to write."""
        try:
            yield
        except LibraryBusy as error:
            if not (self.job and self.job.running):
                raise
            raise LibraryBusy(
                "The library is being indexed just now: wait until that is done, or stop it."
            ) from error


def _alone(file: str, roots: Sequence[str]) -> bool:
    """Return whether a file lies in none of the folders."""
    return not any(within(file, root) for root in roots)


def _says_of(path: str) -> bool:
    """Return whether a file says something about others, and is none itself."""
    return loading.is_companion(Path(path)) and Path(path).is_file()
