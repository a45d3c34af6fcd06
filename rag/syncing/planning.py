"""What has to happen to each file so that a library holds what its folders hold.

In: a look at the files, and what is known about them. Out: a plan, which changes nothing.
Knows nothing about embedders. Two files with the same bytes are stored once, under the path
that was known first; a file whose old path is gone has moved, and is not read again. A file that
a person took out stays out until it is named itself.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from rag.storing import FileRecord
from rag.syncing.finding import Look, found, look, within
from rag.types import FileReport, FileState

_READ = ("new", "changed")
_WITHOUT_DOCUMENTS = ("duplicate", "failed", "empty", "excluded")
NO_TEXT = "holds no text"


@dataclass(frozen=True, slots=True)
class Step:
    """What is to happen to one file; `source` is where a moved file was, or a duplicate is read."""

    path: str
    state: FileState
    hash: str = ""
    reason: str = ""
    source: str = ""
    hint: str = ""

    @property
    def reads(self) -> bool:
        """Whether the file has to be read."""
        return self.state in _READ

    @property
    def report(self) -> FileReport:
        """The step as a line of a report."""
        return FileReport(self.path, self.state, self.reason)

    @property
    def record(self) -> FileRecord:
        """What is to be remembered of the file."""
        state = "unchanged" if self.state == "moved" else self.state
        reason = "" if self.state == "moved" else self.reason
        return FileRecord(self.path, self.hash, state, reason, self.hint)


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps, how files were known before, and a report on each folder that cannot be listed."""

    steps: tuple[Step, ...]
    known: Mapping[str, FileRecord]
    closed: tuple[FileReport, ...] = ()

    @property
    def reading(self) -> tuple[Step, ...]:
        """The steps for which files have to be read."""
        return tuple(step for step in self.steps if step.reads)

    @property
    def quick(self) -> tuple[Step, ...]:
        """The steps that change what is stored without reading anything."""
        return tuple(one for one in self.steps if not one.reads and not self._stands(one))

    @property
    def hints(self) -> dict[str, str]:
        """The hints of files that are as they were, where they are not those known."""
        return {
            one.path: one.hint
            for one in self.steps
            if self._stands(one) and one.hint != self._hint(one.path)
        }

    def _hint(self, path: str) -> str:
        return self.known[path].hint if path in self.known else ""

    def _stands(self, step: Step) -> bool:
        """Return whether all of a step is known already."""
        if step.state == "unchanged":
            return True
        known = self.known.get(step.path)
        told = known and (known.hash, known.state, known.reason)
        return step.state in _WITHOUT_DOCUMENTS and told == (step.hash, step.state, step.reason)


def plan(roots: Sequence[Path], known: Mapping[str, FileRecord], library: Path) -> Plan:
    """Return what has to happen to each file under `roots`, reading those that may be other."""
    files = found(roots, library)
    named = {str(root) for root in roots if not root.is_dir()}
    seen = {name: look(path, known.get(name)) for name, path in files.files.items()}
    looks = {name: one for name, one in seen.items() if one is not None}
    steps = _Planner(known, looks, files.closed).steps(roots, named)
    closed = (FileReport(path, "failed", reason) for path, reason in files.closed.items())
    return Plan(tuple(steps), known, tuple(closed))


def read_alike(one: str, other: str) -> bool:
    """Return whether files at two paths are read in the same way, going by their endings."""
    return PurePath(one).suffix.lower() == PurePath(other).suffix.lower()


class _Planner:
    """Whose content is whose, while steps are laid down one after the other."""

    def __init__(
        self, known: Mapping[str, FileRecord], looks: Mapping[str, Look], closed: Mapping[str, str]
    ):
        self._known = known
        self._looks = looks
        self._closed = closed
        self._gone = {path for path in known if path not in looks and self._is_gone(path)}
        self._owners = {
            record.hash: record.path
            for record in known.values()
            if record.state not in _WITHOUT_DOCUMENTS and record.hash and self._still(record)
        }

    def steps(self, roots: Sequence[Path], named: set[str]) -> list[Step]:
        """Return a step for each file; those that are known come before new ones of their kind."""
        steps = []
        for name in sorted(self._looks, key=lambda name: (name not in self._known, name)):
            step = self._step(name, self._looks[name], again=name in named)
            if step.state not in _WITHOUT_DOCUMENTS:
                self._owners[step.hash] = name
            self._gone.discard(step.source)
            steps.append(step)
        gone = sorted(path for path in self._gone if any(within(path, root) for root in roots))
        return steps + [Step(path, "removed", self._known[path].hash) for path in gone]

    def _step(self, name: str, seen: Look, *, again: bool) -> Step:
        record = self._known.get(name)
        if record and record.state == "excluded" and not again:
            return Step(name, "excluded", record.hash, record.reason, hint=seen.hint)
        if seen.problem:
            return Step(name, "failed", reason=seen.problem)
        if seen.blank:
            return Step(name, "empty", seen.hash, NO_TEXT, hint=seen.hint)
        owner = self._owners.get(seen.hash)
        if owner and owner != name and not self._has_moved(owner, name):
            if owner not in self._gone:
                reason = f"same content as {owner}"
                return Step(name, "duplicate", seen.hash, reason, owner, seen.hint)
        elif owner and owner != name:
            return Step(name, "moved", seen.hash, f"was {owner}", owner, seen.hint)
        return self._own(name, seen, again=again)

    def _own(self, name: str, seen: Look, *, again: bool) -> Step:
        """Return the step of a file whose content no other file has."""
        record = self._known.get(name)
        if record is None or record.hash != seen.hash:
            return Step(name, "changed" if record else "new", seen.hash, hint=seen.hint)
        if record.state in ("failed", "empty") and not again:
            return Step(name, record.state, seen.hash, record.reason, hint=seen.hint)
        if record.state in _WITHOUT_DOCUMENTS:
            return Step(name, "changed", seen.hash, hint=seen.hint)
        return Step(name, "unchanged", seen.hash, hint=seen.hint)

    def _has_moved(self, old: str, new: str) -> bool:
        """Return whether a file went to another path where it is read in the same way."""
        return old in self._gone and PurePath(old).suffix.lower() == PurePath(new).suffix.lower()

    def _is_gone(self, path: str) -> bool:
        """Return whether a file is not there; one in a folder that cannot be listed may be."""
        hidden = any(within(path, folder) for folder in self._closed)
        return not hidden and not os.path.isfile(path)

    def _still(self, record: FileRecord) -> bool:
        """Return whether a file's content is what it was, or was until the file went away."""
        seen = self._looks.get(record.path)
        if seen is None:
            return True
        return seen.hash == record.hash and not seen.problem
