"""Who is signed in, and who tried too often: both in memory, both bounded, both with an end.

In: names, random tokens. Out: whose a token is, how long somebody has to wait. Knows nothing
about the web. When the program ends, everybody is signed out.
"""

from __future__ import annotations

import hashlib
import math
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace

HOUR = 3600.0
_MOST_SESSIONS = 20
"""Of one person: with one more, the one that was unused longest ends."""
_FREE = 3
_FIRST_WAIT = 4.0
"""Seconds that one has to wait after so many wrong attempts, then twice as long each time."""
_LONGEST_WAIT = 300.0
_FORGOTTEN = HOUR
_MOST_KNOWN = 10_000

Who = tuple[str, str]
"""An address, and a name tried from there."""


@dataclass(frozen=True, slots=True)
class Held:
    """A session: whose, what proves that it still holds, when it began and was last used."""

    name: str
    proof: str
    began: float
    used: float


class Sessions:
    """Sessions by their tokens, of which only hashes are kept."""

    def __init__(
        self,
        *,
        idle: float = 12 * HOUR,
        whole: float = 7 * 24 * HOUR,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._idle, self._whole, self._clock = idle, whole, clock
        self._held: dict[str, Held] = {}
        self._lock = threading.Lock()

    def begin(self, name: str, proof: str, *, token: str = "") -> str:
        """Return the token of a new session."""
        token = token or secrets.token_urlsafe(32)
        now = self._clock()
        with self._lock:
            self._held = {mark: one for mark, one in self._held.items() if self._holds(one, now)}
            own = sorted((one.used, mark) for mark, one in self._held.items() if one.name == name)
            for _, mark in own[: max(0, len(own) + 1 - _MOST_SESSIONS)]:
                del self._held[mark]
            self._held[_mark(token)] = Held(name, proof, now, now)
        return token

    def held(self, token: str) -> Held | None:
        """Return the session of a token, None where there is none or it has ended."""
        mark, now = _mark(token), self._clock()
        with self._lock:
            found = self._held.get(mark)
            if found is None or not self._holds(found, now):
                self._held.pop(mark, None)
                return None
            self._held[mark] = replace(found, used=now)
        return found

    def end(self, token: str) -> None:
        """End the session of a token, if there is one."""
        with self._lock:
            self._held.pop(_mark(token), None)

    def _holds(self, one: Held, now: float) -> bool:
        return now - one.used < self._idle and now - one.began < self._whole


class Attempts:
    """Counts wrong attempts of one name from one address, so that nobody else has to wait."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._wrong: OrderedDict[Who, tuple[int, float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, who: Who) -> int:
        """Return for how many whole seconds this name has to wait at this address, 0 for none."""
        with self._lock:
            count, last = self._wrong.get(who, (0, 0.0))
        if count < _FREE:
            return 0
        until = last + min(_LONGEST_WAIT, _FIRST_WAIT * 2.0 ** (count - _FREE))
        return max(0, math.ceil(until - self._clock()))

    def note(self, who: Who) -> None:
        """Count a wrong attempt."""
        now = self._clock()
        with self._lock:
            count, last = self._wrong.pop(who, (0, now))
            self._wrong[who] = (1 if now - last > _FORGOTTEN else count + 1, now)
            while len(self._wrong) > _MOST_KNOWN:
                self._wrong.popitem(last=False)

    def forget(self, who: Who) -> None:
        """Count from nothing again."""
        with self._lock:
            self._wrong.pop(who, None)


def _mark(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()
