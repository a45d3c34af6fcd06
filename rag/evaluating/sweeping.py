"""Runs one test set under many settings, and weighs what they give against what they take.

In: a request, settings, and the values that some of them shall have. Out: a run for every
combination, and a `Sweep` of their quality, times and differences. Knows nothing about
command lines or pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import product
from pathlib import Path

from rag.assembling import Models, build_from
from rag.errors import InputError, UsageError
from rag.evaluating.comparing import Side, compare, side
from rag.evaluating.launching import Request, Watch, launch
from rag.evaluating.metrics.intervals import Difference
from rag.evaluating.records import Metric, Report, RunInfo
from rag.evaluating.reporting.plots import pareto_front
from rag.prompting import check as check_prompts
from rag.settings import NO_MODEL, Settings
from rag.storing import Store
from rag.types import Document, Embedder, Generator, LateReranker, Reranker

SEARCHING = ("embedder", "passage_tokens", "late", "reranker", "candidates")
"""The settings that change what a search finds."""
VARIABLE = (
    "generator",
    "context",
    *SEARCHING,
    "judged",
    "evidence_tokens",
    "evidence_spread",
    "answer_tokens",
    "strictness",
    "prompts",
)
"""Every setting that changes answers, those that take longest to change first."""
_JOBS = ("generator", "embedder", "late", "reranker")
_INDEXED = ("embedder", "passage_tokens", "late")


@dataclass(frozen=True, slots=True)
class Combination:
    """Settings under which a test set is run; `varied` holds those that differ in a sweep."""

    settings: Settings
    varied: Mapping[str, object]

    @property
    def name(self) -> str:
        """The varied settings in words: "evidence_tokens=200, strictness=0.3"."""
        return ", ".join(f"{name}={shown(value)}" for name, value in self.varied.items())


@dataclass(frozen=True, slots=True)
class Step:
    """The combination that is run now, the 1-based `number`th `of` all."""

    number: int
    of: int
    combination: Combination


@dataclass(frozen=True, slots=True)
class Ran:
    """What a sweep keeps of a run: its figures, and the quality of each case."""

    combination: Combination
    run: RunInfo
    metrics: Mapping[str, Metric]
    side: Side


@dataclass(frozen=True, slots=True)
class Result:
    """One combination of a sweep; the difference is to the reference, paired by case.

    `total_ms` is the median time of a case (of the search, where nothing else was asked
    for); None where no case came so far. `pareto`: no other is both faster and better.
    """

    combination: Combination
    run: RunInfo
    metrics: Mapping[str, Metric]
    quality: Metric
    total_ms: float | None
    difference: Difference
    pareto: bool


@dataclass(frozen=True, slots=True)
class Sweep:
    """All combinations of a sweep, the reference first; `quality` is the name of the metric."""

    test_set: str
    quality: str
    retrieval_only: bool
    results: tuple[Result, ...]


def shown(value: object) -> str:
    """Return a setting's value as a table shows it."""
    return "default" if value is None else str(value)


def values(wanted: Sequence[str], *, searching: bool = False) -> dict[str, tuple[object, ...]]:
    """Return what "NAME=VALUE,VALUE" means, in the order of `VARIABLE`, each value once.

    `searching` admits only settings that change what is found. Raises UsageError.
    """
    known = SEARCHING if searching else VARIABLE
    if not wanted:
        raise UsageError(f"Say what to vary: --vary NAME=VALUE,VALUE. {_known(known)}")
    found: dict[str, list[object]] = {}
    for text in wanted:
        name, _, given = text.partition("=")
        name = name.strip()
        if name in VARIABLE and name not in known:
            raise UsageError(f"{name} changes nothing in a search alone. {_known(known)}")
        if name not in known:
            raise UsageError(f"{text!r} names no setting that changes answers. {_known(known)}")
        found.setdefault(name, []).extend(_value(name, one, known) for one in given.split(","))
    return {name: tuple(dict.fromkeys(found[name])) for name in VARIABLE if name in found}


def combinations(
    settings: Settings, varied: Mapping[str, Sequence[object]]
) -> tuple[Combination, ...]:
    """Return every combination of values; the first is the reference, `settings` as they are.

    Those that share a generator stand together, and among them those that share a library.
    """
    usual = {name: getattr(settings, name) for name in varied}
    columns = [
        sorted(given, key=lambda value, name=name: value != usual[name])
        for name, given in varied.items()
    ]
    found = [usual, *(dict(zip(varied, row, strict=True)) for row in product(*columns))]
    if usual in found[1:]:
        found.remove(usual)
    return tuple(Combination(replace(settings, **one), one) for one in found)


def check(
    combined: Sequence[Combination],
    *,
    searching: bool = False,
    models: Callable[[Settings], Models] = Models,
) -> None:
    """Raise ModelMissing or InputError for a model or a prompt that is not there.

    Nothing is loaded.
    """
    jobs = [job for job in _JOBS if not searching or job in SEARCHING]
    for one in combined:
        for job in jobs:
            models(one.settings).identity(job)
        if not searching:
            check_prompts(one.settings.prompts)


def sweep(
    request: Request,
    combined: Sequence[Combination],
    *,
    models: Callable[[Settings], Models] = Models,
    watching: Callable[[Step], AbstractContextManager[Watch]] = lambda _: nullcontext(Watch()),
) -> Iterator[tuple[Combination, Report]]:
    """Yield each combination with the report of its run, which is resumed where there is one.

    A model stays loaded while the combinations use it; there is never more than one
    generator in memory. Raises what `launch` raises.
    """
    shared = _Shared(models)
    try:
        for number, one in enumerate(combined, 1):
            shared.use(one.settings)
            with watching(Step(number, len(combined), one)) as watch:
                asked = _request(request, one, shared, watch)
                report = launch(asked, one.settings, models=shared, watch=watch)
            yield one, report
    finally:
        shared.close()


