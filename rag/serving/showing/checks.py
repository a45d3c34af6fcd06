"""What the panel says of one sentence of an answer: its verdict, why, and the closest evidence.

In: exchanges. Out: HTML strings, hidden until their sentence is selected. The script
`checking.js` shows them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from rag.citing import overlap
from rag.serving.markup import attribute, day, escaped, publisher, source_name
from rag.serving.showing.sentences import check_id, sentence_id, sentences, spans_told
from rag.serving.showing.verdicts import badge, reason
from rag.serving.talking.exchange import Exchange
from rag.splitting import sentences as sentences_of
from rag.types import Citation, Evidence, Span, Statement

_CLOSEST = 2
"""Sentences of the evidence that are shown where a statement cites none."""
_LEAST = 0.2
"""The share of a statement's words below which a sentence of the evidence is not close."""
_LONGEST = 1_000
"""Characters of a quote that are shown here; the card holds all of it."""


def checks(exchange: Exchange) -> str:
    """Return what is said of each sentence of an answer as HTML, all of it hidden."""
    if exchange.answer is None or exchange.refusal:
        return ""
    return "".join(
        _check(exchange, one.number, one.statement) for one in sentences(exchange.answer)
    )


def verdict_lines(exchange: Exchange, evidence: Evidence) -> str:
    """Return the verdicts of the sentences that cite a piece of evidence, "" without any."""
    if exchange.answer is None or exchange.refusal:
        return ""
    lines = "".join(
        f'<li>{badge(one.statement.verdict)} <a class="said" dir="auto"'
        f' href="#{sentence_id(exchange.number, one.number)}">{escaped(one.statement.text)}</a>'
        f' <span class="reason">{escaped(reason(one.statement))}</span></li>'
        for one in sentences(exchange.answer)
        if spans_told(one.statement.citations, evidence.number)
    )
    name = f"Sentences that cite source {evidence.number}"
    return f'<ul class="verdicts" aria-label="{name}">{lines}</ul>' if lines else ""


def _check(exchange: Exchange, number: int, statement: Statement) -> str:
    name = check_id(exchange.number, number)
    return (
        f'<section class="check" id="{name}" tabindex="-1" hidden'
        f' aria-labelledby="{name}-title"><h3 id="{name}-title">The selected sentence</h3>'
        f'<p class="said" dir="auto">{escaped(statement.text)}</p>'
        f'<p class="found">{badge(statement.verdict)} {escaped(reason(statement))}</p>'
        f"{_deciding(statement)}{_evidence(exchange, statement)}</section>"
    )


def _deciding(statement: Statement) -> str:
    """Return the words that decided, where they are not simply what is cited."""
    one = statement.deciding
    if one is None or any(one.quote == cited.quote for cited in statement.citations):
        return ""
    words = escaped(one.quote[:_LONGEST])
    return f'<p class="deciding">Decided by <q dir="auto">{words}</q></p>'


def _evidence(exchange: Exchange, statement: Statement) -> str:
    """Return what a statement cites, else the sentences that come closest, each with its card."""
    places = statement.citations or _closest(statement.text, exchange.evidence)
    if not places:
        return '<p class="hint">No passage that was read comes close to it.</p>'
    title = "What it cites" if statement.citations else "Cites nothing; the closest words"
    known = {one.number: one for one in exchange.evidence}
    listed = "".join(
        _quote(exchange, known[one.number], one) for one in places if one.number in known
    )
    return f'<h4>{title}</h4><ul class="closest">{listed}</ul>'


def _quote(exchange: Exchange, evidence: Evidence, citation: Citation) -> str:
    document = citation.document
    cut = "…" if len(citation.quote) > _LONGEST else ""
    language = document.language.value if document.language else ""
    return (
        f'<li><p class="origin">{publisher(document.publisher)} · {day(document.published)}'
        f'<a class="marker" href="#evidence-{exchange.number}-{evidence.number}"'
        f' data-spans="{citation.start}-{citation.end}"'
        f' aria-label="{attribute(source_name(evidence))}">{evidence.number}</a></p>'
        f'<p class="quote" dir="auto" lang="{attribute(language)}">'
        f"{escaped(citation.quote[:_LONGEST])}{cut}</p></li>"
    )


def _closest(words: str, evidence: Sequence[Evidence]) -> list[Citation]:
    """Return the sentences of the evidence that share most words with a statement, best first."""
    found = [
        (share, Citation(item.number, item.document, span.start, span.end))
        for item in evidence
        for share, span in _shares(words, item.text, item.start)
    ]
    ranked = sorted((one for one in found if one[0] >= _LEAST), key=lambda one: -one[0])
    different = {one.quote: one for _, one in reversed(ranked)}
    return list(reversed(different.values()))[:_CLOSEST]


@lru_cache(maxsize=512)
def _shares(words: str, text: str, offset: int) -> tuple[tuple[float, Span], ...]:
    """Return for each sentence of a passage at an offset the share of the words it holds."""
    return tuple(
        (overlap(words, text[one.start : one.end]), Span(one.start + offset, one.end + offset))
        for one in sentences_of(text)
    )
