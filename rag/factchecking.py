"""Checks statements against documents: those of an answer, and those of any text.

In: statements with their evidence, or a text and a library. Out: statements with verdicts.
Knows nothing about generators or how an answer was written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag import choosing, citing, merging, prompting, verifying
from rag.citing import Sources
from rag.errors import InputError
from rag.guarding import guarded, without
from rag.retrieving import Searchable, judged, retrieve
from rag.splitting import sentences
from rag.types import Evidence, Filters, Hit, Reranker, Span, Statement

LONGEST_TEXT = 100_000  # characters
HITS = 8
"""Passages in which a statement's sources are looked for."""
_LONGEST = 2_000  # characters of a statement that are searched for


def checked(
    statements: Sequence[Statement], evidence: Sequence[Evidence], reranker: Reranker
) -> tuple[Statement, ...]:
    """Return statements with their verdicts; `evidence` is what their citations are from."""
    return tuple(_checked(statement, evidence, reranker) for statement in statements)


def verify(text: str, library: Searchable, filters: Filters | None = None) -> Iterator[Statement]:
    """Yield the statements of a text in order, each checked against a library.

    Raises InputError for a text that holds no words, or too many.
    """
    text, spans = stated(text)
    return (_found(text[span.start : span.end], library, filters) for span in spans)


def stated(text: str) -> tuple[str, list[Span]]:
    """Return a text as it is checked, of the same length, and where its statements stand.

    They cover all of it but white space. Raises InputError as `verify` does.
    """
    if not any(c.isalnum() for c in text):
        raise InputError("There is nothing to verify: give a text in words.")
    if len(text) > LONGEST_TEXT:
        raise InputError(
            f"The text has {len(text):,} characters: verify at most {LONGEST_TEXT:,} at once."
        )
    text = text.encode("utf-8", "replace").decode("utf-8")
    return text, sentences(text)


def _found(words: str, library: Searchable, filters: Filters | None) -> Statement:
    """Return a statement with the sentences of the library that carry it best, checked."""
    words = " ".join(words.split())
    statement = Statement(words, ())
    if not any(c.isalnum() for c in words):
        return _checked(statement, (), library.reranker)
    hits = retrieve(words[:_LONGEST], library, limit=HITS, filters=filters)
    evidence = _evidence(judged(words[:_LONGEST], hits, library, most=HITS), library)
    sources = Sources(evidence, citing.likeness(library.reranker.score))
    numbers = [number for number, fit in sources.fits(words).items() if fit.fit >= citing.CARRIES]
    each = [replace(statement, citations=sources.grounds(words, (n,))) for n in numbers[:HITS]]
    return _best([_checked(one, evidence, library.reranker) for one in each], statement)


def _best(checked_: Sequence[Statement], statement: Statement) -> Statement:
    """Return the statement as the document that supports it most says; else as one contradicts.

    What no document speaks of is not supported.
    """
    if not checked_:
        reason = "Nothing in the documents was found to say this."
        return replace(statement, verdict="not supported", reason=reason, support=0.0)
    order = ("supported", "contradicted", "partly supported", "not supported", "not checked")
    return min(checked_, key=lambda one: (order.index(one.verdict), -(one.support or 0)))


def _evidence(hits: Sequence[Hit], library: Searchable) -> tuple[Evidence, ...]:
    hits = merging.collapse(hits)
    stretches = choosing.stretches(
        [
            (
                library.store.document(hit.passage.document_id),
                Span(hit.passage.start, hit.passage.end),
            )
            for hit in hits
        ]
    )
    return tuple(
        guarded(Evidence(number, document, span.start, span.end))
        for number, (document, span) in enumerate(stretches, 1)
    )


def _checked(statement: Statement, evidence: Sequence[Evidence], reranker: Reranker) -> Statement:
    cited = {citation.number for citation in statement.citations}
    read = [item for item in evidence if item.number in cited]
    around = "\n".join(
        without(item.document.text, Span(item.start, item.end), item.withheld) for item in read
    )
    headings = dict.fromkeys(prompting.heading(item.document) for item in read)
    return verifying.verified(statement, around, "\n".join(headings), score=reranker.score)
