"""`rag eval report`: show a run, or write its report to files."""

from __future__ import annotations

from pathlib import Path

import click

from rag.cli.common import emit, json_option
from rag.evaluating.keeping import folder_of, load
from rag.evaluating.reporting.as_json import report_object
from rag.evaluating.reporting.as_text import summary
from rag.evaluating.reporting.files import write
from rag.settings import Settings

_OPTIONS = {
    "html": "report.html",
    "markdown": "report.md",
    "csv": "cases.csv",
    "junit": "junit.xml",
}


@click.command()
@click.argument("run")
@click.option("--html", type=click.Path(path_type=Path), help="One page, with every case.")
@click.option("--markdown", type=click.Path(path_type=Path), help="Tables for a text page.")
@click.option("--csv", type=click.Path(path_type=Path), help="A row for each case.")
@click.option("--junit", type=click.Path(path_type=Path), help="JUnit XML, for CI.")
@json_option
def report(run: str, as_json: bool, **paths: Path | None) -> None:
    """Show RUN, a run's folder or name, finished or not; or write its report to files."""
    found = load(folder_of(run, Settings.from_environment()))
    for option, path in paths.items():
        if path:
            click.echo(f"Written: {write(found, _OPTIONS[option], path)}", err=True)
    if as_json or not any(paths.values()):
        emit(report_object(found), as_json, lambda: summary(found))
