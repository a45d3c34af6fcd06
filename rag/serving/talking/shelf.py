"""The list of conversations as HTML, by day, and what surrounds it.

In: conversations as they are kept. Out: HTML strings; `keeping.js` does what the buttons say.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from rag.serving.markup import attribute, day_in_words, escaped
from rag.storing.conversations import Kept

MOST = 200
"""Conversations that are listed."""
BAR = """<div class="shelf-bar">
<button type="button" data-do="shelf" aria-haspopup="dialog">Conversations</button>
<h2 class="shelf-title" id="conversation-title"></h2>
<button type="button" data-do="help" aria-haspopup="dialog" aria-label="Help and keys"
 title="Help and keys">?</button></div>
<dialog id="shelf" aria-labelledby="shelf-heading"><div class="shelf-head">
<h2 id="shelf-heading">Conversations</h2>
<button type="button" data-do="close" aria-label="Close the list" title="Close">×</button></div>
<div class="shelf-tools"><button type="button" data-do="new">New conversation</button>
<label for="shelf-search" class="spoken">Search conversations</label>
<input id="shelf-search" type="search" placeholder="Search questions and answers"
 autocomplete="off" maxlength="200"></div>
<p id="shelf-told" role="status"></p><div id="shelf-list"></div></dialog>
<dialog id="help" aria-labelledby="help-heading"><div class="shelf-head">
<h2 id="help-heading">Keys</h2>
<button type="button" data-do="close" aria-label="Close the help" title="Close">×</button></div>
<dl><div><dt><kbd>Enter</kbd></dt><dd>asks the question</dd></div>
<div><dt><kbd>Shift</kbd> <kbd>Enter</kbd></dt><dd>begins a new line</dd></div>
<div><dt><kbd>Esc</kbd></dt><dd>stops the answer, or closes what is open</dd></div>
<div><dt><kbd>/</kbd></dt><dd>goes to the question box</dd></div>
<div><dt><kbd>?</kbd></dt><dd>shows this help</dd></div></dl>
<p>Every conversation is kept on this machine and has an address of its own: reload it, reopen
it, or follow it in two windows. Closing the page does not stop an answer; Stop does.</p>
</dialog>"""
"""The line above a conversation, the list that opens from it, and the help."""


def shelf(found: Sequence[Kept], *, searched: str = "", current: str = "") -> str:
    """Return the list of conversations as HTML, a heading for each day, the latest first."""
    if not found and searched.strip():
        return f'<p class="shelf-none">No conversation holds “{escaped(searched[:200])}”.</p>'
    if not found:
        return '<p class="shelf-none">Conversations are listed here once you have asked.</p>'
    days = groupby(found, key=lambda kept: _day(kept.changed_at))
    listed = "".join(_of_one_day(day, list(kept_then), current) for day, kept_then in days)
    more = "These are the latest; search for earlier ones." if len(found) >= MOST else ""
    return listed + (f'<p class="shelf-none">{more}</p>' if more else "")


def _of_one_day(day: str, found: Sequence[Kept], current: str) -> str:
    items = "".join(_item(kept, current) for kept in found)
    return f"<h3>{escaped(day)}</h3><ul>{items}</ul>"


def _item(kept: Kept, current: str) -> str:
    name = attribute(kept.conversation_id)
    title = kept.title or "Untitled"
    here = ' aria-current="page"' if kept.conversation_id == current else ""
    clock = _local(kept.changed_at).strftime("%H:%M")
    return (
        f'<li data-conversation="{name}"><a href="/?conversation={name}"{here}>'
        f"<bdi>{escaped(title)}</bdi><time>{clock}</time></a>"
        f'<button type="button" data-do="rename" aria-label="{attribute(f"Rename: {title}")}"'
        ' title="Rename">✎</button>'
        f'<button type="button" data-do="remove" aria-label="{attribute(f"Delete: {title}")}"'
        ' title="Delete">×</button></li>'
    )


def _day(moment: str) -> str:
    found, today = _local(moment).date(), datetime.now().astimezone().date()
    near = {0: "Today", 1: "Yesterday"}
    return near.get((today - found).days) or day_in_words(found.isoformat())


def _local(moment: str) -> datetime:
    return datetime.fromisoformat(moment).astimezone()
