"""Looks fields up in one object of a test set, and notes whatever is wrong with them.

In: an object read from a file, and its place. Out: values of the type asked for, or an
empty stand-in where a problem was noted. Knows nothing about formats.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches

from rag.evaluating.records import Problem

MOST_PROBLEMS = 1000
LONGEST_QUESTION = 4000  # characters


class Notes:
    """The problems of one test set in the order they were met, the first 1,000 of them."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def add(self, path: str, line: int, what: str, remedy: str) -> None:
        """Note one problem."""
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(path, line, what, remedy))


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file of a test set; `words` name it where a line number is too coarse."""

    notes: Notes
    path: str
    line: int = 0
    words: str = ""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" if self.line else self.path

    def note(self, what: str, remedy: str) -> None:
        """Note a problem of this place."""
        what = f"{self.words}: {what}" if self.words else what
        self.notes.add(self.path, self.line, what, remedy)

    def inner(self, words: str) -> Place:
        """Return a place within this one."""
        return replace(self, words=f"{self.words}, {words}" if self.words else words)


@dataclass(frozen=True, slots=True)
class Fields:
    """One object of a test set. A getter that finds something wrong notes it and goes on."""

    values: Mapping
    place: Place

    def has(self, key: str) -> bool:
        """Whether the object has a value for `key`; null is none."""
        return self.values.get(key) is not None

    def note(self, what: str, remedy: str) -> None:
        """Note a problem of this object."""
        self.place.note(what, remedy)

    def expect_only(self, keys: Collection[str]) -> None:
        """Note every key that is not among `keys`."""
        for key in self.values:
            if key not in keys:
                close = get_close_matches(str(key), keys, 1, 0.7)
                known = f"Leave it out; the keys are: {', '.join(keys)}."
                remedy = f'Did you mean "{close[0]}"?' if close else known
                self.note(f"unknown key {shown(key)}", remedy)

    def text(self, key: str) -> str:
        """Return an optional string, "" where there is none."""
        if not self.has(key) or isinstance(self.values[key], str):
            return self.values.get(key) or ""
        self._wrong(key, "a string", f'Write "{key}": "…".')
        return ""

    def words(self, key: str) -> str:
        """Return a required string that is not blank, as it is."""
        if not self.has(key):
            self.note(f'"{key}" is missing', f'Add "{key}": "…".')
            return ""
        found = self.text(key)
        if not found.strip() and isinstance(self.values[key], str):
            self.note(f'"{key}" is empty', f'Write something in "{key}", or leave out the case.')
        return found

    def question(self, key: str) -> str:
        """Return a required question, without blanks around it."""
        found = self.words(key).strip()
        if len(found) > LONGEST_QUESTION:
            what = f'"{key}" has {len(found):,} characters, {LONGEST_QUESTION:,} are the most'
            self.note(what, "Shorten it, and put what leads up to it in the history.")
        return found

    def name(self, key: str) -> str:
        """Return a required id: a string that is not blank, or a whole number."""
        value = self.values.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        return self.words(key).strip()

    def flag(self, key: str, default: bool) -> bool:
        """Return true or false."""
        if not self.has(key):
            return default
        if not isinstance(self.values[key], bool):
            self._wrong(key, "true or false", f'Write "{key}": true or "{key}": false.')
            return default
        return self.values[key]

    def day(self, key: str) -> date | None:
        """Return an optional date."""
        try:
            return date.fromisoformat(self.values[key]) if self.has(key) else None
        except (ValueError, TypeError):
            self._wrong(key, "a date", f'Write "{key}" as year-month-day: "2024-03-01".')
            return None

    def texts(self, key: str) -> tuple[str, ...]:
        """Return an optional list of strings, none of them blank."""
        value = self.values.get(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            self._wrong(key, "a list of strings", f'Write "{key}": ["…", "…"].')
            return ()
        if not all(one.strip() for one in value):
            self.note(f'"{key}" holds an empty string', "Fill it in or take it out.")
        return tuple(value)

    def one_or_more(self, key: str) -> tuple[str, ...]:
        """Return an optional string or list of strings as a tuple."""
        if isinstance(self.values.get(key), str):
            return (self.words(key),)
        return self.texts(key)

    def numbers(self, key: str) -> tuple[float, ...]:
        """Return an optional list of numbers above 0."""
        value = self.values.get(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(_positive(one) for one in value):
            self._wrong(key, "a list of numbers above 0", f'Write "{key}": [1, 2].')
            return ()
        return tuple(float(one) for one in value)

    def index(self, key: str, within: Sequence) -> int | None:
        """Return a required place in a sequence, counted from 0; None where it is not one."""
        value = self.values.get(key)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(within):
            return value
        there = f"there are {len(within)}, counted from 0" if within else "there is none"
        remedy = f"Write a number from 0 to {len(within) - 1}." if within else "Take it out."
        self.note(f'"{key}" is {shown(value)}, but {there}', remedy)
        return None

    def choice(self, key: str, among: Sequence[str]) -> str:
        """Return a required string that is one of `among`."""
        value = self.values.get(key)
        if isinstance(value, str) and value in among:
            return value
        known = " or ".join(f'"{one}"' for one in among)
        self.note(f'"{key}" is {shown(value)}, not {known}', f'Write "{key}" as {known}.')
        return ""

    def groups(self, key: str) -> tuple[tuple[str, ...], ...]:
        """Return answers: every inner tuple must be matched by one of its strings."""
        value = self.values.get(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(one, list) for one in value):
            self._wrong(key, "a list of lists of strings", _groups_of(key, value))
            return ()
        return tuple(self._group(key, group) for group in value)

    def objects(self, key: str, called: str) -> list[Fields]:
        """Return the objects of an optional list; `called` is what one of them is called."""
        value = self.values.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            self._wrong(key, "a list", f'Write "{key}": [{{…}}, {{…}}].')
            return []
        found = [Fields(one, self.place.inner(f"{called} {n}")) for n, one in enumerate(value, 1)]
        return [one for one in found if one.is_object()]

    def inner(self, key: str) -> Fields | None:
        """Return an optional object."""
        if not self.has(key):
            return None
        found = Fields(self.values[key], self.place.inner(f'"{key}"'))
        return found if found.is_object() else None

    def is_object(self) -> bool:
        """Whether this is an object; notes it if it is not."""
        if isinstance(self.values, Mapping):
            return True
        self.note(f"{kind_of(self.values)} where an object should be", "Write {…} there.")
        return False

    def _group(self, key: str, group: list) -> tuple[str, ...]:
        if all(isinstance(one, str) and one.strip() for one in group) and group:
            return tuple(group)
        what = "an empty string" if "" in group else "something that is not a string"
        what = what if group else "an empty list"
        self.note(f'"{key}" holds {what}', "Give every inner list the strings that will do.")
        return ()

    def _wrong(self, key: str, wanted: str, remedy: str) -> None:
        but = "but not" if isinstance(self.values[key], list) and "list" in wanted else "not"
        self.note(f'"{key}" is {shown(self.values[key])}, {but} {wanted}', remedy)


def identifiers(rows: Sequence[Fields], key: str = "id") -> list[str]:
    """Return the id of each object; where none has one, its line or its place in the list."""
    if any(row.has(key) for row in rows):
        return distinct([(row.place, row.name(key)) for row in rows])
    lines = [str(row.place.line) for row in rows]
    return lines if len(set(lines)) == len(lines) else [str(n) for n in range(1, len(rows) + 1)]


def distinct(names: Iterable[tuple[Place, str]]) -> list[str]:
    """Return the names, and note every one that was there before; "" does not count."""
    first: dict[str, Place] = {}
    found = []
    for place, name in names:
        if name and first.setdefault(name, place) is not place:
            what = f"the id {shown(name)} was used before, at {first[name]}"
            place.note(what, "Give it another.")
        found.append(name)
    return found


def kind_of(value: object) -> str:
    """Return in words what kind of JSON value something is."""
    kinds = {bool: "true or false", str: "a string", list: "a list", dict: "an object"}
    return "null" if value is None else kinds.get(type(value), "a number")


def shown(value: object) -> str:
    """Return a short value as JSON, on one line; a list or an object by name only."""
    if value is None:
        return "missing"
    if isinstance(value, list | dict):
        return kind_of(value)
    return json.dumps(value if len(str(value)) <= 60 else f"{str(value)[:60]}…", ensure_ascii=False)


def _positive(value: object) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and math.isfinite(value) and value > 0


def _groups_of(key: str, value: object) -> str:
    """Return how to write answers that were not written as a list of lists."""
    if isinstance(value, list) and len(value) > 1 and all(isinstance(one, str) for one in value):
        one, two = shown(value[0]), shown(value[1])
        return f'Write "{key}": [[{one}, {two}]] if either will do, [[{one}], [{two}]] if not.'
    words = value[0] if isinstance(value, list) and value else value
    example = shown(words) if isinstance(words, str) else '"Paris", "the city of Paris"'
    return f'Write "{key}": [[{example}]].'
