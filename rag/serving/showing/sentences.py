"""Where the sentences of an answer stand in its text, and what each of them cites.

In: answers. Out: records, and ids that the page and its script share. Knows nothing about HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from rag.types import Answer, Citation, Statement


@dataclass(frozen=True, slots=True)
class Sentence:
    """A statement, its 1-based number, and where it stands in the text with its markers."""

    number: int
    start: int
    end: int
    statement: Statement


def sentences(answer: Answer) -> list[Sentence]:
    """Return the statements that stand in the answer's text, in order.

    A span takes in the markers that follow the sentence.
    """
    found, position = [], 0
    for number, statement in enumerate(answer.statements, 1):
        match = _pattern(statement).search(answer.text, position)
        if match:
            position = match.end()
            found.append(Sentence(number, match.start(), position, statement))
    return found


def sentence_id(turn: int, number: int) -> str:
    """Return the id of a sentence of an answer on the page."""
    return f"sentence-{turn}-{number}"


def check_id(turn: int, number: int) -> str:
    """Return the id of what the panel says of a sentence."""
    return f"check-{turn}-{number}"


def spans_told(citations: Iterable[Citation], number: int) -> str:
    """Return the spans that are cited under a number, as `data-spans` holds them: "12-40 60-81"."""
    found = dict.fromkeys(f"{one.start}-{one.end}" for one in citations if one.number == number)
    return " ".join(found)


def _pattern(statement: Statement) -> re.Pattern[str]:
    """Match the statement's words with markers and any white space between them."""
    marker = r"(?:\s*\[\d{1,4}\])*"
    words = (re.escape(word) for word in statement.text.split())
    spaced = rf"{marker}\s+".join(words)
    closing = re.search(r"(\\?[.!?])$", spaced)
    if closing:
        spaced = f"{spaced[: closing.start()]}{marker}{closing[1]}"
    return re.compile(spaced + marker)
