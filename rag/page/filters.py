"""The fields that say which documents count: publishers, days, languages, documents.

In: an assistant. Out: Gradio components, which offer what the library holds and say how many
documents match. Knows nothing about what is asked with them.
"""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from rag.errors import RagError
from rag.filtering import Wish
from rag.page.parts import QUIET, html
from rag.serving.talking.chat import Answering
from rag.serving.talking.limits import matching, names, options, panel_title

_OFFERED = 20
"""Documents that are offered at a time."""


@dataclass(frozen=True, slots=True)
class Panel:
    """The fields, in the order in which scripts take them, and what is told of them."""

    fields: list[gr.Component]
    title: gr.Accordion
    told: gr.HTML


def filter_panel(assistant: Answering, *, of: str = "") -> Panel:
    """Put the fields on the page, folded; `of` begins their names in the browser."""
    choices = assistant.choices()
    with gr.Accordion(panel_title(Wish()), open=False, elem_id=f"{of}filters") as title:
        publishers = _names("Publisher", options(choices.publishers), of)
        documents = _names("Document", _offered(assistant, "", ()), of)
        with gr.Row(elem_id=f"{of}dates"):
            after, before = (
                _day("Published from", f"{of}after"),
                _day("Published until", f"{of}before"),
            )
            languages = _names("Language", options(choices.languages), of)
        told = html(matching(choices, Wish(), []), f"{of}reach")
    panel = Panel([publishers, after, before, languages, documents], title, told)
    _keep_told(assistant, panel)
    _keep_offered(assistant, panel)
    return panel


def filled_on(filling: gr.HTML, assistant: Answering, panel: Panel) -> None:
    """Have the fields filled in with the wish that a script of the page brings."""

    def fill(event: gr.EventData) -> list[object]:
        wish = _wish(*(event._data[name] for name in _FIELDS))
        return [*_filled(assistant, wish), *_told(assistant, wish)]

    # One at a time, the last one last: of two at once the first may come back second.
    shown = [*panel.fields, panel.title, panel.told]
    filling.fill(fill, None, shown, queue=False, trigger_mode="always_last", **QUIET)


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


def _keep_told(assistant: Answering, panel: Panel) -> None:
    """Keep the panel's title, and how many documents match, in step with the fields."""

    def tell(*words: object) -> list[object]:
        return _told(assistant, _wish(*words))

    # Not when they are filled in: each of them would tell, and the first come back last.
    typed, told = [field.input for field in panel.fields], [panel.title, panel.told]
    gr.on(typed, tell, panel.fields, told, queue=False, trigger_mode="always_last", **QUIET)


def _told(assistant: Answering, wish: Wish) -> list[object]:
    """Return the panel's title for what is set in it, and how many documents match."""
    try:
        left = assistant.narrowing(assistant.filters(wish))
        line = matching(assistant.choices(), wish, left)
    except RagError as error:
        line = names(str(error))
    return [gr.update(label=panel_title(wish)), line]


def _keep_offered(assistant: Answering, panel: Panel) -> None:
    """Offer what the library holds now when the panel opens, and documents as they are typed."""
    publishers, _, _, languages, documents = panel.fields

    def offer(chosen: list[str] | None) -> list[object]:
        choices = assistant.choices()
        known = (options(choices.publishers), options(choices.languages))
        return [*map(_choices, known), _choices(_offered(assistant, "", chosen or ()))]

    def search(event: gr.KeyUpData, chosen: list[str] | None) -> object:
        return _choices(_offered(assistant, event.input_value or "", chosen or ()))

    shown = [publishers, languages, documents]
    panel.title.expand(offer, documents, shown, queue=False, **QUIET)
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


_FIELDS = ("publishers", "after", "before", "languages", "documents")


def _wish(
    publishers: list[str] | None,
    after: str | None,
    before: str | None,
    languages: list[str] | None,
    documents: list[str] | None,
) -> Wish:
    """Return what the panel holds; None is a field that was never opened."""
    return Wish(
        publishers=tuple(publishers or ()),
        languages=tuple(languages or ()),
        documents=tuple(documents or ()),
        after=after or "",
        before=before or "",
    )
