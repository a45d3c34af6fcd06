"""The cases of a report as the data of its page: a short row for the list, a body when opened.

In: judged cases. Out: plain objects for JSON, texts already cut where marks begin and end:
offsets count code points here and would not in a browser. Knows nothing about HTML.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rag.evaluating.records import STAGES, Case, Found, Judged, Report, Unit
from rag.evaluating.reporting.places import Place, Places, of_case, of_hit, of_object, segments
from rag.evaluating.reporting.wording import (
    answer_of,
    clock_name,
    duration,
    expected,
    given,
    percent,
    shortened,
)

_LISTED = 280  # characters of an answer that the list knows and searches


def rows(report: Report) -> list[dict]:
    """Return the list's row of each case; stages, tags and documents are numbers of names."""
    paths = document_paths(report)
    numbers = {name: number for number, name in enumerate(report.documents)}
    tags = {name: number for number, name in enumerate(report.tags)}
    return [
        {
            "id": judged.outcome.case.case_id,
            "question": judged.outcome.case.question,
            "stage": STAGES.index(judged.stage),
            "tags": [tags[name] for name in judged.outcome.case.tags if name in tags],
            "documents": sorted(numbers[name] for name in _named(judged, paths) if name in numbers),
            "expected": shortened(expected(judged.outcome.case), _LISTED),
            "given": shortened(given(judged), _LISTED),
        }
        for judged in report.cases
    ]


def body(judged: Judged, paths: Mapping[str, str]) -> dict:
    """Return everything there is to see of one case."""
    case, answer, places = judged.outcome.case, answer_of(judged), of_case(judged)
    return {
        "history": [[turn.role, turn.content] for turn in case.history],
        "asOf": case.as_of.isoformat() if case.as_of else "",
        "answerable": case.answerable,
        "answers": [list(group) for group in case.answers],
        "reference": case.reference,
        "quotes": _quotes(judged, places),
        "documents": [
            [paths.get(unit.document_id, unit.document_id), places.reached([unit], entire=False)]
            for unit in judged.outcome.gold.documents
        ],
        "absent": list(judged.outcome.gold.absent),
        "error": judged.outcome.error,
        "asked": judged.outcome.answer is not None,
        "refusal": answer.get("refusal"),
        "text": answer.get("text", ""),
        "missing": answer.get("missing", ""),
        "statements": [_statement(said) for said in answer.get("statements", ())],
        "evidence": [_evidence(told, places) for told in answer.get("evidence", ())],
        "hits": [_hit(found, places) for found in judged.outcome.found],
        "scores": [
            [name, f"{share.part / share.whole:.3g}"] for name, share in judged.shares.items()
        ],
        "facts": [*_facts(answer), *_clock(judged)],
    }


def document_paths(report: Report) -> dict[str, str]:
    """Return the path of every document id that the report's cases mention with one."""
    paths = {}
    for judged in report.cases:
        for found in judged.outcome.found:
            paths[found.document_id] = found.path
        for told in answer_of(judged).get("evidence", ()):
            paths[told["document_id"]] = told["path"]
    return paths


def _named(judged: Judged, paths: Mapping[str, str]) -> set[str]:
    """Return every name under which a table may list the documents of a case."""
    gold = judged.outcome.gold
    units: Iterable[Unit] = (*gold.documents, *(unit for quote in gold.quotes for unit in quote))
    ids = {unit.document_id for unit in units}
    return {*judged.outcome.case.documents, *ids, *(paths.get(one, one) for one in ids)}


def _quotes(judged: Judged, places: Places) -> list[list[str]]:
    """Return the words of each quote that the library holds, and how far they came."""
    gold = judged.outcome.gold
    words = _held(judged.outcome.case, gold.absent)
    if len(words) != len(gold.quotes):
        words = [f"quote {number}" for number in range(1, len(gold.quotes) + 1)]
    return [
        [text, places.reached(units, entire=True)]
        for text, units in zip(words, gold.quotes, strict=True)
    ]


def _held(case: Case, absent: tuple[str, ...]) -> list[str]:
    return [quote for quote in case.quotes if quote not in absent]


def _statement(said: Mapping) -> dict:
    numbers = list(dict.fromkeys(citation["number"] for citation in said["citations"]))
    return {"text": said["text"], "verdict": said["verdict"], "numbers": numbers}


def _evidence(told: Mapping, places: Places) -> dict:
    page = f"page {told['page']}" if told.get("page") else ""
    facts = (told.get("publisher"), told.get("published"), told["path"], page)
    at: Place = of_object(told)
    return {
        "number": told["number"],
        "title": told.get("title") or told["path"],
        "origin": " · ".join(fact for fact in facts if fact),
        "pieces": segments(told["text"], at, places.cited, places.quoted),
    }


def _hit(found: Found, places: Places) -> list:
    gold, shown = places.standing(of_hit(found))
    reranker = "" if found.reranker is None else f"{found.reranker:.2f}"
    where = f"{found.start:,}–{found.end:,}"
    return [found.path, where, f"{found.score:.3f}", reranker, gold, shown]


def _facts(answer: Mapping) -> list[list[str]]:
    facts = []
    if answer.get("confidence") is not None:
        facts.append(["confidence", percent(answer["confidence"])])
    for name in ("corrected_citations", "invalid_citations"):
        if answer.get(name):
            facts.append([name.replace("_", " "), f"{answer[name]:,}"])
    return facts


def _clock(judged: Judged) -> list[list[str]]:
    timings = answer_of(judged).get("timings") or {"retrieve_ms": judged.outcome.retrieve_ms}
    known = [(name, value) for name, value in timings.items() if value is not None]
    return [
        [clock_name(name), duration(value)] if name.endswith("_ms")
        else [name.replace("_", " "), f"{value:,}"]
        for name, value in known
    ]  # fmt: skip
