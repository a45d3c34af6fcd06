"""The tab of settings: HTML that fetches itself when it is opened.

In: nothing. Out: a Gradio component. What fills it is made in `rag.serving.settings.page`.
"""

from __future__ import annotations

from rag.page.parts import html

_SHELL = (
    '<settings-tab><p class="spoken" role="status" data-told></p>'
    "<div data-page></div></settings-tab>"
)


def settings_tab() -> None:
    """Put the settings on the page that is being built."""
    html(_SHELL, "settings", js_on_load="")
