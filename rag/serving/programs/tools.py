"""The tools for assistants of other makers: what each takes, does and tells.

In: arguments, as the Model Context Protocol (MCP) brings them. Out: an object, and the same as
text to read. Knows nothing about how the two travel.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from anyio.to_thread import run_sync
from pydantic import Field

from rag.errors import InputError
from rag.guarding import guarded
from rag.prompting import heading
from rag.rendering import (
    answer_object,
    choices_object,
    disagreement_lines,
    document_object,
    verification,
)
from rag.serving.markup import counted
from rag.serving.programs.desk import Desk, gathered
from rag.serving.programs.requests import FilterBy, Given, Search, Words
from rag.types import Answer, Citation, Document, Evidence, Stage, Statement

LONGEST_EXCERPT = 20_000  # characters of a document that are told at once
_MOST = 50
"""Passages that a search tells: an assistant reads them all."""
Told = Callable[[str], Awaitable[None]]
"""Takes a line about how far the work is."""


class Searching(Search):
    """What `search` takes."""

    k: int = Field(5, ge=1, le=_MOST, description=f"How many passages to return, 1 to {_MOST}.")


class Asking(FilterBy):
    """What `ask` takes."""

    question: Words = Field(description="A question that stands alone, at most 4,000 characters.")


class Verifying(FilterBy):
    """What `verify` takes."""

    text: Words = Field(description="Statements to check, at most 100,000 characters.")


class Opening(Given):
    """What `open_document` takes."""

    document_id: Words = Field(description="As search, ask and verify name it.")
    start: int = Field(0, ge=0, description="First character to show.")
    end: int | None = Field(
        None, ge=0, description=f"Where to stop; at most {LONGEST_EXCERPT:,} characters are shown."
    )


class Listing(Given):
    """What `list_filters` takes: nothing."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a tool tells: an object, and the same as text."""

    object: dict
    text: str


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool: what it is for, the model of what it takes, and what it does."""

    name: str
    title: str
    description: str
    takes: type[Given]
    use: Callable[[Desk, Given, Told], Awaitable[Outcome]]


async def _search(desk: Desk, given: Searching, told: Told) -> Outcome:
    found = await desk.search(given)
    lines = [f"{one['by']}: {counted(one['documents'], 'document')}" for one in found["filters"]]
    for hit in found["hits"]:
        lines += [f"{hit['rank']}. {_place(hit)}", hit["text"], ""]
    return Outcome(found, "\n".join(lines) or "Nothing was found.")


async def _ask(desk: Desk, given: Asking, told: Told) -> Outcome:
    filters = await desk.filters(given)
    async with aclosing(desk.events(given.question, filters=filters)) as events:
        async for event in events:
            if isinstance(event, Stage):
                await told(event.detail)
    return Outcome(answer_object(event.answer), "\n".join(_answer(event.answer)))


async def _verify(desk: Desk, given: Verifying, told: Told) -> Outcome:
    filters = await desk.filters(given)
    statements = await gathered(desk.statements(given.text, filters=filters))
    text = "\n\n".join("\n".join(_checked(one)) for one in statements)
    return Outcome(verification(statements), text)


async def _open(desk: Desk, given: Opening, told: Told) -> Outcome:
    document = await run_sync(lambda: desk.assistant.document(given.document_id))
    shown = _excerpt(document, given)
    about = document_object(document)
    kept = {name: about[name] for name in ("document_id", "path", "title", "publisher", "author")}
    dates = {name: about[name] for name in ("published", "modified", "language", "link")}
    place = {"page": document.page_at(shown.start), "start": shown.start, "end": shown.end}
    told_of = {"text": shown.read, "flags": list(shown.flags), "length": len(document.text)}
    lines = [
        _source(document),
        f"Characters {shown.start:,} to {shown.end:,} of {len(document.text):,}.",
        *(f"Note: {flag}." for flag in shown.flags),
        "",
        shown.read,
    ]
    return Outcome({**kept, **dates, **place, **told_of}, "\n".join(lines))


async def _list(desk: Desk, given: Listing, told: Told) -> Outcome:
    found = choices_object(await run_sync(lambda: desk.assistant.choices()))
    lines = [counted(found["documents"], "document")]
    if found["first"]:
        lines.append(f"published {found['first']} to {found['last']}; {found['undated']} undated")
    for noun in ("publisher", "language"):
        for one in found[f"{noun}s"]:
            lines.append(f"{noun} {one[noun]}: {counted(one['documents'], 'document')}")
    return Outcome(found, "\n".join(lines))


TOOLS = (
    Tool(
        "search",
        "Search the documents",
        "Find the passages of the person's own documents that are nearest to a question, with "
        "publisher, date and place.",
        Searching,
        _search,
    ),
    Tool(
        "ask",
        "Answer from the documents",
        "Answer a question from the person's own documents. Each sentence comes with the exact "
        "words it rests on and a verdict on whether they support it. What the documents do not "
        "say is refused.",
        Asking,
        _ask,
    ),
    Tool(
        "verify",
        "Check a text against the documents",
        "Check each statement of a text against the person's own documents: supported, partly "
        "supported, contradicted or not supported, with the reason and the deciding words.",
        Verifying,
        _verify,
    ),
    Tool(
        "open_document",
        "Read a document",
        "Read a document, or the part of it from start to end, such as the words around a "
        "citation.",
        Opening,
        _open,
    ),
    Tool(
        "list_filters",
        "List publishers, languages and dates",
        "List what the other tools can be limited to: publishers and languages with their "
        "numbers of documents, and the days of publication.",
        Listing,
        _list,
    ),
)


def _excerpt(document: Document, given: Opening) -> Evidence:
    """Return the part that was asked for, less the words in it that speak to a model."""
    length = len(document.text)
    end = length if given.end is None else min(given.end, length)
    end = min(end, given.start + LONGEST_EXCERPT)
    if end <= given.start:
        raise InputError(f"The document has {length:,} characters: let start be less than end.")
    return guarded(Evidence(1, document, given.start, end))


# --- as text ---


def _answer(answer: Answer) -> Iterator[str]:
    """Yield an answer, what is missing, and a line for each citation and each doubt."""
    yield answer.text
    if answer.missing:
        yield answer.missing
    if answer.refusal:
        yield f"(Refused: {answer.refusal}.)"
    if answer.refusal == "not_answered":
        yield "Closest passages:"
        for item in answer.evidence:
            place = f"document {item.document.document_id} {item.start}-{item.end}"
            yield f"- {_source(item.document)} ({place})"
    yield from disagreement_lines(answer.disagreements)
    cited = dict.fromkeys(one for said in answer.statements for one in said.citations)
    for citation in cited:
        yield f"[{citation.number}] {_quoted(citation)}"
    for said in answer.statements:
        if not answer.refusal and said.verdict not in ("supported", "not checked"):
            yield f"{said.verdict.capitalize()}: “{said.text}” {said.reason}"


def _checked(statement: Statement) -> Iterator[str]:
    yield f"{statement.verdict.upper()}: {statement.text}"
    if statement.reason:
        yield statement.reason
    yield from (_quoted(citation) for citation in statement.citations)


def _quoted(citation: Citation) -> str:
    quote = " ".join(citation.quote.split())
    page = f", page {citation.page}" if citation.page else ""
    place = f"{citation.document.document_id} {citation.start}-{citation.end}"
    return f"{_source(citation.document)}{page}: “{quote}” (document {place})"


def _source(document: Document) -> str:
    return heading(document) or document.path


def _place(hit: Mapping[str, object]) -> str:
    known: Sequence[object] = (hit["publisher"], hit["published"], hit["title"])
    about = " | ".join(str(one) for one in known if one) or hit["path"]
    page = f", page {hit['page']}" if hit["page"] else ""
    return f"{about}{page} (document {hit['document_id']} {hit['start']}-{hit['end']})"
