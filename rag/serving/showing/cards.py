"""The evidence panel: a card for each numbered passage, in the order the model read them.

In: exchanges. Out: HTML strings. Each exchange keeps its own section; the last is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from urllib.parse import quote

from rag.resolving import resolved_dates
from rag.serving.markup import attribute, counted, day, escaped, publisher, source_name
from rag.serving.showing.checks import checks, verdict_lines
from rag.serving.talking.exchange import Exchange
from rag.types import Copy, Evidence, Span

_WAITING = """<p class="hint">The passages an answer rests on appear here, in the order they were
read. The words a sentence was taken from are marked.</p>"""

_LONGEST_TITLE = 300
"""Characters; a title that a hostile file states may have a million."""


def evidence_panel(exchanges: Sequence[Exchange]) -> str:
    """Return the whole panel as HTML, the last exchange's evidence in view."""
    sections = [
        evidence_section(exchange, shown=exchange is exchanges[-1]) for exchange in exchanges
    ]
    return "".join(sections) if sections else f'<h2 class="heading">Evidence</h2>{_WAITING}'


def evidence_section(exchange: Exchange, *, shown: bool) -> str:
    """Return one exchange's evidence as HTML, `shown` or kept until a marker calls for it."""
    read = exchange.evidence or exchange.nearest
    cards = "".join(card(exchange, evidence) for evidence in read)
    name = _name(exchange)
    return (
        f'<section id="evidence-{exchange.number}" data-turn="{exchange.number}" tabindex="-1"'
        f' aria-label="{name} for question {exchange.number}"{"" if shown else " hidden"}>'
        f'<div class="panel-head"><h2 class="heading">{name}{_size(len(read))}</h2>'
        f'<a class="back" href="#answer-{exchange.number}">Back to the answer</a></div>'
        f'<p class="asked"><bdi>{escaped(exchange.short_question)}</bdi></p>'
        f"{checks(exchange)}{_told(exchange)}{cards or _absence(exchange)}</section>"
    )


def card(exchange: Exchange, evidence: Evidence) -> str:
    """Return one piece of evidence as HTML, the words that the answer cites in <mark>."""
    cited = exchange.cited_spans(evidence)
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
        f"{_passage(evidence, cited)}</blockquote>"
        f"{_resolved(evidence)}{_also(evidence)}{_flags(evidence)}"
        f"{verdict_lines(exchange, evidence)}<footer>{_open_link(exchange, evidence, cited)}"
        f'<a class="back" href="#answer-{exchange.number}">Back to the answer</a>'
        "</footer></article>"
    )


def _passage(evidence: Evidence, cited: Sequence[Span]) -> str:
    """Return the words of the evidence as HTML, cited ones marked, withheld ones struck out.

    A mark names the spans that it belongs to, so that a marker leads to its own: where two
    overlap, there is a mark for each part.
    """
    edges = {evidence.start, evidence.end}
    edges |= {edge for one in (*cited, *evidence.withheld) for edge in (one.start, one.end)}
    inside = sorted(edge for edge in edges if evidence.start <= edge <= evidence.end)
    return "".join(_part(evidence, Span(*pair), cited) for pair in pairwise(inside))


def _part(evidence: Evidence, part: Span, cited: Sequence[Span]) -> str:
    words = escaped(evidence.document.text[part.start : part.end])
    around = [one for one in cited if one.start <= part.start and part.end <= one.end]
    if around:
        spans = " ".join(f"{one.start}-{one.end}" for one in around)
        return f'<mark data-spans="{spans}">{words}</mark>'
    struck = any(one.start <= part.start and part.end <= one.end for one in evidence.withheld)
    return f"<del>{words}</del>" if struck else words


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


def document_address(document_id: str, span: Span, answer_id: str = "") -> str:
    """Return the address of a document's page with the span marked and in view.

    With the id of an answer, the page leads on to what else that answer cites.
    """
    answer = f"&answer={quote(answer_id, safe='')}" if answer_id else ""
    place = f"start={span.start}&end={span.end}{answer}"
    return f"/document/{quote(document_id, safe='')}?{place}#cited"


def _open_link(exchange: Exchange, evidence: Evidence, cited: Sequence[Span]) -> str:
    span = cited[0] if cited else Span(evidence.start, evidence.end)
    answer_id = exchange.answer.answer_id if exchange.answer else ""
    address = attribute(document_address(evidence.document.document_id, span, answer_id))
    return (
        f'<a class="open" href="{address}" target="_blank" rel="noopener">Open document'
        f'<span class="spoken"> of source {evidence.number}, in a new tab</span></a>'
    )


def _title(evidence: Evidence) -> str:
    title = evidence.document.title
    if title is None:
        return f'<bdi class="unknown">{escaped(evidence.document.path)}</bdi>'
    return f"<bdi>{escaped(title.value[:_LONGEST_TITLE])}</bdi>"


def _page(evidence: Evidence) -> str:
    page = evidence.document.page_at(evidence.start)
    return f" · page {page}" if page else ""


def _name(exchange: Exchange) -> str:
    if exchange.refusal == "nothing_found":
        return "Nearest passages"
    return "Closest passages" if exchange.refusal == "not_answered" else "Evidence"


def _told(exchange: Exchange) -> str:
    """Return what the passages of a refusal are, which no sentence rests on."""
    if exchange.refusal == "not_answered":
        return '<p class="hint">Read for this question. None of them answers it.</p>'
    if exchange.refusal == "nothing_found" and exchange.nearest:
        told = "The nearest there are. None is about the question, so none was read."
        return f'<p class="hint">{told}</p>'
    return ""


def _standing(exchange: Exchange, evidence: Evidence) -> tuple[str, str]:
    """Return a card's class and label: once there is an answer, whether it cites the passage."""
    if exchange.refusal:
        return " read", ""
    if exchange.answer is None:
        return "", ""
    return (" cited", "Cited") if exchange.cited_spans(evidence) else (" read", "Read, not cited")


def _size(count: int) -> str:
    return f'<span class="size">{counted(count, "passage")}</span>' if count else ""


def _absence(exchange: Exchange) -> str:
    if exchange.is_open:
        return '<p class="hint">The passages that are read will stand here.</p>'
    if exchange.refusal == "nothing_found":
        return '<p class="hint">No passage was close enough to the question to be read.</p>'
    return '<p class="hint">Nothing was read for this question.</p>'
