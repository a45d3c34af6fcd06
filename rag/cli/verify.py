"""`rag verify`: check any text against the library, statement by statement."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from rag.assembling import Assistant
from rag.cli.common import emit, harmless, json_option, library_option, settings_for
from rag.cli.filters import chosen_filters, filter_options
from rag.errors import InputError
from rag.filtering import Wish
from rag.prompting import heading
from rag.rendering import verification
from rag.types import Statement


@click.command()
@click.argument("text", required=False)
@click.option(
    "--file", "path", type=click.Path(path_type=Path), help="Check this file; - is standard input."
)
@filter_options
@library_option
@json_option
def verify(
    text: str | None,
    path: Path | None,
    wish: Wish,
    dates_from_question: bool,
    library: Path | None,
    as_json: bool,
) -> None:
    """Check each statement of TEXT, of a file or of standard input against the documents."""
    words = _words(text, path)
    assistant = Assistant.open(settings_for(library))
    # Without being asked to, a date in a text is a claim and no wish to filter.
    asked = words if dates_from_question else ""
    filters = chosen_filters(assistant, asked, wish, dates_from_question=dates_from_question)
    statements = assistant.verify(words, filters=filters)
    if as_json:
        emit(verification(list(statements)), True, str)
        return
    for statement in statements:
        click.echo(harmless("\n".join(_lines(statement))))


def _words(text: str | None, path: Path | None) -> str:
    """Return what is to be checked; raises UsageError or InputError."""
    if text and path:
        raise click.UsageError("Give a text or a file, not both.")
    if text:
        return text
    if path is None and sys.stdin.isatty():
        raise click.UsageError('Give a text (rag verify "TEXT"), or a file with --file.')
    try:
        if path is None or str(path) == "-":
            return sys.stdin.buffer.read().decode("utf-8", "replace")
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}). Give another file.") from None


def _lines(statement: Statement) -> Iterator[str]:
    yield f"{statement.verdict.upper()}: {statement.text}"
    yield f"    {statement.reason}"
    for citation in statement.citations:
        about = heading(citation.document) or citation.document.path
        yield f"    {about}: “{' '.join(citation.quote.split())}”"
    yield ""
