"""Which words a text must hold for a regular expression to match anywhere in it.

In: a compiled pattern. Out: groups of strings, of each of which a matching text holds at least
one. Knows nothing about rules. Looking for fixed strings takes a small part of the time of
trying a pattern at every character, and most passages lack what most patterns need.

The groups are read off the parsed pattern, as RE2 and Code Search do it (Cox, 2012), so they
cannot fall behind it; whatever is not understood asks for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import product

Groups = tuple[frozenset[str], ...]

_MOST = 48  # strings of one group; larger ones take longer to look for than they save
_ZERO_WIDTH = {"AT", "ASSERT", "ASSERT_NOT"}
_REPEATS = {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}
_TO_ASCII = str.maketrans({"\u0130": "i", "\u0131": "i", "\u017f": "s", "\u212a": "k"})
"""The characters outside ASCII that `re.IGNORECASE` takes for letters of it."""


def needed(pattern: re.Pattern[str]) -> Groups:
    """Return the groups of a pattern, the one that is looked for fastest first; () for none."""
    try:
        from_parser = re._parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE)
    except (AttributeError, re.error):  # a private module, which another Python may not have
        return ()
    found = _Reader(ignoring_case=bool(pattern.flags & re.IGNORECASE)).groups(from_parser)
    return tuple(sorted(set(found), key=lambda group: (len(group), sorted(group))))


def lowered(text: str) -> str:
    """Return a text in which what a pattern needs is found where its case does not matter."""
    return text.translate(_TO_ASCII).lower()


class _Reader:
    """Reads the groups off the tree of a pattern."""

    def __init__(self, *, ignoring_case: bool):
        self._ignoring_case = ignoring_case

    def groups(self, items: Sequence) -> list[frozenset[str]]:
        """Return the groups of which each match of a sequence holds one string each."""
        found: list[frozenset[str]] = []
        run = frozenset({""})  # what the items so far since the last gap may be, letter by letter
        for operation, value in items:
            exact = self._exact(str(operation), value)
            if exact is not None and len(run) * len(exact) <= _MOST:
                run = frozenset(map("".join, product(run, exact)))
                continue
            found += _group(run)
            run = exact if exact is not None else frozenset({""})
            if exact is None:
                found += self._inside(str(operation), value)
        return [*found, *_group(run)]

    def _exact(self, operation: str, value) -> frozenset[str] | None:
        """Return every string that an item may match, None where these are many or unknown."""
        if operation in _ZERO_WIDTH:
            return frozenset({""})
        if operation == "LITERAL":
            return self._letter(value)
        if operation == "IN":
            return self._one_of([self._exact(str(kind), of) for kind, of in value])
        if operation == "BRANCH":
            return self._one_of([self._whole(branch) for branch in value[1]])
        if operation == "SUBPATTERN" and not (value[1] or value[2]):
            return self._whole(value[3])
        if operation in _REPEATS and value[:2] in ((0, 1), (1, 1)):
            once = self._whole(value[2])
            return once and (once | {""} if value[0] == 0 else once)
        return None

    def _whole(self, items: Sequence) -> frozenset[str] | None:
        run = frozenset({""})
        for operation, value in items:
            exact = self._exact(str(operation), value)
            if exact is None or len(run) * len(exact) > _MOST:
                return None
            run = frozenset(map("".join, product(run, exact)))
        return run

    def _one_of(self, choices: Sequence[frozenset[str] | None]) -> frozenset[str] | None:
        if None in choices:
            return None
        joined = frozenset().union(*choices)
        return joined if len(joined) <= _MOST else None

    def _letter(self, code: int) -> frozenset[str] | None:
        if not self._ignoring_case:
            return frozenset({chr(code)})
        return frozenset({chr(code).lower()}) if code < 128 else None

    def _inside(self, operation: str, value) -> list[frozenset[str]]:
        """Return the groups of an item that may match too many strings to be named."""
        if operation == "SUBPATTERN" and not (value[1] or value[2]):
            return self.groups(value[3])
        if operation in _REPEATS and value[0] > 0:
            return self.groups(value[2])
        if operation == "BRANCH":
            each = [self.groups(branch) for branch in value[1]]
            if all(each):
                joined = frozenset().union(*(max(one, key=_worth) for one in each))
                return _group(joined)
        return []


def _group(strings: frozenset[str]) -> list[frozenset[str]]:
    """Return strings as a group, without those that hold another; none where nearly all texts do.

    A lone letter or blank is in any text, so that a group with one asks for nothing.
    """
    if any(len(one) < 2 and (not one or one.isalnum() or one.isspace()) for one in strings):
        return []
    least = {one for one in strings if not any(other in one for other in strings - {one})}
    return [frozenset(least)]


def _worth(group: frozenset[str]) -> tuple[int, int]:
    return min(map(len, group)), -len(group)
