"""Runs all checks of a statement against its source.

In: a statement, its source. Out: findings, conflicts first. Knows nothing about what any
check looks for.
"""

from __future__ import annotations

from functools import lru_cache

from rag.checking import (
    acting,
    attributing,
    counting,
    dating,
    naming,
    negating,
    ordering,
    quoting,
    turning,
    wording,
)
from rag.checking.comparing import Pair
from rag.checking.records import Finding, Source

_CHECKS = (
    counting.check,
    dating.check,
    naming.check,
    quoting.check,
    negating.check,
    turning.check,
    attributing.check,
    ordering.check,
    acting.check,
    wording.check,
)
_ORDER = {"conflicts": 0, "absent": 1, "agrees": 2}


@lru_cache(maxsize=64)
def findings(statement: str, source: Source) -> tuple[Finding, ...]:
    """Return what was checked: conflicts, then what is absent, then what agrees."""
    pair = Pair(statement, source)
    found = [finding for check in _CHECKS for finding in check(pair)]
    if pair.verbatim:
        found = [finding for finding in found if finding.outcome != "conflicts"]
    return tuple(sorted(found, key=lambda finding: _ORDER[finding.outcome]))