def measured(combination: Combination, report: Report) -> Ran:
    """Return what a sweep keeps of a run. Raises InputError when its set judges nothing."""
    quality = _quality(report.run)
    if quality not in report.metrics:
        raise InputError(
            f"{report.run.test_set['name']} gives no {quality}, by which settings are compared: "
            "give its cases answers, documents or quotes."
        )
    whole = side(report)
    cases = {
        name: replace(case, question="", text="", scores=_only(quality, case.scores))
        for name, case in whole.cases.items()
    }
    return Ran(combination, report.run, report.metrics, replace(whole, cases=cases))


def weighed(runs: Sequence[Ran]) -> Sweep:
    """Return what runs are worth beside the first of them, the reference."""
    reference = runs[0]
    quality = _quality(reference.run)
    points = [(one.combination.name, one.metrics[quality], _time(one)) for one in runs]
    front = pareto_front([point for point in points if point[2] is not None])
    results = (
        Result(
            combination=one.combination,
            run=one.run,
            metrics=one.metrics,
            quality=one.metrics[quality],
            total_ms=point[2],
            difference=compare(reference.side, one.side).rows[quality].difference,
            pareto=point in front,
        )
        for one, point in zip(runs, points, strict=True)
    )
    return Sweep(
        test_set=reference.run.test_set["name"],
        quality=quality,
        retrieval_only=reference.run.retrieval_only,
        results=tuple(results),
    )


class _Shared:
    """Stands where `Models` stands, for one combination after another."""

    def __init__(self, make: Callable[[Settings], Models]):
        self._make = make
        self._made: dict[str, tuple[object, Models]] = {}
        self._generator: Generator | None = None

    def use(self, settings: Settings) -> None:
        """Drop the models that these settings do not use, before another is loaded."""
        for job in _JOBS:
            key = (getattr(settings, job), settings.context if job == "generator" else None)
            if self._made.get(job, (None,))[0] != key:
                if job == "generator":
                    self.close()
                self._made[job] = key, self._make(settings)

    def close(self) -> None:
        """Free the generator's memory."""
        self._made.pop("generator", None)
        if self._generator:
            self._generator.close()
        self._generator = None

    def identity(self, job: str) -> str:
        return self._made[job][1].identity(job)

    @property
    def embedder(self) -> Embedder:
        return self._made["embedder"][1].embedder

    @property
    def late(self) -> LateReranker | None:
        return self._made["late"][1].late

    @property
    def reranker(self) -> Reranker:
        return self._made["reranker"][1].reranker

    @property
    def generator(self) -> Generator:
        self._generator = self._made["generator"][1].generator
        return self._generator


def _value(name: str, given: str, known: Sequence[str]) -> object:
    """Return one value, converted as the environment's are."""
    variable = f"RAG_{name.upper()}"
    if not given.strip():
        raise UsageError(f"--vary {name} has an empty value. {_known(known)}")
    try:
        return getattr(Settings.from_environment({variable: given.strip()}), name)
    except UsageError as error:
        told = str(error).replace(variable, f"--vary {name}: each value")
        raise UsageError(f"{told} {_known(known)}") from None


def _known(names: Sequence[str]) -> str:
    return f"What can be varied: {', '.join(names)}."


def _request(request: Request, one: Combination, models: _Shared, watch: Watch) -> Request:
    """Return the request of one combination: its library, and as deep as answering searches."""
    plan = request.plan
    if plan.depth is not None:
        plan = replace(plan, depth=one.settings.candidates)
    return replace(request, plan=plan, library=_library(request, one, models, watch))


def _library(request: Request, one: Combination, models: _Shared, watch: Watch) -> Path | None:
    """Return the library to search, built of the same documents where passages or vectors differ.

    A test set's own documents are left to `launch`, which builds such libraries itself.
    """
    own = request.library is None and request.test_set.corpus
    if own or not any(name in one.varied for name in _INDEXED):
        return request.library
    source = request.library or one.settings.library
    with closing(Store.open(source)) as store:
        documents = store.documents()
        if not documents or _built_so(store, one.settings, models):
            return request.library
    kind = f"{models.identity('embedder')} {models.identity('late')} {one.settings.passage_tokens}"
    name = f"{source.resolve().name}-{_digest(map(_described, documents))}-{_digest([kind])}"
    folder = one.settings.runs / "libraries" / name
    there = replace(one.settings, library=folder)
    build_from(documents, there, models=models, progress=watch.indexing)
    return folder


def _built_so(store: Store, settings: Settings, models: _Shared) -> bool:
    """Say whether a library was built with the models and the passage length of settings."""
    built = (store.meta("embedder") or "").rpartition("@")[2]
    same = built == models.identity("embedder").rpartition("@")[2]
    limit = min(settings.passage_tokens, models.embedder.window)
    late = models.identity("late")
    same = same and (late == NO_MODEL or store.has_signs(late))
    return same and store.meta("passage_tokens") == str(limit)


def _described(document: Document) -> str:
    return repr(replace(document, text=""))  # the text is in its id


def _digest(parts: Iterator[str] | Sequence[str]) -> str:
    whole = sha256()
    for part in parts:
        whole.update(part.encode("utf-8", "replace"))
    return whole.hexdigest()[:8]


def _quality(run: RunInfo) -> str:
    return "ndcg@10" if run.retrieval_only else "accuracy"


def _only(name: str, scores: Mapping[str, float]) -> dict[str, float]:
    return {name: scores[name]} if name in scores else {}


def _time(one: Ran) -> float | None:
    clock = one.metrics.get("retrieve_ms" if one.run.retrieval_only else "total_ms")
    return clock.value if clock else None
