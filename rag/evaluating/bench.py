"""Runs test sets for a program that goes on serving: one run at a time, watched and stopped.

In: an assistant, the name of a test set. Out: how far the run is, and the runs that are kept.
Knows nothing about pages. A run is the same as that of `rag eval run`: what is kept of it is on
disk case by case, so that a stopped or killed one goes on.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import InputError, RagError
from rag.evaluating import journal, keeping, testsets
from rag.evaluating.judging import judged
from rag.evaluating.records import Problem, Report, RunInfo, TestSet
from rag.evaluating.reporting.files import write_all
from rag.evaluating.running import Plan, Progress
from rag.settings import PROJECT, Settings

if TYPE_CHECKING:
    from rag.assembling import Assistant
    from rag.evaluating.launching import Request, Watch

BUNDLED = PROJECT / "tests" / "testsets"
"""The test sets that come with the program."""
OWN = "testsets"
"""The folder within a library's where a person puts test sets."""
_SUFFIXES = (".jsonl", ".ndjson", ".json", ".csv", ".tsv")
_BARS = ".bars.json"
_FAULT = "Something went wrong inside the program; the terminal it runs in says what."


@dataclass(frozen=True, slots=True)
class Order:
    """What to run: the name of a test set, how many of its cases (None for all), and how.

    `again` begins a new run where the same was run before, which is otherwise gone on with.
    """

    test_set: str
    size: int | None = None
    search_only: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """A run as it stands: `before` cases were done earlier, `seconds` went into the others.

    `stage` says what is being done: "preparing", "building" (a library of the documents that a
    set brings), "asking", "stopping", "done", "stopped", "failed" (then `error` says why).
    `judged` of the cases could be judged, and `right` of these went right.
    """

    test_set: str
    stage: str = "preparing"
    run: str = ""
    done: int = 0
    of: int = 0
    before: int = 0
    seconds: float = 0.0
    right: int = 0
    judged: int = 0
    error: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it is still under way."""
        return self.stage not in ("done", "stopped", "failed")


class _Stopped(Exception):
    """Ends a run between two cases."""


class Bench:
    """Runs test sets with the models of an assistant, one run at a time."""

    def __init__(self, assistant: Assistant, folders: tuple[Path, ...] | None = None) -> None:
        self._assistant = assistant
        own = assistant.settings.library / OWN
        self.folders = (BUNDLED, own) if folders is None else folders
        self._changing = threading.Lock()
        self._stop = threading.Event()
        self._job: Job | None = None

    @property
    def settings(self) -> Settings:
        """The settings that a run would have now."""
        return self._assistant.settings

    @property
    def job(self) -> Job | None:
        """The run that is under way, else the last one; None where there was none."""
        return self._job

    def sets(self) -> list[str]:
        """Return the names of the test sets in the folders, which lead to nothing else."""
        return sorted(self._paths())

    def examined(self, name: str) -> tuple[TestSet | None, tuple[Problem, ...]]:
        """Return a test set, or what is wrong with it. Raises InputError for an unknown name."""
        found, problems = testsets.examine(self._path(name))
        return found, tuple(replace(one, path=Path(one.path).name) for one in problems)

    def start(self, order: Order) -> None:
        """Begin a run. Raises InputError while another one is under way, and for a bad set."""
        test_set = testsets.read(self._path(order.test_set))
        self._begin(test_set, lambda: _request(test_set, order))

    def go_on(self, run: str) -> None:
        """Go on with an unfinished run. Raises InputError where its test set is not to be had."""
        info = journal.read_info(self.folder(run))
        test_set = self._set_of(info)
        self._begin(test_set, lambda: _same(test_set, info))

    def stop(self) -> None:
        """End the run after the case that is being asked; it can go on later."""
        with self._changing:
            if self._job and self._job.is_open:
                self._stop.set()
                self._job = replace(self._job, stage="stopping")

    def runs(self) -> list[str]:
        """Return the names of the runs that are kept, the one worked on last first."""
        folders = keeping.folders(self.settings)
        return [one.name for one in sorted(folders, key=worked_on, reverse=True)]

    def report(self, run: str) -> Report:
        """Return a run's report, finished or not. Raises InputError."""
        return keeping.load(self.folder(run))

    def folder(self, run: str) -> Path:
        """Return where a run is kept. Raises InputError."""
        for folder in keeping.folders(self.settings):
            if folder.name == run:
                return folder
        raise InputError("There is no such run any more: look at the list of runs.")

    def _paths(self) -> dict[str, Path]:
        found = {}
        for folder in self.folders:
            for path in sorted(folder.glob("*")) if folder.is_dir() else ():
                if path.name.startswith(".") or path.name.endswith(_BARS):
                    continue
                if path.is_dir() or path.suffix.lower() in _SUFFIXES:
                    found.setdefault(path.name, path)
        return found

    def _path(self, name: str) -> Path:
        path = self._paths().get(name)
        if path is None:
            raise InputError("There is no such test set any more: choose another.")
        return path

    def _set_of(self, info: RunInfo) -> TestSet:
        for path in self._paths().values():
            if path.stem == info.test_set["name"] or path.name == info.test_set["name"]:
                found = testsets.read(path)
                if found.sha256 == info.test_set["sha256"]:
                    return found
        raise InputError(
            f"The test set of this run, {info.test_set['name']}, was changed or moved: run it anew."
        )

    def _begin(self, test_set: TestSet, request: Callable[[], Request]) -> None:
        with self._changing:
            if self._job and self._job.is_open:
                raise InputError(
                    f"{self._job.test_set} is being run: wait for it, or stop it first."
                )
            self._stop.clear()
            self._job = Job(test_set.name)
        work = threading.Thread(target=self._run, args=(request,), daemon=True, name="evaluation")
        work.start()

    def _run(self, request: Callable[[], Request]) -> None:
        from rag.evaluating.launching import launch  # loads every model library

        try:
            found = launch(request(), self.settings, watch=self._watch(), beside=self._assistant)
            write_all(found, Path(found.run.folder))
            self._set(stage="done", done=found.run.cases, of=found.run.cases)
        except _Stopped:
            self._set(stage="stopped")
        except RagError as error:
            self._set(stage="failed", error=_told(str(error)))
        except Exception:
            logging.getLogger(__name__).exception("While evaluating:")
            self._set(stage="failed", error=_FAULT)

    def _watch(self) -> Watch:
        from rag.evaluating.launching import Watch

        seen = 0

        def asked(progress: Progress) -> None:
            nonlocal seen
            fresh = [judged(one).stage for one in progress.outcomes[seen:]]
            known = [stage for stage in fresh if stage != "not judged"]
            before = self._job.before if seen or progress.seconds else progress.done
            seen = len(progress.outcomes)
            self._set(
                stage="asking",
                done=progress.done,
                of=progress.of,
                before=before,
                seconds=progress.seconds,
                right=self._job.right + known.count("right"),
                judged=self._job.judged + len(known),
            )
            self._end_if_stopped(progress.done < progress.of)

        def built(_: object) -> None:
            self._set(stage="building")
            self._end_if_stopped(True)

        return Watch(built, asked, started=lambda info: self._set(run=info.name))

    def _end_if_stopped(self, more_to_do: bool) -> None:
        if more_to_do and self._stop.is_set():
            raise _Stopped

    def _set(self, **changes: object) -> None:
        with self._changing:
            if self._stop.is_set() and changes.get("stage") in ("asking", "building"):
                changes = {**changes, "stage": "stopping"}
            self._job = replace(self._job, **changes)


