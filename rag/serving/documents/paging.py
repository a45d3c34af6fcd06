"""From one citation of an answer to the next: the line at the foot of a document's page.

In: the places that an answer cites. Out: HTML. Knows nothing about how documents are shown.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.recording import Place
from rag.serving.markup import attribute, counted, escaped
from rag.serving.showing.cards import document_address
from rag.serving.showing.verdicts import badge
from rag.types import Span


def pager(places: Sequence[Place], document_id: str, cited: Span | None, answer_id: str) -> str:
    """Return the way to the previous and the next citation of an answer, "" for no answer.

    Where the words on the page are none of its citations, the next one is the first of all.
    """
    if not places:
        return ""
    here = next(
        (n for n, one in enumerate(places) if (one.document_id, one.span) == (document_id, cited)),
        -1,
    )
    previous = places[here - 1] if here > 0 else None
    following = places[here + 1] if here + 1 < len(places) else None
    count = counted(len(places), "citation")
    where = f"Citation {here + 1} of {len(places)}" if here >= 0 else count
    said = _sentence(places[here]) if here >= 0 else ""
    return (
        '<nav class="pager" aria-label="Citations of the answer">'
        f"{_way('prev', '← Previous', previous, answer_id)}"
        f'<div class="here"><p class="count">{where} of this answer</p>{said}</div>'
        f"{_way('next', 'Next →', following, answer_id)}</nav>"
    )


def _sentence(place: Place) -> str:
    return (
        f'<p class="said" dir="auto">“{escaped(place.sentence)}”</p>'
        f'<p class="found">{badge(place.verdict)}</p>'
    )


def _way(relation: str, words: str, place: Place | None, answer_id: str) -> str:
    """Return a link, or its words alone where it would lead nowhere."""
    if place is None:
        return f'<span class="way none" aria-hidden="true">{words}</span>'
    address = attribute(document_address(place.document_id, place.span, answer_id))
    name = "Previous citation" if relation == "prev" else "Next citation"
    return f'<a class="way" rel="{relation}" href="{address}" aria-label="{name}">{words}</a>'
