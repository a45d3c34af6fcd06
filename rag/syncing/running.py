"""A run from plan to report, over files or over documents that no file holds.

In: folders, a store, an embedder. Out: a report with a line for each file. Knows nothing
about what is in a file.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path, PurePath

from rag import identifying, storing
from rag.errors import EmbedderMismatch, LibraryDamaged, LibraryMissing
from rag.settings import Settings
from rag.storing import FileRecord, Store
from rag.syncing.applying import (
    Told,
    apply_quick,
    complete_signs,
    cut,
    embed,
    fingerprint,
)
from rag.syncing.extracting import Extracted, extracted
from rag.syncing.finding import existing
from rag.syncing.planning import Plan, Step, plan, read_alike
from rag.syncing.workers import Limits, read_by_workers
from rag.types import Document, Embedder, FileReport, IndexReport, LateReranker


def sync(
    roots: Sequence[Path],
    *,
    store: Store,
    embedder: Embedder,
    passage_tokens: int,
    late: LateReranker | None = None,
    limits: Limits | None = None,
    progress: Told = lambda _: None,
) -> IndexReport:
    """Make the library hold what the files under `roots` hold now; return what was done.

    Files that were indexed from elsewhere stay. With `limits` files are read in processes of
    their own, without them in this one. Raises LibraryBusy when another process writes,
    EmbedderMismatch when the library was built with another embedder, InputError when a root
    does not exist.
    """
    roots = [existing(root) for root in roots]
    with store.writing():
        _prepare(store, embedder, passage_tokens)
        planned = plan(roots, store.files(), store.folder)
        with store.transaction():
            for root in roots:
                store.add_root(str(root))
            apply_quick(planned, store)
        reports = []
        if planned.reading:
            reports += _read(planned.reading, store, embedder, limits, progress)
            planned, again = _otherwise(planned, store)
            if again:
                reports += _read(again, store, embedder, limits, progress)
        reports += _rest(planned, store)
        if late:
            complete_signs(store, late, progress)
    reports.sort(key=lambda report: report.path)
    return IndexReport(*store.counts(), (*reports, *planned.closed))


def add(
    documents: Sequence[Document],
    *,
    store: Store,
    embedder: Embedder,
    passage_tokens: int,
    late: LateReranker | None = None,
    progress: Told = lambda _: None,
) -> IndexReport:
    """Add documents that no file holds; those that the library has already are passed over.

    A killed run is resumed by the next one. Raises LibraryBusy and EmbedderMismatch.
    """
    with store.writing():
        _prepare(store, embedder, passage_tokens)
        known = {(path, record.hash) for path, record in store.files().items()}
        fresh = [one for one in documents if (one.path, one.document_id) not in known]
        read = ((Step(one.path, "new", one.document_id), Extracted((one,))) for one in fresh)
        files = cut(read, embedder, _limit(store))
        reports = embed(files, len(fresh), store, embedder, progress)
        if late:
            complete_signs(store, late, progress)
    return IndexReport(*store.counts(), tuple(reports))


def rebuild(folder: Path, roots: Sequence[Path], *, embedder: Embedder, **options) -> IndexReport:
    """Build the library in `folder` anew from `roots`, and only then replace the old one.

    Takes the options of `sync` and raises what it raises. A killed rebuild leaves the old
    library as it was, and is resumed by the next one. What was set by hand stays.
    """
    fresh = folder / "rebuild"
    fresh.mkdir(parents=True, exist_ok=True)
    with storing.writer(folder):
        store = _resumable(fresh, roots, embedder)
        try:
            with store.transaction():
                corrections, excluded = _by_hand(folder)
                store.put_corrections(corrections)
                for record in excluded:
                    store.put_file(record)
            report = sync(roots, store=store, embedder=embedder, **options)
            with store.transaction():
                # Never a number that a FAISS file of the old library carries.
                store.set_meta("generation", str(time.time_ns()))
        finally:
            store.close()
        storing.replace(folder, fresh)
    return report


def check_embedder(store: Store, embedder: Embedder) -> None:
    """Raise EmbedderMismatch when the library's vectors come from another embedder."""
    built = store.meta("embedder")
    if built and fingerprint(built) != fingerprint(embedder.identity):
        raise EmbedderMismatch(
            f"The library in {store.folder} was built with the embedder {built}, and "
            f"{embedder.identity} is set: set RAG_EMBEDDER back, or run: rag index --rebuild"
        )


