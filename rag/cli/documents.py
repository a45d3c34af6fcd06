"""`rag documents`: list the documents of the library."""

from __future__ import annotations

from pathlib import Path

import click

from rag.cli.common import emit, json_option, library_option, settings_for
from rag.prompting import heading
from rag.rendering import document_list
from rag.storing import Store


@click.command()
@library_option
@json_option
def documents(library: Path | None, as_json: bool) -> None:
    """List the documents of the library with publisher and date."""
    found = Store.open(settings_for(library).library).documents()
    emit(
        document_list(found),
        as_json,
        lambda: "\n".join(f"{d.document_id}  {heading(d) or d.path}" for d in found),
    )
