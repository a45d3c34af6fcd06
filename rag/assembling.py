"""Puts the parts together: settings in, a ready assistant out.

In: settings. Out: `Assistant`, the one object that the chat, the command line and Python
programs talk to. Knows nothing about how answers are shown.
"""

from __future__ import annotations

import hashlib
import itertools
import logging
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date
from functools import cached_property
from pathlib import Path

from rag import (
    answering,
    embedding,
    factchecking,
    fetching,
    filtering,
    prompting,
    recording,
    suggesting,
    syncing,
)
from rag.addressing import Address, is_address
from rag.errors import (
    InputError,
    LibraryBusy,
    LibraryDamaged,
    LibraryMissing,
    ModelMissing,
    RagError,
)
from rag.filtering import Choices, Wish
from rag.generating import LlamaGenerator, RemoteGenerator, physical_cores
from rag.indexing import VectorIndex
from rag.picturing import Pictured, Pictures
from rag.reranking import CrossEncoder, LateInteraction
from rag.retrieving import Searchable, retrieve
from rag.settings import GENERATOR_KEY, NO_MODEL, PROJECT, Settings
from rag.sharing import SharedEmbedder, SharedLate
from rag.storing import DATABASE, Store, answers
from rag.storing.conversations import Conversations
from rag.timewords import Proposal, proposed
from rag.types import (
    Answer,
    Document,
    Embedder,
    Event,
    FileReport,
    Filters,
    Finished,
    Generator,
    Hit,
    IndexReport,
    LateReranker,
    Message,
    Narrowing,
    Reranker,
    Span,
    Statement,
    Turn,
)

SEEDS = PROJECT / "seeds"
OCR_SECONDS = 1200.0
"""What a file may take where text is recognised: a page takes seconds."""
_log = logging.getLogger(__name__)


class Models:
    """The models, each loaded when first used."""

    def __init__(self, settings: Settings):
        self._settings = settings

    @cached_property
    def embedder(self) -> Embedder:
        """The embedder; raises ModelMissing or ModelDamaged."""
        gpu = bool(self._settings.gpu)
        made = self._load(embedding.load, "embedder", recipe=self._recipe(), gpu=gpu)
        return SharedEmbedder(made)

    @cached_property
    def reranker(self) -> CrossEncoder:
        """The reranker; raises ModelMissing or ModelDamaged."""
        return self._load(CrossEncoder, "reranker")

    @cached_property
    def late(self) -> LateReranker | None:
        """The late-interaction model, None where it is turned off; as the others otherwise."""
        if self._settings.late == NO_MODEL:
            return None
        return SharedLate(self._load(LateInteraction, "late"))

    @cached_property
    def generator(self) -> Generator:
        """The generator; raises ModelMissing, ModelDamaged, or ServerFailed for an address."""
        settings = self._settings
        if is_address(settings.generator):
            key = os.environ.get(GENERATOR_KEY, "").strip()
            address = Address.of(settings.generator)
            return RemoteGenerator(address, key=key, context=settings.context)
        options = {"context": settings.context, "gpu": bool(settings.gpu)}
        return self._load(LlamaGenerator, "generator", states=settings.states, **options)

    def identity(self, job: str) -> str:
        """Return name and fingerprint of the "embedder", "late", "reranker" or "generator".

        Nothing is loaded, but a server is asked for its own: "model@host:port". Raises
        ModelMissing, ServerFailed.
        """
        name = getattr(self._settings, job)
        if name == NO_MODEL:
            return NO_MODEL
        if job == "generator" and is_address(name):
            return self.generator.identity
        path = located(name, self._settings)
        mark = self._recipe().mark if job == "embedder" else ""
        stem = path.stem if path.is_file() else path.name
        return f"{stem}@{fetching.fingerprint(path)}{mark and f'+{mark}'}"

    def _recipe(self) -> embedding.Recipe:
        """Return how the embedder wants its texts: as set, else as catalogued, else its own way."""
        settings = self._settings
        known = fetching.known(settings.embedder)
        questions, passages = settings.question_prefix, settings.passage_prefix
        return embedding.recipe_of(
            located(settings.embedder, settings),
            question_prefix=known.question_prefix if known and questions is None else questions,
            passage_prefix=known.passage_prefix if known and passages is None else passages,
            pooling=known.pooling if known else None,
            window=known.context if known else 0,
            scale=known.scale if known else 1.0,
        )

    def _load(self, kind: Callable, job: str, **options: object):
        path = located(getattr(self._settings, job), self._settings)
        identity = self.identity(job)
        threads = self._settings.threads or physical_cores()
        return kind(path, identity=identity, threads=threads, **options)


