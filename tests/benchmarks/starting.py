"""How long the program takes to start: its help, a search, and the chat until its page is there.

    python -m tests.benchmarks.starting [--times 5] [--library DIR]

Each is a process of its own, started so many times with everything on disk and in memory; medians
by the clock, and of processor time, which other programs change less. The bars are for an idle
machine of two cores.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import psutil

from rag.assembling import SEEDS, build
from rag.settings import PROJECT, Settings
from rag.storing import DATABASE

QUESTION = "What did Gerasimov say about demining?"


@dataclass(frozen=True, slots=True)
class Started:
    """Seconds by the clock, and of processor time, until something was there."""

    seconds: float
    processor: float


@dataclass(frozen=True, slots=True)
class Bar:
    """What is started and how, and the seconds that it may take."""

    name: str
    start: Callable[[], Started]
    seconds: float


def main() -> None:
    """Print the figures with their bars."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--library", type=Path, help="default: one made of seeds/")
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        library = options.library or Path(folder)
        if not (library / DATABASE).is_file():
            build(replace(Settings.from_environment(), library=library), [SEEDS])
        for bar in bars(library):
            bar.start()  # so that files are in memory
            report(bar, [bar.start() for _ in range(options.times)])


def bars(library: Path) -> tuple[Bar, ...]:
    """Return what is measured."""
    at = ("--library", str(library))
    return (
        Bar("rag --help", lambda: command("--help"), 0.3),
        Bar("rag search", lambda: command("search", QUESTION, *at), 2.5),
        Bar("python app.py, to its page", lambda: chat(library), 8.0),
    )


def report(bar: Bar, started: Sequence[Started]) -> None:
    """Print medians, and whether the bar is kept."""
    seconds = median(one.seconds for one in started)
    processor = median(one.processor for one in started)
    kept = "kept" if seconds <= bar.seconds else "missed"
    print(
        f"{bar.name:28} {seconds:5.2f} s, {processor:5.2f} s of processor time "
        f"({len(started)} times; bar {bar.seconds} s: {kept})"
    )


def command(*arguments: str) -> Started:
    """Run the command line in a process of its own, to its end."""
    before, began = _children(), time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "rag", *arguments],
        stdout=subprocess.DEVNULL,
        check=True,
        cwd=PROJECT,
    )
    return Started(time.perf_counter() - began, _children() - before)


def chat(library: Path) -> Started:
    """Start the chat, fetch its page, and stop it."""
    began = time.perf_counter()
    arguments = ["--library", str(library), "--port", "0"]
    with subprocess.Popen(
        [sys.executable, "app.py", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=PROJECT,
    ) as running:
        try:
            address = running.stdout.readline().split()[-1]
            with urllib.request.urlopen(address, timeout=60) as page:
                page.read()
            times = psutil.Process(running.pid).cpu_times()
            return Started(time.perf_counter() - began, sum(times[:4]))
        finally:
            running.terminate()


def _children() -> float:
    """Return the processor time of the processes that were started here and have ended."""
    times = os.times()
    return times.children_user + times.children_system


if __name__ == "__main__":
    main()
