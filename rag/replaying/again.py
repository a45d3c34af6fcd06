"""Gives a logged answer again.

In: a record, today's settings and library. Out: a `Replay`. Knows nothing about how it is shown.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace

from rag import answering, fetching, recording
from rag.addressing import is_address
from rag.assembling import Models
from rag.errors import PromptTooLong
from rag.indexing import VectorIndex
from rag.recording import Record
from rag.replaying.changing import changes_since, present
from rag.replaying.differing import differences
from rag.retrieving import Searchable
from rag.settings import Settings
from rag.storing import Store
from rag.types import Answer, Document, Finished

_WRITING = ("generator", "reranker")
"""The models that make an answer from evidence; they are taken as recorded."""
_SEARCHING = ("embedder", "late", "question_prefix", "passage_prefix", "passage_tokens")
"""The settings that belong to the library as it is now."""


@dataclass(frozen=True, slots=True)
class Replay:
    """A logged answer given again: a line for each difference, a line for each change since.

    Without a difference it is the same byte for byte, whatever has changed. `answer` is None
    where none can be given any more; a difference says why.
    """

    answer: Answer | None
    differences: tuple[str, ...]
    changes: tuple[str, ...]

    @property
    def reproduced(self) -> bool:
        """Whether prompt, text, statements and all else that is compared are the same."""
        return not self.differences


def replay(record: Record, today: Settings, models: Models | None = None) -> Replay:
    """Return a logged answer given again over its evidence, with its settings.

    Raises LibraryMissing, LibraryDamaged, ModelMissing and ModelDamaged.
    """
    settings = _settings(record, today)
    models = models or Models(settings)
    with closing(Store.open(today.library)) as store:
        listener = recording.Listener(models.generator)
        tools = answering.Tools(
            _library(store, models, settings), listener, settings, _recalled(record, store)
        )
        answer, found = _answer(record, tools)
        if answer:
            found = differences(record, answer, listener.calls)
        changes = tuple(changes_since(record, today, tools, models))
    return Replay(answer, tuple(found), changes)


def _settings(record: Record, today: Settings) -> Settings:
    """Return the settings of a record, but today's for searching and for models that are gone."""
    then = recording.settings_of(record, today)
    gone = [job for job in _WRITING if not _there(getattr(then, job), getattr(today, job), today)]
    return replace(then, **{name: getattr(today, name) for name in (*_SEARCHING, *gone)})


def _there(then: str, now: str, today: Settings) -> bool:
    """Return whether a recorded model may be used: on disk, or the server that is set today.

    The log alone sends nothing to another machine.
    """
    return then == now if is_address(then) else bool(fetching.locate(then, models=today.models))


def _library(store: Store, models: Models, settings: Settings) -> Searchable:
    index = VectorIndex.open(store)
    return Searchable(store, index, models.embedder, models.reranker, settings.candidates)


def _recalled(record: Record, store: Store) -> answering.Recalled:
    def known(document_id: str) -> Document | None:
        return present(document_id, store)

    evidence = recording.evidence_of(record, known)
    nearest = recording.nearest_of(record, known)
    return answering.Recalled(recording.hits_of(record, evidence), evidence, nearest)


def _answer(record: Record, tools: answering.Tools) -> tuple[Answer | None, list[str]]:
    """Return the answer; None and the reason when the prompt is too long for today's model."""
    try:
        for event in answering.answer(record.question, tools, record.filters, record.history):
            if isinstance(event, Finished):
                return event.answer, []
    except PromptTooLong as error:
        return None, [str(error)]
    raise AssertionError("a stream ends with Finished")
