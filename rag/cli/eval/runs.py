"""`rag eval runs`: list the runs."""

from __future__ import annotations

import click

from rag.cli.common import emit, json_option
from rag.evaluating import journal
from rag.evaluating.keeping import folders
from rag.evaluating.reporting.as_text import table
from rag.settings import Settings


@click.command()
@json_option
def runs(as_json: bool) -> None:
    """List the runs that are kept, finished or not."""
    settings = Settings.from_environment()
    rows = [_row(folder) for folder in folders(settings)]
    emit({"folder": str(settings.runs), "runs": rows}, as_json, lambda: _text(rows))


def _row(folder) -> dict:
    info = journal.read_info(folder)
    return {
        "name": folder.name,
        "folder": str(folder),
        "test_set": info.test_set["name"],
        "done": len(journal.read(folder)),
        "cases": info.cases,
        "retrieval_only": info.retrieval_only,
    }


def _text(rows: list[dict]) -> str:
    if not rows:
        return "There are no runs yet. Make one with: rag eval run TESTSET"
    lines = [(row["name"], f"{row['done']:,} of {row['cases']:,}") for row in rows]
    return table(("run", "cases"), lines)
