"""`rag documents`: list the documents of the library, and put right what is known of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import click

from rag import syncing
from rag.cli.common import emit, json_option, library_option, plain, settings_for
from rag.prompting import heading
from rag.rendering import document_list
from rag.storing import FileRecord, Store
from rag.types import Document

_NOT_READ = ("duplicate", "empty", "excluded", "failed")


@dataclass(frozen=True, slots=True)
class _Notes:
    """Further paths of files, by path, and the fields that a person set, by document."""

    copies: Mapping[str, Sequence[str]]
    fields: Mapping[str, Sequence[str]]

    def copies_of(self, document: Document) -> list[str]:
        path = document.path  # with a number, where a file holds several documents
        return list(self.copies.get(path) or self.copies.get(path.rpartition("#")[0], ()))

    def set_of(self, document: Document) -> list[str]:
        return list(self.fields.get(document.document_id, ()))


@click.command()
@click.option(
    "--set",
    "settings",
    nargs=2,
    multiple=True,
    metavar="ID FIELD=VALUE",
    help=f"Set {', '.join(syncing.CORRECTABLE)} by hand; without VALUE it is unknown.",
)
@library_option
@json_option
def documents(settings: Sequence[tuple[str, str]], library: Path | None, as_json: bool) -> None:
    """List the documents of the library with publisher and date, and files without any.

    What is set by hand with --set holds however often the file is read again.
    """
    with closing(Store.open(settings_for(library).library)) as store:
        changed = [syncing.correct(store, *one) for one in _by_document(settings)]
        found = list({one.document_id: one for one in changed}.values()) or store.documents()
        notes = _Notes(store.copies(), _by_hand(store.corrections()))
        left = [] if changed else [one for one in store.files().values() if one.state in _NOT_READ]
    emit(
        _object(found, notes, left),
        as_json,
        lambda: "\n".join([*(_line(one, notes) for one in found), *map(_left, left)]),
    )


def _by_document(settings: Sequence[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    given: dict[str, list[str]] = {}
    for document_id, words in settings:
        given.setdefault(document_id, []).append(words)
    return list(given.items())


def _object(found: Sequence[Document], notes: _Notes, left: Sequence[FileRecord]) -> dict:
    listed = document_list(found)
    for one, told in zip(found, listed["documents"], strict=True):
        told |= {"copies": notes.copies_of(one), "set_by_hand": notes.set_of(one)}
    files = [{"path": one.path, "state": one.state, "reason": one.reason} for one in left]
    return {**listed, "files": files}


def _line(document: Document, notes: _Notes) -> str:
    told = [f"also {plain(path)}" for path in notes.copies_of(document)]
    told += [f"{field} set by hand" for field in notes.set_of(document)]
    name = heading(document) or plain(document.path)
    return f"{document.document_id}  {name}" + (f"  [{'; '.join(told)}]" if told else "")


def _left(file: FileRecord) -> str:
    reason = f" ({plain(file.reason)})" if file.reason else ""
    return f"{file.state:>16}  {plain(file.path)}{reason}"


def _by_hand(corrections: Sequence[tuple]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for document_id, *_, field, _ in corrections:
        found.setdefault(document_id, []).append(field)
    return found
