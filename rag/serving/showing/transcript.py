"""The conversation as HTML: questions, stage lines, answers with their markers, refusals.

In: exchanges. Out: HTML strings. A marker links to the card of its number in `cards`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from rag.serving.answers.actions import actions
from rag.serving.markup import (
    attribute,
    counted,
    day,
    escaped,
    highlighted,
    publisher,
    source_name,
)
from rag.serving.showing.sentences import Sentence, check_id, sentence_id, sentences, spans_told
from rag.serving.talking.exchange import Exchange
from rag.serving.talking.limits import chips
from rag.serving.talking.redoing import redoing
from rag.suggesting import follow_ups
from rag.types import Account, Answer, Citation, Document, Evidence, Span, Statement, Verdict

_MARKER = re.compile(r" ?\[(\d{1,4})\]")
_UNFINISHED_MARKER = re.compile(r" ?\[\d*$")
_DOUBTS: dict[Verdict, str] = {
    "partly supported": "only partly supported by its source",
    "contradicted": "contradicted by its source",
    "not supported": "not supported by its source",
}
_KEYS = (
    ' tabindex="0" role="group" aria-label="Answer. The arrow keys go through its sentences,'
    ' Enter shows what the check of a sentence found."'
)
_SIGNS = {  # a lens over nothing; a page with a gap
    "nothing_found": '<svg class="sign" viewBox="0 0 24 24" aria-hidden="true">'
    '<circle cx="10.5" cy="10.5" r="6.5"/><path d="M15.5 15.5 21 21M8 10.5h5"/></svg>',
    "not_answered": '<svg class="sign" viewBox="0 0 24 24" aria-hidden="true">'
    '<path d="M6 3h9l4 4v14H6zM9 9h6M9 12h2m4 0h1M9 15h1m4 0h2M9 18h3"/></svg>',
}
_NOTICES = {
    "nothing_found": "Nothing about this in your documents",
    "not_answered": "Your documents do not answer this",
}


def header(documents: Sequence[Document]) -> str:
    """Return the head of the page as HTML: what this is, and over how much."""
    size = counted(len(documents), "document")
    return (
        '<header class="masthead"><h1>Ask your documents</h1>'
        f'<p><a href="/documents" target="_blank" rel="noopener">{size}</a>'
        '<span class="claim"> on this machine. Answers come from them alone.</span></p></header>'
    )


def transcript(exchanges: Sequence[Exchange]) -> str:
    """Return the whole conversation as HTML."""
    if not exchanges:
        return _INTRODUCTION
    *earlier, last = exchanges
    turns = [turn(exchange, last=False) for exchange in earlier]
    return "".join([*turns, turn(last, last=True, after=onward(exchanges))])


def onward(exchanges: Sequence[Exchange]) -> str:
    """Return as HTML buttons questions to go on with after the last answer, "" for none."""
    last = exchanges[-1]
    if last.answer is None:
        return ""
    found = sorted(last.evidence or last.nearest, key=lambda one: not last.cited_spans(one))
    documents = {one.document.document_id: one.document for one in found}
    asked = [words for one in exchanges for words in (one.question, one.standalone)]
    buttons = "".join(
        f'<li><button type="button" dir="auto" data-do="ask" data-question="{attribute(question)}">'
        f"{escaped(question)}</button></li>"
        for question in follow_ups(list(documents.values()), asked)
    )
    if not buttons:
        return ""
    return (
        '<section class="onward" aria-label="Questions to go on with"><h3>Go on with</h3>'
        f"<ul>{buttons}</ul></section>"
    )


def linked(text: str, exchange: Exchange, cited: Sequence[Citation] = ()) -> str:
    """Return an answer's text as HTML, markers of known evidence as links to their cards.

    Of the citations in `cited`, each marker leads to those of its number.
    """
    known = {evidence.number: evidence for evidence in exchange.evidence}
    pieces, position = [], 0
    for match in _MARKER.finditer(text):
        evidence = known.get(int(match[1]))
        if evidence:
            marker = _marker(exchange, evidence, cited)
            pieces.append(escaped(text[position : match.start()]) + marker)
            position = match.end()
    return "".join([*pieces, escaped(text[position:])])


def answer_body(exchange: Exchange) -> str:
    """Return the answer so far as HTML, sentences that their source does not carry pointed out."""
    if exchange.answer is None:
        return linked(_UNFINISHED_MARKER.sub("", exchange.text), exchange)
    pieces, position = [], 0
    for sentence in sentences(exchange.answer):
        pieces.append(linked(exchange.text[position : sentence.start], exchange))
        pieces.append(_sentence(exchange, sentence))
        position = sentence.end
    return "".join([*pieces, linked(exchange.text[position:], exchange)])


def doubtful_sentences(answer: Answer) -> list[tuple[int, int, Statement]]:
    """Return where in the answer's text stand sentences whose check failed, and what they say.

    A span takes in the markers that follow the sentence.
    """
    return [
        (one.start, one.end, one.statement)
        for one in sentences(answer)
        if one.statement.verdict in _DOUBTS
    ]


def _sentence(exchange: Exchange, sentence: Sentence) -> str:
    """Return a sentence that can be selected, so that the panel shows its check."""
    statement, turn = sentence.statement, exchange.number
    words = linked(exchange.text[sentence.start : sentence.end], exchange, statement.citations)
    doubted = statement.verdict in _DOUBTS
    return (
        f'<span class="sentence{" doubtful" if doubted else ""}" tabindex="-1"'
        f' id="{sentence_id(turn, sentence.number)}"'
        f' data-check="{check_id(turn, sentence.number)}">{words}</span>'
        f"{_doubt(statement) if doubted else ''}"
    )


def turn(exchange: Exchange, *, last: bool, after: str = "") -> str:
    """Return one question and what has come of it as HTML, a single element, `after` at its end."""
    return (
        f'<article class="turn" id="answer-{exchange.number}" tabindex="-1"'
        f' aria-label="Question {exchange.number} and its answer">'
        f"{_question(exchange)}{_understood(exchange)}{chips(exchange, removable=last)}"
        f"{_stage(exchange)}{reply(exchange)}{redoing(exchange, last=last)}{after}</article>"
    )


def _question(exchange: Exchange) -> str:
    shown = exchange.short_question if exchange.error else exchange.question
    if not shown.strip():
        return ""
    return f'<h2 class="question" dir="auto">{escaped(shown)}</h2>'


def _understood(exchange: Exchange) -> str:
    if not exchange.standalone or exchange.error:
        return ""
    return (
        '<p class="understood">Understood as: '
        f'<bdi class="standalone">{escaped(exchange.standalone)}</bdi></p>'
    )


def _stage(exchange: Exchange) -> str:
    """The line a screen reader follows: it stays in place, and empties when the work is done."""
    words = exchange.stage.detail or exchange.stage.name.capitalize()
    words = escaped(words.rstrip(".…")) if exchange.is_open else ""
    clock = f"{exchange.seconds:.0f} s" if exchange.is_open and exchange.seconds >= 1 else ""
    return (
        f'<div class="stage{" working" if exchange.is_open else ""}">'
        f'<p role="status" aria-live="polite">{words}</p>'
        f'<span class="clock" aria-hidden="true">{clock}</span></div>'
    )


def reply(exchange: Exchange) -> str:
    """Return what has come of a question as HTML: the answer, a refusal, an error."""
    if exchange.error:
        return f'<p class="error" role="alert">{escaped(exchange.error)}</p>'
    if exchange.refusal:
        return _refusal(exchange)
    body = answer_body(exchange)
    # A piece of the answer's box exists from the first word on, so that it only grows.
    box = f'<div class="answer" dir="auto"{_KEYS if exchange.answer else ""}>{body}</div>'
    return (box if body else "") + _ending(exchange)


def _refusal(exchange: Exchange) -> str:
    answer = exchange.answer
    lines = dict.fromkeys(line for line in (answer.text.strip(), answer.missing.strip()) if line)
    told = "".join(f"<p>{linked(line, exchange)}</p>" for line in lines)
    return (
        f'<div class="notice {answer.refusal}" role="note">{_SIGNS[answer.refusal]}'
        f"<h3>{_NOTICES[answer.refusal]}</h3>{told}{_closest(exchange)}</div>{_meta(exchange)}"
    )


def _closest(exchange: Exchange) -> str:
    count = len(exchange.evidence or exchange.nearest)
    if not count:
        return ""
    kind = "closest passage" if exchange.evidence else "nearest passage"
    which = counted(count, kind) if count > 1 else kind
    return f'<p><a class="to-evidence" href="#evidence-{exchange.number}">See the {which}</a></p>'


def _ending(exchange: Exchange) -> str:
    if exchange.stopped:
        return '<p class="stopped">Stopped.</p>'
    if exchange.answer is None:
        return ""
    missing = exchange.answer.missing.strip()
    gap = f"<p><strong>Not in your documents.</strong> {escaped(missing)}</p>" if missing else ""
    gap = f'<div class="missing" role="note">{gap}</div>' if gap else ""
    return gap + differing(exchange) + _meta(exchange)


def differing(exchange: Exchange) -> str:
    """Return as HTML, side by side, the accounts on which the sources differ."""
    known = {evidence.number: evidence for evidence in exchange.evidence}
    return "".join(
        '<section class="differing" aria-label="Sources differ"><h3>Sources differ</h3>'
        f"<p>On this your documents give {counted(len(one.accounts), 'account')}."
        " None is preferred.</p><ul>"
        + "".join(_account(exchange, account, known) for account in one.accounts)
        + "</ul></section>"
        for one in exchange.answer.disagreements
    )


def _account(exchange: Exchange, account: Account, known: Mapping[int, Evidence]) -> str:
    """Return one account: who, when, and the sentence with the words that differ marked."""
    citation = account.citation
    document = citation.document
    evidence = known.get(citation.number)
    marker = _marker(exchange, evidence, [citation]) if evidence else ""
    language = document.language.value if document.language else ""
    start = citation.quote.find(account.value)
    spans = [Span(start, start + len(account.value))] if start >= 0 else []
    said = highlighted(citation.quote, spans)
    if not spans:
        said = f"<mark>{escaped(account.value)}</mark> — {said}"
    return (
        f'<li><p class="origin">{publisher(document.publisher)} · {day(document.published)}'
        f'{marker}</p><blockquote dir="auto" lang="{attribute(language)}">{said}'
        "</blockquote></li>"
    )


def _meta(exchange: Exchange) -> str:
    answer = exchange.answer
    parts = [f"{answer.timings.total_ms / 1000:.1f} s"]
    if exchange.evidence and not exchange.refusal:
        cited = sum(bool(exchange.cited_spans(evidence)) for evidence in exchange.evidence)
        count = counted(len(exchange.evidence), "passage")
        parts.append(
            f'<a class="to-evidence" href="#evidence-{exchange.number}">'
            f"{count} read, {cited} cited</a>"
        )
    checked = [statement for statement in answer.statements if statement.verdict != "not checked"]
    if checked:
        held = sum(statement.verdict == "supported" for statement in checked)
        parts.append(f"{held} of {counted(len(checked), 'sentence')} confirmed by the source")
    if answer.invalid_citations:
        parts.append(f"{counted(answer.invalid_citations, 'made-up citation')} dropped")
    return f'<p class="meta">{" · ".join(parts)}</p>{actions(answer.answer_id)}'


def _marker(exchange: Exchange, evidence: Evidence, cited: Sequence[Citation] = ()) -> str:
    spans = spans_told(cited, evidence.number)
    return (
        f'<a class="marker" href="#evidence-{exchange.number}-{evidence.number}"'
        f"{f' data-spans={chr(34)}{spans}{chr(34)}' if spans else ''}"
        f' aria-label="{attribute(source_name(evidence))}">{evidence.number}</a>'
    )


def _doubt(statement: Statement) -> str:
    reason = f": {escaped(statement.reason)}" if statement.reason else ""
    return f' <span class="doubt">{_DOUBTS[statement.verdict]}{reason}</span>'


_INTRODUCTION = """<div class="introduction"><p>Ask a question. Every sentence of the answer
carries the number of the passage it was taken from; click a number to see the exact words.</p>
</div>"""
