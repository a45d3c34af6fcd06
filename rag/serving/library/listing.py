"""The list of the library as HTML: documents, files that hold none, and folders.

In: a page of rows. Out: HTML strings. What is pressed carries what it means in `data-`
attributes, which `library.js` reads.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from pathlib import Path

from rag.librarian import Folder
from rag.serving.markup import attribute, counted, day_in_words, escaped
from rag.storing.listing import INDEXED, STATES, Listed, Listing, Order, Wanted

_NAMES = {
    INDEXED: "Indexed",
    "failed": "Failed",
    "empty": "Empty",
    "duplicate": "Duplicates",
    "excluded": "Taken out",
}

_STATES = {**{name: words.lower() for name, words in _NAMES.items()}, "duplicate": "duplicate"}

COLUMNS: dict[Order, str] = {
    "title": "Document",
    "publisher": "Publisher",
    "published": "Published",
    "language": "Language",
    "passages": "Passages",
    "state": "State",
}


def list_html(listing: Listing, size: tuple[int, int], sent: Callable[[str], bool]) -> str:
    """Return the list: what there is, states to choose from, rows, pages.

    `sent` says of a file whether it was uploaded.
    """
    documents, passages = size
    told = f"{counted(documents, 'document')}, {counted(passages, 'passage')}"
    return (
        f'<p class="size" data-documents="{documents}">{told}</p>{_chips(listing)}'
        f"{_table(listing, sent)}" + pages(listing.wanted.page, listing.pages, "Pages", "")
    )


def folders_html(folders: Sequence[Folder]) -> str:
    """Return the folders that the library is kept in step with."""
    if not folders:
        return '<p class="hint">None yet: add files or a folder.</p>'
    return f'<ul class="folders">{"".join(map(_folder, folders))}</ul>'


def _chips(listing: Listing) -> str:
    wanted, states = listing.wanted, listing.states
    shown = [("", "All", sum(states.values()))]
    shown += [(name, _NAMES[name], states.get(name, 0)) for name in STATES]
    chips = "".join(
        f'<button type="button" data-state="{name}" aria-pressed="{truth(name == wanted.state)}">'
        f'{words} <span class="count">{count:,}</span></button>'
        for name, words, count in shown
        if count or name in ("", wanted.state)
    )
    return f'<div class="states" role="group" aria-label="States">{chips}</div>'


def _table(listing: Listing, sent: Callable[[str], bool]) -> str:
    if not listing.rows:
        words = "Nothing in the library is like this." if listing.wanted.words else "Nothing here."
        return f'<p class="hint">{words}</p>'
    heads = "".join(_head(name, words, listing.wanted) for name, words in COLUMNS.items())
    rows = "".join(_row(one, sent=sent(one.file)) for one in listing.rows)
    return (
        '<table><caption class="spoken">Documents and files</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _head(name: Order, words: str, wanted: Wanted) -> str:
    falling = wanted.falling if wanted.order == name else False
    sorted_ = ("descending" if falling else "ascending") if wanted.order == name else "none"
    return (
        f'<th scope="col" class="{name}" aria-sort="{sorted_}">'
        f'<button type="button" data-order="{name}">{words}</button></th>'
    )


def _row(row: Listed, *, sent: bool) -> str:
    published = (
        f'<time datetime="{attribute(row.published)}">{escaped(day_in_words(row.published))}</time>'
        if row.published
        else ""
    )
    passages = f"{row.passages:,}" if row.document_id else ""
    return (
        f'<tr class="{row.state}"><td class="title">{_name(row, sent=sent)}'
        f"{_aside(row, published)}</td>"
        f'<td class="publisher"><bdi>{escaped(row.publisher)}</bdi></td>'
        f'<td class="published">{published}</td><td class="language">{escaped(row.language)}</td>'
        f'<td class="passages">{passages}</td>'
        f'<td class="state"><span class="mark">{_STATES[row.state]}</span></td></tr>'
    )


def _name(row: Listed, *, sent: bool) -> str:
    path = f'<bdi class="path">{escaped(row.path)}</bdi>'
    if row.document_id:
        title = row.title or Path(row.path).name
        return (
            f'<button type="button" class="open" data-document="{attribute(row.document_id)}"'
            f' aria-expanded="false"><bdi>{escaped(title)}</bdi></button>{path}'
            + (f'<p class="reason">{escaped(row.reason)}</p>' if row.reason else "")
        )
    reason = f'<p class="reason">{escaped(row.reason)}</p>' if row.reason else ""
    name = f'<bdi class="name">{escaped(Path(row.path).name)}</bdi>'
    return f"{name}{path}{reason}{_acts(row, sent=sent)}"


def _acts(row: Listed, *, sent: bool) -> str:
    """Return what can be done with a file that holds no documents."""
    name, file = attribute(Path(row.path).name), html.escape(row.file)
    again = (
        f'<button type="button" data-restore="{file}" aria-label="Read again: {name}">'
        "Read again</button>"
    )
    out = (
        f'<button type="button" data-remove="{file}" data-name="{name}" data-sent="{truth(sent)}"'
        f' aria-label="Take out: {name}">Take out</button>'
    )
    acts = again if row.state == "excluded" else out if row.state == "duplicate" else again + out
    return f'<p class="acts">{acts}</p>'


def _aside(row: Listed, published: str) -> str:
    """Return what the other columns say, for windows too narrow for them."""
    told = [escaped(row.publisher), published, escaped(row.language)]
    if row.document_id:
        told.append(counted(row.passages, "passage"))
    told.append(f'<span class="mark">{_STATES[row.state]}</span>')
    return f'<p class="aside">{" · ".join(filter(None, told))}</p>'


def pages(page: int, last: int, name: str, of: str) -> str:
    """Return buttons to the pages before and after, "" for one page; `of` is added to each."""
    if last == 1:
        return ""
    before = _step(page - 1, "Earlier", of) if page > 1 else ""
    after = _step(page + 1, "Later", of) if page < last else ""
    return (
        f'<nav class="pages" aria-label="{name}">{before}'
        f"<span>Page {page:,} of {last:,}</span>{after}</nav>"
    )


def _step(page: int, words: str, of: str) -> str:
    return f'<button type="button" data-page="{page}" {of}>{words}</button>'


def _folder(folder: Folder) -> str:
    told = counted(folder.files, "file") if folder.there else "is not there now"
    path = attribute(folder.path)
    name = "Uploads" if folder.sent else ""
    shown = f"<strong>{name}</strong>" if name else f"<bdi>{escaped(folder.path)}</bdi>"
    button = (
        f'<button type="button" class="grave" data-folder="{html.escape(folder.path)}"'
        f' aria-label="Remove the folder {path}">Remove…</button>'
    )
    remove = "" if folder.sent else button
    return f'<li>{shown}<span class="count">{told}</span>{remove}</li>'


def truth(value: bool) -> str:
    """Return a value as attributes say it."""
    return "true" if value else "false"
