"""Statements of real answers, each with the sentences it rests on.

In: the public data sets and folders of evaluation runs. Out: `Item`s, every other one of each
set for tuning. Knows nothing about faults or checks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rag.citing import overlap
from rag.settings import PROJECT
from rag.splitting import sentences

DATA = PROJECT.parent / "shared" / "data"
_SHORTEST = 5  # words
_HELD = 0.75  # of a statement's words must stand in its citation where no person vouches for it
_FAITHFUL = 4  # of 4, by each judge
_LONGEST = 40  # words of a report
_TELLS = re.compile(r"\b(?:said|told|stated|announced|[Aa]ccording to|before|after|followed by)\b")
_NO_ANSWER = re.compile(
    r"\b(?:I (?:do not|don't|could not|am)|sorry|passages?|context|documents? (?:do|does))\b"
    r"|\?$|:$|\*\*|\]\(|^Answer:"
)


@dataclass(frozen=True, slots=True)
class Item:
    """A statement and its source; `half` is "tuning" or "held back"."""

    origin: str
    half: str
    statement: str
    text: str
    context: str
    heading: str
    document: str
    published: date | None = None


def items(runs: Sequence[Path]) -> list[Item]:
    """Return the statements of all sets; `runs` are folders of evaluation runs."""
    found = [
        *_clapnq(),
        *_mtrag(),
        *_wice(),
        *_news(),
        *(item for run in runs for item in _run(run)),
    ]
    kept = {
        (item.statement, item.text): item
        for item in found
        if len(item.statement.split()) >= _SHORTEST and not _NO_ANSWER.search(item.statement)
    }
    return list(kept.values())


def _half(line: int) -> str:
    return "held back" if line % 2 else "tuning"


def _rows(path: Path) -> Iterator[tuple[int, dict]]:
    for line, words in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        yield line, json.loads(words)


def _split(text: str) -> list[str]:
    return [text[span.start : span.end] for span in sentences(text)]


def _clapnq() -> Iterator[Item]:
    for line, row in _rows(DATA / "clapnq" / "answerable_150.jsonl"):
        passage = row["passages"][0]
        for output in row["output"]:
            text = " ".join(output["selected_sentences"])
            for statement in _split(output["answer"]):
                yield Item(
                    "CLAPNQ",
                    _half(line),
                    statement,
                    text,
                    passage["text"],
                    passage["title"],
                    row["id"],
                )


def _mtrag() -> Iterator[Item]:
    folder = DATA / "mtrag"
    for line, row in _rows(folder / "mtragun_half.jsonl"):
        if row["answerability"] == ["ANSWERABLE"]:
            contexts = [context["text"] for context in row["contexts"]]
            yield from _placed(row["targets"][0]["text"], contexts, row["task_id"], line)
    judged = json.loads(
        (folder / "mtrag_reference_subset_with_human_evaluations.json").read_text(encoding="utf-8")
    )
    texts = {document["document_id"]: document["text"] for document in judged["documents"]}
    tasks = {task["task_id"]: (at, task) for at, task in enumerate(judged["tasks"], 1)}
    for answer in judged["evaluations"]:
        line, task = tasks[answer["task_id"]]
        marks = answer["annotations"].get("faithfulness", {}).values()
        if task["Answerability"] == ["ANSWERABLE"] and all(
            int(mark["value"]) >= _FAITHFUL for mark in marks
        ):
            contexts = [texts[context["document_id"]] for context in task["contexts"]]
            yield from _placed(answer["model_response"], contexts, task["task_id"], line)


def _placed(answer: str, contexts: Sequence[str], task: str, line: int) -> Iterator[Item]:
    """Yield the sentences of an answer that up to three sentences of one context hold."""
    for statement in _split(answer):
        chosen = [(_covering(statement, context), context) for context in contexts]
        text, context = max(chosen, key=lambda pair: overlap(statement, pair[0]))
        if overlap(statement, text) >= _HELD:
            yield Item("MTRAG", _half(line), statement, text, context, "", task)


def _covering(statement: str, context: str) -> str:
    """Return up to three sentences, each of which holds more of the statement's words."""
    parts, chosen = _split(context), []
    for _ in range(3):
        best = max(
            range(len(parts)),
            key=lambda at: overlap(statement, _joined(parts, [*chosen, at])),
        )
        if overlap(statement, _joined(parts, [*chosen, best])) <= overlap(
            statement, _joined(parts, chosen)
        ):
            break
        chosen.append(best)
    return _joined(parts, chosen)


def _joined(parts: Sequence[str], chosen: Sequence[int]) -> str:
    return " ".join(parts[at] for at in sorted(chosen))


def _wice() -> Iterator[Item]:
    for line, row in _rows(DATA / "wice" / "claim_dev.jsonl"):
        if row["label"] == "supported":
            evidence = row["evidence"]
            gold = min(row["supporting_sentences"], key=len)
            near = [at for at in range(len(evidence)) if any(abs(at - g) <= 3 for g in gold)]
            title = next((e for e in evidence if "TITLE:" in e), "").partition("TITLE:")[2]
            yield Item(
                "WiCE",
                _half(line),
                row["claim"],
                " ".join(evidence[at] for at in sorted(gold)),
                " ".join(evidence[at] for at in near),
                title.strip(),
                str(line),
                _stated_date(evidence),
            )


def _news() -> Iterator[Item]:
    """Yield reports that tell who said something or what came first; each is its own source."""
    for line, row in _rows(DATA / "multihop_rag_500" / "evidence_facts.jsonl"):
        for statement in _split(row["fact"])[:1]:
            if _TELLS.search(statement) and len(statement.split()) <= _LONGEST:
                heading = f"{row['source']} | {row['published_at'][:10]} | {row['title']}"
                yield Item(
                    "news", _half(line), statement, statement, row["fact"], heading, row["title"]
                )


def _stated_date(evidence: Sequence[str]) -> date | None:
    head = " ".join(evidence[:6])
    match = re.search(r"PUBLISHED DATETIME: (\d{4}-\d\d-\d\d)", head)
    return date.fromisoformat(match[1]) if match else None


def _run(folder: Path) -> Iterator[Item]:
    for line, row in _rows(folder / "cases.jsonl"):
        answer = row["answer"] or {"statements": (), "evidence": ()}
        passages = {item["number"]: item["text"] for item in answer["evidence"]}
        for statement in answer["statements"]:
            for cited in statement["citations"][:1]:
                if overlap(statement["text"], cited["quote"]) >= _HELD:
                    facts = (cited["publisher"], cited["published"], cited["title"])
                    yield Item(
                        "own answers",
                        _half(line),
                        statement["text"],
                        cited["quote"],
                        passages.get(cited["number"], ""),
                        " | ".join(fact or "" for fact in facts),
                        cited["document_id"],
                        date.fromisoformat(cited["published"]) if cited["published"] else None,
                    )
