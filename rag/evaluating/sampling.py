"""Takes some cases of many, the same ones every time.

In: cases, how many. Out: cases in their old order. Knows nothing about what is in them.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from rag.evaluating.records import Case


def sample(cases: Sequence[Case], size: int, *, seed: int = 0) -> tuple[Case, ...]:
    """Return `size` cases chosen by the hash of their ids, in the order of the test set.

    A smaller sample is part of every larger one with the same seed, and the order of the
    test set changes nothing.
    """
    chosen = sorted(cases, key=lambda case: _draw(case, seed))[:size]
    kept = {case.case_id for case in chosen}
    return tuple(case for case in cases if case.case_id in kept)


def _draw(case: Case, seed: int) -> bytes:
    return sha256(f"{seed}\n{case.case_id}".encode("utf-8", "replace")).digest()
