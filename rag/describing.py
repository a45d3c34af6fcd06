"""What the program runs with, for people: models, machine, versions, settings that can change.

In: an assistant and the models it answers with. Out: records. Knows nothing about pages.
Strictness and what is done with unsupported sentences change for the next answer, and are part
of its record; another generator is taken at the next start.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace

import psutil

from rag import fetching, identifying, preferences, verifying
from rag.addressing import is_address
from rag.assembling import Assistant, Models
from rag.errors import ModelDamaged, ModelMissing, RagError, UsageError
from rag.fetching import Model
from rag.generating import physical_cores
from rag.settings import NO_MODEL, Settings, converted, variable_of

JOBS = ("generator", "embedder", "late", "reranker")
CHANGED_HERE = ("strictness", "unsupported")


@dataclass(frozen=True, slots=True)
class ModelInUse:
    """A model that answers: `known` is None for one that the catalogue does not name.

    `fingerprint` is of its bytes; of a server that generates it is "host:port".
    """

    job: str
    name: str
    fingerprint: str
    known: Model | None


@dataclass(frozen=True, slots=True)
class Offer:
    """A generator of the catalogue: whether it is on disk ("yes", "no", "damaged"), and chosen.

    `chosen` is for the next start, `in_use` now.
    """

    model: Model
    on_disk: str
    in_use: bool
    chosen: bool


@dataclass(frozen=True, slots=True)
class Description:
    """All of it at one moment; memory is in bytes, `fitted` the strictness of these models.

    `kept` are the settings kept for the next start, `fixed` those that the environment sets.
    """

    settings: Settings
    models: tuple[ModelInUse, ...]
    offers: tuple[Offer, ...]
    documents: int
    passages: int
    threads: int
    memory: int
    free: int
    fitted: float
    kept: Mapping[str, str]
    fixed: frozenset[str]
    versions: Mapping[str, str]


class Configuration:
    """The settings of a running assistant."""

    def __init__(
        self,
        assistant: Assistant,
        models: Models,
        environment: Mapping[str, str] = os.environ,
    ):
        self._assistant = assistant
        self._models = models
        self._environment = environment

    def description(self) -> Description:
        """Return everything as it is now; raises UsageError for kept settings that are broken."""
        settings, memory = self._assistant.settings, psutil.virtual_memory()
        choices = self._assistant.choices()
        kept = preferences.kept(settings.library)
        return Description(
            settings=settings,
            models=tuple(self._in_use(job) for job in JOBS),
            offers=tuple(_offers(settings, kept.get("generator", settings.generator))),
            documents=choices.documents,
            passages=choices.passages,
            threads=settings.threads or physical_cores(),
            memory=memory.total,
            free=memory.available,
            fitted=self._fitted(),
            kept=kept,
            fixed=frozenset(
                name for name in preferences.KEPT if self._environment.get(variable_of(name))
            ),
            versions={"program": identifying.program(), **identifying.libraries()},
        )

    def change(self, values: Mapping[str, str]) -> None:
        """Change settings for the next answer, and keep them; "" is the default again.

        Raises UsageError for what is no setting that can be changed so, or no value of it.
        """
        if not values or not set(values) <= set(CHANGED_HERE):
            raise UsageError(f"What can be changed here: {', '.join(CHANGED_HERE)}.")
        found = {
            name: converted(name, value) if value else getattr(Settings(), name)
            for name, value in values.items()
        }
        preferences.keep(
            self._assistant.settings.library, {name: values[name] or None for name in values}
        )
        self._assistant.settings = replace(self._assistant.settings, **found)

    def choose(self, generator: str) -> None:
        """Take a generator of the catalogue from the next start on.

        Raises UsageError for one that is not known, ModelMissing, ModelDamaged.
        """
        settings = self._assistant.settings
        known = fetching.catalogue().get(generator)
        if known is None or known.job != "generator":
            raise UsageError(f"There is no generator {generator[:60]!r}: see rag models list")
        if fetching.locate(generator, models=settings.models) is None:
            raise ModelMissing(
                f"The model {generator} is not on disk. Fetch it with: rag models fetch {generator}"
            )
        preferences.keep(settings.library, {"generator": generator})

    def _in_use(self, job: str) -> ModelInUse:
        name = getattr(self._assistant.settings, job)
        if name == NO_MODEL:
            return ModelInUse(job, name, "", None)
        fingerprint = self._models.identity(job).rpartition("@")[2]
        known = None if is_address(name) else fetching.known(name)
        return ModelInUse(job, name, fingerprint, known)

    def _fitted(self) -> float:
        identity = self._models.identity
        return verifying.calibration(identity("generator"), identity("reranker")).answers


def _offers(settings: Settings, chosen: str) -> list[Offer]:
    found = [one for one in fetching.catalogue().values() if one.job == "generator"]
    return [
        Offer(one, _on_disk(one, settings), one.name == settings.generator, one.name == chosen)
        for one in found
    ]


def _on_disk(model: Model, settings: Settings) -> str:
    try:
        return "yes" if fetching.locate(model.name, models=settings.models) else "no"
    except ModelDamaged:
        return "damaged"
    except RagError:
        return "no"