class _WhenUsed:
    """A model that loads when more of it is used than its identity.

    Folders in which nothing has changed need no model, and not every search needs all of them:
    loading one takes longer than looking.
    """

    def __init__(self, models: Models, job: str):
        self._models = models
        self._job = job
        self.identity = models.identity(job)

    def __getattr__(self, name: str) -> object:
        return getattr(getattr(self._models, self._job), name)


def located(name: str, settings: Settings) -> Path:
    """Return where a model is on disk; raises ModelMissing when it is not."""
    path = fetching.locate(name, models=settings.models)
    if path is None:
        raise ModelMissing(
            f"The model {name} is not on disk. Fetch it with: rag models fetch {name}"
        )
    return path


def build(
    settings: Settings,
    roots: Sequence[Path] = (),
    *,
    models: Models | None = None,
    progress: Callable[[syncing.Progress], None] = lambda _: None,
    rebuild: bool = False,
) -> IndexReport:
    """Bring the library in step with folders: `roots`, else those it knows, else `seeds/`.

    Raises what `syncing.sync` raises, and LibraryDamaged or InputError where a rebuild
    without `roots` would lose documents.
    """
    folders, absent = _folders(settings.library, roots, rebuild=rebuild)
    models = models or Models(settings)
    embedder = _WhenUsed(models, "embedder")
    options = {
        "passage_tokens": settings.passage_tokens,
        "late": None if models.identity("late") == NO_MODEL else _WhenUsed(models, "late"),
        "limits": syncing.Limits(seconds=OCR_SECONDS) if settings.ocr else syncing.Limits(),
        "progress": progress,
    }
    if rebuild:
        report = syncing.rebuild(settings.library, folders, embedder=embedder, **options)
    with closing(Store.create(settings.library)) as store:
        if not rebuild:
            report = syncing.sync(folders, store=store, embedder=embedder, **options)
        VectorIndex.open(store)  # so that the first question does not wait for it
    return replace(report, files=(*report.files, *absent))


def planned(settings: Settings, roots: Sequence[Path] = ()) -> syncing.Plan:
    """Return what `build` would do to each file, changing nothing, without loading a model.

    Raises InputError for a folder that is not there, and LibraryDamaged.
    """
    if (settings.library / DATABASE).is_file():
        folders, absent = _folders(settings.library, roots, rebuild=False)
        with closing(Store.open(settings.library)) as store:
            known = store.files()
    else:
        folders, absent = [syncing.existing(root) for root in roots or [SEEDS]], []
        known = {}
    plan = syncing.plan(folders, known, settings.library)
    return replace(plan, closed=(*plan.closed, *absent))


def watched(
    settings: Settings,
    roots: Sequence[Path] = (),
    *,
    models: Models | None = None,
    progress: Callable[[syncing.Progress], None] = lambda _: None,
    stop: threading.Event | None = None,
) -> Iterator[IndexReport | LibraryBusy]:
    """Yield a report now and after each burst of changes under folders, as `build` would.

    Where another process writes, the error is yielded, and it is tried again until that is
    done. Ends when `stop` is set, or at ^C between two runs. Raises what `build` raises.
    """
    models = models or Models(settings)
    folders, _ = _folders(settings.library, roots, rebuild=False)
    waiting, busy = True, False
    seen = itertools.chain([True], syncing.changes(folders, settings.library, stop=stop))
    for number, changed in enumerate(seen):
        # Once more after the watch began: what changed during the first run was not seen.
        waiting = waiting or changed or number == 1
        if not waiting:
            continue
        try:
            yield build(settings, roots, models=models, progress=progress)
            waiting = busy = False
        except LibraryBusy as error:
            if not busy:
                yield error
            busy = True


