"""Reads files in other processes, each file bounded in time and memory.

In: steps of a plan. Out: what their files hold, in the same order, read ahead while the
program does something else. Knows nothing about formats or libraries. A process that hangs,
or that its file kills, is replaced; the file becomes one that could not be read.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from pickle import UnpicklingError
from types import ModuleType

import psutil

from rag.syncing.extracting import Extracted, extracted
from rag.syncing.planning import Step

try:
    import resource
except ImportError:  # Windows has no such limits: there time alone is bounded
    resource = None

_AHEAD = 24  # files that may be read before they are asked for
_PATIENCE = 3
_STARTING = 600.0  # seconds that a process may take to start on a busy machine
_GRACE = 10.0  # seconds after which a process that nobody stops stops itself


@dataclass(frozen=True, slots=True)
class Limits:
    """Processor seconds and bytes of memory that one file may take, and how many processes read.

    A process that waits without working is given three times as long.
    """

    seconds: float = 120.0
    memory: int = 2 << 30
    workers: int = 0
    """0 means one less than there are processors, at least one and at most four."""

    def processes(self, files: int) -> int:
        """Return how many processes read so many files."""
        spare = len(psutil.Process().cpu_affinity()) if sys.platform == "linux" else os.cpu_count()
        return min(self.workers or max(1, min(4, (spare or 2) - 1)), files)


Reader = Callable[[str, str], Extracted]
"""Takes a path and the hash of what should be there; a function of a module, to be imported."""


def read_by_workers(
    steps: Sequence[Step], limits: Limits, read: Reader = extracted
) -> Iterator[tuple[Step, Extracted]]:
    """Yield what `read` finds in each file, in order; closing the iterator stops the processes."""
    if not steps:
        return
    ready: queue.Queue[Extracted | BaseException] = queue.Queue(_AHEAD)
    stopping = threading.Event()
    crew = _Crew(steps, partial(_Worker, limits, read), ready, stopping)
    size = limits.processes(len(steps))
    thread = threading.Thread(target=crew.run, args=(size,), name="extraction", daemon=True)
    thread.start()
    try:
        for step in steps:
            found = ready.get()
            if isinstance(found, BaseException):
                raise found
            yield step, found
    finally:
        stopping.set()
        thread.join()


class _Worker:
    """One process, and what it is reading."""

    def __init__(self, limits: Limits, read: Reader):
        self.seconds = limits.seconds
        context = get_context("spawn")
        self.connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, limits, read), daemon=True)
        with _no_program():
            self._process.start()
        theirs.close()
        self.at: int | None = None
        self.deadline = time.monotonic() + _STARTING
        self.started = False
        self._worked = 0.0

    @property
    def busy(self) -> bool:
        """Whether an answer is awaited: that it has started, or what is in a file."""
        return not self.started or self.at is not None

    def read(self, at: int, step: Step) -> None:
        """Begin with the file of step number `at`; raises OSError when the process is gone."""
        self.connection.send((step.path, step.hash))
        self.at = at
        self._worked = self._working()
        self.deadline = time.monotonic() + self.seconds

    def overdue(self) -> bool:
        """Return whether it works or waits for too long; a busy machine is not its fault."""
        late = time.monotonic() - self.deadline
        if not self.busy or late < 0:
            return False
        waits = late > (_PATIENCE - 1) * self.seconds
        return self.at is None or waits or self._working() - self._worked > self.seconds

    def _working(self) -> float:
        """Return the processor seconds that the process has taken."""
        with suppress(psutil.Error):
            spent = psutil.Process(self._process.pid).cpu_times()
            return spent.user + spent.system
        return 0.0

    def stop(self) -> None:
        """End the process at once, whatever it does."""
        self._process.kill()
        self._process.join()
        self._process.close()
        self.connection.close()


class _Crew:
    """The processes that read the files of a plan, kept busy by one thread."""

    def __init__(
        self,
        steps: Sequence[Step],
        start: Callable[[], _Worker],
        ready: queue.Queue[Extracted | BaseException],
        stopping: threading.Event,
    ):
        self._steps = steps
        self._start = start
        self._ready = ready
        self._stopping = stopping
        self._waiting = deque(range(len(steps)))
        self._found: dict[int, Extracted] = {}
        self._next = 0
        self._workers: list[_Worker] = []

    def run(self, size: int) -> None:
        """Read all files with so many processes and hand on what they hold."""
        try:
            for _ in range(size):
                self._workers.append(self._start())
            while self._next < len(self._steps) and not self._stopping.is_set():
                self._give()
                self._take()
                self._hand_on()
        except BaseException as error:  # to be raised where somebody waits for files
            self._put(error)
        finally:
            for worker in self._workers:
                worker.stop()

    def _give(self) -> None:
        for number, worker in enumerate(self._workers):
            near = self._waiting and self._waiting[0] < self._next + _AHEAD
            if worker.started and worker.at is None and near:
                try:
                    worker.read(self._waiting[0], self._steps[self._waiting[0]])
                    self._waiting.popleft()
                except OSError:
                    self._replace(number)

    def _take(self) -> None:
        """Wait for the first process that is done, and stop those that are overdue."""
        busy = {one.connection: one for one in self._workers if one.busy}
        done = wait(list(busy), timeout=0.5 if busy else 0.02)
        for connection in done:
            self._answered(busy[connection])
        for number, worker in enumerate(self._workers):
            if worker.connection not in done and worker.overdue():
                self._overdue(number, worker)

    def _answered(self, worker: _Worker) -> None:
        number = self._workers.index(worker)
        try:
            found = worker.connection.recv()
        except (EOFError, OSError, UnpicklingError):
            self._died(number, worker)
            return
        if not worker.started:
            worker.started = True
            return
        self._found[worker.at] = found
        worker.at = None
        if found.spent:
            self._replace(number)

    def _died(self, number: int, worker: _Worker) -> None:
        if worker.at is None:
            raise RuntimeError("The processes that read files cannot be started.")
        self._found[worker.at] = Extracted(problem="makes the program stop that reads it")
        self._replace(number)

    def _overdue(self, number: int, worker: _Worker) -> None:
        if worker.at is None:
            raise RuntimeError("The processes that read files take too long to start.")
        told = f"takes more than {worker.seconds:g} seconds to read"
        self._found[worker.at] = Extracted(problem=told)
        self._replace(number)

    def _replace(self, number: int) -> None:
        self._workers[number].stop()
        self._workers[number] = self._start()

    def _hand_on(self) -> None:
        while self._next in self._found and not self._stopping.is_set():
            self._put(self._found.pop(self._next))
            self._next += 1

    def _put(self, found: Extracted | BaseException) -> None:
        while not self._stopping.is_set():
            with suppress(queue.Full):
                self._ready.put(found, timeout=0.2)
                return


def _serve(connection: Connection, limits: Limits, read: Reader) -> None:
    """Read files for as long as somebody asks for them: what a worker process does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ^C is for the program, which stops this one
    silent = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):  # what parsers print belongs neither into output nor on the screen
        os.dup2(silent, stream)
    _bound_memory(limits)
    with suppress(EOFError, OSError):  # the program is gone
        connection.send(None)
        while True:
            path, expected = connection.recv()
            _alarm(_PATIENCE * limits.seconds + _GRACE)
            connection.send(read(path, expected))
            _alarm(0)


def _bound_memory(limits: Limits) -> None:
    if resource is None:
        return
    taken = psutil.Process().memory_info().vms + limits.memory
    with suppress(OSError, ValueError):  # not every system knows this limit
        resource.setrlimit(resource.RLIMIT_AS, (taken, taken))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _alarm(seconds: float) -> None:
    """Let the system end this process then: it may hang when nobody is left to stop it."""
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, seconds)


@contextmanager
def _no_program() -> Iterator[None]:
    """Hide the running program: a new process would import it, and it may be a whole chat."""
    program = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = program
