"""`rag eval compare`: show what differs between two runs."""

from __future__ import annotations

from pathlib import Path

import click

from rag.cli.common import emit, json_option
from rag.evaluating import comparing
from rag.evaluating.comparing import Side, kept_side, side
from rag.evaluating.keeping import folder_of, load
from rag.evaluating.reporting.as_comparison import comparison_object, comparison_page, text
from rag.evaluating.reporting.files import replaced
from rag.settings import Settings


@click.command()
@click.argument("a")
@click.argument("b")
@click.option("--html", type=click.Path(path_type=Path), help="Write one page, side by side.")
@json_option
def compare(a: str, b: str, html: Path | None, as_json: bool) -> None:
    """Show what B does better or worse than A: runs, or reports kept as JSON.

    Differences are paired by case, with 95 % intervals and a permutation test.
    """
    found = comparing.compare(side_of(a), side_of(b))
    if html:
        replaced(html, comparison_page(found))
        click.echo(f"Written: {html}", err=True)
    emit(comparison_object(found), as_json, lambda: text(found))


def side_of(name: str) -> Side:
    """Return a run, by folder or name, or a report kept as JSON, as a side to compare."""
    path = Path(name)
    if path.is_file():
        return kept_side(path)
    return side(load(folder_of(name, Settings.from_environment())))
