"""What is reported of a machine.

In: nothing. Out: frozen records, in seconds, bytes and tokens. Knows nothing about how they were
measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """How far it is: `what` is measured now, `done` of `of` expected seconds are over."""

    what: str
    done: float
    of: float


@dataclass(frozen=True, slots=True)
class Machine:
    """Where it was measured; `busy` is the share, 0…1, of its processors that others used."""

    processor: str
    physical: int
    logical: int
    memory: int
    busy: float


@dataclass(frozen=True, slots=True)
class InUse:
    """What it was measured with: models by name, and the settings that speeds hang on.

    `generator_size` is the size of the generator's file (0 for one that is no file here),
    `threads` what 0 stands for.
    """

    generator: str
    generator_size: int
    embedder: str
    late: str
    reranker: str
    threads: int
    evidence_tokens: int
    documents: int
    passages: int


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: seconds to the first word (None for a refusal) and to the whole answer.

    `stages` are the seconds that each part of it took, in order. `cold` is the first one, for
    which the instructions were read as well.
    """

    question: str
    cold: bool
    first_word: float | None
    whole: float
    stages: Mapping[str, float]
    prompt_tokens: int
    evidence_tokens: int
    answer_tokens: int
    refusal: str | None


@dataclass(frozen=True, slots=True)
class Pace:
    """Tokens of a prompt that are read in a second with so many threads."""

    threads: int
    tokens_per_second: float


@dataclass(frozen=True, slots=True)
class Generating:
    """The generator alone: reading with each number of threads, writing with those in use.

    `writing` is None where it wrote too little to tell.
    """

    reading: tuple[Pace, ...]
    writing: float | None


@dataclass(frozen=True, slots=True)
class Searching:
    """Milliseconds of a search at the median, and of its stages; those add up to the mean."""

    searches: int
    median: float
    stages: Mapping[str, float]
    reranked: float
    """Milliseconds in which the reranker reads one passage."""


@dataclass(frozen=True, slots=True)
class Embedding:
    """Passages in a second: vectors, and token vectors (None without a late-interaction model)."""

    vectors: float
    token_vectors: float | None

    @property
    def whole(self) -> float:
        """Passages in a second with all that is made of them."""
        return 1 / (1 / self.vectors + (1 / self.token_vectors if self.token_vectors else 0))


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do and why: `setting` and `value` are "" where it is no setting."""

    setting: str
    value: str
    why: str


@dataclass(frozen=True, slots=True)
class Report:
    """All that was measured; what there was no time for is None, and named in `left_out`.

    `loading` are seconds by model. `memory_answering` and `memory` are the most bytes that the
    process took, before and after passages were embedded.
    """

    machine: Machine
    in_use: InUse
    loading: Mapping[str, float]
    asked: tuple[Asked, ...]
    generating: Generating | None
    searching: Searching | None
    embedding: Embedding | None
    memory_answering: int
    memory: int
    seconds: float
    left_out: tuple[str, ...] = ()
    advice: tuple[Advice, ...] = ()
