"""A run of indexing as HTML: how far it is, how fast, and what it did.

In: a job. Out: HTML, and one line for people who listen. Knows nothing about the list.
"""

from __future__ import annotations

from rag.librarian import Job
from rag.serving.markup import counted, escaped
from rag.types import FileReport

_MOST_LINES = 200  # files of a run that are named

_REPORTED = ("new", "changed", "moved", "removed", "duplicate", "empty", "failed", "excluded")


def job_html(job: Job | None) -> str:
    """Return the run of indexing as it stands, "" before the first."""
    if job is None:
        return ""
    return _running(job) if job.running else _ended(job)


def job_words(job: Job | None) -> str:
    """Return in one line how the last run ended, "" while there is none or it goes on."""
    if job is None or job.running:
        return ""
    if job.state == "failed":
        return f"Indexing failed: {job.error}"
    if job.state == "stopped":
        return "Indexing was stopped. What was read until then stays; the next run goes on."
    counts = {name: sum(one.state == name for one in job.files) for name in _REPORTED}
    told = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
    return f"Indexing is done: {told or 'everything was up to date'}."


def _running(job: Job) -> str:
    told = job.progress
    stage = "Stopping after this step" if job.state == "stopping" else "Looking at the files"
    bar = '<progress aria-label="Indexing"></progress>'
    if told and told.of:
        bar = f'<progress aria-label="Indexing" value="{told.done}" max="{told.of}"></progress>'
        if job.state == "running":
            stage = f"{told.done:,} of {told.of:,} {escaped(told.what)}"
    stop = "" if job.state == "stopping" else '<button type="button" data-stop>Stop</button>'
    return f'<p class="stage">{stage}</p>{bar}<p class="pace"><span>{_pace(job)}</span>{stop}</p>'


def _pace(job: Job) -> str:
    told = job.progress
    words = []
    if told and told.passages:
        words.append(f"{told.passages / max(job.stage_seconds, 0.1):,.0f} passages a second")
    if job.left is not None:
        words.append(f"{_span(job.left)} left")
    return " · ".join(words)


def _span(seconds: float) -> str:
    """Return a time as people say it."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes / 60:.0f} h"


def _ended(job: Job) -> str:
    kind = "error" if job.state == "failed" else "done"
    lines = "".join(map(_line, job.files[:_MOST_LINES]))
    more = len(job.files) - _MOST_LINES
    rest = f'<li class="hint">and {more:,} more</li>' if more > 0 else ""
    listed = (
        f"<details><summary>{counted(len(job.files), 'file')} in this run</summary>"
        f'<ul class="lines">{lines}{rest}</ul></details>'
        if lines
        else ""
    )
    return f'<p class="{kind}">{escaped(job_words(job))}</p>{listed}'


def _line(report: FileReport) -> str:
    reason = f' <span class="reason">{escaped(report.reason)}</span>' if report.reason else ""
    return (
        f'<li><span class="mark {report.state}">{report.state}</span>'
        f" <bdi>{escaped(report.path)}</bdi>{reason}</li>"
    )
