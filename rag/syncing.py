"""Keeps a library in step with folders of files.

In: folders, a store, an embedder. Out: a report with a line for each file. First a plan
is made from content hashes, then it is applied; files are committed in small groups, so
a killed run loses at most the group it was working on and the next run goes on from there.
"""

from __future__ import annotations

import os
import shutil
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag import loading, splitting, storing
from rag.errors import EmbedderMismatch, InputError
from rag.guarding import blanked, readable
from rag.storing import FileRecord, NewDocument, Store
from rag.types import (
    Document,
    Embedder,
    FileReport,
    FileState,
    IndexReport,
    LateReranker,
    Span,
)

_GROUP = 64  # passages that are embedded and committed together


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come: `done` of `of` of what `what` names, passages embedded so far."""

    done: int
    of: int
    passages: int
    what: str = "files"


@dataclass(frozen=True, slots=True)
class Step:
    """What the plan says about one file; `source` is where a moved file was before."""

    path: str
    state: FileState
    hash: str = ""
    reason: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class _Read:
    """A file that was loaded and split, not yet embedded."""

    step: Step
    documents: tuple[Document, ...]
    spans: tuple[tuple[Span, ...], ...]

    @property
    def texts(self) -> list[str]:
        return [
            readable(document.text[span.start : span.end])
            for document, spans in zip(self.documents, self.spans, strict=True)
            for span in spans
        ]


def sync(
    roots: Sequence[Path],
    *,
    store: Store,
    embedder: Embedder,
    passage_tokens: int,
    late: LateReranker | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
) -> IndexReport:
    """Make the library hold what the files under `roots` hold now; return what was done.

    Files that were indexed from elsewhere stay. Raises LibraryBusy when another process
    writes, EmbedderMismatch when the library was built with another embedder, InputError
    when a root does not exist.
    """
    roots = [existing(root) for root in roots]
    limit = min(passage_tokens, embedder.window)
    with store.writing():
        _prepare(store, embedder, limit)
        steps = plan(roots, store)
        with store.transaction():
            for root in roots:
                store.add_root(str(root))
            reports = [_apply_quick(step, store) for step in steps if not _to_read(step)]
        slow = [step for step in steps if _to_read(step)]
        read = (_read(step, embedder, limit) for step in slow)
        reports += _embed(read, len(slow), store, embedder, progress)
        if late:
            _complete_signs(store, late, progress)
    documents, passages = store.counts()
    return IndexReport(documents, passages, tuple(sorted(reports, key=lambda r: r.path)))


def add(
    documents: Sequence[Document],
    *,
    store: Store,
    embedder: Embedder,
    passage_tokens: int,
    late: LateReranker | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
) -> IndexReport:
    """Add documents that no file holds; those that the library has already are passed over.

    A killed run is resumed by the next one. Raises LibraryBusy and EmbedderMismatch.
    """
    limit = min(passage_tokens, embedder.window)
    with store.writing():
        _prepare(store, embedder, limit)
        known = {(path, record.hash) for path, record in store.files().items()}
        fresh = [one for one in documents if (one.path, one.document_id) not in known]
        steps = [Step(one.path, "new", one.document_id) for one in fresh]
        read = (
            _split(step, (one,), embedder, limit) for step, one in zip(steps, fresh, strict=True)
        )
        reports = _embed(read, len(fresh), store, embedder, progress)
        if late:
            _complete_signs(store, late, progress)
    return IndexReport(*store.counts(), tuple(reports))


def _prepare(store: Store, embedder: Embedder, limit: int) -> None:
    """Make sure that what is added fits what is there."""
    check_embedder(store, embedder)
    with store.transaction():
        store.set_meta("embedder", embedder.identity)
        if store.meta("passage_tokens") != str(limit):
            store.expire_files()
            store.set_meta("passage_tokens", str(limit))


def rebuild(
    folder: Path,
    roots: Sequence[Path],
    *,
    embedder: Embedder,
    passage_tokens: int,
    late: LateReranker | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
) -> IndexReport:
    """Build the library in `folder` anew from `roots`, and only then replace the old one.

    A killed rebuild leaves the old library as it was, and is resumed by the next one.
    Raises what `sync` raises.
    """
    fresh = folder / "rebuild"
    fresh.mkdir(parents=True, exist_ok=True)
    with storing.writer(folder):
        store = _resumable(fresh, roots, embedder)
        try:
            report = sync(
                roots,
                store=store,
                embedder=embedder,
                passage_tokens=passage_tokens,
                late=late,
                progress=progress,
            )
            with store.transaction():
                # Never a number that a FAISS file of the old library carries.
                store.set_meta("generation", str(time.time_ns()))
        finally:
            store.close()
        storing.replace(folder, fresh)
    return report


def _resumable(fresh: Path, roots: Sequence[Path], embedder: Embedder) -> Store:
    """Return what a killed rebuild left, if it was of these folders with this embedder."""
    store = Store.create(fresh)
    built = store.meta("embedder")
    same = set(store.roots()) <= {str(root.resolve()) for root in roots}
    if built and not (same and _fingerprint(built) == _fingerprint(embedder.identity)):
        store.close()
        shutil.rmtree(fresh)
        store = Store.create(fresh)
    return store


def existing(root: Path) -> Path:
    """Return a folder or file as an absolute path; raises InputError when it is not there."""
    if not root.exists():
        raise InputError(f"There is no file or folder {root}: check the path and try again.")
    return root.resolve()


def check_embedder(store: Store, embedder: Embedder) -> None:
    """Raise EmbedderMismatch when the library's vectors come from another embedder."""
    built = store.meta("embedder")
    if built and _fingerprint(built) != _fingerprint(embedder.identity):
        raise EmbedderMismatch(
            f"The library in {store.folder} was built with the embedder {built}, and "
            f"{embedder.identity} is set: set RAG_EMBEDDER back, or run: rag index --rebuild"
        )


