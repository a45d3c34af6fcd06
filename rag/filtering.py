"""Filters in a person's words: from what was typed to `Filters`, and from them to plain words.

In: words, what a library holds. Out: filters, and names for them. Knows nothing about how a
library is searched or where the words were typed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from difflib import SequenceMatcher
from pathlib import PurePath

from rag.errors import InputError, UsageError
from rag.months import day_in_words, first_day, last_day, make_date, month_in_words
from rag.types import Filters, Narrowing

_NAMED = 8
"""How many known names an error lists."""
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_NUMBER = re.compile(r"#\d+$")
_LISTS = ("publishers", "languages", "documents", "folders")


@dataclass(frozen=True, slots=True)
class Wish:
    """Filters as a person typed them: names, and dates as a day, a month or a year."""

    publishers: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    after: str = ""
    before: str = ""
    as_of: str = ""


@dataclass(frozen=True, slots=True)
class Choices:
    """What a library can be filtered by: names with their numbers of documents, most first.

    `first` and `last` are the first and the last day of publication that is known;
    `undated` counts the documents without one.
    """

    documents: int
    passages: int
    publishers: tuple[tuple[str, int], ...] = ()
    languages: tuple[tuple[str, int], ...] = ()
    first: date | None = None
    last: date | None = None
    undated: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """One filter of several: its name in plain words, and itself alone."""

    words: str
    filters: Filters


# --- from words to filters ---


def understood(wish: Wish, choices: Choices, paths: Mapping[str, str]) -> Filters:
    """Return the filters that were meant; `paths` are those of all documents, by id.

    Raises InputError for a name that the library does not know, saying those it does, and
    UsageError for dates that are none or exclude each other.
    """
    after, before = first_of(wish.after), last_of(wish.before)
    if after and before and after > before:
        raise UsageError(
            f"Nothing is published both from {after} on and until {before}: swap the two dates."
        )
    return Filters(
        publishers=_known("publisher", wish.publishers, choices.publishers),
        languages=_known("language", wish.languages, choices.languages),
        documents=_once(i for name in wish.documents for i in _document_ids(name, paths)),
        folders=_once(_folder(name, paths) for name in wish.folders),
        after=after,
        before=before,
        as_of=last_of(wish.as_of),
    )


def first_of(words: str) -> date | None:
    """Return the first day of a day, month or year ("2026-01"), None for ""; raises UsageError."""
    return _day(words, month=1, day=1)


def last_of(words: str) -> date | None:
    """Return the last day of a day, month or year ("2026-01"), None for ""; raises UsageError."""
    first, whole = _day(words, month=12, day=1), words.strip().count("-") < 2
    return last_day(first.year, first.month) if first and whole else first


def _day(words: str, *, month: int, day: int) -> date | None:
    """Return what was typed, with this month and day where it names none."""
    words = words.strip()
    if not words:
        return None
    match = _DATE.fullmatch(words)
    found = match and make_date(int(match[1]), int(match[2] or month), int(match[3] or day))
    if not found:
        raise _no_date(words)
    return found


def _no_date(words: str) -> UsageError:
    return UsageError(
        f"{_short(words)} is no date: write a day like 2026-01-31, a month like 2026-01 "
        "or a year like 2026."
    )


def _known(noun: str, wanted: Sequence[str], known: Sequence[tuple[str, int]]) -> tuple[str, ...]:
    """Return names as the library writes them; raises InputError for one it does not know."""
    spelt = {name.casefold(): name for name, _ in known}
    for name in wanted:
        if name.strip().casefold() not in spelt:
            raise _unknown(noun, name, [name for name, _ in known])
    return _once(spelt[name.strip().casefold()] for name in wanted)


def _document_ids(name: str, paths: Mapping[str, str]) -> list[str]:
    """Return the document of this id, path or file name, the documents of a file with several."""
    wanted = name.strip().casefold()
    found = [id for id in paths if id.casefold() == wanted]
    found = found or [id for id in paths if wanted and id.casefold().startswith(wanted)]
    if len(found) == 1:
        return found
    places = (_absolute(name), name.strip())
    named = [id for id, path in paths.items() if _is_at(path, places)]
    files = {_NUMBER.sub("", paths[id]) for id in named or found}
    if len(files) == 1 and named:
        return named
    if files:
        raise InputError(
            f"{_short(name)} may be any of these: {_listed(sorted(files))}. Say which."
        )
    raise _unknown("document", name, [PurePath(path).name for path in paths.values()])


def _is_at(path: str, places: Iterable[str]) -> bool:
    """Whether a path, with its number within the file or without, is or ends with a place."""
    ends = (PurePath(path).parts, PurePath(_NUMBER.sub("", path)).parts)
    parts = (PurePath(place).parts for place in places)
    return any(own and end[-len(own) :] == own for own in parts for end in ends)


def _absolute(name: str) -> str:
    return os.path.abspath(os.path.expanduser(name.replace("\0", "")))


def _folder(name: str, paths: Mapping[str, str]) -> str:
    """Return the folder of this path or these last parts of one; raises InputError."""
    folders = {str(folder) for path in paths.values() for folder in PurePath(path).parents}
    for folder in (_absolute(name), os.path.realpath(_absolute(name))):
        if folder in folders:
            return folder
    found = sorted(folder for folder in folders if _is_at(folder, (name.strip(),)))
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(f"{_short(name)} may be any of these: {_listed(found)}. Say which.")
    raise _unknown("folder", name, sorted({str(PurePath(path).parent) for path in paths.values()}))


def _unknown(noun: str, name: str, known: Sequence[str]) -> InputError:
    if not known:
        return InputError(f"No {noun} is known of any document here: leave this filter out.")
    near = sorted(_once(known), key=lambda one: -_likeness(name, one))
    return InputError(f"No document here has the {noun} {_short(name)}. Known: {_listed(near)}.")


def _likeness(name: str, other: str) -> float:
    return SequenceMatcher(None, name[:100].casefold(), other[:100].casefold()).ratio()


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _short(words: str) -> str:
    return repr(words if len(words) <= 60 else f"{words[:59]}…")


def _once(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


# --- from filters to words ---


def parts(filters: Filters) -> list[Part]:
    """Return each filter by itself, in the order in which they are applied."""
    found = [_names(name, getattr(filters, name)) for name in _LISTS if getattr(filters, name)]
    if filters.after or filters.before:
        days = Filters(after=filters.after, before=filters.before)
        found.append(Part(f"published {_period(days)}", days))
    if filters.as_of:
        found.append(Part(f"as of {day_in_words(filters.as_of)}", Filters(as_of=filters.as_of)))
    return found


def single(filters: Filters) -> list[Part]:
    """Return each filter by itself, and each of several publishers or languages too."""
    names = [_names(name, (one,)) for name in _LISTS for one in getattr(filters, name)]
    dates = replace(filters, **dict.fromkeys(_LISTS, ()))
    return names + parts(dates)


def _names(field: str, values: tuple[str, ...]) -> Part:
    return Part(f"{field.removesuffix('s')} {' or '.join(values)}", Filters(**{field: values}))


def joined(filters: Iterable[Filters]) -> Filters:
    """Return filters as one: names are gathered, of dates the last one stays."""
    whole = Filters()
    for one in filters:
        for field in fields(Filters):
            value = getattr(one, field.name)
            if isinstance(value, tuple):
                value = getattr(whole, field.name) + value
            if value:
                whole = replace(whole, **{field.name: value})
    return whole


def without(filters: Filters, words: str) -> Filters:
    """Return filters less the single one of this name."""
    return joined(part.filters for part in single(filters) if part.words != words)


def nothing_left(left: Sequence[Narrowing]) -> str:
    """Return which filters left no document, "" when some are left."""
    if not left or left[-1].documents:
        return ""
    last = next(at for at, one in enumerate(left) if not one.documents)
    before = f" (before it there were {left[last - 1].documents:,})" if last else ""
    remedy = "widen it or leave it out"
    return f"No document is left by “{left[last].by}”{before}: {remedy}."


def _period(days: Filters) -> str:
    """Return days of publication in words: "January 2021", "since 1 March 2024"."""
    after, before = days.after, days.before
    if not (after and before):
        return f"since {day_in_words(after)}" if after else f"until {day_in_words(before)}"
    if after == before:
        return day_in_words(after)
    if (after, before) == (first_day(after.year, 1), last_day(after.year, 12)):
        return str(after.year)
    if (after, before) == (first_day(after.year, after.month), last_day(after.year, after.month)):
        return month_in_words(after)
    return f"{day_in_words(after)} to {day_in_words(before)}"
