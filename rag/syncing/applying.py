"""Applies a plan to a store: what needs no reading at once, files some at a time.

In: steps, and what files hold. Out: reports. Knows nothing about how files are read. What is
committed together is reported together, so nothing that was reported is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rag import splitting
from rag.guarding import blanked, readable
from rag.storing import NewDocument, Store
from rag.syncing.extracting import Extracted
from rag.syncing.planning import NO_TEXT, Plan, Step
from rag.types import Document, Embedder, FileReport, LateReranker, Span

_GROUP = 64  # passages that are embedded and committed together

_SPOKEN = "holds nothing but words to a language model"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come: `done` of `of` of what `what` names, passages embedded so far."""

    done: int
    of: int
    passages: int
    what: str = "files"


Told = Callable[[Progress], None]
_TOLD = 3  # parts of a file that could not be read that a report names


@dataclass(frozen=True, slots=True)
class Cut:
    """A file that was read and cut into passages, not yet embedded.

    With `passing`, what the store has of it stands: it is only reported.
    """

    step: Step
    documents: tuple[Document, ...] = ()
    spans: tuple[tuple[Span, ...], ...] = ()
    passing: bool = False

    @property
    def texts(self) -> list[str]:
        """The passages as the embedder reads them."""
        return [
            readable(document.text[span.start : span.end])
            for document, spans in zip(self.documents, self.spans, strict=True)
            for span in spans
        ]


def apply_quick(plan: Plan, store: Store) -> None:
    """Apply the steps that need no reading; part of a transaction."""
    for step in plan.quick:
        store.forget_file(step.path)
        if step.state == "moved":
            store.move_file(step.source, step.path)
        if step.state != "removed":
            store.put_file(step.record)
    store.put_hints(plan.hints)


def cut(read: Iterable[tuple[Step, Extracted]], embedder: Embedder, limit: int) -> Iterator[Cut]:
    """Yield files cut into passages of at most `limit` tokens."""
    for step, found in read:
        if found.problem:
            yield Cut(_ended(step, "failed", found.problem), passing=found.passing)
        else:
            told = replace(step, reason=_without(found.left_out) or step.reason)
            yield _split(told, found.documents, embedder, limit)


def embed(
    files: Iterable[Cut], of: int, store: Store, embedder: Embedder, progress: Told
) -> list[FileReport]:
    """Embed and store `of` files, some at a time; return a report on each."""
    reports: list[FileReport] = []
    group: list[Cut] = []
    passages = 0
    progress(Progress(0, of, 0))
    for number, one in enumerate(files, 1):
        group.append(one)
        waiting = sum(len(spans) for file in group for spans in file.spans)
        if waiting >= _GROUP or len(group) >= _GROUP or number == of:
            reports += _commit(group, store, embedder)
            passages += waiting
            group = []
            progress(Progress(number, of, passages))
    return reports


def complete_signs(store: Store, late: LateReranker, progress: Told) -> None:
    """Give every passage the token vectors of `late`, some at a time; a later run goes on."""
    if store.has_signs(late.identity):
        return
    if fingerprint(store.meta("late") or "") != fingerprint(late.identity):
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


def fingerprint(identity: str) -> str:
    """Return the hash part of "name@hash": a model keeps it when its folder is renamed."""
    return identity.rpartition("@")[2]


def _split(step: Step, documents: tuple[Document, ...], embedder: Embedder, limit: int) -> Cut:
    """Return a file's documents cut into passages as if what speaks to the model were not there."""
    spans = tuple(
        tuple(
            splitting.passages(
                document,
                limit=limit,
                measure=embedder.count_tokens,
                weighed=blanked(document.text),
            )
        )
        for document in documents
    )
    if not any(spans):
        spoken = any(document.text.strip() for document in documents)
        return Cut(
            _ended(
                step, "empty", "holds nothing but words to a language model" if spoken else NO_TEXT
            )
        )
    return Cut(step, documents, spans)


def _without(left_out: Sequence[str]) -> str:
    """Return what is said of parts of a file that could not be read, "" where there are none."""
    more = f" And {len(left_out) - _TOLD} more." if len(left_out) > _TOLD else ""
    return f"left out: {' '.join(left_out[:_TOLD])}{more}" if left_out else ""


def _ended(step: Step, state: str, reason: str) -> Step:
    return replace(step, state=state, reason=reason)


def _commit(group: Sequence[Cut], store: Store, embedder: Embedder) -> list[FileReport]:
    ready = [one for one in group if not one.passing]
    vectors = _vectors(ready, store, embedder)
    at = 0
    with store.transaction():
        for one in ready:
            documents = []
            for document, spans in zip(one.documents, one.spans, strict=True):
                documents.append(NewDocument(document, spans, vectors[at : at + len(spans)]))
                at += len(spans)
            store.add_documents(one.step.path, documents)
            store.put_file(one.step.record)
    return [one.step.report for one in group]


def _vectors(group: Sequence[Cut], store: Store, embedder: Embedder) -> np.ndarray:
    """Return the vectors of all passages; those that a file had before are not made again."""
    texts = [text for one in group for text in one.texts]
    if not texts:
        return embedder.embed_passages([])
    known: dict[str, np.ndarray] = {}
    for one in group:
        if one.step.state == "changed":
            known |= store.vectors_by_text(one.step.path)
    fresh = [text for text in texts if text not in known]
    if not known:
        return embedder.embed_passages(fresh)
    made = iter(embedder.embed_passages(fresh))
    return np.stack([known[text] if text in known else next(made) for text in texts])
