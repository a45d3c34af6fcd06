"""Takes the measurements, each by itself.

In: an assistant, a generator, a library. Out: the records of one measurement each. Knows nothing
about how much time there is for all of them, or what they speak for.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import cycle, islice, pairwise
from statistics import fmean, median
from typing import Protocol

from rag.assembling import Assistant
from rag.benching.records import Asked, Embedding, Generating, Pace, Searching
from rag.guarding import readable
from rag.retrieving import Searchable, judged, retrieve
from rag.storing import Store
from rag.types import (
    Answer,
    Embedder,
    Event,
    Evidence,
    Finished,
    Generator,
    HitsFound,
    LateReranker,
    Message,
    Passage,
    Stage,
)

Clock = Callable[[], float]
ROUNDS = 2
"""Times that a prompt is read with each number of threads; the fastest counts."""
WRITTEN = 32
"""Tokens that are written to see how fast that goes."""
_FEW = 4  # written tokens that say nothing about the next ones
_GROUP = 64  # passages that are embedded together when a library is built
_SEVERAL = 8  # passages whose token vectors are made between two looks at the clock
_WORDS = 12  # of a passage that are searched for
_LOOKED_UP = 24  # hits of a search


class Threaded(Generator, Protocol):
    """A generator that computes here, with a number of threads that can be changed."""

    def use_threads(self, threads: int) -> None:
        """Compute with so many threads from now on."""


# --- answers ---


def asked(
    assistant: Assistant, question: str, *, cold: bool, clock: Clock = time.perf_counter
) -> Asked:
    """Return what became of a question and when; raises what `Assistant.stream` raises."""
    began = clock()
    marks: list[tuple[str, float]] = []
    for event in assistant.stream(question):
        if name := _begins(event):
            marks.append((name, clock()))
        if isinstance(event, Finished):
            count = assistant.models.generator.count_tokens
            return _asked(event.answer, cold, stages(marks, clock()), clock() - began, count)
    raise AssertionError("a stream ends with Finished")


def _begins(event: Event) -> str:
    """Return the stage that an event begins, "" for one that begins none."""
    if isinstance(event, HitsFound):
        return "choosing"
    return event.name if isinstance(event, Stage) else ""


def stages(marks: Sequence[tuple[str, float]], end: float) -> dict[str, float]:
    """Return the seconds of each stage, from when each began; one that comes again adds up."""
    found: dict[str, float] = {}
    for (name, start), (_, stop) in pairwise([*marks, ("", end)]):
        found[name] = round(found.get(name, 0.0) + stop - start, 3)
    return found


def _asked(
    answer: Answer, cold: bool, parts: dict[str, float], whole: float, count: Callable[[str], int]
) -> Asked:
    first = answer.timings.first_token_ms
    written = first is not None and answer.refusal is None
    return Asked(
        question=answer.question,
        cold=cold,
        first_word=round(first / 1000, 3) if written else None,
        whole=round(whole, 3),
        stages=parts,
        prompt_tokens=answer.timings.prompt_tokens,
        evidence_tokens=sum(count(item.read) for item in answer.evidence),
        answer_tokens=answer.timings.answer_tokens,
        refusal=answer.refusal,
    )


# --- the generator alone ---


def generating(
    generator: Generator | Threaded,
    prompt: Sequence[Message],
    ending: str,
    *,
    counts: Sequence[int],
    in_use: int,
    seconds: float,
    clock: Clock = time.perf_counter,
) -> Generating:
    """Return how fast a prompt is read with each number of threads, and words are written.

    A slow machine reads once, so that all of it takes about `seconds`. The threads in use are
    those of before when it returns, whatever happens.
    """
    best = dict.fromkeys(counts, 0.0)
    began = clock()
    try:
        for _ in range(ROUNDS):
            for threads in counts:
                best[threads] = max(best[threads], _reading(generator, prompt, threads, clock))
            if clock() - began > seconds / ROUNDS:
                break
    finally:
        _use_threads(generator, in_use)
    generator.read(prompt)
    return Generating(
        tuple(Pace(threads, round(rate, 1)) for threads, rate in best.items()),
        _writing(generator, ending, seconds / 2, clock),
    )


def has_threads(generator: Generator) -> bool:
    """Return whether a generator computes here: how many threads one elsewhere has is unknown."""
    return hasattr(generator, "use_threads")


def _use_threads(generator: Generator | Threaded, threads: int) -> None:
    if has_threads(generator):
        generator.use_threads(threads)


def _reading(
    generator: Generator | Threaded, prompt: Sequence[Message], threads: int, clock: Clock
) -> float:
    _use_threads(generator, threads)
    began = clock()
    reading = generator.read(prompt)
    return (reading.prompt_tokens - reading.reused) / max(clock() - began, 1e-6)


def _writing(generator: Generator, ending: str, seconds: float, clock: Clock) -> float | None:
    """Return tokens a second from the first piece on: what comes before it is reading."""
    times: list[float] = []
    for _ in generator.write(ending, limit=WRITTEN):
        times.append(clock())
        if times[-1] - times[0] > seconds:
            break
    if len(times) < _FEW:
        return None
    return round((len(times) - 1) / max(times[-1] - times[0], 1e-6), 1)


# --- searches ---


class Timed:
    """Stands for a part of a library and adds up the time of some of its methods."""

    def __init__(self, part: object, names: dict[str, str], spent: dict[str, float], clock: Clock):
        self._part = part
        self._names = names
        self._spent = spent
        self._clock = clock

    def __getattr__(self, name: str) -> object:
        found = getattr(self._part, name)
        if name not in self._names:
            return found

        def call(*values: object, **options: object) -> object:
            began = self._clock()
            try:
                return found(*values, **options)
            finally:
                self._spent[self._names[name]] += self._clock() - began

        return call


_PARTS = {
    "embedder": {"embed_question": "embedding the question"},
    "index": {"search": "nearest vectors", "similarity": "nearest vectors"},
    "store": {
        "keyword_search": "finding words",
        "signs_of": "token vectors",
        "passages": "reading passages",
    },
    "late": {"encode_question": "token vectors"},
    "reranker": {"score": "reranker"},
}
REST = "the rest"
"""What a search does besides: comparing token vectors, merging copies, second questions."""


def searching(
    library: Searchable, texts: Sequence[str], *, most: int, clock: Clock = time.perf_counter
) -> Searching:
    """Return how long searches take for the first words of texts, as before an answer.

    `most` hits are read by the reranker, as `RAG_JUDGED` says. The first text warms up.
    """
    spent = {stage: 0.0 for names in _PARTS.values() for stage in names.values()}
    watched = {
        part: Timed(getattr(library, part), names, spent, clock)
        for part, names in _PARTS.items()
        if getattr(library, part) is not None
    }
    timed = replace(library, **watched)
    questions = [" ".join(readable(text).split()[:_WORDS]) for text in texts]
    _searched(questions[0], timed, most, clock)
    spent.update(dict.fromkeys(spent, 0.0))
    times = [_searched(one, timed, most, clock) for one in questions[1:] or questions]
    means = {stage: 1000 * seconds / len(times) for stage, seconds in spent.items()}
    means[REST] = 1000 * fmean(times) - sum(means.values())
    return Searching(
        searches=len(times),
        median=round(1000 * median(times), 1),
        stages={stage: round(value, 1) for stage, value in means.items()},
        reranked=round(_reranked(library, texts, clock), 2),
    )


def _searched(question: str, library: Searchable, most: int, clock: Clock) -> float:
    began = clock()
    judged(question, retrieve(question, library, limit=_LOOKED_UP), library, most=most)
    return clock() - began


def _reranked(library: Searchable, texts: Sequence[str], clock: Clock) -> float:
    """Return the milliseconds in which the reranker reads one passage."""
    read = [readable(text) for text in islice(cycle(texts), _LOOKED_UP)]
    began = clock()
    library.reranker.score("What is said here?", read)
    return 1000 * (clock() - began) / len(read)


# --- vectors ---


def embedding(
    embedder: Embedder,
    late: LateReranker | None,
    texts: Sequence[str],
    *,
    seconds: float,
    clock: Clock = time.perf_counter,
) -> Embedding:
    """Return how many passages a second get vectors; each kind is made for about `seconds`.

    Nothing is stored. The first passage is not counted: what makes vectors is loaded for it.
    """
    embedder.embed_passages(texts[:1])
    vectors = rate(embedder.embed_passages, texts, _GROUP, seconds, clock)
    signs = rate(late.encode, texts, _SEVERAL, seconds, clock) if late else None
    return Embedding(round(vectors, 1), signs and round(signs, 1))


def rate(
    work: Callable[[list[str]], object],
    texts: Sequence[str],
    group: int,
    seconds: float,
    clock: Clock = time.perf_counter,
) -> float:
    """Return the texts a second that `work` takes in groups; few texts are taken again."""
    again, done, began = cycle(texts), 0, clock()
    while not done or clock() - began < seconds:
        work([readable(text) for text in islice(again, group)])
        done += group
    return done / max(clock() - began, 1e-6)


# --- what is measured with ---


def sample(store: Store, number: int) -> list[Passage]:
    """Return so many passages of a library, from all over it; all of a small one."""
    ids = store.all_passage_ids().tolist()
    step = max(1, len(ids) // number)
    return store.passages(ids[::step][:number])


def evidence(passages: Iterable[Passage], store: Store) -> Iterator[Evidence]:
    """Yield passages as evidence, for a prompt of the library's own words."""
    for number, one in enumerate(passages, 1):
        yield Evidence(number, store.document(one.document_id), one.start, one.end)
