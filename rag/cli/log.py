"""`rag log`: list, show and export the answers that were given."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, time
from pathlib import Path

import click

from rag import judging
from rag.cli.common import emit, json_option, library_option, settings_for
from rag.errors import InputError, UsageError
from rag.filtering import first_of
from rag.footnoting import FORMATS, exported
from rag.recording import Record, from_json
from rag.storing import answers
from rag.storing.answers import Entry, Wanted


@click.group(invoke_without_command=True)
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1), help="How many.")
@click.option("--search", "words", default="", help="Only with all these words.")
@click.option("--since", default="", metavar="DAY", help="2026-01-31, 2026-01 or 2026.")
@library_option
@json_option
@click.pass_context
def log(context: click.Context, library: Path | None, as_json: bool, **which) -> None:
    """List the answers that were given, the latest first."""
    context.obj = library
    if context.invoked_subcommand:
        return
    wanted = Wanted(tuple(which["words"].split()), _midnight(which["since"]))
    folder = settings_for(library).library
    found = list(answers.entries(folder, wanted, limit=which["limit"]))
    emit({"answers": [_row(one) for one in found]}, as_json, lambda: _list(found))


@log.command()
@click.argument("answer_id", metavar="ID")
@library_option
@json_option
@click.pass_obj
def show(above: Path | None, answer_id: str, library: Path | None, as_json: bool) -> None:
    """Print one answer with its sources; with --json, everything that is kept of it."""
    entry = answers.entry(settings_for(library or above).library, answer_id)
    if as_json:
        emit(json.loads(entry.record), True, str)
        return
    click.echo(exported([from_json(entry.record)], "markdown").decode(), nl=False)


@log.command()
@click.argument("answer_ids", metavar="[ID]…", nargs=-1)
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", *FORMATS]),
    default="jsonl",
    show_default=True,
    help="All that is kept, one JSON object a line; or text with footnotes.",
)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="A file to write.")
@library_option
@click.pass_obj
def export(
    above: Path | None,
    answer_ids: tuple[str, ...],
    form: str,
    output: Path | None,
    library: Path | None,
) -> None:
    """Write answers, all of them unless some are named, the earliest first."""
    found = _chosen(settings_for(library or above).library, answer_ids)
    if form == "docx" and output is None and sys.stdout.isatty():
        raise UsageError("A Word document is no text for a terminal: name a file with --output.")
    if form == "jsonl":
        data = "".join(f"{one.record}\n" for one in found).encode()
    else:
        data = exported(_read(found), form)
    _write(data, output, f"{len(found):,} answer{'' if len(found) == 1 else 's'}")


@log.command()
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="A file to write.")
@library_option
@click.pass_obj
def judgements(above: Path | None, output: Path | None, library: Path | None) -> None:
    """Write what was judged in the chat as a test set, which `rag eval run` reads."""
    cases = list(judging.cases(settings_for(library or above).library))
    if not cases:
        raise InputError("Nothing was judged yet. Judge an answer in the chat: python app.py")
    lines = "".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in cases)
    _write(lines.encode(), output, f"{len(cases):,} judged answer{'s'[: len(cases) != 1]}")


def _write(data: bytes, output: Path | None, what: str) -> None:
    """Write to a file and say so, or to standard output."""
    if output is None:
        click.echo(data, nl=False)
        return
    try:
        output.write_bytes(data)
    except OSError as error:
        raise InputError(
            f"{output} cannot be written ({error.strerror or error}): name another --output."
        ) from None
    click.echo(f"Wrote {what} to {output}", err=True)


def _chosen(folder: Path, answer_ids: tuple[str, ...]) -> list[Entry]:
    if answer_ids:
        named = {one.answer_id: one for one in (answers.entry(folder, i) for i in answer_ids)}
        return list(named.values())
    return list(answers.entries(folder))[::-1]


def _read(found: list[Entry]) -> Iterator[Record]:
    return (from_json(one.record) for one in found)


def _row(entry: Entry) -> dict:
    answer = json.loads(entry.record)["answer"]
    return {
        "answer_id": entry.answer_id,
        "answered_at": entry.answered_at,
        "question": entry.question,
        "text": entry.text,
        "refusal": answer["refusal"],
    }


def _list(found: list[Entry]) -> str:
    if not found:
        return "No answer is in the log."
    return "\n".join(
        f"{one.answer_id}  {_local(one.answered_at)}  {' '.join(one.question.split())}"
        for one in found
    )


def _local(answered_at: str) -> str:
    """Return a time in UTC as day and minute where this machine is."""
    return f"{datetime.fromisoformat(answered_at).astimezone():%Y-%m-%d %H:%M}"


def _midnight(words: str) -> str:
    """Return when a day began where this machine is, in UTC as the log writes it; "" for ""."""
    day = first_of(words)
    if day is None:
        return ""
    from_utc = datetime.combine(day, time()).astimezone().astimezone(UTC)
    return from_utc.isoformat(timespec="milliseconds")
