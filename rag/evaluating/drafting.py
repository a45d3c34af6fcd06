"""Proposes cases of a library for a person to accept or to edit.

In: settings, how many, a file. Out: the file, with one case more in each line that was
written: the model writes the question, the program takes the answer and the quotation from
the documents and drops what fails its checks. Knows nothing about command lines.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain
from pathlib import Path, PurePath
from string import Template
from typing import BinaryIO

from rag.assembling import Assistant, Models
from rag.errors import InputError, UsageError
from rag.evaluating import testsets, vetting
from rag.evaluating.candidates import WORDS, Candidate, candidates, publisher
from rag.evaluating.testsets import cases as own_format
from rag.prompting import heading, template
from rag.settings import Settings
from rag.types import Document, Message

FOUND_WITHIN = 10
"""A question by which its passage is not among so many hits is tagged "hard"."""
ATTEMPTS = 6
"""For each case wanted, so many sentences are tried at most."""
_LENGTH = 60  # tokens of a question
_PREFIX = "draft-"
_NEAR = "-near"
_KINDS = {"date": "a date", "number": "a number", "name": "a name"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """How many answerable and unanswerable cases a file shall hold."""

    number: int = 20
    unanswerable: int = 0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """How many cases the file holds, of how many, and what became of the proposals so far."""

    there: int
    of: int
    proposed: int
    dropped: int


@dataclass(frozen=True, slots=True)
class Drafted:
    """What came of drafting: `cases` are the new ones, as they stand in the file.

    `answerable` and `unanswerable` count all drafted cases of the file.
    """

    file: Path
    proposed: int
    dropped: Mapping[str, int]
    cases: tuple[Mapping, ...]
    answerable: int
    unanswerable: int


def draft(
    file: Path,
    wanted: Wanted,
    settings: Settings,
    *,
    models: Models | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Drafted:
    """Add cases to a file until it holds as many as are wanted; those there stay as they are.

    The same seed proposes the same cases. Raises UsageError for numbers that make no sense,
    InputError where the file or the documents cannot be used, and what `Assistant.open` raises.
    """
    if wanted.number < 1 or wanted.unanswerable < 0:
        raise UsageError("Ask for at least one case: -n 20, and --unanswerable 0 or more.")
    book = _Book(file, wanted, progress)
    prompt = _Prompt(settings.prompts)
    if book.lacks_questions or book.lacks_near:
        assistant = Assistant.open(settings, models)
        try:
            _fill(book, assistant, prompt)
        finally:
            book.close()
            assistant.close()
    return book.result()


def _fill(book: _Book, assistant: Assistant, prompt: _Prompt) -> None:
    documents = assistant.documents()
    chosen = candidates(documents, seed=book.wanted.seed)
    first = next(chosen, None)
    if first is None:
        raise InputError(
            f"No sentence of {assistant.settings.library} can be asked about: none has "
            f"{WORDS[0]} to {WORDS[1]} words with a name, a number or a date. "
            "Add documents with: rag index FOLDER"
        )
    book.open()
    names = _short_names(documents)
    for one in chain((first,), chosen):
        if not book.lacks_questions or book.proposed >= ATTEMPTS * book.wanted.number:
            break
        if not book.holds(_name(one)):
            _propose(one, book, assistant, prompt, names[one.document.document_id])
    if book.lacks_near:
        _miss(book, vetting.Names(documents, seed=book.wanted.seed))


def _propose(
    one: Candidate, book: _Book, assistant: Assistant, prompt: _Prompt, document: str
) -> None:
    """Let the generator write a question, and keep it as a case if nothing is wrong with it."""
    book.proposed += 1
    question = vetting.cleaned(assistant.write(prompt.about(one), limit=_LENGTH))
    reason = vetting.fault(question, one, book.questions)
    if reason:
        book.drop(reason)
        return
    tags = _tags(one.document) + ([] if _finds(assistant, question, one) else ["hard"])
    book.keep(
        {
            "id": _name(one),
            "question": question,
            "answers": [[one.answer.text]],
            "quotes": [one.quote],
            "documents": [document],
            "tags": tags,
            "draft": True,
        }
    )


def _miss(book: _Book, names: vetting.Names) -> None:
    """Keep questions that differ from answerable ones in a name and have no answer."""
    for case in book.answerable():
        if not book.lacks_near:
            return
        name = case["id"] + _NEAR
        near = None if book.holds(name) else next(names.near(case["question"]), None)
        if near:
            tags = [tag for tag in case["tags"] if tag not in ("draft", "hard")]
            book.keep(
                {
                    "id": name,
                    "question": near,
                    "answerable": False,
                    "tags": ["draft", "near", *tags],
                    "draft": True,
                }
            )


def _finds(assistant: Assistant, question: str, one: Candidate) -> bool:
    """Say whether the search leads from a question back to its sentence."""
    passages = [hit.passage for hit in assistant.search(question, FOUND_WITHIN)]
    return any(
        passage.document_id == one.document.document_id
        and passage.start < one.span.end
        and one.span.start < passage.end
        for passage in passages
    )


class _Prompt:
    """The prompt that asks for a question."""

    def __init__(self, folder: Path):
        self._system = template("draft.system", folder)
        self._user = Template(template("draft.user", folder))

    def about(self, one: Candidate) -> tuple[Message, Message]:
        """Return the messages that ask for a question about a candidate."""
        user = self._user.substitute(
            heading=heading(one.document),
            sentence=one.sentence,
            answer=one.answer.text,
            kind=_KINDS[one.answer.kind],
        )
        return Message("system", self._system), Message("user", user)


class _Book:
    """The file of drafts: what stood in it, what was added, and what is lacking."""

    def __init__(self, path: Path, wanted: Wanted, progress: Callable[[Progress], None]):
        self.wanted = wanted
        self.proposed = 0
        self._dropped: Counter[str] = Counter()
        self._fresh: list[Mapping] = []
        self._path = path
        self._progress = progress
        self._file: BinaryIO | None = None
        self._there = {case["id"]: case for case in _there(path)}

    @property
    def lacks_questions(self) -> bool:
        return self._count(near=False) < self.wanted.number

    @property
    def lacks_near(self) -> bool:
        return self._count(near=True) < self.wanted.unanswerable

    @property
    def questions(self) -> list[str]:
        """The questions that a new one must not be like; near misses are left aside."""
        return [case["question"] for name, case in self._there.items() if not _is_near(name)]

    def holds(self, case_id: str) -> bool:
        return case_id in self._there

    def answerable(self) -> list[Mapping]:
        """Return the drafted cases that near misses can be made of."""
        return [case for name, case in self._there.items() if _is_draft(name)]

    def open(self) -> None:
        """Open the file for writing. Raises InputError."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("ab")
            if self._file.tell() and not self._path.read_bytes().endswith(b"\n"):
                self._file.write(b"\n")
        except OSError as error:
            raise self._unwritable(error) from None
        self._tell()

    def keep(self, case: Mapping) -> None:
        """Add a case; it is in the file when this returns. Raises InputError."""
        try:
            self._file.write(json.dumps(case, ensure_ascii=False).encode() + b"\n")
            self._file.flush()
        except OSError as error:
            raise self._unwritable(error) from None
        self._there[case["id"]] = case
        self._fresh.append(case)
        self._tell()

    def drop(self, reason: str) -> None:
        """Count a proposal that failed."""
        self._dropped[reason] += 1
        self._tell()

    def close(self) -> None:
        """Close the file; one that holds nothing is not left behind."""
        if self._file:
            self._file.close()
            if not self._path.stat().st_size:
                self._path.unlink()

    def result(self) -> Drafted:
        return Drafted(
            file=self._path,
            proposed=self.proposed,
            dropped=dict(self._dropped.most_common()),
            cases=tuple(self._fresh),
            answerable=self._count(near=False),
            unanswerable=self._count(near=True),
        )

    def _count(self, *, near: bool) -> int:
        return sum((_is_near if near else _is_draft)(name) for name in self._there)

    def _tell(self) -> None:
        there = self._count(near=False), self._count(near=True)
        of = max(there[0], self.wanted.number) + max(there[1], self.wanted.unanswerable)
        self._progress(Progress(sum(there), of, self.proposed, self._dropped.total()))

    def _unwritable(self, error: OSError) -> InputError:
        return InputError(
            f"{self._path} cannot be written ({error.strerror or error}): "
            "choose another file with --out. What was written so far is kept."
        )


