"""Remembers how fast a model reads prompts on this machine.

In: how many tokens were read in how many seconds. Out: tokens a second. Knows nothing about models
or prompts.

The fastest reading counts: other programs make one slower, and nothing makes it faster.
"""

from __future__ import annotations

import json
import secrets
from contextlib import suppress
from pathlib import Path

LEAST = 64
"""Tokens of a reading that counts: shorter ones say more about how a batch begins."""
_FASTER = 1.05  # times the known pace: less is not worth a file


class Pace:
    """Tokens a second, kept in a file for other processes where there is one to keep it in."""

    def __init__(self, file: Path | None):
        self._file = file
        self.rate: float | None = self._kept()

    def took(self, tokens: int, seconds: float) -> None:
        """Count a reading, if it is long enough to tell."""
        if tokens < LEAST or seconds <= 0:
            return
        rate = tokens / seconds
        if self.rate is None or rate > _FASTER * self.rate:
            self.rate = rate
            self._keep(rate)

    def _kept(self) -> float | None:
        """Return what another process kept, None where there is nothing that can be trusted."""
        try:
            rate = json.loads(self._file.read_text()) if self._file else None
        except (OSError, ValueError):
            return None
        return float(rate) if isinstance(rate, int | float) and 0 < rate < float("inf") else None

    def _keep(self, rate: float) -> None:
        """Keep a pace so that no process reads half of it; a full disk is no reason to fail."""
        if not self._file:
            return
        partial = self._file.with_name(f"{self._file.name}.{secrets.token_hex(4)}.partial")
        with suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            partial.write_text(json.dumps(round(rate, 1)))
            partial.replace(self._file)
