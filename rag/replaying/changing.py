"""What has changed since an answer was given: models, prompts, settings, code, documents.

In: a record, today's settings and tools. Out: a line for each change. Knows nothing about
whether a change makes a difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress

from rag import __version__, answering, identifying, recording
from rag.addressing import is_address
from rag.assembling import Assistant, Models, identities, state
from rag.errors import InputError, RagError
from rag.prompting import heading
from rag.recording import Record
from rag.recording.records import Source
from rag.settings import Settings
from rag.storing import Store
from rag.types import FACTS, Document, Evidence, EvidenceFound

_BEGINNING = 80  # characters of a passage that tell which one it is


def changes_since(
    record: Record, today: Settings, tools: answering.Tools, models: Models
) -> Iterator[str]:
    """Yield a line for each change since a record was made; `tools` gave its answer again."""
    yield from _models(record.models, identities(tools))
    if is_address(tools.settings.generator):
        name = tools.generator.identity
        yield f"What {name} runs may have changed unseen: a server need not reply the same twice."
    yield from _prompts(record.prompts, identifying.prompts(tools.settings.prompts))
    yield from _settings(record.settings, recording.settings_kept(today))
    yield from _program(record)
    store = tools.library.store
    for source in record.sources:
        yield from _document(source, store)
    if dict(record.library) != state(store):
        yield "The library holds other documents than it did, or was built anew."
    yield from _search(record, tools, models)


def present(document_id: str, store: Store) -> Document | None:
    """Return a document of the library, None when it holds none with this id."""
    with suppress(InputError):
        return store.document(document_id)
    return None


def _models(then: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for job in ("generator", "reranker", "embedder"):
        if job in then and then[job] != now[job]:
            yield f"The {job} is {now[job]}; it was {then[job]}."


def _prompts(then: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for name in sorted({*then, *now}):
        if name not in now:
            yield f"The prompt file {name} is gone."
        elif name not in then:
            yield f"The prompt file {name} is new."
        elif then[name] != now[name]:
            yield f"The prompt file {name} was changed."


def _settings(then: Mapping[str, object], now: Mapping[str, object]) -> Iterator[str]:
    for name, value in then.items():
        if name not in now:
            yield f"There is no setting RAG_{name.upper()} any more; it was {value}."
        elif value != now[name]:
            yield f"RAG_{name.upper()} is {_set(now[name])}; it was {_set(value)}."


def _program(record: Record) -> Iterator[str]:
    version, code = record.program.get("version", ""), record.program.get("code", "")
    if (version, code) != (__version__, identifying.program()):
        yield (
            f"The program is version {__version__} ({identifying.program()}); "
            f"it was {version} ({code})."
        )
    now = identifying.libraries()
    for name, then in record.libraries.items():
        if now.get(name) != then:
            yield f"{name} is {now.get(name, 'not used')}; it was {then}."


def _document(source: Source, store: Store) -> Iterator[str]:
    name = f"The document {source.path} [{source.document_id}]"
    document = present(source.document_id, store)
    if document is None:
        changed = source.path in store.paths().values()
        yield f"{name} was changed." if changed else f"{name} was removed."
        return
    if document.path != source.path:
        yield f"{name} is now at {document.path}."
    if not recording.same_words(source, document):
        yield f"{name} is read otherwise: its words are not where they were."
    for fact in FACTS:
        then, now = source.facts.get(fact), getattr(document, fact)
        if then != now:
            was, is_ = (one.value if one else "unknown" for one in (then, now))
            yield f"{name} has another {fact}: {is_}; it was {was}."


def _search(record: Record, tools: answering.Tools, models: Models) -> Iterator[str]:
    """Yield what today's search would show instead of the recorded evidence."""
    try:
        with closing(Assistant.open(tools.settings, models, logged=False)) as assistant:
            found = _evidence(assistant, record)
    except RagError as error:
        yield f"The library cannot be searched today: {error}"
        return
    then = [(one.document_id, one.start, one.end) for one in record.evidence]
    now = [(one.document.document_id, one.start, one.end) for one in found]
    if then == now:
        return
    if sorted(then) == sorted(now):
        yield "Today's search would show the same evidence in another order."
        return
    fresh = [item for item, place in zip(found, now, strict=True) if place not in then]
    left_out = [str(one.number) for one, place in _paired(record, then) if place not in now]
    if left_out:
        yield f"Today's search would leave out the evidence {', '.join(left_out)}."
    yield from (f"Today's search would show {_beginning(item)}" for item in fresh)


def _paired(record: Record, places: Sequence[tuple]) -> Iterator[tuple]:
    return zip(record.evidence, places, strict=True)


def _evidence(assistant: Assistant, record: Record) -> tuple[Evidence, ...]:
    """Return the evidence that today's search shows, without a word from the generator."""
    events = assistant.stream(record.question, record.history, filters=record.filters)
    with closing(events):
        return next((one.evidence for one in events if isinstance(one, EvidenceFound)), ())


def _beginning(item: Evidence) -> str:
    words = " ".join(item.text.split())
    cut = words if len(words) <= _BEGINNING else f"{words[:_BEGINNING]}…"
    return f"{heading(item.document) or item.document.path}: “{cut}”"


def _set(value: object) -> str:
    return "not set" if value is None else repr(value) if value == "" else str(value)
