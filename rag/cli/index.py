"""`rag index`: read folders of documents into the library, and keep it in step with them."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path

import click

from rag import syncing
from rag.assembling import build, planned, watched
from rag.cli.common import emit, json_option, library_option, plain, settings_for
from rag.cli.progress import IndexBar
from rag.errors import InputError, LibraryBusy, LibraryDamaged, UsageError
from rag.loading.ocr import check_tesseract
from rag.rendering import index_report
from rag.settings import Settings
from rag.storing import Store
from rag.types import FileReport, IndexReport

_OUTCOMES = {"sound": "", "repaired": "made anew: ", "to read": "wrong: ", "changed": ""}


@click.command()
@click.argument("folders", nargs=-1, type=click.Path(path_type=Path))
@click.option("--rebuild", is_flag=True, help="Build anew, then replace the old library.")
@click.option("--dry-run", is_flag=True, help="Say what would be done; change nothing.")
@click.option("--watch", is_flag=True, help="Go on until ^C, reading what changes when it does.")
@click.option("--check", is_flag=True, help="Check the whole library; make anew what is derived.")
@click.option("--ocr", is_flag=True, help="Recognise text in scanned PDFs; needs tesseract.")
@library_option
@json_option
def index(
    folders: tuple[Path, ...], library: Path | None, as_json: bool, ocr: bool, **ways: bool
) -> None:
    """Read FOLDERS (or files) into the library.

    Without FOLDERS, those indexed before are read again; at first, seeds/. Only files
    whose content changed are read. A stopped run goes on where it was.
    """
    if ocr:  # the processes that read files know it from the environment
        os.environ["RAG_OCR"] = "1"
    settings = settings_for(library)
    if settings.ocr:
        check_tesseract(settings.ocr_languages)
    chosen = [name for name, set_ in ways.items() if set_]
    if len(chosen) > 1 or (ways["check"] and folders) or (ways["watch"] and as_json):
        raise UsageError(
            "--rebuild, --dry-run, --watch and --check go one at a time; "
            "--check takes no folders, --watch no --json."
        )
    if ways["dry_run"]:
        _show_plan(settings, folders, as_json)
    elif ways["check"]:
        _check(settings, as_json)
    elif ways["watch"]:
        _watch(settings, folders)
    else:
        _index(settings, folders, as_json, rebuild=ways["rebuild"])


def _index(settings: Settings, folders: Sequence[Path], as_json: bool, *, rebuild: bool) -> None:
    with IndexBar() as bar:
        report = build(settings, folders, progress=bar.show, rebuild=rebuild)
    emit(index_report(report), as_json, lambda: "\n".join(_lines(report)))
    if all(file.state in ("empty", "failed") for file in report.files):
        raise InputError(
            f"Nothing could be read from {', '.join(map(str, folders)) or 'the known folders'}: "
            "put documents there (text, PDF, HTML, office files) and run this again."
        )


def _show_plan(settings: Settings, folders: Sequence[Path], as_json: bool) -> None:
    plan = planned(settings, folders)
    files = [*sorted((step.report for step in plan.steps), key=lambda one: one.path), *plan.closed]
    emit(
        {"files": [asdict(file) for file in files]},
        as_json,
        lambda: "\n".join([*_changes(files), f"Nothing was changed ({_counted(files)})."]),
    )


def _check(settings: Settings, as_json: bool) -> None:
    with closing(Store.open(settings.library)) as store, IndexBar() as bar:
        findings = syncing.check(store, progress=bar.show)
    emit({"checks": [asdict(one) for one in findings]}, as_json, lambda: _told(findings))
    if any(one.outcome == "to read" for one in findings):
        raise LibraryDamaged("Some files have to be read again: run rag index, and check again.")


def _watch(settings: Settings, folders: Sequence[Path]) -> None:
    """Print what is done, as it is done, until ^C; that ends it as planned."""
    try:
        with IndexBar() as bar:
            _follow(watched(settings, folders, progress=bar.show), bar)
    except KeyboardInterrupt:
        pass
    click.echo("Stopped watching.", err=True)


def _follow(runs: Iterator[IndexReport | LibraryBusy], bar: IndexBar) -> None:
    before: Sequence[FileReport] | None = None
    for told in runs:
        bar.clear()
        if isinstance(told, LibraryBusy):
            click.echo(f"{told} It is tried again until then.", err=True)
            continue
        news = _news(told, before or ())
        if before is None or _changes(news.files):
            click.echo("\n".join([f"{datetime.now():%Y-%m-%d %H:%M:%S}", *_lines(news)]))
        if before is None:
            click.echo("Watching for changes; stop with ^C.", err=True)
        before = told.files


def _lines(report: IndexReport) -> list[str]:
    size = f"{report.documents} documents, {report.passages} passages"
    return [*_changes(report.files), f"{size} ({_counted(report.files)})."]


def _changes(files: Sequence[FileReport]) -> list[str]:
    """Return a line for each file that is not as it was; no name can break out of its line."""
    return [
        f"{file.state:>9}  {plain(file.path)}{f' ({plain(file.reason)})' if file.reason else ''}"
        for file in files
        if file.state != "unchanged"
    ]


def _counted(files: Sequence[FileReport]) -> str:
    counts = Counter(file.state for file in files)
    return ", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "no files"


def _news(report: IndexReport, before: Sequence[FileReport]) -> IndexReport:
    """Return a report without what the one before said of files that are as they were."""
    known = {one for one in before if one.state in ("failed", "empty", "duplicate", "excluded")}
    return replace(report, files=tuple(one for one in report.files if one not in known))


def _told(findings: Sequence[syncing.Finding]) -> str:
    return "\n".join(
        f"{one.what:>12}  {one.of:>9,}  "
        f"{_OUTCOMES[one.outcome]}{plain(one.told) or 'as they should be'}"
        for one in findings
    )
