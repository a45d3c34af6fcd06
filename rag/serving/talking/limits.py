"""Filters on the page: the chips of an answer, and what the filter panel offers and says.

In: an exchange, what a library can be filtered by. Out: HTML and plain words. Knows nothing
about the toolkit that draws the panel.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rag.filtering import Choices, Part, Wish, parts, single
from rag.months import day_in_words
from rag.serving.markup import attribute, counted, escaped
from rag.serving.talking.exchange import Exchange
from rag.types import Filters, Narrowing


def chips(exchange: Exchange, *, removable: bool) -> str:
    """Return as HTML the filters an exchange is answered under; "" when there are none.

    A `removable` one carries a button that names it in `data-filter`.
    """
    shown, titles = single(exchange.filters), dict(exchange.titles)
    names = {part.words for part in parts(exchange.proposed.filters)} if exchange.proposed else ()
    found = [
        _chip(
            part.words,
            _named(part, titles),
            f"from “{exchange.proposed.words}”" if part.words in names else "",
            removable=removable,
        )
        for part in shown
    ]
    note = f'<p class="note">{escaped(exchange.note)}</p>' if exchange.note else ""
    listed = f'<ul class="chips" aria-label="Filters of this answer">{"".join(found)}</ul>'
    return (listed if found else "") + note


def _named(part: Part, titles: Mapping[str, str]) -> str:
    """Return a filter in words, a document by its title."""
    words = part.words
    if part.filters.documents:
        words = f"document “{titles.get(part.filters.documents[0], part.filters.documents[0])}”"
    return f"{words[0].upper()}{words[1:]}"


def _chip(words: str, told: str, origin: str, *, removable: bool) -> str:
    source = f' <span class="from">{escaped(origin)}</span>' if origin else ""
    remove = (
        f'<button type="button" class="remove" data-filter="{attribute(words)}"'
        f' aria-label="{attribute(f"Remove the filter: {told[0].lower()}{told[1:]}")}"'
        ' title="Remove and ask again">×</button>'
    )
    return f'<li class="chip"><bdi>{escaped(told)}</bdi>{source}{remove if removable else ""}</li>'


def options(names: tuple[tuple[str, int], ...]) -> list[tuple[str, str]]:
    """Return what a list offers: each name with its number of documents, and the name alone."""
    return [(f"{name} ({count:,})", name) for name, count in names]


def matching(choices: Choices, wish: Wish, left: Sequence[Narrowing]) -> str:
    """Return in words how many documents a wish leaves, and which days of publication there are."""
    number = left[-1].documents if left else choices.documents
    told = f"{counted(choices.documents, 'document')}"
    if wish != Wish():
        verb = "matches" if number == 1 else "match"
        told = f"{number:,} of {told} {verb}"
    days = reach(choices)
    return f"{told}; published {days}" if days else told


def names(line: str) -> str:
    """Return a line below the fields of the panel as HTML; it is announced when it changes."""
    return f'<p class="reach" role="status">{escaped(line)}</p>'


def reach(choices: Choices) -> str:
    """Return in words which days of publication there are, "" when none is known."""
    if not choices.first:
        return ""
    undated = f"; {choices.undated:,} undated" if choices.undated else ""
    return f"{day_in_words(choices.first)} to {day_in_words(choices.last)}{undated}"


def panel_title(wish: Wish) -> str:
    """Return the panel's title, with what is set in it."""
    dates = (wish.after and f"from {wish.after}", wish.before and f"until {wish.before}")
    documents = (wish.documents and counted(len(wish.documents), "document"),)
    told = [*wish.publishers, *filter(None, (*dates, *documents)), *wish.languages]
    return f"Filters: {', '.join(told)}" if told else "Filters"


def typed(filters: Filters) -> Wish:
    """Return the wish that the panel would hold for filters."""
    return Wish(
        publishers=filters.publishers,
        languages=filters.languages,
        documents=filters.documents,
        after=str(filters.after or ""),
        before=str(filters.before or ""),
    )
