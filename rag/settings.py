"""Every setting, its default, and the environment variable that changes it.

In: an environment, and below it what is kept with a library. Out: one frozen `Settings`. Knows
nothing about what the settings do.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path

import platformdirs

from rag import preferences
from rag.addressing import Address, is_address
from rag.errors import UsageError

PROJECT = Path(__file__).resolve().parent.parent
_PACKAGED = Path(__file__).parent / "prompts"
PROMPTS = _PACKAGED if _PACKAGED.is_dir() else PROJECT / "prompts"
UNSUPPORTED = ("mark", "drop", "regenerate")
NO_MODEL = "none"
"""What stands in place of a model's name to do without it."""
_MOST_THREADS = 4  # for each processor: more of them only wait for each other
GENERATOR_KEY = "RAG_GENERATOR_KEY"
"""The variable that holds the key of a server: no setting, since settings are shown and logged."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Options of the whole program; each may be set as RAG_<NAME> in the environment.

    `generator`, `embedder`, `late` and `reranker` take a name from `rag models list`, a path, or a
    hub name ("owner/repository", for a GGUF "owner/repository/file.gguf"); `generator` also the
    address of a server ("http://host:port/v1#model").
    """

    generator: str = "qwen2.5-coder-1.5b-instruct"
    embedder: str = "all-minilm-l6-v2"
    reranker: str = "ms-marco-minilm-l12-v2"
    late: str = "answerai-colbert-small-v1"
    """The late-interaction model that orders what is found; "none" leaves it to the reranker."""
    question_prefix: str | None = None
    """What the embedder reads before a question; None is the model's own, a blank is nothing."""
    passage_prefix: str | None = None
    """What the embedder reads before a passage; None is the model's own, a blank is nothing."""
    library: Path = PROJECT / "index"
    runs: Path = PROJECT / "index" / "runs"
    """Where runs of test sets are kept, and the libraries of sets with their own documents."""
    models: Path = Path(platformdirs.user_cache_dir("rag", appauthor=False)) / "models"
    threads: int = 0
    """Processor threads for the models; 0 means one for each physical core."""
    gpu: int = 1
    """Whether generator and embedder take a GPU where they can: 0 leaves it alone."""
    passage_tokens: int = 140
    """The longest passage, in tokens of the embedder (about 100 English words)."""
    candidates: int = 50
    """Passages that the dense and the keyword search each hand to reranking."""
    judged: int = 8
    """Hits that the reranker reads before a question is answered."""
    evidence_tokens: int = 500
    """Room in the prompt for evidence, in tokens of the generator."""
    evidence_spread: int = 4
    """Logits below the best sentence at which others are not read, but for a few; 0 reads all that
    there is room for. The decision to refuse was fitted with 4."""
    reading_seconds: int = 10
    """Where evidence would take longer to read on this machine, there is less; 0: no matter."""
    answer_tokens: int = 256
    """The longest answer, in tokens of the generator."""
    strictness: float | None = None
    """The lowest confidence, 0 to 1, at which a question is answered; None takes the fitted one."""
    unsupported: str = "mark"
    """What happens to sentences that their sources do not support: "mark" them, "drop" them, or
    "regenerate" the answer once; the last two show an answer only after it was checked."""
    json_fields: str = "text=text"
    """Fields of JSON records under other names than the usual: "text=story,published=day"."""
    ocr: int = 0
    """Whether text is recognised in PDF pages that are pictures: 1 does, with tesseract."""
    ocr_languages: str = "eng"
    """The languages of that text as tesseract names them: "eng+deu"."""
    prompts: Path = PROMPTS
    """The folder of prompt templates."""
    context: int = 4096
    """The generator's window in tokens: instructions, evidence, question and answer."""

    @property
    def model_names(self) -> tuple[str, ...]:
        """The models in use that lie on the disk."""
        named = (self.generator, self.embedder, self.late, self.reranker)
        return tuple(name for name in named if name != NO_MODEL and not is_address(name))

    @property
    def states(self) -> Path:
        """Where the generator keeps what it holds after its instructions, for the next start."""
        return self.models.parent / "states"

    @classmethod
    def from_environment(
        cls, environment: Mapping[str, str] = os.environ, *, library: Path | None = None
    ) -> Settings:
        """Return the defaults with what is kept with the library, then every RAG_<NAME> applied.

        The library is `library`, else that of the environment. Raises UsageError for a value of
        the wrong kind.
        """
        given = {one.name: environment.get(variable_of(one.name)) for one in fields(cls)}
        folder = library or Path(given["library"] or cls().library).expanduser()
        kept = preferences.kept(folder)
        if is_address(kept.get("generator", "")):
            raise UsageError(
                f"{folder / preferences.FILE} names a server as the generator: only the "
                "environment may, with RAG_GENERATOR. Mend or delete that file."
            )
        found = {one.name: given[one.name] or kept.get(one.name) for one in fields(cls)}
        values = {name: converted(name, value) for name, value in found.items() if value}
        return replace(cls(), **{**values, "library": folder})


def variable_of(name: str) -> str:
    """Return the environment variable that changes a setting."""
    return f"RAG_{name.upper()}"


def converted(name: str, value: str) -> object:
    """Return the value of a setting that words give; raises UsageError for the wrong kind."""
    [kind] = [option.type for option in fields(Settings) if option.name == name]
    variable = variable_of(name)
    if name == "unsupported" and value not in UNSUPPORTED:
        raise UsageError(f"{variable} must be one of {', '.join(UNSUPPORTED)}, not {value!r}.")
    if name == "generator" and is_address(value):
        Address.of(value)
    found = _converted(variable, value, kind)
    most = _MOST_THREADS * (os.cpu_count() or 1)
    if name == "threads" and found > most:
        raise UsageError(
            f"{variable}={found} is more than this machine can use: give at most {most}, or 0 "
            "for one for each physical core."
        )
    return found


def _converted(variable: str, value: str, kind: str) -> object:
    if kind == "Path":
        return Path(value).expanduser()
    if kind == "float | None":
        try:
            share = float(value)
        except ValueError:
            share = -1.0
        if not 0 <= share <= 1:
            raise UsageError(f"{variable} must be a number from 0 to 1, not {value!r}.")
        return share
    if kind == "int":
        try:
            number = int(value)
        except ValueError:
            number = -1
        if number < 0:
            raise UsageError(f"{variable} must be a whole number of 0 or more, not {value!r}.")
        return number
    return value
