"""The tables: times, tokens and right answers of each system, and how they compare with ours.

In: judged replies by system, over the same questions in the same order. Out: lines of Markdown.
Knows nothing about how replies came about.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rag.evaluating.metrics.intervals import (
    bootstrap_median,
    bootstrap_share,
    paired_difference,
)
from rag.evaluating.metrics.timing import percentile
from rag.evaluating.records import Judged, Metric
from rag.evaluating.summarising import shares_of

Runs = Mapping[str, Sequence[Judged]]
OURS = "ours"
NAMES = {
    OURS: "this program",
    "citation_engine": "LlamaIndex, CitationQueryEngine",
    "llamaindex": "LlamaIndex, as_query_engine",
    "langchain_chain": "LangChain",
    "txtai_rag": "txtai",
}


def circumstances(runs: Runs) -> str:
    """Return when the questions were answered and how busy the machine was, in a sentence.

    Figures of different systems compare only where they were asked in the same hours.
    """
    answers = [case.outcome.answer for cases in runs.values() for case in cases]
    if not answers:
        return "No question was answered by all systems."
    times, loads = zip(*((one["at"], one["load"]) for one in answers), strict=True)
    middle = percentile(loads, 50)
    return (
        f"Answered from {min(times)} to {max(times)}; load of the machine, these programs "
        f"included: {middle:.1f} at the median, {max(loads):.1f} at most."
    )


def totals(runs: Runs) -> list[str]:
    """Return the table of every system's figures; seconds, and shares with 95 % intervals."""
    head = (
        *("system", "n", "first word p50 s", "p95 s", "whole answer p50 s", "p95 s"),
        *("prompt tokens p50", "answer tokens p50", "right", "right, of answerable"),
        *("declined, of unanswerable", "declined wrongly"),
    )
    return _table(head, [_totals(name, cases) for name, cases in runs.items() if cases])


def compared(runs: Runs) -> list[str]:
    """Return the table of each peer beside this program, question by question.

    Times are medians of a peer's time over ours for the same question, over all questions and
    over those that both answered, as declining takes little time.
    """
    head = (
        *("system", "first word, times ours", "whole answer, times ours"),
        *("both answered", "first word, times ours", "whole answer, times ours"),
        *("right, less ours", "p"),
    )
    peers = [name for name in runs if name != OURS]
    if OURS not in runs or not runs[OURS]:
        return []
    return _table(head, [_compared(name, runs[OURS], runs[name]) for name in peers])


def cold(runs: Runs) -> list[str]:
    """Return the table of first answers: seconds since the process was started, medians."""
    head = ("system", "starts", "ready s", "first word s", "whole answer s", "slowest s")
    return _table(head, [_cold(name, cases) for name, cases in runs.items() if cases])


def shares(first: Sequence[Judged], later: Sequence[Judged]) -> list[str]:
    """Return the table of what is not the generator, as a share of this program's answers.

    Loading the generator is the generator's; the process's start is in neither.
    """
    head = (
        *("answers", "n", "before the generator p50 s", "generator p50 s", "all else p50 s"),
        *("all but the generator p50", "p95", "highest"),
    )
    named = (("first of a process", first), ("later", later))
    return _table(head, [_shares(name, cases) for name, cases in named if cases])


# --- below: rows ---


def _totals(name: str, cases: Sequence[Judged]) -> list[str]:
    times = [[time / 1000 for time in _clock(cases, f"{what}_ms")] for what in _CLOCKS]
    tokens = [_clock(cases, f"{what}_tokens") for what in ("prompt", "answer")]
    names = ("accuracy", "answer_accuracy", "refusal_recall", "wrong_refusals")
    return [
        NAMES[name],
        str(len(cases)),
        *(f"{percentile(seconds, q):.1f}" for seconds in times for q in (50, 95)),
        *(f"{percentile(counts, 50):.0f}" for counts in tokens),
        *(_share(cases, metric) for metric in names),
    ]


_CLOCKS = ("first_token", "total")


def _compared(name: str, ours: Sequence[Judged], theirs: Sequence[Judged]) -> list[str]:
    pairs = list(zip(ours, theirs, strict=True))
    both = [pair for pair in pairs if not any(one.refused for one in pair)]
    right = [shares_of(side, "accuracy") for side in (ours, theirs)]
    difference = paired_difference(*right)
    return [
        NAMES[name],
        *(_ratio(pairs, f"{what}_ms") for what in _CLOCKS),
        str(len(both)),
        *(_ratio(both, f"{what}_ms") if both else "" for what in _CLOCKS),
        f"{difference.value:+.2f} ({difference.low:+.2f}–{difference.high:+.2f})",
        f"{difference.p:.3f}",
    ]


def _ratio(pairs: Sequence[tuple[Judged, Judged]], clock: str) -> str:
    found = bootstrap_median([_time(theirs, clock) / _time(ours, clock) for ours, theirs in pairs])
    return _interval(found, "{:.1f}".format)


def _cold(name: str, cases: Sequence[Judged]) -> list[str]:
    ready, first, whole = (_clock(cases, f"{what}_ms") for what in ("start", *_CLOCKS))
    since = [[a + b for a, b in zip(ready, times, strict=True)] for times in (first, whole)]
    figures = (percentile(times, 50) for times in (ready, *since))
    seconds = (f"{ms / 1000:.1f}" for ms in (*figures, max(since[1])))
    return [NAMES[name], str(len(cases)), *seconds]


def _shares(name: str, cases: Sequence[Judged]) -> list[str]:
    before, generator, total = (
        _clock(cases, f"{what}_ms") for what in ("retrieve", "generator", "total")
    )
    rest = [whole - part for whole, part in zip(total, generator, strict=True)]
    parts = [part / whole for part, whole in zip(rest, total, strict=True)]
    return [
        name,
        str(len(cases)),
        *(f"{percentile(times, 50) / 1000:.2f}" for times in (before, generator, rest)),
        *(f"{value:.1%}" for value in (percentile(parts, 50), percentile(parts, 95), max(parts))),
    ]


def _share(cases: Sequence[Judged], metric: str) -> str:
    found = shares_of(cases, metric)
    return _interval(bootstrap_share(found), "{:.2f}".format) if found else ""


def _interval(found: Metric, shown: Callable[[float], str]) -> str:
    return f"{shown(found.value)} ({shown(found.low)}–{shown(found.high)})"


def _clock(cases: Sequence[Judged], name: str) -> list[float]:
    return [_time(case, name) for case in cases]


def _time(case: Judged, name: str) -> float:
    return case.outcome.answer["timings"][name]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]
