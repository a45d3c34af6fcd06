"""One conversation as it stands now: exchanges, filters, and who watches it.

In: changes, from any thread. Out: what it holds, and a call to everybody who watches. Knows
nothing about who answers or where it is kept.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from rag.serving.talking.exchange import Exchange
from rag.serving.talking.running import Run
from rag.types import Filters

TITLE = 80
"""Characters of the first question that serve as a title."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A conversation at one moment; the seconds of the open exchange count up to it."""

    exchanges: tuple[Exchange, ...]
    filters: Filters
    title: str
    gone: bool

    @property
    def working(self) -> bool:
        """Whether the last question still awaits its answer."""
        return bool(self.exchanges) and self.exchanges[-1].is_open


class Conversation:
    """What one person asked and was told. `lock` is held by whoever changes several things."""

    def __init__(
        self,
        conversation_id: str = "",
        person: str = "",
        *,
        title: str = "",
        exchanges: Sequence[Exchange] = (),
        filters: Filters | None = None,
    ) -> None:
        self.conversation_id = conversation_id
        self.person = person
        self.lock = threading.RLock()
        self.title = title
        self.exchanges = tuple(exchanges)
        self.filters = filters or Filters()
        self.run: Run | None = None
        self.gone = False
        self._asked = max((exchange.number for exchange in exchanges), default=0)
        self._started = 0.0
        self._watchers: set[Callable[[], None]] = set()

    @property
    def working(self) -> bool:
        """Whether the last question still awaits its answer."""
        return bool(self.exchanges) and self.exchanges[-1].is_open

    def snapshot(self) -> Snapshot:
        """Return the conversation as it is now."""
        with self.lock:
            exchanges = self.exchanges
            if self.working:
                seconds = time.monotonic() - self._started
                exchanges = (*exchanges[:-1], replace(exchanges[-1], seconds=seconds))
            return Snapshot(exchanges, self.filters, self.title, self.gone)

    def put(self, question: str) -> Exchange:
        """Put a question at the end, and return the open exchange that it begins."""
        with self.lock:
            self._asked += 1
            self._started = time.monotonic()
            exchange = Exchange(self._asked, question, asked_at=_now())
            self.exchanges = (*self.exchanges, exchange)
            self.title = self.title or _title(question)
        return exchange

    def pop(self) -> Exchange:
        """Take the last exchange away and return it."""
        with self.lock:
            last = self.exchanges[-1]
            self.exchanges = self.exchanges[:-1]
        return last

    def update(self, number: int, change: Callable[[Exchange], Exchange]) -> Exchange | None:
        """Change the exchange of this number, and return it.

        One that has ended or was taken away stays so, and None is returned.
        """
        with self.lock:
            if not self.working or self.exchanges[-1].number != number:
                return None
            changed = change(self.exchanges[-1])
            if not changed.is_open:
                changed = replace(changed, seconds=time.monotonic() - self._started)
            self.exchanges = (*self.exchanges[:-1], changed)
        return changed

    @contextmanager
    def watched(self, changed: Callable[[], None]) -> Iterator[None]:
        """Call `changed` after each change, for the length of a `with`, from any thread."""
        with self.lock:
            self._watchers.add(changed)
        try:
            yield
        finally:
            with self.lock:
                self._watchers.discard(changed)

    def tell(self) -> None:
        """Tell everybody who watches that something has changed."""
        with self.lock:
            watchers = tuple(self._watchers)
        for changed in watchers:
            changed()


def _title(question: str) -> str:
    words = " ".join(question.split())
    return words if len(words) <= TITLE else f"{words[:TITLE].rstrip()}…"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
