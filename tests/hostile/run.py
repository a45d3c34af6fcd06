"""Runs the `rag` command with fakes in place of the models, within limits, and measures it.

In: seconds a file may take, a file for the measures, and the words of the command. Out: what the
command prints, its exit code, and the largest resident sizes of this process and of its workers.
"""

from __future__ import annotations

import json
import re
import resource
import sys
from functools import partial
from pathlib import Path

from rag import assembling, cli, syncing
from rag.cli import index
from tests.test_assembling import Fakes


def _own_megabytes() -> int:
    """Return this process's peak; `getrusage` would give that of the process that started it."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) // 1024


def _workers_megabytes() -> int:
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024


def main(seconds: str, measures: str, *words: str) -> None:
    """Run a command and leave its measures, in MB, in a file."""
    limits = syncing.Limits(seconds=float(seconds), memory=1 << 30, workers=2)
    syncing.Limits = lambda: limits
    index.build = partial(assembling.build, models=Fakes())
    sys.argv[1:] = words
    try:
        cli.run()
    finally:
        sizes = [_own_megabytes(), _workers_megabytes()]
        Path(measures).write_text(json.dumps(sizes))


if __name__ == "__main__":
    main(*sys.argv[1:])
