"""What a question waits for its first word, when some of its prompt was read before.

    python -m tests.benchmarks.rereading [LIBRARY]     # default: one over seeds/, made for the run

Each process begins with its models loaded. Times are wall clock and processor, as shares of those
of a first question for which nothing is kept; the tokens that were read say the same without a
clock. Every question is followed by two endings, which are read each time: the share of the tokens
that they make up is the least that any question takes.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from rag.assembling import SEEDS, Assistant, Models, build, located
from rag.generating import LlamaGenerator
from rag.settings import Settings
from rag.types import Generator, Message, Opinion, Reading, Turn

FIRST = "Which cement works did Kim Jong Un praise in his New Year speech?"
SECOND = "And what did he praise the farmers for?"
OTHER = "Who accompanied Kim Jong Un to the Kumsusan Palace of the Sun?"


@dataclass(frozen=True, slots=True)
class Waited:
    """What a question took to its first word: tokens read, seconds, seconds of the processor."""

    name: str
    prompt: int
    endings: int
    wall: float
    processor: float
    text: str

    @property
    def tokens(self) -> int:
        """All tokens that were read for it."""
        return self.prompt + self.endings


class Watched:
    """A generator whose tokens are counted, and whose first word is timed."""

    def __init__(self, generator: Generator):
        self._generator = generator
        self.prompt = self.endings = 0
        self.first: tuple[float, float] | None = None

    def __getattr__(self, name: str) -> object:
        return getattr(self._generator, name)

    def read(self, messages: Sequence[Message]) -> Reading:
        reading = self._generator.read(messages)
        self.prompt += reading.prompt_tokens - reading.reused
        return reading

    def ask(self, ending: str) -> Opinion:
        self.endings += self._generator.count_tokens(ending)
        return self._generator.ask(ending)

    def write(self, ending: str = "", **options: object) -> Iterator[str]:
        self.endings += self._generator.count_tokens(ending)
        for piece in self._generator.write(ending, **options):
            self.first = self.first or (time.perf_counter(), time.process_time())
            yield piece


def main() -> None:
    """Print one line for each question of two processes, the second of which finds states kept."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("library", type=Path, nargs="?")
    library = asked.parse_args().library
    with TemporaryDirectory() as folder:
        settings = replace(Settings.from_environment(), library=library or Path(folder))
        settings = replace(settings, strictness=0.0)  # no refusal: every question has a first word
        if library is None:
            build(settings, [SEEDS])
        states = Path(folder) / "states"
        waited = [one for names in PROCESSES for one in in_a_process(settings, states, names)]
    report(waited)


def report(waited: Sequence[Waited]) -> None:
    """Print what each question took, as shares of the first, and whether texts are the same."""
    base = waited[0]
    print(f"{'question':42} {'tokens':>6} {'share':>6} {'first word':>10} {'processor':>9}")
    for one in waited:
        shares = (one.tokens / base.tokens, one.wall / base.wall, one.processor / base.processor)
        print(f"{one.name:42} {one.tokens:6} {shares[0]:6.3f} {shares[1]:10.3f} {shares[2]:9.3f}")
    print(f"the endings of a question alone are {base.endings / base.tokens:.3f} of its tokens")
    print(f"its first word took {base.wall:.2f} s, {base.processor:.2f} s of the processor")
    texts = {one.text for one in waited if one.name.startswith("first question")}
    print(f"the first question was answered in {len(texts)} way(s)")


PROCESSES = (
    (("first question, nothing kept", FIRST, False),),
    (
        ("first question of the next process", FIRST, False),
        ("second question of the conversation", SECOND, True),
        ("first question again", FIRST, False),
        ("first question once more", FIRST, False),
        ("question of another conversation", OTHER, False),
        ("second question again, back from there", SECOND, True),
    ),
)
"""The questions of each process: what each is called, its words, whether it is a follow-up."""


def in_a_process(
    settings: Settings, states: Path, asked: Sequence[tuple[str, str, bool]]
) -> list[Waited]:
    """Return what questions took in a process of their own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(waits, settings, states, asked).result()


def waits(settings: Settings, states: Path, asked: Sequence[tuple[str, str, bool]]) -> list[Waited]:
    """Return what each question took, with the models loaded before the first."""
    models = Models(settings)
    generator = LlamaGenerator(
        located(settings.generator, settings),
        identity=models.identity("generator"),
        context=settings.context,
        threads=settings.threads,
        states=states,
    )
    with closing(Assistant.open(settings, models, logged=False)) as assistant:
        assistant.search(OTHER)  # what searching loads is no part of a question
        return [waited(assistant, generator, *one) for one in asked]


def waited(
    assistant: Assistant, generator: Generator, name: str, question: str, follows: bool
) -> Waited:
    """Return what one question took to its first word."""
    assistant.models.generator = watched = Watched(generator)
    history = (Turn("user", FIRST), Turn("assistant", "He praised one.")) if follows else ()
    wall, processor = time.perf_counter(), time.process_time()
    text = assistant.ask(question, history).text
    first = watched.first
    spent = (first[0] - wall, first[1] - processor)
    return Waited(name, watched.prompt, watched.endings, *spent, text)


if __name__ == "__main__":
    main()
