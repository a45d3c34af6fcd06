"""What a page that shows a conversation has to be told: the pieces of it that have changed.

In: a conversation that changes. Out: news as JSON, each with the HTML of changed pieces alone, so
that a long conversation costs no more than a short one. Knows nothing about connections.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from rag.serving.showing.cards import evidence_panel, evidence_section
from rag.serving.showing.transcript import onward, transcript, turn
from rag.serving.talking.conversation import Conversation, Snapshot
from rag.serving.talking.exchange import Exchange
from rag.serving.talking.limits import typed


class Follower:
    """Knows what one page was told so far."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._ended: dict[int, bool] = {}
        self._turns: dict[int, str] = {}
        self._sections: dict[int, tuple[object, ...]] = {}
        self._state: dict[str, object] = {}

    def news(self) -> str:
        """Return what has changed since the last call, as a JSON object; "" for nothing.

        `order` are the numbers of all exchanges; `turns` and `sections` hold the HTML of those
        that are new or changed, by number.
        """
        now = self._conversation.snapshot()
        if now.gone:
            return json.dumps({"gone": True})
        turns, sections = {}, {}
        for exchange in now.exchanges:
            self._compare(exchange, now.exchanges, turns, sections)
        state = _state(now)
        changed = {name: value for name, value in state.items() if value != self._state.get(name)}
        self._state = state
        pieces = {"turns": turns, "sections": sections}
        changed |= {name: html for name, html in pieces.items() if html}
        return json.dumps(changed, ensure_ascii=False) if changed else ""

    def _compare(
        self,
        exchange: Exchange,
        exchanges: Sequence[Exchange],
        turns: dict[int, str],
        sections: dict[int, str],
    ) -> None:
        """Add the HTML of what has changed of one of the exchanges."""
        number, last = exchange.number, exchange is exchanges[-1]
        if self._ended.get(number) is last:
            return  # an exchange that has ended changes only by no longer being the last
        html = turn(exchange, last=last, after=onward(exchanges) if last else "")
        if html != self._turns.get(number):
            turns[number] = html
        self._turns[number] = "" if exchange.answer else html
        shows = (exchange.evidence, exchange.answer, exchange.is_open)
        if not _same(shows, self._sections.get(number)):
            sections[number] = evidence_section(exchange, shown=last)
            self._sections[number] = shows
        if not exchange.is_open:
            self._ended[number] = last


def _same(one: tuple[object, ...], other: tuple[object, ...] | None) -> bool:
    """Say whether two tuples hold the same objects; comparing evidence would compare texts."""
    return other is not None and all(a is b for a, b in zip(one, other, strict=True))


def _state(now: Snapshot) -> dict[str, object]:
    state: dict[str, object] = {
        "order": [exchange.number for exchange in now.exchanges],
        "working": now.working,
        "title": now.title,
        "filters": asdict(typed(now.filters)),
    }
    if not now.exchanges:
        state["nothing"] = [transcript([]), evidence_panel([])]
    return state