def _prepare(store: Store, embedder: Embedder, passage_tokens: int) -> None:
    """Make sure that what is added fits what is there.

    The embedder may be one that loads when it is used: its window is asked for only where
    another embedder or another setting may have changed it.
    """
    check_embedder(store, embedder)
    told = {
        "embedder": embedder.identity,
        "cut_for": f"{fingerprint(embedder.identity)} {passage_tokens}",
        "readers": _readers(),
    }
    if all(store.meta(key) == value for key, value in told.items()):
        return
    limit = str(min(passage_tokens, embedder.window))
    with store.transaction():
        if store.meta("passage_tokens") != limit:
            store.expire_files()
            store.set_meta("passage_tokens", limit)
        if store.meta("readers") != told["readers"]:
            store.expire_files("failed", "empty")  # this version may be able to read them
        for key, value in told.items():
            store.set_meta(key, value)


def _readers() -> str:
    """Return what tells these readers from others, which may read what these cannot."""
    settings = Settings.from_environment()
    seeing = f" {settings.ocr_languages}" if settings.ocr else ""
    return f"{identifying.program()}{seeing}"


def _limit(store: Store) -> int:
    """Return how many tokens a passage may have."""
    return int(store.meta("passage_tokens") or 0)


def _otherwise(planned: Plan, store: Store) -> tuple[Plan, tuple[Step, ...]]:
    """Return a plan in which copies of unread files that are read otherwise stand for themselves.

    The second value has the steps for which files have to be read now: the first copy with each
    ending; the others are copies of that one.
    """
    known, firsts, again, steps = store.files(), {}, [], []
    for step in planned.steps:
        owner = known.get(step.source)
        unread = owner and owner.state in ("failed", "empty")
        if step.state != "duplicate" or not unread or read_alike(step.path, step.source):
            steps.append(step)
            continue
        kind = (step.hash, PurePath(step.path).suffix.lower())
        first = firsts.setdefault(kind, step.path)
        if first == step.path:
            state = "changed" if step.path in planned.known else "new"
            again.append(replace(step, state=state, reason="", source=""))
        else:
            steps.append(replace(step, reason=f"same content as {first}", source=first))
    return replace(planned, steps=tuple(steps)), tuple(again)


def _rest(planned: Plan, store: Store) -> list[FileReport]:
    """Return reports on the files that were not read.

    The same bytes as in a file that turned out to be empty, or not to be read, are that too.
    """
    reports, known = [], store.files()
    with store.transaction():
        for step in (one for one in planned.steps if not one.reads):
            record = known.get(step.source)
            unread = record and record.state in ("failed", "empty")
            if step.state == "duplicate" and unread and read_alike(step.path, step.source):
                reason = f"{step.reason}: {record.reason}"
                step = replace(step, state=record.state, reason=reason)
                store.put_file(step.record)
            reports.append(step.report)
    return reports


def _read(
    steps: Sequence[Step],
    store: Store,
    embedder: Embedder,
    limits: Limits | None,
    progress: Told,
) -> list[FileReport]:
    here = ((step, extracted(step.path, step.hash)) for step in steps)
    with closing(read_by_workers(steps, limits) if limits else here) as read:
        files = cut(read, embedder, _limit(store))
        return embed(files, len(steps), store, embedder, progress)


def _resumable(fresh: Path, roots: Sequence[Path], embedder: Embedder) -> Store:
    """Return what a killed rebuild left, if it was of these folders with this embedder."""
    store = Store.create(fresh)
    built = store.meta("embedder")
    same = set(store.roots()) <= {str(root.resolve()) for root in roots}
    if built and not (same and fingerprint(built) == fingerprint(embedder.identity)):
        store.close()
        shutil.rmtree(fresh)
        store = Store.create(fresh)
    return store


def _by_hand(folder: Path) -> tuple[list[tuple], list[FileRecord]]:
    """Return the corrections and excluded files of a library, none where it cannot be read."""
    try:
        with closing(Store.open(folder)) as store:
            files = store.files().values()
            return store.corrections(), [one for one in files if one.state == "excluded"]
    except (LibraryMissing, LibraryDamaged):
        return [], []
