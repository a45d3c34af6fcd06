"""`rag eval`: measure answers with sets of questions.

In: test sets and runs. Out: tables, reports, and an exit code. Each command is a file of
this folder, imported only when it is called for.
"""

from __future__ import annotations

import click

from rag.cli.lazy import LazyGroup

_PLACES = {
    "check": ("rag.cli.eval.check:check", "Say what is wrong with test sets."),
    "run": ("rag.cli.eval.run:run", "Ask every question of a test set."),
    "runs": ("rag.cli.eval.runs:runs", "List the runs."),
    "report": ("rag.cli.eval.report:report", "Show a run, or write its report to files."),
    "compare": ("rag.cli.eval.compare:compare", "Show what differs between two runs."),
    "gate": ("rag.cli.eval.gate:gate", "Fail when a run is worse than it may be."),
    "sweep": ("rag.cli.eval.sweep:sweep", "Run a test set under several settings."),
    "draft": ("rag.cli.eval.draft:draft", "Propose cases for a person to accept."),
}


@click.group(cls=LazyGroup, places=_PLACES)
def evaluate() -> None:
    """Measure answers with sets of questions."""
