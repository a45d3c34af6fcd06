"""Shows a run of a test set: the building of its library, where it is kept, and its cases."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rag.cli.progress import IndexBar, RunBar
from rag.evaluating.launching import Watch
from rag.evaluating.records import RunInfo
from rag.syncing import Progress


@contextmanager
def watching(libraries: Path) -> Iterator[Watch]:
    """Show on stderr what happens within; `libraries` is where one is built if need be."""
    with ExitStack() as building, RunBar() as running:
        indexing = building.enter_context(IndexBar())

        def build(progress: Progress) -> None:
            if progress.of and (progress.done, progress.what) == (0, "files"):
                say(f"Building a library for it in {libraries}")
            indexing.show(progress)

        def start(info: RunInfo) -> None:
            building.close()  # or its bar would be drawn again below that of the run
            say(f"{info.cases} cases, kept in {info.folder}")

        yield Watch(build, running.show, started=start)


def say(line: str) -> None:
    """Write one line to stderr at once."""
    print(line, file=sys.stderr, flush=True)