def plan(roots: Sequence[Path], store: Store) -> list[Step]:
    """Return what has to happen to each file, changing nothing."""
    known = store.files()
    found = {_name(path): path for root in roots for path in files_under(root, store.folder)}
    seen = {name: _hash(path) for name, path in found.items()}
    gone = {
        record.path: record
        for record in known.values()
        if record.path not in found and not os.path.exists(record.path)
    }
    owners = {
        record.hash: record.path
        for record in known.values()
        if record.state not in ("duplicate", "failed", "empty")
        and record.hash
        and (record.path in gone or seen.get(record.path, (record.hash, ""))[0] == record.hash)
    }
    steps = []
    for name, (digest, problem) in sorted(seen.items(), key=lambda item: _first(item, known)):
        if problem:
            steps.append(Step(name, "failed", reason=problem))
            continue
        step = _step(name, digest, known.get(name), owners.get(digest), gone)
        if step.state not in ("duplicate", "empty"):
            owners[digest] = name
        if step.source:
            gone.pop(step.source)
        steps.append(step)
    return steps + [
        Step(path, "removed", record.hash)
        for path, record in gone.items()
        if any(_within(path, root) for root in roots)
    ]


def files_under(root: Path, library: Path) -> Iterator[Path]:
    """Yield the files under a folder in a fixed order, hidden ones and the library left out."""
    if not root.is_dir():
        yield root
        return
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and Path(folder, name) != library.resolve()
        )
        for name in sorted(names):
            path = Path(folder, name)
            if not name.startswith(".") and not loading.is_companion(path):
                yield path


def _first(item: tuple[str, object], known: dict[str, FileRecord]) -> tuple[bool, str]:
    """Sort files that are known first, so that of two equal files the older keeps its place."""
    return item[0] not in known, item[0]


def _step(
    name: str,
    digest: str,
    record: FileRecord | None,
    owner: str | None,
    gone: dict[str, FileRecord],
) -> Step:
    same = record is not None and record.hash == digest
    if owner and owner != name:
        if owner in gone:
            return Step(name, "moved", digest, source=owner)
        return Step(name, "duplicate", digest, reason=f"same content as {owner}")
    if same and record.state == "empty":
        return Step(name, "empty", digest, reason=record.reason)
    if same and record.state not in ("failed", "duplicate"):
        return Step(name, "unchanged", digest)
    return Step(name, "changed" if record else "new", digest)


def _to_read(step: Step) -> bool:
    return step.state in ("new", "changed")


def _apply_quick(step: Step, store: Store) -> FileReport:
    """Apply a step that needs no reading; part of a transaction."""
    if step.state == "removed":
        store.forget_file(step.path)
    elif step.state == "moved":
        store.move_file(step.source, step.path)
        store.put_file(FileRecord(step.path, step.hash, "unchanged"))
    elif step.state in ("duplicate", "failed"):
        store.forget_file(step.path)
        store.put_file(FileRecord(step.path, step.hash, step.state, step.reason))
    return FileReport(step.path, step.state, step.reason or _was(step))


