"""What people say of answers: taken down beside the log, and written as a test set.

In: a record of the log, what a person said of its sentences and citations. Out: judgements that
are kept, and rows of the form that `rag.evaluating.testsets.judgements` reads. Knows nothing
about pages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rag.errors import InputError
from rag.recording import Record, from_json, reported
from rag.recording.records import Reported
from rag.storing import answers, judgements
from rag.storing.judgements import Judgement, Opinion
from rag.types import Filters

LONGEST_NOTE = 2000
"""Characters of a note."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """What can be judged: a sentence, or (`citation` not None) one of its citations; from 0."""

    statement: int
    citation: int | None = None

    @property
    def opinions(self) -> tuple[Opinion, ...]:
        """What can be said of it."""
        return ("right", "wrong") if self.citation is None else ("right", "wrong", "wrong span")


@dataclass(frozen=True, slots=True)
class Saying:
    """What a person says of a place; "" of both takes back what was said."""

    verdict: Opinion = ""
    note: str = ""


def places(answer: Reported) -> Iterator[Place]:
    """Yield what can be judged, each sentence before its citations; a refusal is one sentence."""
    for number, said in enumerate(answer.statements):
        yield Place(number)
        for citation, _ in enumerate(said.citations):
            yield Place(number, citation)


def holding(folder: Path, answer_id: str, *, upto: int | None = None) -> dict[Place, Judgement]:
    """Return what holds of all that was said of an answer, the later over the earlier.

    With `upto`, what held when this was the last number.
    """
    found = judgements.holding(judgements.of(folder, answer_id), upto=upto)
    return {Place(one.statement, one.citation): one for one in found}


def judge(
    folder: Path, record: Record, said: Mapping[Place, Saying], *, seen: int | None, person: str
) -> None:
    """Keep what a person said of an answer, on disk when this returns.

    `seen` is the number of the last judgement that the person saw: what is as it was then is
    not said again, and does not undo what somebody else said since. Raises InputError for what
    the answer has no place for, and what `judgements.append` raises.
    """
    known = set(places(reported(record)))
    for place, saying in said.items():
        _check(place, saying, known)
    before = holding(folder, record.answer_id, upto=seen)
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    new = [
        Judgement(
            *(record.answer_id, now, person, place.statement, place.citation),
            *(saying.verdict, saying.note.strip()),
        )
        for place, saying in said.items()
        if (saying.verdict, saying.note.strip()) != _before(before.get(place))
    ]
    if new:
        judgements.append(folder, new)


def cases(folder: Path) -> Iterator[dict]:
    """Yield a row of a test set for each answer of which something is said to be right or wrong."""
    for answer_id in judgements.judged(folder):
        found = [one for one in holding(folder, answer_id).values() if one.verdict]
        if found:
            record = from_json(answers.entry(folder, answer_id).record)
            yield _row(record, found)


def _row(record: Record, found: list[Judgement]) -> dict:
    turns = [{"role": turn.role, "content": turn.content} for turn in record.history]
    filters = _filters(record.filters)
    as_of = record.filters.as_of
    return {
        "id": record.answer_id,
        "question": record.question,
        **({"history": turns} if turns else {}),
        **({"filters": filters} if filters else {}),
        **({"as_of": as_of.isoformat()} if as_of else {}),
        "answer": record.answer,
        "judgements": [_judgement(one) for one in found],
    }


def _filters(filters: Filters) -> dict:
    """Return filters as a test set has them; folders belong to one machine and are left out."""
    told = {
        "publisher": list(filters.publishers),
        "language": list(filters.languages),
        "documents": list(filters.documents),
        "after": filters.after and filters.after.isoformat(),
        "before": filters.before and filters.before.isoformat(),
    }
    return {name: value for name, value in told.items() if value}


def _judgement(one: Judgement) -> dict:
    citation = {} if one.citation is None else {"citation": one.citation}
    note = {"note": one.note} if one.note else {}
    return {"statement": one.statement, **citation, "verdict": one.verdict, **note}


def _check(place: Place, saying: Saying, known: set[Place]) -> None:
    if place not in known:
        raise InputError("The answer has no such sentence or citation. Open its page again.")
    if saying.verdict and saying.verdict not in place.opinions:
        raise InputError(f"Judge it as one of: {', '.join(place.opinions)}.")
    if len(saying.note) > LONGEST_NOTE:
        raise InputError(f"A note has at most {LONGEST_NOTE:,} characters; shorten it.")


def _before(one: Judgement | None) -> tuple[str, str]:
    return (one.verdict, one.note) if one else ("", "")
