"""One answer at a time: questions wait in line, and are answered in the order in which they came.

In: functions that start a stream of events. Out: the events, and the places in the line, to
whoever watches. Knows nothing about what the events mean.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Generator
from contextlib import closing
from typing import Protocol

from rag.types import Event

_log = logging.getLogger(__name__)


class Watching(Protocol):
    """Who is told how a run goes, from a thread of the line."""

    def moved(self, place: int) -> None:
        """Hear that the run has this place in line; 0 is its turn."""
        ...

    def arrived(self, event: Event) -> None:
        """Hear the next event."""
        ...

    def ended(self, error: Exception | None) -> None:
        """Hear that the stream has ended by itself, or with an error."""
        ...


class Run:
    """A stream that waits for its turn, and can be stopped before it and in it."""

    def __init__(self, start: Callable[[], Generator[Event]], watcher: Watching) -> None:
        self._start = start
        self._watcher = watcher
        self._stopped = threading.Event()

    @property
    def stopped(self) -> bool:
        """Whether it was stopped."""
        return self._stopped.is_set()

    def stop(self) -> None:
        """End the run; a stream under way is closed when it next hands over an event.

        The watcher hears nothing more.
        """
        self._stopped.set()

    def moved(self, place: int) -> None:
        """Tell the watcher its place in line."""
        if not self.stopped:
            self._watcher.moved(place)

    def forward(self) -> None:
        """Hand all events to the watcher, then the end."""
        error: Exception | None = None
        try:
            if not self.stopped:
                self._events()
        except Exception as raised:
            error = raised  # for the watcher to tell: nothing may stop the line
        if not self.stopped:
            self._watcher.ended(error)

    def _events(self) -> None:
        with closing(self._start()) as stream:
            for event in stream:
                if self.stopped:
                    return
                self._watcher.arrived(event)


class Line:
    """Runs, first come, first served. Its thread is there while there is something to do."""

    def __init__(self) -> None:
        self._waiting: deque[Run] = deque()
        self._working = False
        self._lock = threading.Lock()

    def enter(self, run: Run) -> None:
        """Put a run at the end of the line."""
        with self._lock:
            self._waiting.append(run)
            place = len(self._waiting) if self._working else 0
            idle, self._working = not self._working, True
        run.moved(place)
        if idle:
            threading.Thread(target=self._serve, daemon=True, name="answers").start()

    def leave(self, run: Run) -> None:
        """Stop a run; those behind it move up."""
        run.stop()
        with self._lock:
            if run in self._waiting:
                self._waiting.remove(run)
        self._tell_places()

    def _serve(self) -> None:
        while run := self._next():
            try:
                run.moved(0)
                self._tell_places()
                run.forward()
            except Exception:  # a watcher's fault must not keep the others waiting for ever
                _log.exception("While serving a question:")

    def _next(self) -> Run | None:
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            self._working = False
            return None

    def _tell_places(self) -> None:
        with self._lock:
            places = list(enumerate(self._waiting, 1))
        for place, run in places:
            run.moved(place)
