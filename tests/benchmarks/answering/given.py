"""What every system is handed, and what it hands back: the same files, models and limits.

In: paths and numbers. Out: records. Knows nothing about systems, and imports nothing of the
program, so that a system's start is its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.benchmarks.answering.spending import Spent

CONTEXT = 4096
"""The generator's window in tokens: this program's default."""
LIMIT = 256
"""The longest answer in tokens: this program's default, and that of LlamaIndex and LangChain."""
BATCH = 512
"""Tokens that llama.cpp reads at once: its default; LangChain's is 8, its guides say 512."""


@dataclass(frozen=True, slots=True)
class Given:
    """A folder of files, one for what is made of them, the GGUF file, the embedder's folder."""

    files: str
    made: str
    generator: str
    embedder: str
    threads: int

    @property
    def texts(self) -> list[tuple[str, str]]:
        """The name and the words of every file, in order."""
        paths = sorted(Path(self.files).iterdir())
        return [(path.name, path.read_text(encoding="utf-8")) for path in paths]

    @property
    def llama(self) -> dict[str, int | bool]:
        """The options of llama.cpp that all systems have."""
        threads = {"n_threads": self.threads, "n_threads_batch": self.threads}
        return {"n_batch": BATCH, "verbose": False, **threads}

    def to_json(self) -> str:
        """Return it as an argument of a command line."""
        return json.dumps(asdict(self))


@dataclass(frozen=True, slots=True)
class System:
    """A system that is open.

    `ask` yields the answer so far, as a reader would see it; the last one is the answer.
    `spent` is what the generator took for it.
    """

    ask: Callable[[str], Iterator[str]]
    spent: Spent
