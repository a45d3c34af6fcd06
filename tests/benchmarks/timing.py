"""Where the time of an answer goes, over a library's own example questions.

    python -m tests.benchmarks.timing [FOLDER]     # default: seeds/

Prints medians and the share of the wait for the first word that is prompt reading. The
milliseconds hold for one machine; the shares carry over.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from rag.assembling import SEEDS, Assistant, Models, build
from rag.settings import Settings
from rag.types import Answer, Finished, Stage, Timings

QUESTIONS = (
    "What did Gerasimov say about demining?",
    "Who accompanied Kim Jong Un to the Kumsusan Palace of the Sun?",
    "Which regiment returned to North Korea from the Kursk Region?",
    "In which provinces and cities did the army-people rallies take place?",
    "What did Russia and North Korea sign in the summer of 2024?",
)


def main(folder: Path) -> None:
    """Ask each question once and print the figures of answers that were written."""
    with TemporaryDirectory() as library:
        settings = replace(Settings.from_environment(), library=Path(library))
        models = Models(settings)
        build(settings, [folder], models=models)
        assistant = Assistant.open(settings, models)
        assistant.warm_up()
        timed = [asked(assistant, question) for question in QUESTIONS]
        assistant.close()
    answers = [answer for answer, _ in timed]
    written = [answer for answer in answers if answer.timings.first_token_ms]
    print(f"{len(answers)} questions over {folder.name}, {len(written)} answered")
    _print("search and rerank", written, lambda t: t.retrieve_ms)
    _print("prompt reading", written, lambda t: t.prompt_ms)
    _print("to the first word", written, lambda t: t.first_token_ms)
    _print("to the last word and its citation", written, lambda t: t.total_ms)
    _print("prompt tokens", written, lambda t: t.prompt_tokens)
    _print("prompt tokens a second", written, _pace)
    shares = [a.timings.prompt_ms / a.timings.first_token_ms for a in written]
    print(f"prompt reading is {median(shares):.0%} of the wait for the first word")
    whole = [a.timings.prompt_ms / a.timings.total_ms for a in written]
    print(f"prompt reading is {median(whole):.0%} of the whole answer")
    added = [ms / (answer.timings.total_ms - ms) for answer, ms in timed if answer in written]
    print(f"checking adds {median(added):.0%} to the time of the answer, at most {max(added):.0%}")


def asked(assistant: Assistant, question: str) -> tuple[Answer, float]:
    """Return an answer, and the milliseconds from its last word to its verdicts."""
    checking = time.perf_counter()
    for event in assistant.stream(question):
        if isinstance(event, Stage) and event.name == "checking":
            checking = time.perf_counter()
        if isinstance(event, Finished):
            return event.answer, (time.perf_counter() - checking) * 1000
    raise AssertionError("a stream ends with Finished")


def _pace(times: Timings) -> float:
    return 1000 * (times.prompt_tokens - times.prompt_reused) / times.prompt_ms


def _print(title: str, answers: list[Answer], figure) -> None:
    values = sorted(figure(answer.timings) for answer in answers)
    print(f"{title}: median {median(values):.0f}, from {values[0]:.0f} to {values[-1]:.0f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else SEEDS)
