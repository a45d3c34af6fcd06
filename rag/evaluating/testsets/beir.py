"""Reads retrieval test sets in BEIR form: a folder with a corpus, queries and judgements.

In: corpus.jsonl, queries.jsonl (or queries_SPLIT.jsonl), and qrels/SPLIT.tsv (or
qrels_SPLIT.tsv). Out: a case for each query that has a relevant document. Title and text
are joined, as the BEIR rule has it. Knows nothing about other formats.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from rag.evaluating.records import Case, Source
from rag.evaluating.testsets.contents import Contents
from rag.evaluating.testsets.fields import Fields, Place, distinct, shown
from rag.evaluating.testsets.files import Files
from rag.evaluating.testsets.parsing import Content

KIND = "beir"
DESCRIPTION = "BEIR folder: corpus.jsonl, queries.jsonl, qrels/test.tsv"
SPLITS = ("test", "dev", "train")
_LAYOUT = "Put corpus.jsonl, queries.jsonl and qrels/test.tsv into one folder."

Grades = dict[str, dict[str, float]]


def fits(sample: Mapping) -> bool:
    """Whether an object looks like a line of a corpus or of the queries."""
    return "_id" in sample and "text" in sample


def fits_folder(folder: Path) -> bool:
    """Whether a folder holds a part of such a set."""
    return (folder / "corpus.jsonl").is_file() or any(folder.glob("queries*.jsonl"))


def read(files: Files, path: Path) -> Contents:
    """Return the queries with their relevant documents, and the corpus, of a folder."""
    folder = path if path.is_dir() else path.parent
    pair = _pair(folder, path)
    if pair is None:
        files.place(folder).note("no queries with qrels of the same split", _LAYOUT)
        return Contents()
    corpus = _named(files, folder / "corpus.jsonl")
    queries = _named(files, pair[0])
    judged = files.content(pair[1])
    if not (corpus and queries and judged):
        return Contents()
    grades = _grades(judged, queries, corpus)
    cases = [_case(row, name, grades[name]) for name, row in queries.items() if name in grades]
    if not cases and not files.notes.problems:
        judged.place.note("no query with a relevant document", "Give some a score above 0.")
    sources = tuple(_source(row, name) for name, row in corpus.items())
    return Contents(tuple(cases), sources)


def _pair(folder: Path, chosen: Path) -> tuple[Path, Path] | None:
    """Return the files of queries and of judgements that belong together."""
    for split in SPLITS:
        named = folder / f"queries_{split}.jsonl"
        queries = [named, folder / "queries.jsonl"]
        if chosen.name.startswith("queries"):
            queries = [chosen] if chosen in queries else []
        judged = (folder / "qrels" / f"{split}.tsv", folder / f"qrels_{split}.tsv")
        for pair in ((one, other) for one in queries for other in judged):
            if pair[0].is_file() and pair[1].is_file():
                return pair
    return None


def _named(files: Files, path: Path) -> dict[str, Fields]:
    """Return the objects of a file by their id."""
    content = files.content(path)
    rows = content.records if content else ()
    if content and not rows and not files.notes.problems:
        content.place.note("no JSON lines", 'Write {"_id": "…", "text": "…"} on each line.')
    return dict(zip(distinct([(row.place, row.name("_id")) for row in rows]), rows, strict=True))


def _source(row: Fields, name: str) -> Source:
    title = row.text("title").strip()
    return Source(name, "\n\n".join(filter(None, (title, row.text("text")))), title)


def _grades(judged: Content, queries: Collection[str], corpus: Collection[str]) -> Grades:
    """Return, for each query that has any, its relevant documents and how relevant they are."""
    found: Grades = {}
    for place, query, document, score in _judgements(judged):
        for name, there, what in ((query, queries, "query"), (document, corpus, "document")):
            if name not in there:
                place.note(f"there is no {what} {shown(name)}", "Add it, or take out this line.")
        if score > 0:
            found.setdefault(query, {})[document] = score
    return found


def _judgements(judged: Content) -> Iterator[tuple[Place, str, str, float]]:
    for number, line in enumerate(judged.text.split("\n"), 1):
        cells, here = line.strip().split("\t"), replace(judged.place, line=number)
        if not line.strip() or (number == 1 and cells[-1].strip().lower() == "score"):
            continue
        if len(cells) != 3:
            here.note(
                f"{len(cells)} cells where three should be",
                "Write the query's id, the document's id and a score, with tabs between them.",
            )
            continue
        score = _number(cells[2])
        if score is None:
            what = f"the score {shown(cells[2])} is no number"
            here.note(what, "Write 1 for relevant, 0 for not.")
        else:
            yield here, cells[0].strip(), cells[1].strip(), score


def _number(cell: str) -> float | None:
    try:
        number = float(cell)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _case(row: Fields, name: str, grades: Mapping[str, float]) -> Case:
    return Case(
        case_id=name,
        question=row.question("text"),
        documents=tuple(grades),
        grades=tuple(grades.values()),
        line=row.place.line,
    )
