"""A system in a process of its own, asked over pipes: no library disturbs another's threads.

In: a module that serves. Out: a `Worker` that is asked, a JSON line each way. Knows nothing
about what is asked. Whatever else a system prints goes to stderr.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rag.errors import InputError

_QUIET = {
    "ANONYMIZED_TELEMETRY": "false",
    "HAYSTACK_TELEMETRY_ENABLED": "false",
    "HF_HUB_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
REST = 0.01  # seconds; threads of the system asked before may still spin, waiting for work


class Worker:
    """A system that is running; `hello` is what it said when it was ready."""

    def __init__(self, name: str, process: subprocess.Popen):
        self.name = name
        self._process = process
        self.hello = self._read()

    def ask(self, **asked: str) -> dict:
        """Return what the system replies."""
        print(json.dumps(asked), file=self._process.stdin, flush=True)
        return self._read()

    def _read(self) -> dict:
        line = self._process.stdout.readline()
        if not line:
            raise InputError(
                f"{self.name} stopped; its reason stands above. Where a package is missing: "
                'pip install -e ".[bench]"'
            )
        return json.loads(line)


@contextmanager
def started(module: str, name: str, *spec: str, threads: int) -> Iterator[Worker]:
    """Start a system with `python -m module name spec…`, and end it with the `with` block."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, name, *spec],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **_QUIET, "OMP_NUM_THREADS": str(threads)},
    )
    try:
        yield Worker(name, process)
    finally:
        process.stdin.close()
        process.wait()


def serve(open_system: Callable[[], tuple[dict, Callable[[dict], dict]]]) -> None:
    """Open a system, say hello, and reply until stdin ends; this is the process of a worker."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    hello, reply = open_system()
    print(json.dumps(hello), file=replies, flush=True)
    for line in sys.stdin:
        print(json.dumps(reply(json.loads(line))), file=replies, flush=True)
