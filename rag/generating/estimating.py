"""Estimates tokens where a model's vocabulary is not at hand.

In: a text. Out: a number that is rather too high. Knows nothing about models.
"""

from __future__ import annotations

import re

_PIECES = re.compile(r"(?P<word>[A-Za-z]+)|(?P<foreign>[^\x00-\x7f])|[^ ]")
_LETTERS = 4
"""Letters of a word that are counted as one token; its blank goes with the first."""


def estimated_tokens(text: str) -> int:
    """Return rather more tokens than common vocabularies take for a text.

    A figure, a sign and a line break count as one each, a character beyond ASCII as one less
    than its bytes. How much more is in tests/benchmarks/LOG.md.
    """
    return sum(map(_tokens, _PIECES.finditer(text)))


def _tokens(found: re.Match[str]) -> int:
    if found["word"]:
        return -(-len(found["word"]) // _LETTERS)
    return len(found[0].encode("utf-8", "replace")) - 1 if found["foreign"] else 1
