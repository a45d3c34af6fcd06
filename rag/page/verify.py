"""The tab where a text is checked against the documents.

In: an assistant. Out: HTML around the fields that say which documents count; what happens in it is
the work of `verifying.js` and of the route in `rag.serving.verifying.routes`.
"""

from __future__ import annotations

import gradio as gr

from rag.factchecking import LONGEST_TEXT
from rag.page.filters import filter_panel
from rag.page.parts import QUIET, html
from rag.serving.talking.chat import Answering
from rag.serving.verifying.page import BUTTON, section

# The script has the fields read when a text is to be checked.
_READING = "element.querySelector('verify-desk').read = () => trigger('read');"
_START = "(...typed) => document.querySelector('verify-desk').start(...typed)"


def verify_tab(assistant: Answering) -> None:
    """Put the tab's content on the page that is being built."""
    with gr.Column(elem_id="verifying"):
        desk = html(section(LONGEST_TEXT), "verify", js_on_load=_READING)
        fields = filter_panel(assistant, of="verify-")
        html(BUTTON, "verify-button")
    desk.read(None, fields, js=_START, **QUIET)
