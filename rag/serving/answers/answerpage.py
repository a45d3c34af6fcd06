"""The page of one answer from the log: what was asked, answered, read, checked and judged.

In: a record, the answer it holds, what was judged. Out: HTML strings. Works without a script.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from rag.judging import LONGEST_NOTE, Place, places
from rag.recording import Record, Reported, reported
from rag.recording.records import Cited, Said
from rag.serving.markup import attribute, counted, day_in_words, escaped
from rag.serving.showing.cards import document_address, evidence_section
from rag.serving.showing.transcript import reply
from rag.serving.talking.exchange import Exchange
from rag.serving.talking.limits import chips
from rag.storing.judgements import Judgement
from rag.types import Answer, Finished, Span

_NAMES = {"": "Not judged", "right": "Right", "wrong": "Wrong", "wrong span": "Wrong span"}


@dataclass(frozen=True, slots=True)
class Shown:
    """An answer as its page shows it.

    `gone` are the ids of documents that changed or left the library since; `judged` is what
    holds of all that was said, `seen` the number of the last of it.
    """

    record: Record
    answer: Answer
    gone: Collection[str]
    judged: Mapping[Place, Judgement]
    seen: int


def answer_page(shown: Shown) -> str:
    """Return the whole page."""
    record = shown.record
    exchange = Exchange(1, record.question, shown.answer.standalone, filters=record.filters).after(
        Finished(shown.answer)
    )
    body = (
        '<header class="top"><a href="/">Ask your documents</a></header>'
        '<div id="desk"><main id="talk"><article class="turn" id="answer-1" tabindex="-1">'
        f'<p class="label">{_when(record)}</p>'
        f'<h1 class="question" dir="auto">{escaped(record.question)}</h1>{_understood(exchange)}'
        f"{_conversation(record)}{chips(exchange, removable=False)}{reply(exchange)}</article>"
        f'<section id="judge" aria-labelledby="judge-title">{judging(shown)}</section></main>'
        f'<aside id="panel" aria-label="Evidence">{_gone(shown)}'
        f"{evidence_section(exchange, shown=True)}</aside></div>"
    )
    return _page(record.question, body)


def not_found_page(told: str) -> str:
    """Return the page for an id that leads to no answer."""
    return _page("No such answer", _NOT_FOUND.format(told=escaped(told)))


def judging(shown: Shown) -> str:
    """Return the form in which an answer is judged, sentence by sentence."""
    answer = reported(shown.record)
    name = attribute(shown.record.answer_id)
    title = "Judge this refusal" if answer.refusal else "Sentence by sentence"
    statements = "".join(
        _statement(number, said, answer, shown) for number, said in enumerate(answer.statements)
    )
    if not statements:
        return f'<h2 id="judge-title">{title}</h2><p class="hint">Nothing can be judged here.</p>'
    return (
        f'<h2 id="judge-title">{title}</h2><p class="hint">Say what is right and what is wrong. '
        "It is kept on this machine and becomes a test set.</p>"
        f'<form method="post" action="/answer/{name}/judge" data-judging="{name}">'
        f'<input type="hidden" name="seen" value="{shown.seen}">'
        f'<ol class="statements">{statements}</ol>'
        '<p class="saving"><button type="submit">Save</button>'
        '<span role="status" aria-live="polite"></span></p></form>'
        '<p class="hint"><a href="/judgements.jsonl" download>All judgements as a test set</a></p>'
    )


def summary(judged: Mapping[Place, Judgement]) -> str:
    """Return in words what was judged: "2 right, 1 wrong"; "" for nothing."""
    said = [one.verdict for one in judged.values()]
    return ", ".join(f"{said.count(one)} {one}" for one in _NAMES if one and one in said)


def field(place: Place) -> str:
    """Return the name that a place has in the form; the one of its note ends with "-note"."""
    return f"s{place.statement}" + ("" if place.citation is None else f"c{place.citation}")


def _statement(number: int, said: Said, answer: Reported, shown: Shown) -> str:
    verdict = "" if answer.refusal else _verdict(said)
    cited = "".join(
        _citation(Place(number, place), one, shown) for place, one in enumerate(said.citations)
    )
    listed = f'<ul class="citations">{cited}</ul>' if cited else ""
    about = "This refusal is" if answer.refusal else "This sentence is"
    return (
        f'<li><p class="sentence" dir="auto">{escaped(said.text)}</p>{verdict}'
        f"{_opinion(Place(number), about, shown.judged)}{listed}</li>"
    )


def _verdict(said: Said) -> str:
    reason = f" {escaped(said.reason)}" if said.reason else ""
    kind = said.verdict.replace(" ", "-")
    name = f"{said.verdict[0].upper()}{said.verdict[1:]}"
    return f'<p class="checked {attribute(kind)}"><strong>{escaped(name)}.</strong>{reason}</p>'


def _citation(place: Place, cited: Cited, shown: Shown) -> str:
    given = shown.record.answer["statements"][place.statement]["citations"][place.citation]
    span = Span(int(given.get("start", 0)), int(given.get("end", 0)))
    about = [
        cited.publisher or "publisher unknown",
        day_in_words(cited.published) if cited.published else "undated",
        *([f"page {cited.page}"] if cited.page else []),
    ]
    link = (
        f'<a href="{attribute(document_address(cited.document_id, span))}" target="_blank"'
        ' rel="noopener">Open document<span class="spoken"> of this citation, in a new tab</span>'
        "</a>"
    )
    return (
        f'<li><blockquote dir="auto">{escaped(cited.quote)}</blockquote>'
        f'<p class="origin">[{cited.number}] <bdi>{escaped(" · ".join(about))}</bdi> · {link}</p>'
        f"{_opinion(place, 'This citation is', shown.judged)}</li>"
    )


def _opinion(place: Place, legend: str, judged: Mapping[Place, Judgement]) -> str:
    """Return the choice of what to say of a place, and the note beside it."""
    one, name = judged.get(place), field(place)
    said, note = (one.verdict, one.note) if one else ("", "")
    choices = "".join(
        f'<label><input type="radio" name="{name}" value="{value}"'
        f"{' checked' if value == said else ''}><span>{_NAMES[value]}</span></label>"
        for value in ("", *place.opinions)
    )
    by = f'<span class="by">by {escaped(one.person)}</span>' if one and one.person else ""
    return (
        f'<fieldset class="opinion"><legend>{legend}</legend>{choices}{by}'
        f"<details{' open' if note else ''}><summary>Note</summary>"
        f'<label class="note"><span class="spoken">Note: {legend.lower()} …</span>'
        f'<textarea name="{name}-note" rows="2" maxlength="{LONGEST_NOTE}"'
        f' placeholder="Why?">{escaped(note)}</textarea></label></details></fieldset>'
    )


def fields(answer: Reported) -> dict[str, Place]:
    """Return what can be judged, by its name in the form."""
    return {field(place): place for place in places(answer)}


def _when(record: Record) -> str:
    time = record.answered_at
    shown = f"{day_in_words(time[:10])}, {time[11:16]} UTC"
    name = f'<span class="id">{escaped(record.answer_id)}</span>'
    return f'Answered <time datetime="{attribute(time)}">{escaped(shown)}</time> · {name}'


def _understood(exchange: Exchange) -> str:
    if not exchange.standalone:
        return ""
    return (
        '<p class="understood">Understood as: '
        f'<bdi class="standalone">{escaped(exchange.standalone)}</bdi></p>'
    )


def _conversation(record: Record) -> str:
    """Return what was asked before it, folded away."""
    asked = [turn.content for turn in record.history if turn.role == "user"]
    if not asked:
        return ""
    listed = "".join(f'<li dir="auto">{escaped(one)}</li>' for one in asked)
    return (
        f'<details class="before"><summary>Asked after {counted(len(asked), "other question")}'
        f"</summary><ol>{listed}</ol></details>"
    )


def _gone(shown: Shown) -> str:
    """Say which documents are no longer there as they were read."""
    paths: Sequence[str] = [
        source.path for source in shown.record.sources if source.document_id in shown.gone
    ]
    if not paths:
        return ""
    listed = "".join(f"<li><bdi>{escaped(path)}</bdi></li>" for path in paths)
    return (
        '<div class="gone" role="note"><p><strong>Changed since.</strong> '
        f"{counted(len(paths), 'document')} changed or left the library after this answer. "
        f"The words below are those that were read.</p><ul>{listed}</ul></div>"
    )


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark"><title>{escaped(title[:200])}</title>'
        '<link rel="stylesheet" href="/page/palette.css">'
        '<link rel="stylesheet" href="/page/style.css">'
        '<link rel="stylesheet" href="/page/checking.css">'
        '<link rel="stylesheet" href="/page/answer.css">'
        '<script src="/page/chat.js" defer></script>'
        '<script type="module" src="/page/answers.js"></script>'
        f'</head><body class="answer-page">{body}</body></html>'
    )


_NOT_FOUND = """<header class="top"><a href="/">Ask your documents</a></header>
<main class="lone"><h1>No such answer</h1><p>{told}</p></main>"""
