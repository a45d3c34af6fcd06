"""Reads MultiHop-RAG: questions on news whose evidence is spread over articles.

In: objects with query, answer, evidence_list, and `corpus.json` beside them if it is there.
Out: a case for each question, a document for each article. Without the corpus an article
is made of those of its sentences that are evidence. A question of the type "null_query",
whose answer is "Insufficient information.", is unanswerable. Knows nothing about others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from rag.evaluating.records import Case, Source
from rag.evaluating.testsets.contents import Contents
from rag.evaluating.testsets.fields import Fields, identifiers
from rag.evaluating.testsets.files import Files

KIND = "multihop"
DESCRIPTION = "MultiHop-RAG: query, answer, evidence_list; corpus.json beside it if you have it"


def fits(sample: Mapping) -> bool:
    """Whether an object looks like a question of MultiHop-RAG."""
    return "query" in sample and "evidence_list" in sample


def read(files: Files, path: Path) -> Contents:
    """Return the questions and articles."""
    rows = files.records(path)
    evidence = [row.objects("evidence_list", "evidence") for row in rows]
    named = zip(rows, identifiers(rows), evidence, strict=True)
    cases = tuple(_case(row, name, facts) for row, name, facts in named)
    bodies = path.parent / "corpus.json"
    if bodies.is_file():
        return Contents(cases, _articles(files, bodies))
    return Contents(cases, _gathered([fact for facts in evidence for fact in facts]))


def _case(row: Fields, name: str, facts: Sequence[Fields]) -> Case:
    kind, answer = row.text("question_type"), row.words("answer").strip()
    answerable = kind != "null_query" and answer.lower().rstrip(".") != "insufficient information"
    if answerable and not facts:
        row.note("no evidence", 'Fill "evidence_list", or make it a "null_query".')
    facts = facts if answerable else ()
    return Case(
        case_id=name,
        question=row.question("query"),
        answers=((answer,),) if answerable and answer else (),
        answerable=answerable,
        documents=tuple(dict.fromkeys(fact.words("title") for fact in facts)),
        quotes=tuple(dict.fromkeys(fact.words("fact") for fact in facts)),
        tags=(kind,) if kind else (),
        line=row.place.line,
    )


def _articles(files: Files, path: Path) -> tuple[Source, ...]:
    """Return the articles of the corpus; one whose title is taken gets a number."""
    found: dict[str, Source] = {}
    seen: Counter[str] = Counter()
    for row in files.records(path):
        source = _source(row, row.text("body"))
        seen[source.title] += 1
        if seen[source.title] > 1:
            source = replace(source, name=f"{source.title} ({seen[source.title]})")
        found[source.name] = source
    return tuple(found.values())


def _gathered(facts: Sequence[Fields]) -> tuple[Source, ...]:
    """Return a document for each article, made of its facts in the order they came."""
    words: dict[str, dict[str, Fields]] = {}
    for fact in facts:
        words.setdefault(fact.text("title"), {}).setdefault(fact.text("fact"), fact)
    return tuple(_source(next(iter(one.values())), "\n\n".join(one)) for one in words.values())


def _source(row: Fields, text: str) -> Source:
    title = row.words("title")
    published = str(row.values.get("published_at") or "")[:10]
    day = replace(row, values={"published_at": published or None}).day("published_at")
    return Source(title, text, title, row.text("source"), day)
