"""Measures everything in order, in the time there is.

In: settings. Out: a `Report`. Knows nothing about how it is shown. What there is no
time left for is left out and named.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from itertools import islice

from rag import fetching, prompting
from rag.assembling import Assistant, Models, located
from rag.benching import measuring
from rag.benching.advising import Choice, advice
from rag.benching.machine import Watch, logical_processors, peak_memory
from rag.benching.records import Asked, Embedding, Generating, InUse, Report, Searching, Step
from rag.errors import RagError
from rag.generating import physical_cores
from rag.retrieving import Searchable
from rag.settings import NO_MODEL, Settings
from rag.types import Evidence

SECONDS = 100.0
"""Time after which nothing new is begun, so that all of it takes less than two minutes."""
_EXPECTED = {"loading": 4.0, "asking": 10.0, "generator": 8.0, "searching": 5.0, "vectors": 14.0}
"""Seconds that each part takes on a laptop; a question is one part."""
_REFUSED = 2  # questions that are asked beyond those wished for, as some are refused
_SEARCHES = 16
_EMBEDDING = 3.0  # seconds for each kind of vectors
_PASSAGES = 512  # most that are embedded
_LONGEST, _SHORTEST = 256, 48  # tokens of the prompt that is read with several numbers of threads
_READING = 1.5  # seconds that it may take
_FEW_CORES = 4  # up to which a single thread may be the best: others may have the rest

Told = Callable[[Step], None]


def measured(
    settings: Settings,
    *,
    questions: int = 2,
    seconds: float = SECONDS,
    progress: Told = lambda _: None,
    models: Models | None = None,
) -> Report:
    """Return what was measured with the library and the models of these settings.

    Raises LibraryMissing, ModelMissing and ModelDamaged before anything is measured.
    """
    models = models or Models(settings)
    models.identity("generator")  # before anything else, so that a missing one costs no time
    run = _Run(settings, models, questions, seconds, progress)
    return run.report()


def thread_counts(physical: int, logical: int, in_use: int) -> list[int]:
    """Return the numbers of threads that are worth comparing, rising; one where only one is.

    One thread can be best where others use the machine, half of many cores where these differ.
    """
    fewest = 1 if physical <= _FEW_CORES else physical // 2
    return sorted({fewest, physical, logical, in_use})


class _Run:
    """One run: what is left to do, and the time there is."""

    def __init__(
        self, settings: Settings, models: Models, questions: int, seconds: float, progress: Told
    ):
        self._settings = settings
        self._models = models
        self._began = time.perf_counter()
        self._seconds = seconds
        self._questions = questions
        self._progress = progress
        self._done = 0.0
        self._all = sum(_EXPECTED.values()) + _EXPECTED["asking"] * (questions - 1)
        self._left_out: list[str] = []

    def report(self) -> Report:
        watch = Watch()
        self._tell("loading", "Loading the library and its models")
        with closing(Assistant.open(self._settings, self._models, logged=False)) as assistant:
            opened = round(time.perf_counter() - self._began, 3)
            loading = {"library and embedder": opened} | self._load()
            library = assistant.searchable()
            searching = self._searching(library)
            questions = islice(_questions(assistant), self._questions + _REFUSED)
            first = self._ask(assistant, next(questions), cold=True)
            generating = self._generating(library, first)
            asked = (first, *self._further(assistant, questions, first))
            answering = peak_memory()
            embedding = self._embedding(library)
            in_use = self._in_use(library)
        self._tell("", "Done")
        report = Report(
            machine=watch.machine(),
            in_use=in_use,
            loading=loading,
            asked=asked,
            generating=generating,
            searching=searching,
            embedding=embedding,
            memory_answering=answering,
            memory=peak_memory(),
            seconds=round(time.perf_counter() - self._began, 1),
            left_out=tuple(self._left_out),
        )
        return replace(report, advice=advice(report, _choices()))

    def _tell(self, part: str, what: str) -> None:
        """Say what comes now; what came before is done."""
        self._progress(Step(what, self._done, self._all))
        self._done = min(self._done + _EXPECTED.get(part, 0.0), self._all)

    def _time_for(self, what: str, seconds: float = 0.0) -> bool:
        """Return whether something that takes so long can be begun; else it is left out."""
        fits = time.perf_counter() - self._began + seconds < self._seconds
        if not fits:
            self._left_out.append(what)
        return fits

    def _load(self) -> dict[str, float]:
        """Load what is not loaded yet; return the seconds that each model took."""
        found = {}
        for job in ("late", "reranker", "generator"):
            began = time.perf_counter()
            getattr(self._models, job)
            found[job] = round(time.perf_counter() - began, 3)
        return found

    def _ask(self, assistant: Assistant, question: str, *, cold: bool = False) -> Asked:
        self._tell("asking", f"Answering “{question}”")
        return measuring.asked(assistant, question, cold=cold)

    def _further(
        self, assistant: Assistant, questions: Iterator[str], first: Asked
    ) -> Iterator[Asked]:
        """Ask until so many questions have got an answer, as long as there is time."""
        answered, longest = int(first.first_word is not None), first.whole
        for question in questions:
            if answered >= self._questions:
                return
            if not self._time_for("a further question", longest + _EXPECTED["vectors"]):
                return
            found = self._ask(assistant, question)
            answered += found.first_word is not None
            longest = max(longest, found.whole)
            yield found

    def _generating(self, library: Searchable, first: Asked) -> Generating | None:
        self._tell("generator", "Reading and writing with the generator alone")
        counts = [self._threads]
        if measuring.has_threads(self._models.generator):
            counts = thread_counts(physical_cores(), logical_processors(), self._threads)
        if not self._time_for("the generator alone", _EXPECTED["generator"]):
            return None
        wanted = prompt_length(first)
        passages = measuring.sample(library.store, _SEARCHES)
        given = list(self._worth(wanted, measuring.evidence(passages, library.store)))
        folder = self._settings.prompts
        return measuring.generating(
            self._models.generator,
            prompting.evidence_prompt(given, folder),
            prompting.answer_ending("What is said here?", folder),
            counts=counts,
            in_use=self._threads,
            seconds=_EXPECTED["generator"],
        )

    def _searching(self, library: Searchable) -> Searching | None:
        self._tell("searching", "Searching")
        if not self._time_for("searches", _EXPECTED["searching"]):
            return None
        texts = [one.text for one in measuring.sample(library.store, _SEARCHES)]
        return measuring.searching(library, texts, most=self._settings.judged)

    def _embedding(self, library: Searchable) -> Embedding | None:
        self._tell("vectors", "Making vectors of passages")
        if not self._time_for("vectors of passages", _EXPECTED["vectors"]):
            return None
        texts = [one.text for one in measuring.sample(library.store, _PASSAGES)]
        late = self._models.late
        return measuring.embedding(library.embedder, late, texts, seconds=_EMBEDDING)

    def _worth(self, tokens: int, items: Iterator[Evidence]) -> Iterator[Evidence]:
        """Yield evidence until it has so many tokens."""
        while tokens > 0 and (item := next(items, None)):
            yield item
            tokens -= self._models.generator.count_tokens(item.read)

    @property
    def _threads(self) -> int:
        return self._settings.threads or physical_cores()

    def _in_use(self, library: Searchable) -> InUse:
        settings = self._settings
        documents, passages = library.store.counts()
        return InUse(
            generator=settings.generator,
            generator_size=_size(settings),
            embedder=settings.embedder,
            late=settings.late if library.late else NO_MODEL,
            reranker=settings.reranker,
            threads=self._threads,
            evidence_tokens=settings.evidence_tokens,
            documents=documents,
            passages=passages,
        )


def _size(settings: Settings) -> int:
    """Return the bytes of the generator's file, 0 for one that is no file."""
    try:
        return located(settings.generator, settings).stat().st_size
    except RagError:
        return 0


def prompt_length(asked: Asked) -> int:
    """Return how many tokens are read with several numbers of threads: fewer on a slow machine."""
    seconds = asked.stages.get("reading", 0.0)
    speed = asked.prompt_tokens / seconds if seconds else 0.0
    return int(min(_LONGEST, max(_SHORTEST, speed * _READING)))


def _questions(assistant: Assistant) -> Iterator[str]:
    """Yield questions that the library can answer, or at least such as find something."""
    yield from assistant.example_questions()
    for passage in measuring.sample(assistant.searchable().store, _SEARCHES):
        yield f"What is said about “{' '.join(passage.text.split()[:8])}”?"


def _choices() -> list[Choice]:
    """Return the generators of the catalogue that are no worse than the default one."""
    known = fetching.catalogue()
    least = known[Settings().generator].size
    return [
        Choice(one.name, one.size, one.memory)
        for one in known.values()
        if one.job == "generator" and one.size >= least
    ]
