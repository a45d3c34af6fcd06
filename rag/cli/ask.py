"""`rag ask`: answer a question with citations."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from rag.assembling import Assistant
from rag.cli.common import emit, harmless, json_option, library_option, plain, settings_for
from rag.cli.filters import chosen_filters, filter_options, narrowing_lines
from rag.filtering import Wish, nothing_left
from rag.prompting import heading
from rag.rendering import also_cited, also_line, answer_object, disagreement_lines
from rag.types import Answer, Event, Finished, Stage, TextGrown


@click.command()
@click.argument("question")
@filter_options
@library_option
@json_option
def ask(
    question: str, wish: Wish, dates_from_question: bool, library: Path | None, as_json: bool
) -> None:
    """Answer QUESTION from the documents, with the exact sentences it rests on."""
    assistant = Assistant.open(settings_for(library))
    filters = chosen_filters(assistant, question, wish, dates_from_question=dates_from_question)
    if filters:
        left = assistant.narrowing(filters)
        told = [*narrowing_lines(left, assistant.choices()), nothing_left(left)]
        click.echo("\n".join(filter(None, told)), err=True)
    if as_json:
        emit(answer_object(assistant.ask(question, filters=filters)), True, str)
        return
    _write(assistant.stream(question, filters=filters))


def _write(events: Iterator[Event]) -> None:
    """Print an answer as it grows."""
    shown = ""
    for event in events:
        if isinstance(event, Stage):
            if event.name == "checking":
                click.echo("")  # ends the line of the answer
            click.echo(f"{event.detail}…", err=True)
        elif isinstance(event, TextGrown):
            click.echo(harmless(event.text.removeprefix(shown)), nl=False)
            shown = event.text
        elif isinstance(event, Finished):
            rest = _rest(event.answer, shown) + _notes(event.answer)
            click.echo(harmless(rest.removeprefix("\n")))
            if event.answer.answer_id:
                click.echo(f"Logged as {event.answer.answer_id}.", err=True)


def _rest(answer: Answer, shown: str) -> str:
    """Return what is still to be printed of an answer; one that was withdrawn takes a line."""
    if answer.text.startswith(shown):
        return answer.text.removeprefix(shown)
    return f"Withdrawn: {answer.text}"


def _notes(answer: Answer) -> str:
    """Return what follows an answer: what is missing, the citations, the closest passages."""
    lines = [answer.missing] if answer.missing else []
    if answer.disagreements:
        lines += ["", *disagreement_lines(answer.disagreements)]
    for said in answer.statements:
        if said.verdict not in ("supported", "not checked") and not answer.refusal:
            lines += ["", f"{said.verdict.capitalize()}: “{said.text}” {said.reason}"]
    cited = [citation for said in answer.statements for citation in said.citations]
    for citation in dict.fromkeys(cited):
        quote = " ".join(citation.quote.split())
        lines += ["", f"[{citation.number}] {heading(citation.document)}", f"    “{quote}”"]
        also = also_line(also_cited(citation, answer.evidence))
        lines += [f"    {plain(also)}"] if also else []
    if answer.refusal == "not_answered":
        lines += ["", "Closest passages:"]
        lines += [f"  {heading(item.document) or item.document.path}" for item in answer.evidence]
    return "".join(f"\n{line}" for line in lines)
