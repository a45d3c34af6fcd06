"""Walks over logged answers once: sentences in order, each with the notes that it carries.

In: records. Out: an `Export`, which every format renders. Knows nothing about formats; words
are exactly those of the log, and each format makes them safe for itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from rag.filtering import single
from rag.recording import Record, Reported, reported
from rag.recording.records import Cited, Said
from rag.types import Refusal

_WEB = re.compile(r"https?://[\w.~:/?#@!$&'()*+,;=%-]+", re.ASCII)
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f\u200b\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)


@dataclass(frozen=True, slots=True)
class Note:
    """A footnote: the quoted words, where they stand, and what was found of the sentence.

    `quote` is "" where the sentence cites nothing, `verdict` where nothing was to be checked.
    """

    number: int
    quote: str = ""
    publisher: str | None = None
    published: str | None = None
    title: str | None = None
    path: str = ""
    page: int | None = None
    document_id: str = ""
    link: str = ""
    verdict: str = ""
    reason: str = ""

    @property
    def source(self) -> tuple[str, ...]:
        """Publisher, date, title, file and page, as far as they are known; () without a quote."""
        if not self.document_id:
            return ()
        page = f"page {self.page}" if self.page else ""
        about = (self.publisher or "publisher unknown", self.published or "undated")
        return tuple(filter(None, (*about, self.title, self.path, page)))

    @property
    def judged(self) -> str:
        """The verdict and its reason, "" where there is none."""
        return f"Verdict: {self.verdict}. {self.reason}".strip() if self.verdict else ""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an answer, or one account of several that differ, with its notes."""

    text: str
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """One answer, as it is exported; `answered_at` is a time in UTC."""

    answer_id: str
    answered_at: str
    question: str
    standalone: str
    filters: tuple[str, ...]
    refusal: Refusal | None
    sentences: tuple[Sentence, ...]
    missing: str
    differing: tuple[tuple[Sentence, ...], ...]


@dataclass(frozen=True, slots=True)
class Export:
    """Answers in order, and the notes of all of them, numbered through."""

    answers: tuple[Told, ...]
    notes: tuple[Note, ...]

    @property
    def title(self) -> str:
        """The first question, on one line."""
        return " ".join(self.answers[0].question.split()) if self.answers else "No answers"


def walked(records: Iterable[Record]) -> Export:
    """Return answers with their notes; raises LibraryDamaged for one that cannot be read."""
    notes: list[Note] = []
    answers = tuple(_told(record, notes) for record in records)
    return Export(answers, tuple(notes))


def visible(text: str) -> str:
    """Return `text` without what cannot be seen, turns the reading direction or breaks XML."""
    return _UNSEEN.sub("", text)


def web_address(text: str) -> str:
    """Return a web address as it is, "" for anything else."""
    return text if _WEB.fullmatch(text) else ""


def _told(record: Record, notes: list[Note]) -> Told:
    answer, links = reported(record), _links(record)
    return Told(
        answer_id=record.answer_id,
        answered_at=record.answered_at,
        question=record.question,
        standalone=answer.standalone,
        filters=tuple(part.words for part in single(record.filters)),
        refusal=answer.refusal,
        sentences=tuple(_sentences(answer, links, notes)),
        missing=answer.missing,
        differing=tuple(
            tuple(Sentence(one.value, _taken([_cited(one, links)], notes)) for one in each.accounts)
            for each in answer.disagreements
        ),
    )


def _sentences(answer: Reported, links: Mapping[str, str], notes: list[Note]) -> Iterator[Sentence]:
    """Yield the sentences, each with a note for every citation, or one that says it has none."""
    if answer.refusal or not answer.statements:
        yield from (Sentence(one.text) for one in answer.statements or (Said(answer.text, "", ()),))
        return
    for said in answer.statements:
        told = {"verdict": said.verdict, "reason": said.reason}
        found = [_cited(one, links, **told) for one in said.citations] or [Note(0, **told)]
        yield Sentence(said.text, _taken(found, notes))


def _taken(found: list[Note], notes: list[Note]) -> tuple[Note, ...]:
    """Give notes the next numbers."""
    numbered = [replace(one, number=n) for n, one in enumerate(found, len(notes) + 1)]
    notes += numbered
    return tuple(numbered)


def _cited(cited: Cited, links: Mapping[str, str], **told: str) -> Note:
    return Note(
        number=0,
        quote=cited.quote,
        publisher=cited.publisher,
        published=cited.published,
        title=cited.title,
        path=cited.path,
        page=cited.page,
        document_id=cited.document_id,
        link=links.get(cited.document_id, ""),
        **told,
    )


def _links(record: Record) -> dict[str, str]:
    facts = {one.document_id: one.facts.get("link") for one in record.sources}
    return {document_id: fact.value for document_id, fact in facts.items() if fact}
