"""The words and the orders that every form of a report shares.

In: records. Out: plain strings, and rows in order. Knows nothing about any output format.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from rag.evaluating.records import STAGES, Case, Judged, Metric, Report, Row, RunInfo, Stage

FINE: tuple[Stage, ...] = ("right", "not judged")
"""The stages that are no failure."""

_CLOCKS = {
    "retrieve_ms": "search",
    "prompt_ms": "reading",
    "first_token_ms": "first word",
    "total_ms": "whole answer",
}
_MEDIANS = ("_ms", "tokens", "tokens_per_second")
_SHORT = {"mrr": "MRR", "map": "MAP", "ndcg": "nDCG", "f1": "F1"}
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_OVERRIDES = re.compile("[\u202d\u202e]")


def encodable(text: str) -> str:
    """Return `text` with the same length and without the halves of broken characters."""
    return _SURROGATES.sub("\ufffd", text)


def printable(text: str) -> str:
    """Return `text` without control characters that XML 1.0 forbids, nor halves of characters."""
    return _UNPRINTABLE.sub("", encodable(text))


def one_line(text: str) -> str:
    """Return `text` printable and on one line.

    The two characters that force a reading direction are written out by their code point.
    """
    line = " ".join(printable(text).split())
    return _OVERRIDES.sub(lambda match: f"(U+{ord(match[0]):04X})", line)


def shortened(text: str, limit: int) -> str:
    """Return `text` on one line and in at most `limit` characters."""
    line = one_line(text)
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"


def set_name(run: RunInfo) -> str:
    """Return the name of the run's test set, or of the run where the set has none."""
    return str(run.test_set.get("name") or run.name)


def answer_of(judged: Judged) -> Mapping:
    """Return the answer's object, an empty one where no answer was given."""
    return judged.outcome.answer or {}


def expected(case: Case) -> str:
    """Return what a right answer to the case is: "a or b; c", "" where nobody said."""
    if not case.answerable:
        return "a refusal: the documents hold no answer"
    if case.answers:
        return "; ".join(" or ".join(group) for group in case.answers)
    if case.reference:
        return case.reference
    return f"an answer from {', '.join(case.documents)}" if case.documents else ""


def given(judged: Judged) -> str:
    """Return what the program gave: its answer, its refusal, or its error."""
    if judged.outcome.error:
        return f"error: {judged.outcome.error}"
    answer = judged.outcome.answer
    if answer is None:
        return f"{counted(len(judged.outcome.found), 'hit')}, no answer was asked for"
    if answer["refusal"]:
        return f"a refusal ({answer['refusal'].replace('_', ' ')}): {answer['text']}"
    return answer["text"]


def rightness(judged: Judged) -> bool | None:
    """Return whether the case went right, None where nobody said what is right."""
    return None if judged.stage == "not judged" else judged.stage == "right"


def failures(report: Report) -> list[Judged]:
    """Return the cases that failed, in the order of the test set."""
    return [judged for judged in report.cases if judged.stage not in FINE]


def by_stage(counts: Mapping[str, int]) -> list[tuple[Stage, int]]:
    """Return the stages at which a case ended, with their counts, in the order of the road."""
    return [(stage, counts[stage]) for stage in STAGES if counts.get(stage)]


def worst_first(rows: Mapping[str, Row]) -> list[tuple[str, Row]]:
    """Return the rows with the lowest share of right cases first, larger ones before smaller."""
    return sorted(rows.items(), key=lambda item: (share(item[1]), -item[1].cases, item[0]))


def share(row: Row) -> float:
    """Return the share of right cases among the judged ones, 0…1; 1 where none was judged."""
    return row.right / judged_cases(row) if judged_cases(row) else 1.0


def judged_cases(row: Row) -> int:
    """Return how many cases of a row could be judged."""
    return row.cases - row.stages.get("not judged", 0)


def share_told(row: Row) -> str:
    """Return the share of right cases as a reader wants it: "67 %", "–" where none was judged."""
    return percent(share(row)) if judged_cases(row) else "–"


