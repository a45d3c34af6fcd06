"""The fields that say which documents count: publishers, days, languages, documents.

In: an assistant. Out: Gradio components, which offer what the library holds; `narrowing.js` says
how many documents match. Knows nothing about what is asked with them.
"""

from __future__ import annotations

import gradio as gr

from rag.filtering import Wish
from rag.page.parts import QUIET, html
from rag.serving.talking.chat import Answering
from rag.serving.talking.limits import matching, names, options, panel_title
from rag.serving.talking.routes import Filtered

_OFFERED = 20
"""Documents that are offered at a time."""


def filter_panel(assistant: Answering, *, of: str = "") -> list[gr.Component]:
    """Put the fields on the page, folded; return them in the order of `narrowing.js`.

    `of` begins their names in the browser.
    """
    choices = assistant.choices()
    with gr.Accordion(panel_title(Wish()), open=False, elem_id=f"{of}filters") as panel:
        publishers = _names("Publisher", options(choices.publishers), of)
        documents = _names("Document", _offered(assistant, "", ()), of)
        with gr.Row(elem_id=f"{of}dates"):
            after = _day("Published from", f"{of}after")
            before = _day("Published until", f"{of}before")
            languages = _names("Language", options(choices.languages), of)
        html(names(matching(choices, Wish(), [])), f"{of}reach")
    fields = [publishers, after, before, languages, documents]
    tell = f'(...typed) => window.narrowing.tell("{of}", ...typed)'
    gr.on([field.change for field in fields], None, fields, js=tell, **QUIET)
    _keep_offered(assistant, panel, fields)
    return fields


def filled_on(filling: gr.HTML, assistant: Answering, fields: list[gr.Component]) -> None:
    """Have the fields filled in with the wish that a script of the page brings."""

    def fill(event: gr.EventData) -> list[object]:
        return _filled(assistant, Filtered(**event._data).wish())

    filled = filling.fill(fill, None, fields, queue=False, trigger_mode="multiple", **QUIET)
    filled.then(None, js="() => window.narrowing.filled()", **QUIET)


def _names(label: str, offered: list[tuple[str, str]], of: str) -> gr.Dropdown:
    """Return a field for names that the library knows."""
    return gr.Dropdown(
        offered,
        label=label,
        multiselect=True,
        elem_id=f"{of}{label.lower()}s",
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