def worked_on(folder: Path) -> float:
    """Return when something was last kept of a run, in seconds since 1970."""
    for name in (journal.CASES, journal.INFO):
        if (folder / name).exists():
            return (folder / name).stat().st_mtime
    return 0.0


def _request(test_set: TestSet, order: Order) -> Request:
    from rag.evaluating.launching import DEPTH, Request

    plan = Plan(depth=DEPTH if order.search_only else None)
    whole = order.size is None or order.size >= sum(not case.draft for case in test_set.cases)
    return Request(test_set, plan=plan, size=None if whole else order.size, again=order.again)


def _same(test_set: TestSet, info: RunInfo) -> Request:
    """Return the request that an unfinished run came from."""
    from rag.evaluating.launching import Request

    told = info.settings
    plan = Plan(depth=told["depth"], own=told["own"], noise=told.get("noise"))
    size, seed = info.test_set["sample"], info.test_set["seed"] or 0
    return Request(test_set, plan=plan, size=size, seed=seed, out=Path(info.folder))


def _told(message: str) -> str:
    """Return an error in words that fit a page, where no folder is given by hand."""
    if "holds a run of something else" in message:
        return (
            "This run cannot go on: the library, the models, the settings or the program changed "
            "since. Run the test set anew."
        )
    return message
