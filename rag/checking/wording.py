"""Finds the words of a statement that its source does not have.

In: a `Pair`. Out: findings of kind "wording", one for each run of content words that stand
neither in the cited text nor around it. Knows nothing about names and numbers.
"""

from __future__ import annotations

from collections.abc import Iterator

from rag.checking.comparing import Pair
from rag.checking.records import Finding


def check(pair: Pair) -> Iterator[Finding]:
    """Yield a finding for each run of words that have no counterpart."""
    held = {word.stem for word in (*pair.cited, *pair.around)}
    run: list[int] = []
    for at, word in enumerate(pair.words):
        if word.content and not has_counterpart(word.stem, held):
            run.append(at)
        elif word.content and run:
            yield _absent(pair, run)
            run = []
    if run:
        yield _absent(pair, run)


def has_counterpart(stem: str, held: set[str] | frozenset[str]) -> bool:
    """Say whether a stem, or one that begins alike for six letters, is among stems."""
    if stem in held:
        return True
    return len(stem) >= 6 and any(other[:6] == stem[:6] for other in held)


def _absent(pair: Pair, run: list[int]) -> Finding:
    words = pair.said(range(run[0], run[-1] + 1))
    reason = f'The source has no words for "{words}".'
    return Finding("wording", "absent", words, None, reason)