def build_from(
    documents: Sequence[Document],
    settings: Settings,
    *,
    models: Models | None = None,
    progress: Callable[[syncing.Progress], None] = lambda _: None,
) -> IndexReport:
    """Make a library of documents that no files hold; raises what `syncing.add` raises."""
    models = models or Models(settings)
    with closing(Store.create(settings.library)) as store:
        report = syncing.add(
            documents,
            store=store,
            embedder=models.embedder,
            passage_tokens=settings.passage_tokens,
            late=models.late,
            progress=progress,
        )
        VectorIndex.open(store)
    return report


def _folders(
    library: Path, roots: Sequence[Path], *, rebuild: bool
) -> tuple[list[Path], list[FileReport]]:
    """Return the folders to read, and a report on each known one that is not there now.

    Documents of an absent folder stay in the library: its disk may only be unplugged.
    """
    if roots:
        return [syncing.existing(root) for root in roots], []
    try:
        with closing(Store.create(library)) as store:
            known = [Path(root) for root in store.roots()] or [SEEDS]
    except LibraryDamaged as error:
        if not rebuild:
            raise
        raise LibraryDamaged(
            f"{library} is damaged and cannot say which folders it was built from: "
            "name them, as in: rag index --rebuild FOLDER"
        ) from error
    absent = [root for root in known if not root.exists()]
    if absent and rebuild:
        raise InputError(
            f"{absent[0]} is not there, and a rebuild would lose its documents: bring it back, "
            "or name the folders to build from: rag index --rebuild FOLDER"
        )
    gone = "is not there now; what was read from it stays"
    return (
        [root for root in known if root.exists()],
        [FileReport(str(root), "failed", gone) for root in absent],
    )