def _there(path: Path) -> list[Mapping]:
    """Return the cases of a file of drafts, [] where there is none. Raises InputError."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror or error}): choose another file with --out."
        ) from None
    if not content.strip():
        return []
    found = testsets.read(path)
    rows = [_object(line) for line in content.decode("utf-8-sig").split("\n") if line.strip()]
    if found.kind != own_format.KIND or not all("id" in row for row in rows):
        raise InputError(
            f"{path} does not hold cases with an id, one a line, so none can be added: "
            "choose another file with --out."
        )
    return [{"tags": [], **row, "id": str(row["id"]).strip()} for row in rows]


def _object(line: str) -> Mapping:
    """Return the JSON object of a line, {} where the line holds but a part of something."""
    try:
        value = json.loads(line)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _name(one: Candidate) -> str:
    place = f"{one.document.document_id} {one.span.start}"
    return f"{_PREFIX}{sha256(place.encode()).hexdigest()[:10]}"


def _is_draft(case_id: str) -> bool:
    return case_id.startswith(_PREFIX) and not _is_near(case_id)


def _is_near(case_id: str) -> bool:
    return case_id.startswith(_PREFIX) and case_id.endswith(_NEAR)


def _tags(document: Document) -> list[str]:
    return ["draft", publisher(document)] if publisher(document) else ["draft"]


def _short_names(documents: Sequence[Document]) -> dict[str, str]:
    """Return for each document the shortest end of its path that is no other one's."""
    ends = Counter(end for document in documents for end in _ends(document.path))
    return {
        document.document_id: next(
            (end for end in _ends(document.path) if ends[end] == 1), document.path
        )
        for document in documents
    }


def _ends(path: str) -> list[str]:
    parts = PurePath(path).parts
    return ["/".join(parts[-depth:]) for depth in range(1, len(parts) + 1)]
