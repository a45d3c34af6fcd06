"""What can be done with a finished answer: a link to it, copy, export, judge.

In: the id of an answer in the log. Out: HTML strings; `answers.js` does what needs a script,
and without one each is a link.
"""

from __future__ import annotations

from rag.serving.markup import attribute

KINDS = {"md": "Markdown", "html": "HTML", "docx": "Word", "json": "JSON"}
"""The endings of exported files, and what people call them."""


def actions(answer_id: str) -> str:
    """Return the row of actions as HTML, "" for an answer that is not in the log."""
    if not answer_id:
        return ""
    name = attribute(answer_id)
    return (
        f'<div class="actions" data-answer="{name}">'
        f'<a href="/answer/{name}" target="_blank" rel="noopener" class="permalink">Link'
        '<span class="spoken"> to this answer, in a new tab</span></a>'
        f'<button type="button" data-copy="{name}">Copy with citations</button>'
        f"{_export(name)}"
        f'<a href="/answer/{name}#judge" data-judge="{name}">Judge'
        '<span class="spoken"> this answer</span></a>'
        f'<span class="judged" data-judged="{name}"></span></div>'
    )


def _export(name: str) -> str:
    this = "".join(
        f'<li><a href="/answer/{name}/export.{ending}" download>{kind}</a></li>'
        for ending, kind in KINDS.items()
    )
    whole = "".join(
        f'<li><a href="/answers/export.{ending}?answer={name}" download data-whole="{ending}">'
        f"{kind}</a></li>"
        for ending, kind in KINDS.items()
    )
    return (
        '<details class="export"><summary>Export</summary><div class="menu">'
        f"<div><p>This answer</p><ul>{this}</ul></div>"
        f'<div class="whole"><p>Whole conversation</p><ul>{whole}</ul></div></div></details>'
    )
