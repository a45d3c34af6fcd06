"""The Verify tab as HTML: where a text is put in, the text with its marks, a card for a statement.

In: a text, the spans of its statements, statements. Out: HTML strings. Knows nothing about how
statements are checked or sent; `verifying.js` brings the pieces together.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.serving.markup import attribute, counted, day, escaped, highlighted, publisher
from rag.serving.showing.cards import document_address
from rag.serving.showing.verdicts import VERDICTS, badge, css_class, sign
from rag.types import Citation, Span, Statement

CONTEXT = 240
"""Characters of a source that are shown before and after the quoted words."""


def section(longest: int) -> str:
    """Return the whole tab, before anything is checked; `longest` is how long a text may be."""
    return (
        '<verify-desk><div class="columns"><div class="left">'
        f"{_form(longest)}{_result()}</div>{_panel()}</div></verify-desk>"
    )


def marked(text: str, spans: Sequence[Span]) -> str:
    """Return the text with its statements as buttons, numbered from 1; no character is changed."""
    pieces, position = [], 0
    for number, span in enumerate(spans, 1):
        pieces.append(escaped(text[position : span.start]))
        pieces.append(
            f'<span class="stated" id="claim-{number}" data-claim="{number}" role="button"'
            f' aria-pressed="false" tabindex="{0 if number == 1 else -1}">'
            f"{escaped(text[span.start : span.end])}</span>"
        )
        position = span.end
    return "".join([*pieces, escaped(text[position:])])


def mark(statement: Statement) -> str:
    """Return the small sign that stands behind a statement in the text."""
    return f'<span class="gap"> </span>{badge(statement.verdict)}'


def card(statement: Statement, number: int, of: int) -> str:
    """Return a statement's verdict, its reason, and the words of the sources, as HTML."""
    sources = "".join(_source(one, statement) for one in _ordered(statement))
    return (
        f'<article class="found" aria-label="Statement {number} of {of}">'
        f'<p class="place">Statement {number} of {of}</p>'
        f'<blockquote class="said" dir="auto">{escaped(statement.text)}</blockquote>'
        f'<p class="decided">{badge(statement.verdict, statement.reason)}</p>'
        f"{sources or _nothing(statement)}"
        '<p class="return"><button type="button" class="quiet" data-back>Back to the text</button>'
        "</p></article>"
    )


def _ordered(statement: Statement) -> list[Citation]:
    """Return the citations, the deciding one first."""
    deciding = statement.deciding
    if deciding is None:
        return list(statement.citations)
    around = [one for one in statement.citations if _holds(one, deciding)]
    others = [one for one in statement.citations if not _holds(one, deciding)]
    return [*(around or [deciding]), *others]


def _holds(citation: Citation, other: Citation) -> bool:
    same = citation.document.document_id == other.document.document_id
    return same and citation.start < other.end and other.start < citation.end


def _source(citation: Citation, statement: Statement) -> str:
    document = citation.document
    page = f" · page {citation.page}" if citation.page else ""
    language = document.language.value if document.language else ""
    title = document.title.value if document.title else document.path
    address = document_address(document.document_id, Span(citation.start, citation.end))
    return (
        f'<section class="source"><p class="origin">{publisher(document.publisher)}'
        f" · {day(document.published)}{page}</p>"
        f"<h3><bdi{'' if document.title else ' class=unknown'}>{escaped(title)}</bdi></h3>"
        f'<blockquote dir="auto" lang="{attribute(language)}">{_quoted(citation, statement)}'
        f'</blockquote><p class="open"><a href="{attribute(address)}" target="_blank"'
        ' rel="noopener">Open document<span class="spoken">'
        f" {escaped(title)}, in a new tab</span></a></p></section>"
    )


def _quoted(citation: Citation, statement: Statement) -> str:
    """Return the quote between some of what surrounds it, the deciding words marked."""
    text = citation.document.text
    start, end = _around(text, citation)
    deciding = statement.deciding
    inside = deciding if deciding and _holds(citation, deciding) else citation
    words = highlighted(
        text[citation.start : citation.end],
        [Span(inside.start - citation.start, inside.end - citation.start)],
    )
    before, after = escaped(text[start : citation.start]), escaped(text[citation.end : end])
    opening, closing = "… " if start else "", " …" if end < len(text) else ""
    return (
        f'<span class="around">{opening}{before}</span>{words}'
        f'<span class="around">{after}{closing}</span>'
    )


def _around(text: str, citation: Citation) -> tuple[int, int]:
    """Return where the shown context begins and ends: in its paragraph, between two words."""
    first, last = max(0, citation.start - CONTEXT), min(len(text), citation.end + CONTEXT)
    start = max(text.rfind("\n", first, citation.start) + 1, first)
    if start == first and first:
        start = text.find(" ", first, citation.start) + 1 or citation.start
    line = text.find("\n", citation.end, last)
    end = line if line >= 0 else last
    if end == last < len(text):
        end = max(text.rfind(" ", citation.end, last), citation.end)
    return start, end


def _nothing(statement: Statement) -> str:
    if statement.verdict == "not checked":
        return ""
    return '<p class="hint">No passage of your documents is close enough to be shown.</p>'


def _form(longest: int) -> str:
    return f"""<form class="give" id="verify-form" data-form>
<h2>Check a text against your documents</h2>
<label for="verify-text">Text to check: a claim, a paragraph, a draft</label>
<textarea id="verify-text" rows="9" dir="auto" aria-describedby="verify-size"
 data-longest="{longest}" spellcheck="false"></textarea>
<p class="size" id="verify-size">At most {counted(longest, "character")}</p>
<p class="error" role="alert" data-error></p></form>"""


BUTTON = '<button type="submit" class="go" form="verify-form">Verify</button>'
"""Stands below the fields that say which documents count."""


def _result() -> str:
    return f"""<div class="result" data-result hidden>
<h2 class="spoken">The text, checked</h2>
<div class="bar"><p class="counts" role="group" aria-label="Show only these statements">
{"".join(map(_counter, VERDICTS))}</p></div>
<div class="bar under"><p class="how"><progress aria-label="Statements checked" value="0"
 data-progress></progress><span data-pace></span></p>
<p class="tools"><button type="button" data-stop>Stop</button>
<span data-after hidden><button type="button" class="quiet" data-save="md">Save as Markdown</button>
<button type="button" class="quiet" data-save="json">Save as JSON</button>
<button type="button" class="quiet" data-edit>Edit the text</button></span></p></div>
<p class="spoken" role="status" aria-live="polite" data-told></p>
<p class="error" role="alert" data-broken></p>
<div class="text" dir="auto" role="group" data-text
 aria-label="The text. Arrow keys lead from statement to statement, Enter to the evidence."></div>
</div>"""


def _counter(verdict: str) -> str:
    return (
        f'<button type="button" class="counter {css_class(verdict)}" data-only="{verdict}"'
        f' aria-pressed="false" hidden><span class="sign">{sign(verdict)}</span>'
        f"<b data-count>0</b> {verdict}</button>"
    )


def _panel() -> str:
    return """<aside class="panel" aria-label="Evidence" tabindex="-1" data-panel>
<h2>Evidence</h2><div data-card><p class="hint">Each statement of the text is looked for in your
documents. Choose one to see the words that decide about it.</p></div></aside>"""
