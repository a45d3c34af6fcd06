"""The tab where questions are asked: a conversation at the left, its evidence at the right.

In: an assistant. Out: Gradio components. What the two sides show is brought by `keeping.js`, which
follows the conversation that the page's address names; here is what it is put into, the line to
write on, and the filters above it.
"""

from __future__ import annotations

import gradio as gr

from rag.page.filters import filled_on, filter_panel
from rag.page.parts import QUIET, html
from rag.serving.showing.cards import evidence_panel
from rag.serving.showing.transcript import transcript
from rag.serving.talking.chat import Answering
from rag.serving.talking.shelf import BAR
from rag.serving.talking.starting import starters

# What the page's script does when it is asked to, with what stands in the fields.
_ASK = "(...typed) => window.conversation.ask(...typed)"
_ASK_NEXT = "(...typed) => window.conversation.askNext(...typed)"
_STOP = "() => window.conversation.stop()"
_NEW = "() => window.conversation.begin()"
# The script has the fields filled in with the filters of a conversation, and read before it asks
# a question that nobody typed.
_FILLING = """window.conversationFields = {
  fill: (filters) => trigger("fill", filters),
  read: () => trigger("read"),
};
document.dispatchEvent(new Event("fields-mounted"));"""


def ask_tab(assistant: Answering) -> None:
    """Put the conversation and its evidence on the page that is being built."""
    with gr.Row(elem_id="desk", equal_height=False):
        with gr.Column(elem_id="talk"):
            html(BAR, "shelf-bar")
            turns = f'<div id="turns">{transcript([])}</div><p id="told" role="alert"></p>'
            filling = html(turns, "transcript", js_on_load=_FILLING)
            html(starters(assistant.example_questions()), "examples")
            _composer(assistant, filling)
        with gr.Column(elem_id="panel"):
            html(f'<div id="sections">{evidence_panel([])}</div>', "evidence")


def _composer(assistant: Answering, filling: gr.HTML) -> None:
    with gr.Column(elem_id="composer"):
        fields = filter_panel(assistant)
        html('<p id="editing" hidden></p>', "editing-line")
        with gr.Row(elem_id="line"):
            box = gr.Textbox(
                label="Your question",
                placeholder="Ask a question",
                show_label=False,
                container=False,
                max_lines=6,
                autofocus=True,
                elem_id="question",
            )
            ask = gr.Button("Ask", variant="primary", elem_id="ask", min_width=0)
            stop = gr.Button("Stop", elem_id="stop", min_width=0)
        new = gr.Button("New conversation", elem_id="clear", min_width=0)
    filled_on(filling, assistant, fields)
    gr.on([ask.click, box.submit], None, [box, *fields], box, js=_ASK, **QUIET)
    filling.read(None, fields, js=_ASK_NEXT, **QUIET)
    stop.click(None, js=_STOP, **QUIET)
    new.click(None, js=_NEW, **QUIET)
