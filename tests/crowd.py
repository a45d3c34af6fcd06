"""Several people who ask at once, each over a real connection, and what became of it.

In: how many people, for how long. Out: what they asked, in the order in which it was taken, and how
the answers came. Knows nothing about the server.
"""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field

import httpx
import psutil

QUESTIONS = 5
"""Questions of one conversation, before a person begins another one."""


@dataclass
class Crowd:
    """What happened so far."""

    address: str
    taken: list[str] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    places: set[str] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    _order: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, people: int, seconds: float) -> None:
        """Let people ask one question after the other for so long, and wait for the last answer."""
        until = time.monotonic() + seconds
        threads = [
            threading.Thread(target=self._person, args=(number, until)) for number in range(people)
        ]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            self.memory.append(psutil.Process().memory_info().rss)
            time.sleep(max(seconds / 100, 0.05))

    def _person(self, number: int, until: float) -> None:
        conversation = 0
        try:
            with httpx.Client(base_url=self.address, timeout=60) as client:
                while time.monotonic() < until:
                    conversation += 1
                    self._converse(client, f"{number:04x}{conversation:020x}", until)
        except Exception as error:
            self.errors.append(repr(error))

    def _converse(self, client: httpx.Client, name: str, until: float) -> None:
        """Ask the questions of one conversation, following it over one connection."""
        self._put(client, name, 1)
        with client.stream("GET", f"/conversation/{name}/events") as events:
            asked = 1
            for line in events.iter_lines():
                news = json.loads(line.removeprefix("data: ")) if line.startswith("data") else {}
                text = "".join(news.get("turns", {}).values())
                self.places |= {place for place in ("next", "2nd", "7th") if f"{place} in" in text}
                if news.get("working", True):
                    continue
                self.answered.append(f"{name} {asked}")
                if "2 March 2026" not in text:
                    self.errors.append(text)
                if asked == QUESTIONS or time.monotonic() >= until:
                    return
                asked += 1
                self._put(client, name, asked)

    def _put(self, client: httpx.Client, name: str, number: int) -> None:
        question = f"When, {name} {number}?"
        with self._order:  # so that it is known who was first
            answer = client.post(f"/conversation/{name}/ask", json={"question": question})
            self.taken.append(question)
        if answer.status_code != 200:
            self.errors.append(answer.text)
