"""What a list of runs says of each: when, what, with which settings, and its first figure.

In: the folders of runs. Out: rows. Knows nothing about pages. What was read of a run is kept
until its files change, since judging thousands of cases takes seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from rag.errors import InputError
from rag.evaluating import journal, keeping
from rag.evaluating.bench import worked_on
from rag.evaluating.records import Metric, Report, RunInfo
from rag.evaluating.reporting.wording import set_name


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run of the list; `figure` is its first metric, None before any case is judged.

    `trouble` says why a run cannot be read; the rest is empty then.
    """

    name: str
    when: datetime
    test_set: str = ""
    settings: str = ""
    done: int = 0
    of: int = 0
    figure: tuple[str, Metric] | None = None
    trouble: str = ""

    @property
    def complete(self) -> bool:
        """Whether every case was asked."""
        return bool(self.of) and self.done == self.of


def row(folder: Path) -> RunRow:
    """Return what the list says of a run."""
    when = datetime.fromtimestamp(worked_on(folder))
    try:
        found = report_of(folder)
    except InputError as error:
        return RunRow(folder.name, when, trouble=str(error))
    return RunRow(
        name=folder.name,
        when=when,
        test_set=set_name(found.run),
        settings=settings_told(found.run),
        done=len(found.cases),
        of=found.run.cases,
        figure=next(iter(found.metrics.items()), None),
    )


def settings_told(run: RunInfo) -> str:
    """Return the settings that most often differ between runs, in a few words."""
    size = run.test_set.get("sample")
    told = [f"sample of {size:,}"] if size else []
    if run.retrieval_only:
        told.append("search only")
    else:
        strictness = run.settings.get("strictness")
        told += [
            str(run.models.get("generator", "")).partition("@")[0],
            f"{run.settings.get('evidence_tokens')} tokens of evidence",
            "" if strictness is None else f"strictness {strictness:g}",
        ]
    return ", ".join(one for one in told if one)


def report_of(folder: Path) -> Report:
    """Return a run's report, as it was read last where nothing changed. Raises InputError."""
    cases = folder / journal.CASES
    size = cases.stat().st_size if cases.exists() else 0
    return _report(folder, worked_on(folder), size)


@lru_cache(maxsize=32)
def _report(folder: Path, _when: float, _size: int) -> Report:
    return keeping.load(folder)
