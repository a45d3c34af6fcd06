"""What the figures speak for: which setting to change, and why.

In: a report, and the generators there are. Out: advice, each with the figures it rests on. Knows
nothing about how they were measured. Every rule is a function of its own, and silent where the
measurement does not carry it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from rag.benching.records import Advice, Asked, Report
from rag.settings import NO_MODEL, variable_of

BUSY = 0.3
"""Share of the processors that others use from which times say little about the machine."""
FASTER = 1.15
"""How many times as fast another number of threads has to read: rounds differ by less."""
SLOW = 10.0
"""Seconds to the first word from which one waits."""
QUICK = 4.0
"""Seconds up to which there is room for a generator that takes longer."""
PROMPT = 0.5
"""Share of the time to the first word that reading takes where a shorter prompt helps."""
SHORTER = 250
"""Tokens of evidence that are proposed instead: half of the default."""
MANY = 10_000
"""Passages, about a thousand articles, for which the time of indexing is worked out."""
PATIENCE = 900.0
"""Seconds that these may take."""
FULL = 0.85
"""Share of the memory from which a machine begins to swap."""
READ = 24
"""Passages that the reranker reads in each search without late interaction."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A generator that could be used; `size` of its file and `memory` are in bytes."""

    name: str
    size: int
    memory: int


def advice(report: Report, generators: Sequence[Choice]) -> tuple[Advice, ...]:
    """Return what a report speaks for; on a busy machine nothing that rests on times."""
    if report.machine.busy >= BUSY:
        return (_busy(report), *_memory(report, generators))
    return (
        *_threads(report),
        *_evidence(report),
        *_late(report),
        *(list(_memory(report, generators)) or _generator(report, generators)),
    )


def first_word(answers: Sequence[Asked]) -> float | None:
    """Return the seconds to the first word at the median, without the cold one if there are others.

    None where every question was refused.
    """
    known = [one for one in answers if one.first_word is not None]
    warm = [one for one in known if not one.cold] or known
    return median(one.first_word for one in warm) if warm else None


def _busy(report: Report) -> Advice:
    return Advice(
        "",
        "",
        f"Other programs used {report.machine.busy:.0%} of the processors: times are those of a "
        "busy machine, and nothing is advised on them. Measure again when it is idle.",
    )


def _threads(report: Report) -> Iterator[Advice]:
    """Another number of threads, where it reads prompts clearly faster than the one in use."""
    if report.generating is None:
        return
    rates = {pace.threads: pace.tokens_per_second for pace in report.generating.reading}
    now = rates.get(report.in_use.threads)
    best = max(rates, key=lambda threads: (rates[threads], -threads))
    if now and rates[best] >= FASTER * now:
        yield Advice(
            variable_of("threads"),
            str(best),
            f"Prompts are read at {rates[best]:.0f} tokens a second with {_threads_of(best)}, "
            f"at {now:.0f} with {report.in_use.threads}.",
        )


def _threads_of(number: int) -> str:
    return f"{number} thread{'' if number == 1 else 's'}"


def _evidence(report: Report) -> Iterator[Advice]:
    """Less evidence, where reading it is most of a long wait."""
    first = first_word(report.asked)
    answers = [one for one in report.asked if one.first_word is not None]
    if first is None or first < SLOW:
        return
    reading = median(one.stages.get("reading", 0.0) for one in answers)
    speed = median(_speed(one) for one in answers)
    read = min(median(one.evidence_tokens for one in answers), report.in_use.evidence_tokens)
    if reading / first < PROMPT or read <= SHORTER or not speed:
        return
    yield Advice(
        variable_of("evidence_tokens"),
        str(SHORTER),
        f"The first word came after {first:.1f} s, {reading / first:.0%} of them for reading the "
        f"prompt; it would come about {(read - SHORTER) / speed:.1f} s sooner. Answers then rest "
        "on fewer sentences: rag eval sweep shows what that costs.",
    )


def _speed(one: Asked) -> float:
    """Return the tokens of its prompt that were read in a second."""
    seconds = one.stages.get("reading", 0.0)
    return one.prompt_tokens / seconds if seconds else 0.0


def _late(report: Report) -> Iterator[Advice]:
    """No late interaction, where it is what makes indexing long."""
    made, searches = report.embedding, report.searching
    if report.in_use.late == NO_MODEL or not made or not made.token_vectors or not searches:
        return
    whole, without = MANY / made.whole, MANY / made.vectors
    if whole < PATIENCE or without > whole / 2:
        return
    yield Advice(
        variable_of("late"),
        NO_MODEL,
        f"{MANY:,} passages take {_minutes(whole)} to index, and {_minutes(without)} without late "
        f"interaction; each search then takes about {READ * searches.reranked:.0f} ms more, for "
        "the reranker. Worth it for large folders that change often.",
    )


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.0f} minutes" if seconds >= 90 else f"{seconds:.0f} s"


def _memory(report: Report, generators: Sequence[Choice]) -> Iterator[Advice]:
    """A smaller generator, or fewer programs beside, where memory runs out."""
    share = report.memory / report.machine.memory
    if share < FULL:
        return
    told = (
        f"The program took {share:.0%} of the memory ({report.memory / 1e9:.1f} of "
        f"{report.machine.memory / 1e9:.1f} GB)"
    )
    smaller = _smaller(report, generators)
    if smaller:
        why = f"{told}; {smaller.name} needs {smaller.memory / 1e9:.1f} GB."
        yield Advice(variable_of("generator"), smaller.name, why)
    else:
        yield Advice("", "", f"{told}: close other programs while it runs.")


def _generator(report: Report, generators: Sequence[Choice]) -> Iterator[Advice]:
    """A larger generator where there is time and memory for it, a smaller one for long waits.

    Reading and writing take as much longer as the file is larger: every weight is used for
    every token.
    """
    first = first_word(report.asked)
    if first is None or not report.in_use.generator_size:
        return
    if first >= 2 * SLOW and (smaller := _smaller(report, generators)):
        yield Advice(
            variable_of("generator"),
            smaller.name,
            f"The first word came after {first:.1f} s; with this smaller generator it would come "
            f"after about {first * smaller.size / report.in_use.generator_size:.1f} s.",
        )
    if first > QUICK:
        return
    larger = [one for one in generators if _affordable(one, report, first)]
    if larger:
        best = max(larger, key=lambda one: one.size)
        times = best.size / report.in_use.generator_size
        yield Advice(
            variable_of("generator"),
            best.name,
            f"The first word came after {first:.1f} s: this stronger generator, {times:.1f} times "
            f"as large, would take about {first * times:.1f} s and {best.memory / 1e9:.1f} GB of "
            f"memory. Fetch it with: rag models fetch {best.name}",
        )


def _affordable(one: Choice, report: Report, first: float) -> bool:
    times = one.size / report.in_use.generator_size
    return times > 1.5 and first * times <= SLOW and one.memory <= report.machine.memory / 2


def _smaller(report: Report, generators: Sequence[Choice]) -> Choice | None:
    """Return the largest generator that is clearly smaller than the one in use."""
    small = [one for one in generators if one.size < 0.7 * report.in_use.generator_size]
    return max(small, key=lambda one: one.size, default=None)
