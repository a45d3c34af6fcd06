"""`rag show`: print a document's text."""

from __future__ import annotations

from pathlib import Path

import click

from rag.cli.common import emit, json_option, library_option, settings_for
from rag.rendering import document_object
from rag.storing import Store


@click.command()
@click.argument("document_id")
@library_option
@json_option
def show(document_id: str, library: Path | None, as_json: bool) -> None:
    """Print the canonical text of a document; with --json, also where its facts were read."""
    document = Store.open(settings_for(library).library).document(document_id)
    emit(document_object(document), as_json, lambda: document.text)
