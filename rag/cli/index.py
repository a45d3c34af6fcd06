"""`rag index`: read folders of documents into the library."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from rag.assembling import build
from rag.cli.common import emit, json_option, library_option, settings_for
from rag.cli.progress import IndexBar
from rag.errors import InputError
from rag.rendering import index_report
from rag.types import IndexReport


@click.command()
@click.argument("folders", nargs=-1, type=click.Path(path_type=Path))
@click.option("--rebuild", is_flag=True, help="Build anew, then replace the old library.")
@library_option
@json_option
def index(folders: tuple[Path, ...], rebuild: bool, library: Path | None, as_json: bool) -> None:
    """Read FOLDERS (or files) into the library.

    Without FOLDERS, those indexed before are read again; at first, seeds/. Only files
    whose content changed are read. A stopped run goes on where it was.
    """
    settings = settings_for(library)
    with IndexBar() as bar:
        report = build(settings, folders, progress=bar.show, rebuild=rebuild)
    emit(index_report(report), as_json, lambda: _text(report))
    if all(file.state in ("empty", "failed") for file in report.files):
        raise InputError(
            f"Nothing could be read from {', '.join(map(str, folders)) or 'the known folders'}: "
            "put documents there (text, PDF, HTML, office files) and run this again."
        )


def _text(report: IndexReport) -> str:
    lines = [
        f"{file.state:>9}  {file.path}{f' ({file.reason})' if file.reason else ''}"
        for file in report.files
        if file.state != "unchanged"
    ]
    counts = Counter(file.state for file in report.files)
    states = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
    lines.append(
        f"{report.documents} documents, {report.passages} passages ({states or 'no files'})."
    )
    return "\n".join(lines)
