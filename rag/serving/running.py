"""One answer being made, in a thread of its own, so that it can be watched and stopped.

In: a function that starts a stream of events. Out: the events in batches, and a tick when
none came. Knows nothing about what the events mean.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing

from rag.types import Event

TICK = 0.5
"""Seconds without an event after which an empty batch is handed over."""
PAUSE = 0.04
"""Seconds for which events are gathered into one batch: 25 pictures a second is plenty."""


class Run:
    """A stream that waits for the model, runs, and is closed by the thread that reads it."""

    def __init__(self, start: Callable[[], Generator[Event]], model: threading.Lock) -> None:
        self._start = start
        self._model = model
        self._stopped = threading.Event()
        self._arrived: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._error: Exception | None = None
        threading.Thread(target=self._read, daemon=True, name="answer").start()

    def stop(self) -> None:
        """End the run; the stream is closed when it next hands over an event."""
        self._stopped.set()
        self._arrived.put(None)

    def batches(self) -> Iterator[list[Event]]:
        """Yield what arrived, [] after half a second without news; raise what the stream raised.

        Ends at once when the run is stopped.
        """
        ended = False
        while not ended:
            batch = self._gathered()
            if self._stopped.is_set():
                return
            ended = None in batch
            yield [event for event in batch if event is not None]
        if self._error:
            raise self._error

    def _gathered(self) -> list[Event | None]:
        """Return what has arrived; None in it marks the end of the stream."""
        try:
            batch = [self._arrived.get(timeout=TICK)]
        except queue.Empty:
            return []
        if batch != [None]:
            time.sleep(PAUSE)
        while not self._arrived.empty():
            batch.append(self._arrived.get())
        return batch

    def _read(self) -> None:
        try:
            with self._model:
                self._forward()
        except Exception as error:
            self._error = error  # for `batches` to raise in the thread that shows it
        finally:
            self._arrived.put(None)

    def _forward(self) -> None:
        if self._stopped.is_set():
            return
        with closing(self._start()) as stream:
            for event in stream:
                if self._stopped.is_set():
                    return
                self._arrived.put(event)