def common_failure(row: Row) -> str:
    """Return a row's most frequent failure and its count, "" when nothing failed."""
    failed = {stage: count for stage, count in row.stages.items() if stage not in FINE and count}
    if not failed:
        return ""
    stage = max(failed, key=failed.__getitem__)
    return f"{stage} ({failed[stage]:,})"


def columns(matrix: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Return the names of a matrix's columns, each once, in order."""
    return list(dict.fromkeys(name for row in matrix.values() for name in row))


def counts_anything(matrix: Mapping[str, Mapping[str, int]]) -> bool:
    """Return whether anything at all was counted: nothing is in a run of retrieval alone."""
    return any(any(row.values()) for row in matrix.values())


def figure(value: float) -> str:
    """Return a figure in the digits that carry meaning: "0.873", "12.5"."""
    return f"{value:.3f}" if abs(value) <= 1 else f"{value:,.1f}"


def interval(metric: Metric) -> str:
    """Return a metric's confidence interval: "0.791 – 0.930"."""
    return f"{figure(metric.low)} – {figure(metric.high)}"


def metric_name(name: str) -> str:
    """Return the name of a metric for people: "ndcg@5" is "nDCG@5", "total_ms" a median."""
    if name.endswith(_MEDIANS):
        return f"{clock_name(name)}, median"
    stem, _, depth = name.partition("@")
    return _SHORT.get(stem, stem.replace("_", " ")) + (f"@{depth}" if depth else "")


def metric_value(name: str, metric: Metric) -> str:
    """Return the value of a metric in its unit."""
    return _in_unit(name)(metric.value)


def metric_interval(name: str, metric: Metric) -> str:
    """Return the confidence interval of a metric in its unit."""
    return " – ".join(map(_in_unit(name), (metric.low, metric.high)))


def by_depth(metrics: Mapping[str, Metric]) -> dict[str, dict[str, Metric]]:
    """Return the metrics that are measured at several depths ("recall@5"), by name and depth."""
    families: dict[str, dict[str, Metric]] = {}
    for name, metric in metrics.items():
        stem, _, depth = name.partition("@")
        if depth:
            families.setdefault(stem, {})[depth] = metric
    return families


def without_depth(metrics: Mapping[str, Metric]) -> dict[str, Metric]:
    """Return the metrics that are measured once."""
    return {name: metric for name, metric in metrics.items() if "@" not in name}


def percent(part: float) -> str:
    """Return a share of one as whole per cent."""
    return f"{100 * part:.0f} %"


def duration(milliseconds: float) -> str:
    """Return a duration as a reader wants it: "85 ms", "3.42 s"."""
    if milliseconds < 1000:
        return f"{milliseconds:.0f} ms"
    return f"{milliseconds / 1000:.2f} s"


def clock_name(name: str) -> str:
    """Return the plain name of a timing: "total_ms" is the "whole answer"."""
    return _CLOCKS.get(name, name.removesuffix("_ms").replace("_", " "))


def counted(number: int, noun: str) -> str:
    """Return "1 case", "2 cases"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def what_was_run(report: Report) -> list[tuple[str, str]]:
    """Return everything that the figures depend on, as names and plain values."""
    run = report.run
    return [
        ("run", run.name),
        *_flat("test set", run.test_set),
        ("cases", f"{len(report.cases):,} of {run.cases:,}"),
        ("asked for", "retrieval only" if run.retrieval_only else "answers"),
        *_flat("model", run.models),
        *_flat("setting", run.settings),
        ("library", run.library),
        ("program", run.program),
        ("digest", report.digest),
    ]


def _in_unit(name: str) -> Callable[[float], str]:
    return duration if name.endswith("_ms") else figure


def _flat(name: str, value: object) -> list[tuple[str, str]]:
    if isinstance(value, Mapping):
        return [row for key, held in value.items() for row in _flat(f"{name}: {key}", held)]
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [(name, ", ".join(map(str, value)))]
    return [(name, "" if value is None else str(value))]
