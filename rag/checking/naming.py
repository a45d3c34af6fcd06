"""Checks the names of a statement.

In: a `Pair`. Out: findings of kind "name": every name must stand in the cited text, in one of
its forms, or be what the text leaves to its context. Knows nothing about what names do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.checking.comparing import Pair
from rag.checking.names import initials, is_name, one_name, runs, stands
from rag.checking.records import Finding
from rag.checking.saying import SAYS
from rag.checking.words import FUNCTION_WORDS, listed, read

_LEANS = frozenset(
    listed(
        """
    he she it they his her its their him them we our i my this these those that who
    which there here such
    """
    )
)
_INSTRUCTIONS = frozenset(
    listed(
        """
    add apply ask avoid book build call change check choose click close configure
    contact consider copy create define delete deploy download edit enable ensure enter
    file fill find follow get go include install keep learn log make meet navigate note
    open pay press provide read remove replace report request review run save see select
    send set sign start submit take try turn type update upload use verify view visit
    wait write
    """
    )
)
_LEAD = 3  # words before a name that, when the source has them too, tell its place
_NO_NAME = ("s", "ing", "ly", "ed", "ion")
_HEADING = re.compile(r"\*\*[^*]+\*\*:?|^#+ .*$", re.MULTILINE)


def check(pair: Pair) -> Iterator[Finding]:
    """Yield a finding for each name of the statement."""
    headings = [match.span() for match in _HEADING.finditer(pair.statement)]
    for run in runs(pair.words):
        start = pair.words[run[0]].start
        if any(first <= start < last for first, last in headings):
            continue
        yield from _named(pair, run)


def _named(pair: Pair, run: range) -> Iterator[Finding]:
    missing = [at for at in run if is_name(pair.words[at]) and not _in_text(pair, at)]
    if (missing and _is_acronym(pair, run)) or _only_opens(pair, run):
        return
    place = (pair.place(run) or pair.following(run)) if missing else _elsewhere(pair, run)
    rival = _rival(pair, missing or run, place) if place else None
    if rival:
        yield _conflict(pair, run, rival)
    elif not missing:
        yield Finding("name", "agrees", pair.said(run), None, "")
    elif _instructs(pair, run, missing):
        return
    elif all(_in_context(pair, at) for at in missing) and _left_open(pair, run, missing):
        yield Finding("name", "agrees", pair.said(run), None, "The passage names it.")
    else:
        words = " ".join(pair.words[at].text for at in missing)
        yield Finding("name", "absent", words, None, f'The source does not name "{words}".')


def _elsewhere(pair: Pair, run: range) -> range | None:
    """Return what the source has in a name's place, if it has it nowhere after the same words."""
    before = range(max(0, run.start - _LEAD), run.stop)
    told = f" {' '.join(word.key for word in pair.cited)} "
    own = " ".join(pair.words[at].key for at in before)
    return None if len(before) > len(run) and f" {own} " in told else pair.instead(run)


def _conflict(pair: Pair, run: range, rival: range) -> Finding:
    span = pair.span(rival)
    words = pair.said(run)
    reason = f'The source says "{pair.quote(span)}", not "{words}".'
    return Finding("name", "conflicts", words, span, reason)


def _in_text(pair: Pair, at: int) -> bool:
    word = pair.words[at]
    if pair.alignment.at[at] is not None:
        return True
    held = pair.cited_keys if word.text.isupper() else pair.cited_keys - FUNCTION_WORDS
    return stands(word.key, held) or _joined(word.key, pair)


def _joined(key: str, pair: Pair) -> bool:
    """Say whether a word stands in the text in two parts: "Eumchul" and "Eum-chul"."""
    return len(key) > 5 and key in "".join(word.key for word in pair.cited)


def _in_context(pair: Pair, at: int) -> bool:
    key = pair.words[at].key
    if key in pair.around_keys or stands(key, pair.around_keys):
        return True
    return len(key) > 5 and key in "".join(word.key for word in pair.around)


def _is_acronym(pair: Pair, run: range) -> bool:
    """Say whether the run is short for a name of the source, or written out what it has short."""
    held = {
        word.key for word in (*pair.cited, *pair.around) if word.text.isupper() or "." in word.text
    }
    held |= {word.key for word in pair.words[run.stop : run.stop + 2] if word.text.isupper()}
    if initials(pair.words[run.start : run.stop]) & held:
        return True
    shorts = [pair.words[at] for at in run if is_name(pair.words[at])]
    long = initials(pair.cited) | initials(pair.around) | initials(pair.words[: run.start])
    return all(word.key in long or stands(word.key, pair.cited_keys) for word in shorts)


def _only_opens(pair: Pair, run: range) -> bool:
    """Say whether a capital means no more than that a sentence begins."""
    first = pair.words[run[0]]
    if len(run) > 1 or not first.opens or first.key in pair.names:
        return False
    after = pair.words[run.stop].key if run.stop < len(pair.words) else ""
    return not (after in SAYS or (after.endswith("ed") and not first.key.endswith(_NO_NAME)))


def _instructs(pair: Pair, run: range, missing: list[int]) -> bool:
    """Say whether only a verb that opens an instruction is missing: "Open IBM Cloud"."""
    first = pair.words[run[0]]
    return missing == [run[0]] and first.opens and first.key in _INSTRUCTIONS


def _left_open(pair: Pair, run: range, missing: list[int]) -> bool:
    """Say whether the cited text leaves to its context what the statement names."""
    if len(missing) < len(run) and _stands_whole(pair, run):
        return True  # a part of the name stands in the text
    return bool(_LEANS & pair.cited_keys) or _in_heading(pair, missing)


def _stands_whole(pair: Pair, run: range) -> bool:
    """Say whether the words of a name follow each other in the context or the heading."""
    own = " ".join(pair.words[at].key for at in run)
    return f" {own} " in f" {' '.join(word.key for word in pair.around)} "


def _in_heading(pair: Pair, missing: Sequence[int]) -> bool:
    heading = {word.key for word in read(pair.source.heading)}
    return all(stands(pair.words[at].key, heading) for at in missing)


def _rival(pair: Pair, run: Sequence[int], place: range) -> range | None:
    """Return a name of the source that stands where the statement has another."""
    own = [pair.words[at].key for at in run if is_name(pair.words[at])]
    if any(one_name(key, pair.cited[at].key) for key in own for at in place):
        return None
    if any(pair.cited[at].key in _LEANS for at in place):
        return None
    for other in runs(pair.cited[place.start : place.stop]):
        there = range(place.start + other.start, place.start + other.stop)
        apart = pair.instead(_whole(run)) or not _used(pair, there)
        if apart and _is_rival(pair, there, own):
            return there
    return None


def _whole(run: Sequence[int]) -> range:
    return range(run[0], run[-1] + 1)


def _is_rival(pair: Pair, there: range, own: Sequence[str]) -> bool:
    """Say whether words are a name, and no acronym of the one before them or mere opening."""
    first = pair.cited[there[0]]
    if pair.source.text[: first.start].rstrip().endswith("(") and first.text.isupper():
        return False
    keys = [pair.cited[at].key for at in there if is_name(pair.cited[at])]
    if len(there) > 1 and any(key in pair.keys for key in keys):
        return bool(own) and not all(key in pair.keys for key in keys)
    return len(there) > 1 or not first.opens or first.key in pair.names


def _used(pair: Pair, there: range) -> bool:
    """Say whether the statement has any word of a name of the source."""
    keys = [pair.cited[at].key for at in there if is_name(pair.cited[at])]
    return any(stands(key, pair.keys) for key in keys)
