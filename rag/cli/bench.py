"""`rag bench`: measure this machine with the library and the models in use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

import click

from rag.benching import SECONDS, Advice, Report, measured
from rag.cli.common import emit, json_option, library_option, settings_for
from rag.cli.progress import BenchBar, human_size

_WIDTH = 22


@click.command()
@click.option("--questions", default=2, show_default=True, type=click.IntRange(1, 4))
@click.option(
    "--seconds",
    default=SECONDS,
    show_default=True,
    type=click.FloatRange(1, 3600),
    help="Begin nothing new after so long.",
)
@library_option
@json_option
def bench(questions: int, seconds: float, library: Path | None, as_json: bool) -> None:
    """Measure how fast this machine answers, searches and indexes, and say what to change.

    It takes less than two minutes on a laptop, asks some questions of the library's own words,
    and changes nothing: neither the library nor its log of answers.
    """
    settings = settings_for(library)
    with BenchBar() as bar:
        report = measured(settings, questions=questions, seconds=seconds, progress=bar.show)
    emit(asdict(report), as_json, lambda: "\n".join(_lines(report)))


def _lines(report: Report) -> Iterator[str]:
    """Yield a report as text: what was measured, then what it speaks for."""
    yield from _measured_with(report)
    yield ""
    yield from _answers(report)
    yield from _generator(report)
    yield from _search(report)
    yield from _vectors(report)
    yield _row(
        "memory",
        f"{human_size(report.memory_answering)} at most while answering, "
        f"{human_size(report.memory)} with indexing",
    )
    if report.left_out:
        yield _row("no time for", ", ".join(report.left_out))
    yield ""
    yield from _advice(report.advice)


def _measured_with(report: Report) -> Iterator[str]:
    machine, used = report.machine, report.in_use
    yield (
        f"{machine.processor}: {machine.physical} cores, {machine.logical} processors, "
        f"{human_size(machine.memory)} of memory; others used {machine.busy:.0%} of the processors"
    )
    yield f"{used.generator}, {used.embedder}, {used.late}, {used.reranker}; {used.threads} threads"
    yield f"{used.documents:,} documents, {used.passages:,} passages; {report.seconds:.0f} s in all"


def _answers(report: Report) -> Iterator[str]:
    yield _row("loading", _named(report.loading, "s", 1))
    for one in report.asked:
        name = "first question" if one.cold else "next question"
        first = "refused" if one.first_word is None else f"first word {one.first_word:.1f} s"
        yield _row(name, f"{first}, whole answer {one.whole:.1f} s: “{one.question}”")
        yield _row("", _named(one.stages, "s", 1))


def _generator(report: Report) -> Iterator[str]:
    if report.generating is None:
        return
    for pace in report.generating.reading:
        threads = f"{pace.threads} thread{'' if pace.threads == 1 else 's'}"
        here = ", in use" if pace.threads == report.in_use.threads else ""
        yield _row("reading prompts", f"{pace.tokens_per_second:.0f} tokens/s ({threads}{here})")
    if report.generating.writing:
        yield _row("writing", f"{report.generating.writing:.0f} tokens/s")


def _search(report: Report) -> Iterator[str]:
    if report.searching:
        found = report.searching
        yield _row("search", f"{found.median:.0f} ms at the median of {found.searches}")
        yield _row("", _named(found.stages, "ms", 0))


def _vectors(report: Report) -> Iterator[str]:
    made = report.embedding
    if made:
        late = f", {made.token_vectors:.0f} with token vectors" if made.token_vectors else ""
        yield _row("embedding", f"{made.vectors:.0f} passages/s{late}; {made.whole:.0f} with all")


def _advice(advice: tuple[Advice, ...]) -> Iterator[str]:
    if not advice:
        yield "Nothing that was measured calls for another setting."
    for one in advice:
        yield f"{one.setting}={one.value}: {one.why}" if one.setting else one.why


def _row(name: str, words: str) -> str:
    return f"{name:{_WIDTH}}{words}"


def _named(figures: Mapping[str, float], unit: str, digits: int) -> str:
    return ", ".join(f"{name} {value:.{digits}f} {unit}" for name, value in figures.items())
