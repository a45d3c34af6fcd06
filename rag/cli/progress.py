"""Fetching models with a bar on stderr.

In: model names and the models folder. Out: their paths. Knows nothing about sources.
Nothing is ever written to stdout, which belongs to a command's answer.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from tqdm import tqdm

from rag.benching import Step
from rag.evaluating.running import Progress as RunProgress
from rag.fetching import FetchProgress, fetch
from rag.syncing import Progress

_SHOWN = 50  # characters of what is measured


def fetch_with_progress(names: Iterable[str], models: Path) -> list[Path]:
    """Return the paths of models, fetching those that are not on disk. Raises RagError."""
    paths = []
    for name in names:
        with Bar() as bar:
            paths.append(fetch(name, models=models, progress=bar.show))
    return paths


def human_size(size: float) -> str:
    """Return bytes as people write them: "1.1 GB"; "" for 0, which is unknown."""
    if not size:
        return ""
    for unit in ("bytes", "kB", "MB"):
        if size < 999.5:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


class _Closing:
    """A bar that is wiped up when its `with` block ends, however it ends."""

    def __init__(self) -> None:
        self._bar: tqdm | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._close()

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


class Bar(_Closing):
    """Shows the events of one fetch: a line for what happens, a bar for how far it is."""

    def __init__(self) -> None:
        super().__init__()
        self._source = ""

    def show(self, event: FetchProgress) -> None:
        """Show one event."""
        if event.stage == "fetching":
            self._move(event)
            return
        self._close()
        if event.stage == "checking":
            _say(f"Checking {event.model}")
        elif event.stage == "skipped":
            _say(f"{event.source}: {event.detail}")
        else:
            _say(f"Waiting: {event.detail}")

    def _move(self, event: FetchProgress) -> None:
        if self._bar is None or self._source != event.source:
            self._close()
            self._source = event.source
            size = human_size(event.total)
            _say(f"Fetching {event.model}, {size}, from {event.source} to {event.destination}")
            # `initial` keeps what an earlier run fetched out of the rate.
            self._bar = tqdm(
                total=event.total,
                initial=event.done,
                unit="B",
                unit_scale=True,
                file=sys.stderr,
                dynamic_ncols=True,
            )
        self._bar.update(max(0, event.done - self._bar.n))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


class IndexBar(_Closing):
    """Shows how far reading and embedding files has come, with rate and time left."""

    def __init__(self) -> None:
        super().__init__()
        self._what = ""

    def show(self, progress: Progress) -> None:
        """Show one step; a run without files to read shows nothing."""
        if not progress.of:
            return
        if self._what != progress.what:
            self._close()
            self._what = progress.what
        if self._bar is None:
            unit = f" {progress.what}"
            self._bar = tqdm(total=progress.of, unit=unit, file=sys.stderr, dynamic_ncols=True)
        if progress.passages:
            rate = progress.passages / max(self._bar.format_dict["elapsed"], 0.1)
            self._bar.set_postfix_str(f"{progress.passages:,} passages, {rate:,.0f}/s", False)
        self._bar.update(progress.done - self._bar.n)

    def clear(self) -> None:
        """Wipe up the bar; the next step begins another."""
        self._close()
        self._what = ""


class RunBar(_Closing):
    """Shows how far a run of a test set is, with its rate and the time left."""

    def __init__(self) -> None:
        super().__init__()
        self._last: RunProgress | None = None

    def show(self, progress: RunProgress) -> None:
        """Show one step."""
        if self._bar is None:
            self._bar = tqdm(
                total=progress.of,
                initial=progress.done,
                unit=" cases",
                file=sys.stderr,
                dynamic_ncols=True,
            )
        self._bar.update(progress.done - self._bar.n)
        self._last = progress

    def _close(self) -> None:
        super()._close()
        if self._last and self._last.seconds:
            beside = 1 - self._last.answering / self._last.seconds
            _say(f"{self._last.seconds:.0f} s, {beside:.1%} of them beside answering.")
        self._last = None


class DraftBar(_Closing):
    """Shows how many cases were drafted, with the rate, the time left and what was dropped."""

    def show(self, there: int, of: int, *, proposed: int, dropped: int) -> None:
        """Show one step: cases in the file, of how many, and what became of the proposals."""
        if self._bar is None:
            self._bar = tqdm(
                total=of,
                initial=there,
                unit=" cases",
                file=sys.stderr,
                dynamic_ncols=True,
            )
        self._bar.set_postfix(proposed=proposed, dropped=dropped, refresh=False)
        self._bar.update(there - self._bar.n)
        self._bar.refresh()


class BenchBar(_Closing):
    """Shows what is measured now, and about how long the rest takes."""

    _SHAPE = "{desc}: {percentage:3.0f}%|{bar:20}| {elapsed}, about {remaining} left"

    def show(self, step: Step) -> None:
        """Show one step."""
        if self._bar is None:
            self._bar = tqdm(
                total=step.of,
                bar_format=self._SHAPE,
                smoothing=0,
                leave=False,
                file=sys.stderr,
                dynamic_ncols=True,
            )
        self._bar.set_description_str(step.what[:_SHOWN], refresh=False)
        self._bar.update(step.done - self._bar.n)
        self._bar.refresh()
