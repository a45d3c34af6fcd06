"""Keeps what systems replied, so that a run that was killed goes on where it stopped.

In: replies. Out: the same replies, now or in the next run. Knows nothing about systems.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

Key = tuple[str, str, str, str]
"""Set, system, setting and the id of a question."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a system said to a question: document names, best first, and milliseconds."""

    ranking: tuple[str, ...]
    ms: float


class Journal:
    """Replies by key, each a line of a file as soon as it is there; no file keeps none."""

    def __init__(self, path: Path | None = None):
        self._path = path
        self._replies: dict[Key, Reply] = {}
        if path and path.is_file():
            for line in path.read_text(encoding="utf-8").splitlines():
                key, ranking, ms = json.loads(line)
                self._replies[tuple(key)] = Reply(tuple(ranking), ms)

    def __contains__(self, key: Key) -> bool:
        return key in self._replies

    def __getitem__(self, key: Key) -> Reply:
        return self._replies[key]

    def add(self, key: Key, reply: Reply) -> None:
        """Keep a reply."""
        self._replies[key] = reply
        if self._path:
            with open(self._path, "a", encoding="utf-8") as file:
                print(json.dumps([key, reply.ranking, reply.ms]), file=file)
