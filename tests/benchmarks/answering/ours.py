"""This program, as shipped: `Assistant.stream` over a library of the folder.

In: what is given. Out: a system. Its models are its defaults: the late-interaction model and the
cross-encoder are its own, and so are the prompt, the yes or no before an answer is written, and
the check of every sentence. The generator is timed around it, loading it included; the tokens
that are counted while evidence is chosen are the program's own time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from rag.assembling import Assistant, Models, build
from rag.settings import Settings
from rag.storing import DATABASE
from rag.types import Event, Finished, Generator, Message, Opinion, Reading, TextGrown
from tests.benchmarks.answering.given import Given, System
from tests.benchmarks.answering.spending import Spent


class TimedGenerator:
    """A generator whose calls are timed."""

    def __init__(self, generator: Generator, spent: Spent):
        self._generator = generator
        self._spent = spent

    def __getattr__(self, name: str) -> object:
        return getattr(self._generator, name)

    def read(self, messages: Sequence[Message]) -> Reading:
        """Read a prompt; see `Generator.read`."""
        with self._spent.running():
            return self._generator.read(messages)

    def ask(self, ending: str) -> Opinion:
        """Return an opinion; see `Generator.ask`."""
        with self._spent.running():
            return self._generator.ask(ending)

    def write(self, ending: str = "", *, opening: str = "", limit: int) -> Iterator[str]:
        """Yield the reply; see `Generator.write`."""
        return self._spent.timed(self._generator.write(ending, opening=opening, limit=limit))


class TimedModels(Models):
    """The program's models, with the generator timed."""

    def __init__(self, settings: Settings, spent: Spent):
        super().__init__(settings)
        self._spent = spent

    @cached_property
    def generator(self) -> TimedGenerator:
        """The generator; loading it counts as its time."""
        with self._spent.running():
            return TimedGenerator(super().generator, self._spent)


def open_system(given: Given) -> System:
    """Return the program over a library, which is built when it is not there."""
    spent, models = Spent(), Settings.from_environment().models
    settings = replace(Settings(), models=models, library=Path(given.made), threads=given.threads)
    if not (settings.library / DATABASE).is_file():
        build(settings, [Path(given.files)])
    assistant = Assistant.open(settings, TimedModels(settings, spent))

    def ask(question: str) -> Iterator[str]:
        for event in assistant.stream(question):
            yield from _shown(event, spent)

    return System(ask, spent)


def _shown(event: Event, spent: Spent) -> Iterator[str]:
    """Yield what a reader sees of the answer by an event; keep what the answer took."""
    if isinstance(event, TextGrown):
        yield event.text
    if isinstance(event, Finished):
        spent.prompt_tokens = event.answer.timings.prompt_tokens
        spent.answer_tokens = event.answer.timings.answer_tokens
        yield event.answer.text
