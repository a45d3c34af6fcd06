"""`rag eval draft`: propose cases from the library for a person to accept."""

from __future__ import annotations

from pathlib import Path

import click

from rag.cli.common import emit, json_option, library_option, settings_for
from rag.cli.progress import DraftBar
from rag.evaluating import drafting
from rag.evaluating.drafting import Drafted, Progress, Wanted
from rag.evaluating.reporting.wording import counted


@click.command()
@library_option
@click.option("-n", "--number", default=20, show_default=True, help="Cases that have an answer.")
@click.option("--unanswerable", default=0, help="Cases without one, made of those that have.")
@click.option("--seed", default=0, show_default=True, help="Choose other sentences.")
@click.option(
    "--out",
    default=Path("drafts.jsonl"),
    show_default=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file; cases that it holds stay.",
)
@json_option
def draft(library: Path | None, out: Path, as_json: bool, **how) -> None:
    """Propose cases from the library: questions that the local model wrote for its sentences.

    Answers and quotations are taken from the documents, and what fails the program's checks
    is dropped. `rag eval run` passes over a case until a person deletes its "draft": true.
    The same command goes on where it was stopped, and adds what is missing.
    """
    wanted = Wanted(how["number"], how["unanswerable"], how["seed"])
    with DraftBar() as bar:

        def show(step: Progress) -> None:
            bar.show(step.there, step.of, proposed=step.proposed, dropped=step.dropped)

        found = drafting.draft(out, wanted, settings_for(library), progress=show)
    if found.dropped:
        reasons = ", ".join(f"{reason} {count}" for reason, count in found.dropped.items())
        click.echo(f"Dropped: {reasons}.", err=True)
    emit(_object(found), as_json, lambda: _text(found, wanted))


def _object(found: Drafted) -> dict:
    return {
        "file": str(found.file),
        "proposed": found.proposed,
        "kept": found.proposed - sum(found.dropped.values()),
        "dropped": dict(found.dropped),
        "cases": [dict(case) for case in found.cases],
    }


def _text(found: Drafted, wanted: Wanted) -> str:
    dropped = sum(found.dropped.values())
    lines = [
        f"{counted(found.proposed, 'question')} proposed, {found.proposed - dropped} kept, "
        f"{dropped} dropped. {found.file} holds {counted(found.answerable, 'draft')} with an "
        f"answer and {found.unanswerable} without."
    ]
    if found.answerable < wanted.number or found.unanswerable < wanted.unanswerable:
        lines.append("The documents gave no more: try another --seed, or add documents.")
    lines.append(
        f'Read them, delete "draft": true from those you accept, then: rag eval run {found.file}'
    )
    return "\n".join(lines)
