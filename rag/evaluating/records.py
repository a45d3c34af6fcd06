"""The records of evaluation: what is asked, what came of it, what it is worth.

In: nothing. Out: frozen records. Knows nothing about files, libraries or models.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from rag.types import Filters, Span, Turn

Stage = Literal[
    "right",
    "not indexed",
    "not retrieved",
    "not shown",
    "answered wrongly",
    "cited wrongly",
    "wrongly refused",
    "wrongly answered",
    "failed",
    "not judged",
]
"""Where a case failed, in the order of the road that a question takes.

`not shown`: retrieved, but not among the evidence that the generator read; `answered
wrongly`: shown, but the answer lacks something; `cited wrongly`: a right answer with no
right citation; `wrongly answered`: there was no answer in the documents; `failed`: the
program gave an error; `not judged`: answered, and the test set does not say what is right.
"""
STAGES: tuple[Stage, ...] = Stage.__args__


@dataclass(frozen=True, slots=True)
class Case:
    """One question of a test set, and what is known about a right answer.

    `answers`: every inner tuple must be matched by one of its strings. `reference` is a
    whole answer in somebody's words, for sets whose answers are long. `documents` names
    the documents that hold the answer: by document id, path, end of a path, file name with
    or without its suffix, or title; `grades`, when given, is the relevance of each.
    `quotes` are source words that a right citation covers. `as_of` is the day on which the
    question is asked. `own` names the documents that the case brings with it, where a set
    gives each question its passages. `line` is where it stands in its file, 1-based.
    """

    case_id: str
    question: str
    answers: tuple[tuple[str, ...], ...] = ()
    answerable: bool = True
    history: tuple[Turn, ...] = ()
    documents: tuple[str, ...] = ()
    grades: tuple[float, ...] = ()
    quotes: tuple[str, ...] = ()
    reference: str = ""
    as_of: date | None = None
    tags: tuple[str, ...] = ()
    filters: Filters = field(default_factory=Filters)
    own: tuple[str, ...] = ()
    draft: bool = False
    line: int = 0


@dataclass(frozen=True, slots=True)
class Source:
    """One document that a test set brings with it; `name` is unique within the set."""

    name: str
    text: str
    title: str = ""
    publisher: str = ""
    published: date | None = None


@dataclass(frozen=True, slots=True)
class TestSet:
    """Questions, and the documents they bring with them, () where they bring none.

    `kind` is the format it was read from: "cases", "squad", "beir", "rgb", "multihop",
    "clapnq", "mtrag", "csv", "judgements". `sha256` is over everything that was read.
    """

    name: str
    kind: str
    sha256: str
    cases: tuple[Case, ...]
    corpus: tuple[Source, ...] = ()

    __test__ = False  # not a class of tests, whatever pytest makes of its name


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a test set: where, what, and what to do about it.

    `line` is 1-based; 0 where the whole file is meant.
    """

    path: str
    line: int
    what: str
    remedy: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.what}. {self.remedy}"


@dataclass(frozen=True, slots=True)
class Unit:
    """A place that holds (part of) the answer: a span of a document of the library."""

    document_id: str
    span: Span
    grade: float = 1.0


@dataclass(frozen=True, slots=True)
class Gold:
    """What a case names, looked up in a library.

    `documents` are whole documents, `quotes` the places where quoted words stand: for each
    quote of the case that was found, every place of it. `nuggets` holds, for each inner
    tuple of the case's answers, the places among the gold ones whose words match it.
    `absent` are the named documents and quotes that the library does not hold.
    """

    documents: tuple[Unit, ...] = ()
    quotes: tuple[tuple[Unit, ...], ...] = ()
    nuggets: tuple[tuple[Unit, ...], ...] = ()
    absent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """One hit of a case as it is kept: its place, its document and its scores."""

    document_id: str
    path: str
    start: int
    end: int
    score: float
    reranker: float | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one case: a line of a run's journal, kept whole.

    `answer` is the object that `rag ask --json` prints, None in a retrieval-only run.
    `error` is the program's own message where it could not answer.
    """

    case: Case
    gold: Gold
    found: tuple[Found, ...]
    answer: Mapping | None
    retrieve_ms: float
    error: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole; a metric's value is the sum of parts over the sum of wholes."""

    part: float
    whole: float


@dataclass(frozen=True, slots=True)
class Judged:
    """What one outcome is worth: its stage, and a share for each metric that applies."""

    outcome: Outcome
    stage: Stage
    shares: Mapping[str, Share]

    @property
    def refused(self) -> bool:
        """Whether the program said that there is no answer."""
        return bool(self.outcome.answer and self.outcome.answer["refusal"])


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure over `cases` cases, with its 95 % bootstrap confidence interval."""

    value: float
    low: float
    high: float
    cases: int


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table per tag or per document."""

    cases: int
    right: int
    stages: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class RunInfo:
    """What a run is a run of: everything that its figures depend on.

    `folder` is where it is kept. `settings` holds every setting that changes answers;
    `models` the identity of each model; `library` the digest of what was searched;
    `program` the digest of the program and its prompts.
    """

    name: str
    folder: str
    test_set: Mapping
    settings: Mapping
    models: Mapping
    library: str
    program: str
    retrieval_only: bool
    cases: int


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a run says, ready to be shown.

    `matrix` counts answered and refused among answerable and unanswerable cases.
    `risk_coverage` are points (coverage, risk), coverage rising. `latency` holds
    percentiles in milliseconds: {"total_ms": {"p50": …, "p90": …, "p95": …, "p99": …}}.
    `digest` is over all that does not depend on the clock: two runs with the same digest
    gave the same answers, citations and figures.
    """

    run: RunInfo
    digest: str
    complete: bool
    metrics: Mapping[str, Metric]
    matrix: Mapping[str, Mapping[str, int]]
    stages: Mapping[str, int]
    tags: Mapping[str, Row]
    documents: Mapping[str, Row]
    risk_coverage: tuple[tuple[float, float], ...]
    latency: Mapping[str, Mapping[str, float]]
    cases: tuple[Judged, ...]
