"""Finds what an answer says that no passage does: dates, figures and names of its own.

In: a question, statements, evidence. Out: words of the statements. Knows nothing about verdicts
or what is done about it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag import prompting
from rag.checking import Source, findings
from rag.guarding import without
from rag.types import Evidence, Span, Statement, as_date
from rag.verifying.deciding import missing_names


def invented(
    question: str, statements: Sequence[Statement], evidence: Sequence[Evidence]
) -> tuple[str, ...]:
    """Return the dates, figures and names of statements that stand in no passage.

    What the question says itself is not counted, nor a date that follows from a passage and
    the day its document was published.
    """
    asked = question.casefold()
    found = [words for one in statements for words in _nowhere(one.text, question, evidence)]
    return tuple(dict.fromkeys(words for words in found if words.casefold() not in asked))


def _nowhere(text: str, question: str, evidence: Sequence[Evidence]) -> Iterator[str]:
    dates = [_unstated_dates(text, question, item) for item in evidence]
    nowhere = [words for words in dates[0] if all(words in other for other in dates[1:])]
    yield from nowhere
    dated = " ".join(nowhere)
    yield from (name for name in missing_names(text, evidence) if name not in dated)


def _unstated_dates(text: str, question: str, item: Evidence) -> list[str]:
    words = without(item.document.text, Span(item.start, item.end), item.withheld)
    heading = prompting.heading(item.document)
    source = Source(f"{words}\n{question}", question, heading, as_date(item.document.published))
    found = findings(text, source)
    return [one.words for one in found if one.kind == "date" and one.outcome != "agrees"]
