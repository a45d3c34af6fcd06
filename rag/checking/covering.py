"""Measures how much of a statement its source holds, as numbers for a fitted model.

In: a statement, its source. Out: a `Coverage`. Knows nothing about any model.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from rag.checking.comparing import Pair
from rag.checking.finding import findings
from rag.checking.records import Finding, Source
from rag.checking.wording import has_counterpart
from rag.checking.words import Word, content

_FEWEST = 2  # words beside names from which a statement can be told to share none


@dataclass(frozen=True, slots=True)
class Coverage:
    """Numbers that speak for or against support; shares are 0…1.

    `text`: the share of the statement's content words that the cited text holds, names and
    figures counting double; `around`: the same with context and heading. `aligned`: the share
    that has its counterpart in one place and order. `run`: the longest run of content words
    that the text lacks. `pairs`: the share of neighbouring content words that are neighbours in
    the text too. `ordered`: the longest common subsequence of content words, as a share.
    `crossed`: the share of neighbouring content words whose counterparts stand the other way
    round. `replaced`: content words that stand where the text has others, between the same
    words. `length`: content words of the statement by those of the text, at most 2. `words`:
    content words of the statement. `names` and `figures`: the shares of names and of figures
    that the text holds, 1 where there are none; `told`: that of the other content words, 1 where
    there are fewer than two; `told_around`: the same with context and heading. The rest counts
    findings: `number` to `roles` the conflicts and absences of each kind, `conflicts` and `absents`
    all but those of wording.
    """

    text: float
    around: float
    aligned: float
    run: int
    pairs: float
    ordered: float
    crossed: float
    replaced: int
    length: float
    words: int
    names: float
    figures: float
    told: float
    told_around: float
    number: int
    date: int
    name: int
    quotation: int
    negation: int
    speaker: int
    order: int
    roles: int
    conflicts: int
    absents: int


def coverage(statement: str, source: Source) -> Coverage:
    """Return the numbers for a statement and its source."""
    pair = Pair(statement, source)
    own = content(pair.words)
    held = {word.stem for word in pair.cited}
    around = held | {word.stem for word in pair.around}
    places = [place for place in pair.alignment.at if place is not None]
    return Coverage(
        text=_share(own, held),
        around=_share(own, around),
        aligned=len(places) / len(own) if own else 0.0,
        run=_longest_gap(own, held),
        pairs=_neighbours(own, content(pair.cited)),
        ordered=_rising(places) / len(own) if own else 0.0,
        crossed=_crossed(places),
        replaced=_replaced(pair, held),
        length=min(2.0, len(own) / max(1, len(content(pair.cited)))),
        words=len(own),
        names=_share([word for word in own if word.capitalised], held, empty=1.0),
        figures=_share([word for word in own if word.figure], held, empty=1.0),
        told=_told(own, held),
        told_around=_told(own, around),
        **_counted(findings(statement, source)),
    )


def _counted(found: Sequence[Finding]) -> dict[str, int]:
    against = [one for one in found if one.outcome != "agrees" and one.kind != "wording"]
    kinds = ("number", "date", "name", "quotation", "negation", "speaker", "order", "roles")
    return {kind: sum(one.kind == kind for one in against) for kind in kinds} | {
        "conflicts": sum(one.outcome == "conflicts" for one in against),
        "absents": sum(one.outcome == "absent" for one in against),
    }


def _share(words: Sequence[Word], held: set[str], *, empty: float = 0.0) -> float:
    weights = [2 if word.capitalised or word.figure else 1 for word in words]
    found = [has_counterpart(word.stem, held) for word in words]
    total = sum(weights)
    return sum(w for w, f in zip(weights, found, strict=True) if f) / total if total else empty


def _told(own: Sequence[Word], held: set[str]) -> float:
    others = [word for word in own if not (word.capitalised or word.figure)]
    return _share(others, held) if len(others) >= _FEWEST else 1.0


def _longest_gap(words: Sequence[Word], held: set[str]) -> int:
    longest = now = 0
    for word in words:
        now = 0 if has_counterpart(word.stem, held) else now + 1
        longest = max(longest, now)
    return longest


def _neighbours(own: Sequence[Word], theirs: Sequence[Word]) -> float:
    pairs = {(a.stem, b.stem) for a, b in itertools.pairwise(theirs)}
    mine = [(a.stem, b.stem) for a, b in itertools.pairwise(own)]
    return sum(pair in pairs for pair in mine) / len(mine) if mine else 0.0


def _replaced(pair: Pair, held: set[str]) -> int:
    places = (
        pair.instead(range(at, at + 1))
        for at, word in enumerate(pair.words)
        if word.content and not has_counterpart(word.stem, held)
    )
    return sum(bool(place) and any(pair.cited[i].content for i in place) for place in places)


def _crossed(places: Sequence[int]) -> float:
    steps = list(itertools.pairwise(places))
    return sum(after < before for before, after in steps) / len(steps) if steps else 0.0


def _rising(places: Sequence[int]) -> int:
    """Return the length of the longest rising subsequence."""
    tails: list[int] = []
    for place in places:
        at = bisect_left(tails, place)
        tails[at : at + 1] = [place]
    return len(tails)
