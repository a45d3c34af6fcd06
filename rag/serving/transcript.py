"""The conversation as HTML: questions, stage lines, answers with their markers, refusals.

In: exchanges. Out: HTML strings. A marker links to the card of its number in `cards`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from rag.serving.exchange import Exchange
from rag.serving.limits import chips
from rag.serving.markup import attribute, counted, day, escaped, publisher, source_name
from rag.types import Account, Answer, Document, Evidence, Statement, Verdict

_MARKER = re.compile(r" ?\[(\d{1,4})\]")
_UNFINISHED_MARKER = re.compile(r" ?\[\d*$")
_DOUBTS: dict[Verdict, str] = {
    "partly supported": "only partly supported by its source",
    "contradicted": "contradicted by its source",
    "not supported": "not supported by its source",
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
    return "".join(_turn(exchange, last=exchange is exchanges[-1]) for exchange in exchanges)


def linked(text: str, exchange: Exchange) -> str:
    """Return an answer's text as HTML, markers of known evidence as links to their cards."""
    known = {evidence.number: evidence for evidence in exchange.evidence}
    pieces, position = [], 0
    for match in _MARKER.finditer(text):
        evidence = known.get(int(match[1]))
        if evidence:
            pieces.append(escaped(text[position : match.start()]) + _marker(exchange, evidence))
            position = match.end()
    return "".join([*pieces, escaped(text[position:])])


def answer_body(exchange: Exchange) -> str:
    """Return the answer so far as HTML, sentences that their source does not carry pointed out."""
    if exchange.answer is None:
        return linked(_UNFINISHED_MARKER.sub("", exchange.text), exchange)
    pieces, position = [], 0
    for start, end, statement in doubtful_sentences(exchange.answer):
        pieces.append(linked(exchange.text[position:start], exchange))
        sentence = linked(exchange.text[start:end], exchange)
        pieces.append(f'<span class="doubtful">{sentence}</span>{_doubt(statement)}')
        position = end
    return "".join([*pieces, linked(exchange.text[position:], exchange)])


def doubtful_sentences(answer: Answer) -> list[tuple[int, int, Statement]]:
    """Return where in the answer's text stand sentences whose check failed, and what they say.

    A span takes in the markers that follow the sentence.
    """
    found, position = [], 0
    for statement in answer.statements:
        match = _pattern(statement).search(answer.text, position)
        if match is None:
            continue
        position = match.end()
        if statement.verdict in _DOUBTS:
            found.append((match.start(), match.end(), statement))
    return found


def _pattern(statement: Statement) -> re.Pattern[str]:
    """Match the statement's words with markers and any white space between them."""
    marker = r"(?:\s*\[\d{1,4}\])*"
    words = (re.escape(word) for word in statement.text.split())
    spaced = rf"{marker}\s+".join(words)
    closing = re.search(r"(\\?[.!?])$", spaced)
    if closing:
        spaced = f"{spaced[: closing.start()]}{marker}{closing[1]}"
    return re.compile(spaced + marker)


def _turn(exchange: Exchange, *, last: bool) -> str:
    return (
        f'<article class="turn" id="answer-{exchange.number}" tabindex="-1"'
        f' aria-label="Question {exchange.number} and its answer">'
        f"{_question(exchange)}{_understood(exchange)}{chips(exchange, removable=last)}"
        f"{_stage(exchange)}{_reply(exchange)}</article>"
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


def _reply(exchange: Exchange) -> str:
    if exchange.error:
        return f'<p class="error" role="alert">{escaped(exchange.error)}</p>'
    if exchange.refusal:
        return _refusal(exchange)
    body = answer_body(exchange)
    # A piece of the answer's box exists from the first word on, so that it only grows.
    box = f'<div class="answer" dir="auto">{body}</div>' if body else ""
    return box + _ending(exchange)


def _refusal(exchange: Exchange) -> str:
    answer = exchange.answer
    lines = dict.fromkeys(line for line in (answer.text.strip(), answer.missing.strip()) if line)
    told = "".join(f"<p>{linked(line, exchange)}</p>" for line in lines)
    return (
        f'<div class="notice {answer.refusal}" role="note">'
        f"<h3>{_NOTICES[answer.refusal]}</h3>{told}{_closest(exchange)}</div>{_meta(exchange)}"
    )


def _closest(exchange: Exchange) -> str:
    if not exchange.evidence:
        return ""
    return (
        f'<p><a class="to-evidence" href="#evidence-{exchange.number}">'
        f"See the {counted(len(exchange.evidence), 'closest passage')}</a></p>"
    )


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
        '<div class="missing differing" role="note"><p><strong>Sources differ.</strong></p><ul>'
        + "".join(_account(exchange, account, known) for account in one.accounts)
        + "</ul></div>"
        for one in exchange.answer.disagreements
    )


def _account(exchange: Exchange, account: Account, known: Mapping[int, Evidence]) -> str:
    document = account.citation.document
    evidence = known.get(account.citation.number)
    marker = f" {_marker(exchange, evidence)}" if evidence else ""
    return (
        f"<li>{publisher(document.publisher)} ({day(document.published)}):"
        f" <q>{escaped(account.value)}</q>{marker}</li>"
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
    return f'<p class="meta">{" · ".join(parts)}</p>'


def _marker(exchange: Exchange, evidence: Evidence) -> str:
    name = attribute(source_name(evidence))
    return (
        f'<a class="marker" href="#evidence-{exchange.number}-{evidence.number}"'
        f' aria-label="{name}" title="{name}">{evidence.number}</a>'
    )


def _doubt(statement: Statement) -> str:
    reason = f": {escaped(statement.reason)}" if statement.reason else ""
    return f' <span class="doubt">{_DOUBTS[statement.verdict]}{reason}</span>'


_INTRODUCTION = """<div class="introduction"><p>Ask a question. Every sentence of the answer
carries the number of the passage it was taken from; click a number to see the exact words.</p>
</div>"""
