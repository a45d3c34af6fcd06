"""The evidence panel: a card for each numbered passage, in the order the model read them.

In: exchanges. Out: HTML strings. Each exchange keeps its own section; the last is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from rag.resolving import resolved_dates
from rag.serving.exchange import Exchange
from rag.serving.markup import attribute, counted, day, escaped, highlighted, publisher, source_name
from rag.types import Copy, Evidence, Span

_WAITING = """<p class="hint">The passages an answer rests on appear here, in the order they were
read. The words a sentence was taken from are marked.</p>"""


def evidence_panel(exchanges: Sequence[Exchange]) -> str:
    """Return the whole panel as HTML, the last exchange's evidence in view."""
    sections = [
        evidence_section(exchange, shown=exchange is exchanges[-1]) for exchange in exchanges
    ]
    return "".join(sections) if sections else f'<h2 class="heading">Evidence</h2>{_WAITING}'


def evidence_section(exchange: Exchange, *, shown: bool) -> str:
    """Return one exchange's evidence as HTML, `shown` or kept until a marker calls for it."""
    cards = "".join(card(exchange, evidence) for evidence in exchange.evidence)
    name = "Closest passages" if exchange.refusal == "not_answered" else "Evidence"
    return (
        f'<section id="evidence-{exchange.number}" data-turn="{exchange.number}" tabindex="-1"'
        f' aria-label="{name} for question {exchange.number}"{"" if shown else " hidden"}>'
        f'<h2 class="heading">{name}{_size(exchange)}</h2>'
        f'<p class="asked"><bdi>{escaped(exchange.short_question)}</bdi></p>'
        f"{cards or _absence(exchange)}</section>"
    )


def card(exchange: Exchange, evidence: Evidence) -> str:
    """Return one piece of evidence as HTML, the words that the answer cites in <mark>."""
    cited = exchange.cited_spans(evidence)
    within, withheld = (_inside(evidence, spans) for spans in (cited, evidence.withheld))
    document = evidence.document
    kind, tag = _standing(exchange, evidence)
    language = document.language.value if document.language else ""
    return (
        f'<article class="card{kind}" id="evidence-{exchange.number}-{evidence.number}"'
        f' tabindex="-1" aria-label="{attribute(source_name(evidence))}">'
        f'<header><span class="number">{evidence.number}</span>'
        f'<p class="origin">{publisher(document.publisher)} · {day(document.published)}'
        f'{_page(evidence)}</p><span class="tag">{tag}</span></header>'
        f"<h3>{_title(evidence)}</h3>"
        f'<blockquote dir="auto" lang="{attribute(language)}">'
        f"{highlighted(evidence.text, within, withheld)}</blockquote>"
        f"{_resolved(evidence)}{_also(evidence)}{_flags(evidence)}"
        f"<footer>{_open_link(evidence, cited)}"
        f'<a class="back" href="#answer-{exchange.number}">Back to the answer</a>'
        "</footer></article>"
    )


def _inside(evidence: Evidence, spans: Sequence[Span]) -> list[Span]:
    """Return spans of the document as spans of the evidence's own text."""
    return [Span(span.start - evidence.start, span.end - evidence.start) for span in spans]


def _resolved(evidence: Evidence) -> str:
    """Return which days relative words of the passage mean, "" where there are none."""
    found = resolved_dates(evidence.document, Span(evidence.start, evidence.end))
    told = dict.fromkeys(one.told for one in found)
    return f'<p class="resolved">{escaped("; ".join(told))}</p>' if told else ""


def _flags(evidence: Evidence) -> str:
    """Return why words were withheld from the model, "" where none were."""
    if not evidence.flags:
        return ""
    told = "; ".join(escaped(flag) for flag in evidence.flags)
    return f'<p class="flags">Not given to the model – {told}.</p>'


def _also(evidence: Evidence) -> str:
    """Return who else published the same, each with a link to the place, "" where nobody did."""
    if not evidence.also:
        return ""
    told = "; ".join(_other(one) for one in evidence.also)
    return f'<p class="also">Also published by {told}.</p>'


def _other(copy: Copy) -> str:
    """Return a copy's publisher and date, as a link to its place."""
    address = attribute(document_address(copy.document_id, Span(copy.start, copy.end)))
    return (
        f'<a href="{address}" target="_blank" rel="noopener">'
        f"{publisher(copy.publisher)}, {day(copy.published)}</a>"
    )


def document_address(document_id: str, span: Span) -> str:
    """Return the address of a document's page with the span marked and in view."""
    return f"/document/{quote(document_id, safe='')}?start={span.start}&end={span.end}#cited"


def _open_link(evidence: Evidence, cited: Sequence[Span]) -> str:
    span = cited[0] if cited else Span(evidence.start, evidence.end)
    address = attribute(document_address(evidence.document.document_id, span))
    return (
        f'<a class="open" href="{address}" target="_blank" rel="noopener">Open document'
        f'<span class="spoken"> of source {evidence.number}, in a new tab</span></a>'
    )


def _title(evidence: Evidence) -> str:
    title = evidence.document.title
    if title is None:
        return f'<bdi class="unknown">{escaped(evidence.document.path)}</bdi>'
    return f"<bdi>{escaped(title.value)}</bdi>"


def _page(evidence: Evidence) -> str:
    page = evidence.document.page_at(evidence.start)
    return f" · page {page}" if page else ""


def _standing(exchange: Exchange, evidence: Evidence) -> tuple[str, str]:
    """Return a card's class and label: once there is an answer, whether it cites the passage."""
    if exchange.answer is None or exchange.refusal:
        return "", ""
    return (" cited", "Cited") if exchange.cited_spans(evidence) else (" read", "Read, not cited")


def _size(exchange: Exchange) -> str:
    if not exchange.evidence:
        return ""
    return f'<span class="size">{counted(len(exchange.evidence), "passage")}</span>'


def _absence(exchange: Exchange) -> str:
    if exchange.is_open:
        return '<p class="hint">Searching your documents…</p>'
    if exchange.refusal == "nothing_found":
        return '<p class="hint">No passage was close enough to the question to be read.</p>'
    return '<p class="hint">Nothing was read for this question.</p>'
