"""Starts and resumes runs: a test set, settings and a library in, a finished run out.

In: a request and settings. Out: the folder of a run. Knows nothing about command lines,
pages, or what answers are worth.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from rag.assembling import Assistant, Models, build_from
from rag.errors import InputError, UsageError
from rag.evaluating import corpora, journal, running
from rag.evaluating.records import Report, RunInfo, TestSet
from rag.evaluating.sampling import sample
from rag.evaluating.summarising import report
from rag.evaluating.testsets import with_noise
from rag.identifying import program
from rag.settings import Settings
from rag.syncing import Progress as IndexProgress

DEPTH = 24
"""Hits of a retrieval-only run: as many as compete for the evidence of an answer."""
CHANGES = (
    "candidates",
    "judged",
    "passage_tokens",
    "evidence_tokens",
    "evidence_spread",
    "answer_tokens",
    "context",
)
"""The settings that change answers, besides models, prompts and strictness."""


@dataclass(frozen=True, slots=True)
class Request:
    """What to run, and how.

    `library` is searched; None takes the documents that the test set brings, else the
    library of the settings. `size` draws a sample with `seed`. `out` is the run's folder;
    None names one after what it is a run of, so that the same request resumes it, and
    `again` takes a new one.
    """

    test_set: TestSet
    library: Path | None = None
    plan: running.Plan = field(default_factory=running.Plan)
    size: int | None = None
    seed: int = 0
    out: Path | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class Watch:
    """Whom to tell about indexing a test set's own documents, and about the run."""

    indexing: Callable[[IndexProgress], None] = lambda _: None
    running: Callable[[running.Progress], None] = lambda _: None
    started: Callable[[RunInfo], None] = lambda _: None


def launch(
    request: Request,
    settings: Settings,
    *,
    models: Models | None = None,
    watch: Watch | None = None,
    beside: Assistant | None = None,
) -> Report:
    """Run a test set, or finish a run that was stopped, and return its report.

    With `beside`, its models are used, and cases take turns with what else it is asked.
    Raises InputError for a request that fits nothing, and what `Assistant.open` raises.
    """
    watch = watch or Watch()
    cases = _cases(request)
    models = beside.models if beside else models or Models(settings)
    library = _library(request, settings, models, watch)
    # How much a run reads must not hang on the machine: runs are compared with one another.
    settings = replace(settings, library=library, reading_seconds=0)
    assistant = Assistant.open(settings, models, logged=False, beside=beside)
    try:
        info = _info(request, settings, models, assistant.snapshot(), len(cases))
        journal.start(info)
        watch.started(info)
        with journal.opened(Path(info.folder)) as opened:
            running.run(cases, assistant, opened, request.plan, progress=watch.running)
            return report(info, opened.outcomes)
    finally:
        assistant.close()


def _cases(request: Request) -> tuple:
    cases = tuple(case for case in _mixed(request).cases if not case.draft)
    if request.plan.own:
        cases = tuple(case for case in cases if case.own)
        if not cases:
            raise InputError(
                f"The cases of {request.test_set.name} bring no passages: leave out --given."
            )
    if not cases:
        raise InputError(
            f"{request.test_set.name} has no case to run: accept its drafts by removing "
            '"draft": true, or check it with: rag eval check'
        )
    return sample(cases, request.size, seed=request.seed) if request.size else cases


def _mixed(request: Request) -> TestSet:
    """Return the test set with as many passages without the answer as the plan says."""
    if request.plan.noise is None:
        return request.test_set
    if request.test_set.kind != "rgb":
        raise InputError(f"{request.test_set.name} is not an RGB set: leave out --noise.")
    return with_noise(request.test_set, request.plan.noise, seed=request.seed)


def _library(request: Request, settings: Settings, models: Models, watch: Watch) -> Path:
    """Return the library to search, built first where the test set brings its documents."""
    if request.library:
        return request.library
    if not request.test_set.corpus:
        return settings.library
    kind = f"{models.identity('embedder')} {models.identity('late')} {settings.passage_tokens}"
    name = f"{request.test_set.name}-{corpora.digest(request.test_set)}-{_digest(kind)}"
    folder = settings.runs / "libraries" / name
    documents = corpora.documents(request.test_set)
    build_from(documents, replace(settings, library=folder), models=models, progress=watch.indexing)
    return folder


def _info(
    request: Request, settings: Settings, models: Models, library: str, cases: int
) -> RunInfo:
    jobs = ("embedder", "late", "reranker", *(() if request.plan.depth else ("generator",)))
    described = {
        "name": request.test_set.name,
        "kind": request.test_set.kind,
        "sha256": request.test_set.sha256,
        "sample": request.size,
        "seed": request.seed if request.size or request.plan.noise is not None else None,
    }
    info = RunInfo(
        name="",
        folder="",
        test_set=described,
        settings=_settings(request, settings),
        models={job: models.identity(job) for job in jobs},
        library=library,
        program=program(),
        retrieval_only=request.plan.depth is not None,
        cases=cases,
    )
    name = f"{_slug(request)}-{_digest(repr(sorted(asdict(info).items())))}"
    folder = (request.out or _free(settings.runs / name, again=request.again)).resolve()
    return replace(info, name=folder.name, folder=str(folder))


def _settings(request: Request, settings: Settings) -> Mapping:
    prompts = sorted(settings.prompts.glob("answer.*.txt"))
    if not prompts:
        raise UsageError(f"There are no prompts in {settings.prompts}: set RAG_PROMPTS to some.")
    return {
        **{name: getattr(settings, name) for name in CHANGES},
        "strictness": settings.strictness,
        "prompts": _digest("\n".join(path.read_text(encoding="utf-8") for path in prompts)),
        "depth": request.plan.depth,
        "own": request.plan.own,
        "noise": request.plan.noise,
    }


def _slug(request: Request) -> str:
    parts = [request.test_set.name]
    parts += [f"sample{request.size}"] if request.size else []
    parts += ["own"] if request.plan.own else []
    parts += [f"noise{request.plan.noise:g}"] if request.plan.noise is not None else []
    parts += ["retrieval"] if request.plan.depth is not None else []
    return "-".join(parts)


def _free(folder: Path, *, again: bool) -> Path:
    """Return the folder itself; with `again`, the first of its kind that holds no run."""
    number, free = 1, folder
    while again and (free / journal.INFO).exists():
        number += 1
        free = folder.with_name(f"{folder.name}-{number}")
    return free


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:8]
