"""Checks who is said to have said it.

In: a `Pair`. Out: findings of kind "speaker": what the statement lets somebody say must be
said by the same one in the source. Knows nothing about what was said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.checking.comparing import Pair
from rag.checking.names import initials, is_name, one_name, runs
from rag.checking.records import Finding
from rag.checking.saying import SAYS
from rag.checking.words import Word, listed

_BEFORE_PASSIVE = frozenset(
    listed(
        """
    is are was were be been being as not
    """
    )
)
_PRONOUNS = frozenset(
    listed(
        """
    he she they it who i we
    """
    )
)
_FARTHEST = 12  # words between a speaker and the verb


@dataclass(frozen=True, slots=True)
class _Report:
    """A verb of saying, and where the one who says it stands; () where nobody is named."""

    verb: int
    speaker: range
    pronoun: bool


def check(pair: Pair) -> Iterator[Finding]:
    """Yield a finding for each speaker that the statement names."""
    theirs = _reports(pair.cited)
    for own in _reports(pair.words):
        if own.speaker and (finding := _spoken(pair, own, theirs)):
            yield finding


def _spoken(pair: Pair, own: _Report, theirs: Sequence[_Report]) -> Finding | None:
    words = pair.said(own.speaker)
    keys = [pair.words[i].key for i in own.speaker if is_name(pair.words[i])]
    named = [other for other in theirs if other.speaker]
    if any(_same(pair, keys, own, other) for other in named):
        return Finding("speaker", "agrees", words, pair.span(named[0].speaker), "")
    if any(other.pronoun for other in theirs) or _in_heading(pair, keys):
        return None  # the name is checked by itself
    rivals = [other for other in named if not _told_by_own(pair, other)]
    if len(named) == 1 and rivals:
        span = pair.span(rivals[0].speaker)
        reason = f'In the source "{pair.quote(span)}" says so, not "{words}".'
        return Finding("speaker", "conflicts", words, span, reason)
    return None


def _same(pair: Pair, keys: Sequence[str], own: _Report, other: _Report) -> bool:
    before = range(max(0, other.speaker.start - _FARTHEST), other.speaker.stop)
    sentence = pair.cited[other.speaker.start].sentence
    near = [pair.cited[i] for i in before if pair.cited[i].sentence == sentence]
    if any(one_name(key, word.key) for key in keys for word in near):
        return True
    short = initials([pair.words[i] for i in own.speaker])
    return bool(short & {word.key for word in near}) or bool(set(keys) & initials(near))


def _told_by_own(pair: Pair, other: _Report) -> bool:
    """Say whether the statement too lets the other one speak."""
    keys = [pair.cited[i].key for i in other.speaker if is_name(pair.cited[i])]
    return any(
        one_name(key, pair.words[i].key)
        for own in _reports(pair.words)
        for i in own.speaker
        for key in keys
    )


def _in_heading(pair: Pair, keys: Sequence[str]) -> bool:
    heading = pair.source.heading.casefold()
    return any(key in heading for key in keys)


def _reports(words: Sequence[Word]) -> list[_Report]:
    named = [
        run for run in runs(words) if len(run) > 1 or not words[run[0]].opens or _acts(words, run)
    ]
    found = []
    for at, word in enumerate(words):
        if word.key == "according" and at + 2 < len(words) and words[at + 1].key == "to":
            after = next((run for run in named if at + 1 < run.start <= at + 5), range(0))
            found.append(_Report(at, after, words[at + 2].key in _PRONOUNS))
        elif word.key in SAYS and not word.capitalised and not _is_passive(words, at):
            found.append(_subject(words, at, named))
    return found


def _acts(words: Sequence[Word], run: range) -> bool:
    """Say whether a verb of saying follows close on a word that opens a sentence."""
    return any(word.key in SAYS for word in words[run.stop : run.stop + 2])


def _is_passive(words: Sequence[Word], at: int) -> bool:
    """Say whether nobody speaks: "were also announced", "as defined"."""
    return any(word.key in _BEFORE_PASSIVE for word in words[max(0, at - 2) : at])


def _subject(words: Sequence[Word], at: int, named: Sequence[range]) -> _Report:
    """Return who says it: the last name or pronoun before the verb, or a name right after it."""
    if any(run.start == at + 1 for run in named) and _ends_speech(words, at):
        return _Report(at, next(run for run in named if run.start == at + 1), False)
    sentence = words[at].sentence
    before = [run for run in named if run.stop <= at and words[run[0]].sentence == sentence]
    near = [run for run in before if at - run.stop <= _FARTHEST]
    pronouns = [i for i in range(max(0, at - 4), at) if words[i].key in _PRONOUNS]
    last = pronouns[-1] if pronouns else -1
    if last >= 0 and words[last].sentence == sentence and (not near or near[-1].start < last):
        return _Report(at, range(0), words[last].key != "who")
    return _Report(at, near[-1] if near else range(0), False)


def _ends_speech(words: Sequence[Word], at: int) -> bool:
    """Say whether a clause ends right before a verb: "…, said Smith"."""
    return at > 0 and words[at - 1].clause != words[at].clause