def _was(step: Step) -> str:
    return f"was {step.source}" if step.source else ""


def _embed(
    files: Iterable[_Read],
    of: int,
    store: Store,
    embedder: Embedder,
    progress: Callable[[Progress], None],
) -> list[FileReport]:
    """Embed and store what was read of `of` files, some at a time."""
    reports: list[FileReport] = []
    group: list[_Read] = []
    passages = 0
    progress(Progress(0, of, 0))
    for number, read in enumerate(files, 1):
        group.append(read)
        waiting = sum(len(read.texts) for read in group)
        if waiting >= _GROUP or len(group) >= _GROUP or number == of:
            reports += _commit(group, store, embedder)
            passages += waiting
            group = []
            progress(Progress(number, of, passages))
    return reports


def _complete_signs(store: Store, late: LateReranker, progress: Callable[[Progress], None]) -> None:
    """Give every passage the token vectors of `late`, some at a time; a later run goes on."""
    if _fingerprint(store.meta("late") or "") != _fingerprint(late.identity):
        with store.transaction():
            store.forget_signs()
            store.set_meta("late", late.identity)
    waiting = store.without_signs()
    for at in range(0, len(waiting), _GROUP):
        progress(Progress(at, len(waiting), at, "passages made ready for reranking"))
        passages = store.passages(waiting[at : at + _GROUP])
        signs = late.encode([readable(passage.text) for passage in passages])
        with store.transaction():
            store.put_signs({one.passage_id: s for one, s in zip(passages, signs, strict=True)})
    with store.transaction():
        store.complete_signs(late.identity)


def _read(step: Step, embedder: Embedder, limit: int) -> _Read:
    try:
        return _split(step, tuple(loading.load(Path(step.path))), embedder, limit)
    except InputError as error:
        return _Read(Step(step.path, "failed", step.hash, str(error)), (), ())
    except OSError as error:
        return _Read(Step(step.path, "failed", step.hash, _cannot(error)), (), ())


def _split(step: Step, documents: tuple[Document, ...], embedder: Embedder, limit: int) -> _Read:
    """Return a file's documents cut into passages as if what speaks to the model were not there."""

    def without_suspects(words: str) -> int:
        return embedder.count_tokens(readable(words))

    def measure(document: Document) -> Callable[[str], int]:
        # Looking for suspects in every piece again would take as long as embedding it.
        suspect = blanked(document.text) != document.text
        return without_suspects if suspect else embedder.count_tokens

    spans = tuple(
        tuple(splitting.passages(document, limit=limit, measure=measure(document)))
        for document in documents
    )
    if not any(spans):
        spoken = any(document.text.strip() for document in documents)
        reason = "holds nothing but words to a language model" if spoken else "holds no text"
        return _Read(Step(step.path, "empty", step.hash, reason), (), ())
    return _Read(step, documents, spans)


def _commit(group: Sequence[_Read], store: Store, embedder: Embedder) -> list[FileReport]:
    vectors = embedder.embed_passages([text for read in group for text in read.texts])
    at = 0
    with store.transaction():
        for read in group:
            ready = []
            for document, spans in zip(read.documents, read.spans, strict=True):
                ready.append(NewDocument(document, spans, vectors[at : at + len(spans)]))
                at += len(spans)
            store.add_documents(read.step.path, ready)
            store.put_file(
                FileRecord(read.step.path, read.step.hash, read.step.state, read.step.reason)
            )
    return [FileReport(read.step.path, read.step.state, read.step.reason) for read in group]


def _hash(path: Path) -> tuple[str, str]:
    """Return a file's content hash, and "" or the reason why it cannot be read."""
    try:
        if _name(path) != str(path):
            return "", "has a name that is not valid text: rename it"
        if not stat.S_ISREG(path.stat().st_mode):
            return "", "is not a regular file"
        if not loading.is_supported(path):
            return "", f"files of the kind {path.suffix or 'without an ending'} cannot be read yet"
        return loading.content_hash(path), ""
    except InputError as error:
        return "", str(error)
    except OSError as error:
        return "", _cannot(error)


def _name(path: Path) -> str:
    """Return a path as text that can be stored; bytes that are no text are written out."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _cannot(error: OSError) -> str:
    return f"cannot be read ({error.strerror or error})"


def _fingerprint(identity: str) -> str:
    """Return the hash part of "name@hash": a model keeps it when its folder is renamed."""
    return identity.rpartition("@")[2]


def _within(path: str, root: Path) -> bool:
    return Path(path) == root or root in Path(path).parents
