"""Searches for a question that needs more than one search, without a model call.

In: a question and a way to search. Out: hits of all its searches, best first. "Which of A and
B was founded first?" is searched for A and for B; "Where was the director of A born?" for the
names that stand as the director in what was found first. Knows nothing about libraries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import zip_longest

from rag.bridging import bridges
from rag.guarding import readable
from rag.parting import parts
from rag.types import Hit

_READ = 3  # of the first hits, for names that lead on
_BRIDGES = 3  # second searches of a question; of each of its parts, one less

Search = Callable[[str], list[Hit]]


def chained(question: str, search: Search) -> list[Hit]:
    """Return the hits of a question and of the searches that follow from it, best first.

    A question that one search can answer gets the hits of that search as they are. Otherwise
    the rankings take turns, and the scores are reciprocal ranks.
    """
    asked = parts(question) or (question,)
    rankings = [_led(part, search, _BRIDGES - (len(asked) > 1)) for part in asked]
    if len(rankings) == 1 and len(rankings[0]) == 1:
        return rankings[0][0]
    return _ranked(_by_turns([_joined(ranking) for ranking in rankings]))


def _led(question: str, search: Search, limit: int) -> list[list[Hit]]:
    """Return the hits of a question, and those of each second question it leads to."""
    first = search(question)
    texts = [readable(hit.passage.text) for hit in first[:_READ]]
    return [first, *(search(second) for second in bridges(question, texts, limit=limit))]


def _joined(rankings: Sequence[list[Hit]]) -> list[Hit]:
    """Return the best of each ranking in order, then the others by turns."""
    leading = [hit for ranking in rankings for hit in ranking[:1]]
    return [*leading, *_by_turns([ranking[1:] for ranking in rankings])]


def _by_turns(rankings: Sequence[Sequence[Hit]]) -> list[Hit]:
    return [hit for turn in zip_longest(*rankings) for hit in turn if hit]


def _ranked(hits: Iterable[Hit]) -> list[Hit]:
    """Return hits without repetitions, with scores that say their order."""
    once: dict[int, Hit] = {}
    for hit in hits:
        once.setdefault(hit.passage.passage_id, hit)
    return [replace(hit, score=1 / rank) for rank, hit in enumerate(once.values(), 1)]
