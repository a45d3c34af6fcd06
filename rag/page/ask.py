"""The tab where questions are asked: a conversation at the left, its evidence at the right.

In: an assistant. Out: Gradio components. What the two sides show is brought by `keeping.js`, which
follows the conversation that the page's address names; here is what it is put into, the line to
write on, and the filters.
"""

from __future__ import annotations

import gradio as gr

from rag.filtering import Wish
from rag.page.parts import QUIET, html
from rag.serving.showing.cards import evidence_panel
from rag.serving.showing.transcript import transcript
from rag.serving.talking.chat import Answering
from rag.serving.talking.limits import matching, names, options
from rag.serving.talking.routes import Filtered
from rag.serving.talking.shelf import BAR
from rag.serving.talking.starting import starters

# What the page's script does when it is asked to, with what stands in the fields.
_ASK = "(...typed) => window.conversation.ask(...typed)"
_ASK_NEXT = "(...typed) => window.conversation.askNext(...typed)"
_STOP = "() => window.conversation.stop()"
_NEW = "() => window.conversation.begin()"
_TELL = "(...typed) => window.narrowing.tell(...typed)"
_FILLED = "() => window.narrowing.filled()"
# The script has the fields filled in with the filters of a conversation, and read before it asks
# a question that nobody typed.
_FILLING = """window.conversationFields = {
  fill: (filters) => trigger("fill", filters),
  read: () => trigger("read"),
};
document.dispatchEvent(new Event("fields-mounted"));"""
_OFFERED = 20
"""Documents that are offered at a time."""


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
        fields = _filter_panel(assistant, filling)
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
    gr.on([ask.click, box.submit], None, [box, *fields], box, js=_ASK, **QUIET)
    filling.read(None, fields, js=_ASK_NEXT, **QUIET)
    stop.click(None, js=_STOP, **QUIET)
    new.click(None, js=_NEW, **QUIET)


def _filter_panel(assistant: Answering, filling: gr.HTML) -> list[gr.Component]:
    """Return the panel's fields, in the order in which `narrowing.js` knows them."""
    choices = assistant.choices()
    with gr.Accordion("Filters", open=False, elem_id="filters") as panel:
        publishers = _names("Publisher", options(choices.publishers))
        documents = _names("Document", _offered(assistant, "", ()))
        with gr.Row(elem_id="dates"):
            after, before = _day("Published from", "after"), _day("Published until", "before")
            languages = _names("Language", options(choices.languages))
        html(names(matching(choices, Wish(), [])), "reach")
    fields = [publishers, after, before, languages, documents]
    gr.on([field.change for field in fields], None, fields, js=_TELL, **QUIET)
    _keep_offered(assistant, panel, fields)

    def fill(event: gr.EventData) -> list[object]:
        return _filled(assistant, Filtered(**event._data).wish())

    filled = filling.fill(fill, None, fields, queue=False, trigger_mode="multiple", **QUIET)
    filled.then(None, js=_FILLED, **QUIET)
    return fields


def _names(label: str, offered: list[tuple[str, str]]) -> gr.Dropdown:
    """Return a field for names that the library knows."""
    return gr.Dropdown(
        offered,
        label=label,
        multiselect=True,
        elem_id=f"{label.lower()}s",
    )


def _day(label: str, name: str) -> gr.Textbox:
    return gr.Textbox(label=label, placeholder="2026-01-31", elem_id=name)


def _keep_offered(assistant: Answering, panel: gr.Accordion, fields: list[gr.Component]) -> None:
    """Offer what the library holds now when the panel opens, and documents as they are typed."""
    publishers, _, _, languages, documents = fields

    def offer(chosen: list[str] | None) -> list[object]:
        choices = assistant.choices()
        known = (options(choices.publishers), options(choices.languages))
        return [*map(_choices, known), _choices(_offered(assistant, "", chosen or ()))]

    def search(event: gr.KeyUpData, chosen: list[str] | None) -> object:
        return _choices(_offered(assistant, event.input_value or "", chosen or ()))

    shown = [publishers, languages, documents]
    panel.expand(offer, documents, shown, queue=False, **QUIET)
    documents.key_up(search, documents, documents, queue=False, trigger_mode="always_last", **QUIET)


def _choices(offered: list[tuple[str, str]]) -> object:
    return gr.update(choices=offered)


def _offered(
    assistant: Answering, words: str, chosen: list[str] | tuple[str, ...]
) -> list[tuple[str, str]]:
    """Return names and ids of documents: those chosen, and the first that hold the words."""
    found = dict(assistant.titles(ids=chosen)) | dict(assistant.titles(words, limit=_OFFERED))
    return [(title, document_id) for document_id, title in found.items()]


def _filled(assistant: Answering, wish: Wish) -> list[object]:
    """Return what the fields hold for a wish."""
    documents = gr.update(
        value=list(wish.documents), choices=_offered(assistant, "", wish.documents)
    )
    return [list(wish.publishers), wish.after, wish.before, list(wish.languages), documents]
