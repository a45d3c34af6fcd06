"""What can be done again with the last question: ask it once more, or put it into the box.

In: an exchange. Out: HTML. The buttons say what they do in `data-do`, for `keeping.js`.
"""

from __future__ import annotations

from rag.serving.markup import attribute
from rag.serving.talking.exchange import Exchange


def redoing(exchange: Exchange, *, last: bool) -> str:
    """Return the row of buttons below the last exchange as HTML, "" for any other one."""
    if exchange.is_open or not last:
        return ""
    return (
        '<p class="redoing"><button type="button" data-do="again">Ask again</button>'
        f'<button type="button" data-do="edit" data-question="{attribute(exchange.question)}">'
        "Edit question</button></p>"
    )
