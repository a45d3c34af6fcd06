"""Indexing in the background: one run at a time, which every window can watch and stop.

In: what makes a run. Out: a `Job` after each step. Knows nothing about what is indexed. A run
that is stopped keeps what it has done, as one that is killed does.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from rag.errors import LibraryBusy, RagError
from rag.syncing import Progress
from rag.types import FileReport, IndexReport

_FAULT = "Something went wrong inside the program; the terminal it runs in says what."
_log = logging.getLogger(__name__)
Run = Callable[[Sequence[Path], Callable[[Progress], None]], IndexReport]
"""Indexes folders, all known ones when none is named, telling its progress."""


@dataclass(frozen=True, slots=True)
class Job:
    """One run: how far it is, `seconds` since it began, and in the end what it did.

    `files` are those that are not as they were; `since` is when its present stage began.
    """

    number: int
    state: Literal["running", "stopping", "done", "stopped", "failed"] = "running"
    progress: Progress | None = None
    began: float = field(default_factory=time.monotonic)
    since: float = field(default_factory=time.monotonic)
    ended: float = 0.0
    files: tuple[FileReport, ...] = ()
    unchanged: int = 0
    error: str = ""

    @property
    def running(self) -> bool:
        """Whether it is not over."""
        return self.state in ("running", "stopping")

    @property
    def seconds(self) -> float:
        """How long it has run."""
        return (self.ended or time.monotonic()) - self.began

    @property
    def stage_seconds(self) -> float:
        """How long its present stage has run."""
        return (self.ended or time.monotonic()) - self.since

    @property
    def left(self) -> float | None:
        """Seconds that its present stage will take, None while nobody can tell."""
        told = self.progress
        if not (told and told.done and self.running):
            return None
        return self.stage_seconds / told.done * (told.of - told.done)

    def after(self, told: Progress) -> Job:
        """Return the job one step later."""
        same = self.progress and self.progress.what == told.what
        return replace(self, progress=told, since=self.since if same else time.monotonic())


class _Stopped(Exception):
    """Ends a run between two of its steps."""


class Jobs:
    """The run that is under way, else the last one."""

    def __init__(self, run: Run):
        self._run = run
        self._guard = threading.Lock()
        self._watching: set[Callable[[], None]] = set()
        self._waiting: list[Path] = []
        self._thread: threading.Thread | None = None
        self.job: Job | None = None

    def start(self, folders: Sequence[Path] = ()) -> Job:
        """Begin a run; raises LibraryBusy while there is one."""
        with self._guard:
            if self.job and self.job.running:
                raise LibraryBusy(
                    "The library is being indexed just now: wait until that is done, or stop it."
                )
            job = self._begin(folders)
        self._tell()
        return job

    def want(self, folder: Path) -> None:
        """Have a folder read: now, or as soon as the run that is under way is over."""
        with self._guard:
            if self.job and self.job.running:
                if folder not in self._waiting:
                    self._waiting.append(folder)
                return
            self._begin([folder])
        self._tell()

    def stop(self) -> None:
        """End the run after its present step; what waits for it is not begun."""
        with self._guard:
            self._waiting.clear()
            if self.job and self.job.running:
                self.job = replace(self.job, state="stopping")
        self._tell()

    def close(self, patience: float = 5.0) -> None:
        """Stop, and wait so many seconds for the end."""
        self.stop()
        if self._thread:
            self._thread.join(patience)

    @contextmanager
    def watched(self, told: Callable[[], None]) -> Iterator[None]:
        """Call `told`, from any thread, after each change for the length of a `with`."""
        with self._guard:
            self._watching.add(told)
        try:
            yield
        finally:
            with self._guard:
                self._watching.discard(told)

    def _begin(self, folders: Sequence[Path]) -> Job:
        self.job = Job((self.job.number if self.job else 0) + 1)
        self._thread = threading.Thread(
            target=self._work, args=(tuple(folders),), name="indexing", daemon=True
        )
        self._thread.start()
        return self.job

    def _work(self, folders: Sequence[Path]) -> None:
        end = self._outcome(folders)
        with self._guard:
            self.job = replace(self.job, ended=time.monotonic(), **end)
            waiting, self._waiting = self._waiting, []
            if waiting:
                self._begin(waiting)
        self._tell()

    def _outcome(self, folders: Sequence[Path]) -> dict[str, object]:
        """Return what a run changes of its job."""
        try:
            report = self._run(folders, self._step)
        except _Stopped:
            return {"state": "stopped"}
        except RagError as error:
            return {"state": "failed", "error": str(error)}
        except Exception:
            _log.exception("While indexing:")
            return {"state": "failed", "error": _FAULT}
        news = tuple(one for one in report.files if one.state != "unchanged")
        return {"state": "done", "files": news, "unchanged": len(report.files) - len(news)}

    def _step(self, told: Progress) -> None:
        with self._guard:
            if self.job.state == "stopping":
                raise _Stopped
            self.job = self.job.after(told)
        self._tell()

    def _tell(self) -> None:
        with self._guard:
            watching = tuple(self._watching)
        for told in watching:
            told()
