"""Suggests questions that a library can answer.

In: documents. Out: questions made of their own names and titles: what somebody said who is quoted
there, what a document with a title is about. Knows nothing about models.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from rag.types import Document

_SPEAKER = re.compile(
    r"\b([A-Z][\w’'-]+(?: [A-Z][\w’'-]+){1,2})(?:, [^,.;\n]{3,80},)? "
    r"(?:said|says|told)\b"
)
_LONGEST_TITLE = 70


def example_questions(documents: Sequence[Document], limit: int = 4) -> list[str]:
    """Return up to `limit` questions: what people who are quoted said, then what titles tell."""
    speakers = Counter(
        match[1]
        for document in documents
        for span in document.body
        for match in _SPEAKER.finditer(document.text, span.start, min(span.end, 50_000))
    )
    titles = (document.title.value for document in documents if document.title)
    asked = chain(
        (f"What did {name} say?" for name, _ in sorted(speakers.items(), key=_rarest)[:2]),
        (f"What is “{title}” about?" for title in titles if len(title) <= _LONGEST_TITLE),
    )
    return list(islice(dict.fromkeys(asked), limit))


def follow_ups(documents: Sequence[Document], asked: Sequence[str], limit: int = 3) -> list[str]:
    """Return up to `limit` questions to go on with, from documents that were just found.

    Each is of a person who is quoted in one of them, or of a title, that no question in `asked`
    names; people of the first documents come first.
    """
    known = " ".join(asked).casefold()
    speakers = (
        match[1]
        for document in documents
        for span in document.body
        for match in _SPEAKER.finditer(document.text, span.start, min(span.end, 50_000))
    )
    titles = (one.title.value for one in documents if one.title)
    people = _fresh(speakers, known)
    told = [
        *(f"What did {name} say?" for name in islice(people, max(1, limit - 1))),
        *(
            f"What is “{title}” about?"
            for title in _fresh(titles, known)
            if len(title) <= _LONGEST_TITLE
        ),
    ]
    return told[:limit]


def _fresh(names: Iterable[str], known: str) -> Iterator[str]:
    """Yield each name once that no question names."""
    return (name for name in dict.fromkeys(names) if name.casefold() not in known)


def _rarest(item: tuple[str, int]) -> tuple[int, str]:
    """Sort people quoted once or twice first: a question about them has one clear answer."""
    return item[1], item[0]