class Assistant:
    """Answers questions over one library. Safe to call from several threads: they queue."""

    def __init__(
        self,
        settings: Settings,
        models: Models,
        store: Store,
        *,
        logged: bool = True,
        beside: Assistant | None = None,
    ):
        self.settings = settings
        self._models = models
        self._logged = logged
        self._warned = False
        self._store = store
        self._index = VectorIndex.open(store)
        self._generation = store.generation()
        self._examples: tuple[int, list[str]] = (-1, [])
        self._turn = beside._turn if beside else threading.Lock()
        self._pictures = Pictures()

    @classmethod
    def open(
        cls,
        settings: Settings | None = None,
        models: Models | None = None,
        *,
        logged: bool = True,
        beside: Assistant | None = None,
    ) -> Assistant:
        """Open a library and load what searching needs; the generator loads when first asked.

        Every answer goes into the library's log, unless `logged` is False. One that is opened
        `beside` another with the same models takes turns with it, a question each.
        Raises LibraryMissing, LibraryDamaged, EmbedderMismatch, ModelMissing, ModelDamaged.
        """
        settings = settings or Settings.from_environment()
        store = Store.open(settings.library)
        models = models or Models(settings)
        syncing.check_embedder(store, models.embedder)
        if store.counts() == (0, 0):
            raise LibraryMissing(
                f"The library in {settings.library} holds no documents. "
                "Add some with: rag index FOLDER"
            )
        return cls(settings, models, store, logged=logged, beside=beside)

    @cached_property
    def _reranker(self) -> Reranker:
        """The reranker, for which a search that late interaction orders need not wait."""
        return _WhenUsed(self._models, "reranker")

    @property
    def models(self) -> Models:
        """The models that it answers with."""
        return self._models

    def searchable(self) -> Searchable:
        """Return the library as it is now, with what another process indexed since."""
        if self._store.generation() != self._generation:
            syncing.check_embedder(self._store, self._models.embedder)
            self._index = VectorIndex.open(self._store)
            self._generation = self._store.generation()
        late = self._models.late
        return Searchable(
            self._store,
            self._index,
            self._models.embedder,
            self._reranker,
            self.settings.candidates,
            late if late and self._store.has_signs(late.identity) else None,
        )

    def ask(
        self, question: str, history: Sequence[Turn] = (), *, filters: Filters | None = None
    ) -> Answer:
        """Return the answer to a question; see `stream`."""
        for event in self.stream(question, history, filters=filters):
            if isinstance(event, Finished):
                return event.answer
        raise AssertionError("a stream ends with Finished")

    def stream(
        self, question: str, history: Sequence[Turn] = (), *, filters: Filters | None = None
    ) -> Iterator[Event]:
        """Yield the events of answering; closing the iterator stops the answer.

        Only documents that `filters` let through are searched. A question that leans on
        `history`, the conversation so far, is rewritten first to stand alone.
        Raises InputError for a question that cannot be asked.
        """
        question = answering.checked(question)
        asked = recording.Asked(question, tuple(history), filters or Filters())
        with self._turn:
            if self._logged:
                yield from self._recorded(asked)
            else:
                yield from answering.answer(question, self._tools(), filters, history)

    def search(
        self, question: str, limit: int = 10, *, filters: Filters | None = None
    ) -> list[Hit]:
        """Return up to `limit` hits, best first, without loading the generator."""
        question = answering.checked(question)
        return retrieve(question, self.searchable(), limit=limit, filters=filters)

    def verify(self, text: str, *, filters: Filters | None = None) -> Iterator[Statement]:
        """Yield the statements of any text, each checked against the library.

        The generator is not needed. Raises InputError for a text that cannot be checked.
        """
        return factchecking.verify(text, self.searchable(), filters)

    def choices(self) -> Choices:
        """Return what the library can be filtered by."""
        return self._store.choices()

    def titles(
        self, words: str = "", *, ids: Sequence[str] | None = None, limit: int = 20
    ) -> list[tuple[str, str]]:
        """Return ids and titles of the first documents with words in title or path, or of ids."""
        return self._store.titles(words, ids=ids, limit=limit)

    def filters(self, wish: Wish) -> Filters:
        """Return the filters that a person's words mean; raises InputError and UsageError."""
        paths = self._store.paths() if wish.documents or wish.folders else {}
        if (
            wish.folders and not wish.documents
        ):  # a folder may hold nothing but copies of files elsewhere
            paths |= {path: path for copies in self._store.copies().values() for path in copies}
        return filtering.understood(wish, self.choices(), paths)

    def narrowing(self, filters: Filters) -> list[Narrowing]:
        """Return what each filter leaves, each after those before it."""
        return self._store.narrowing(filters)

    def proposal(self, question: str, *, today: date | None = None) -> Proposal | None:
        """Return the days of publication that time words of a question propose; it applies none."""
        short = len(question) <= answering.LONGEST_QUESTION
        return proposed(question, today or date.today()) if short else None

    def sources(self, hits: Sequence[Hit]) -> dict[str, Document]:
        """Return the documents of hits and of their near-duplicates, by id."""
        passages = [one for hit in hits for one in (hit.passage, *hit.copies)]
        return {id: self.document(id) for id in {one.document_id for one in passages}}

    def write(self, messages: Sequence[Message], *, limit: int) -> str:
        """Return what the generator replies to a prompt, greedily, in at most `limit` tokens.

        Raises PromptTooLong.
        """
        with self._turn:
            self._models.generator.read(messages)
            return "".join(self._models.generator.write(limit=limit))

    def documents(self) -> list[Document]:
        """Return every document, ordered by path."""
        return self._store.documents()

    def document(self, document_id: str) -> Document:
        """Return one document; raises InputError when there is none with that id."""
        return self._store.document(document_id)

    def recalled(self, document_id: str) -> Document | None:
        """Return what the log of answers holds of a document that was removed or changed.

        Its text is blank but for the parts around the evidence of answers, which are its body.
        None when no answer was given from it.
        """
        found = answers.citing(self._store.folder, document_id)
        return recording.document_of(
            (recording.from_json(one.record) for one in found), document_id
        )

    def cited(self, answer_id: str) -> tuple[recording.Place, ...]:
        """Return the places that a logged answer cites, in order; none for an unknown answer."""
        try:
            entry = answers.entry(self._store.folder, answer_id)
            return recording.places_of(recording.from_json(entry.record))
        except RagError:
            return ()

    def pictured(self, document: Document, cited: Span | None) -> Pictured:
        """Return the sheets of a PDF, the lines that hold `cited` marked."""
        files = self._store.files_of(document.document_id)
        lines = self._store.lines(document.document_id) if cited else ()
        return self._pictures.sheets(document, files, lines, cited)

    def picture(self, document: Document, page: int) -> bytes:
        """Return a page of a PDF as PNG; raises InputError where there is none."""
        return self._pictures.picture(document, self._store.files_of(document.document_id), page)

    def recollected(self, answer_id: str) -> Answer | None:
        """Return an answer of the log as it was given, None where it cannot be read."""
        try:
            record = recording.from_json(answers.entry(self._store.folder, answer_id).record)
        except RagError:
            return None
        return recording.answer_of(record, self._present)

    def conversations(self) -> Conversations:
        """Return where the conversations of the chat are kept."""
        return self._conversations

    @cached_property
    def _conversations(self) -> Conversations:
        return Conversations(self._store.folder)

    def _present(self, document_id: str) -> Document | None:
        try:
            return self._store.document(document_id)
        except InputError:
            return None

    def snapshot(self) -> str:
        """Return a digest of what is searched: the documents and how they were split."""
        store, whole = self._store, hashlib.sha256()
        whole.update((store.meta("passage_tokens") or "").encode())
        for document_id in sorted(one.document_id for one in store.documents()):
            whole.update(f"\n{document_id}".encode())
        return whole.hexdigest()[:16]

    def example_questions(self) -> list[str]:
        """Return up to four questions that the library can answer."""
        generation = self._store.generation()
        if self._examples[0] != generation:  # every document is read for them
            self._examples = (generation, suggesting.example_questions(self.documents()))
        return self._examples[1]

    def warm_up(self) -> None:
        """Load all models and read the stable part of the prompt, before the first question.

        A question that comes meanwhile waits for it; a server is only asked what it is. Raises
        what `Models.generator` raises.
        """
        system = Message("system", prompting.template("answer.system", self.settings.prompts))
        with self._turn:
            self._models.generator.read((system,))
            _ = self._models.late, self._models.reranker

    def close(self) -> None:
        """Close the library."""
        if "_conversations" in self.__dict__:
            self._conversations.close()
        self._pictures.close()
        self._store.close()

    def _tools(self) -> answering.Tools:
        library = replace(
            self.searchable(), reranker=self._models.reranker
        )  # every answer needs it
        return answering.Tools(library, self._models.generator, self.settings)

    def _recorded(self, asked: recording.Asked) -> Iterator[Event]:
        """Return the events of answering; before the last one comes, the answer is in the log."""
        tools = self._tools()
        listener = recording.Listener(tools.generator)
        about = recording.Circumstances(self.settings, identities(tools), state(self._store))

        def keep(answer: Answer, hits: Sequence[Hit]) -> str:
            kept = recording.kept(answer, hits, listener.calls, asked=asked, circumstances=about)
            return self._keep(kept)

        tools = replace(tools, generator=listener)
        events = answering.answer(asked.question, tools, asked.filters, asked.history)
        return recording.recorded(events, keep)

    def _keep(self, record: recording.Record) -> str:
        """Return the id of a record that is in the log now, "" where it cannot be."""
        try:
            answers.append(self._store.folder, recording.entry_of(record))
        except RagError as error:
            if not self._warned:
                _log.warning("Answers are not logged, as this one is not: %s", error)
            self._warned = True
            return ""
        return record.answer_id


def identities(tools: answering.Tools) -> dict[str, str]:
    """Return name and fingerprint of each model that tools answer with."""
    library, late = tools.library, tools.library.late
    return {
        "generator": tools.generator.identity,
        "reranker": library.reranker.identity,
        "embedder": library.embedder.identity,
        "late": late.identity if late else NO_MODEL,
    }


def state(store: Store) -> dict[str, str | int]:
    """Return which library this is, and the number that grows with each change of it."""
    return {"identity": store.identity(), "generation": store.generation()}
