"""What every tab is made with: HTML without Gradio's own looks, and events that stay private.

In: HTML strings. Out: Gradio components. Knows nothing about what a tab shows.
"""

from __future__ import annotations

import gradio as gr

QUIET = {"show_progress": "hidden", "api_visibility": "private"}
"""Options of each event: no spinner over the page, and no way in for programs beside the API."""


def html(value: str, name: str, **options: str) -> gr.HTML:
    """Return a piece of the page; `name` is its id in the browser."""
    return gr.HTML(value, elem_id=name, apply_default_css=False, **options)
