"""The chat in a browser: `python app.py [--library DIR] [--port N] [--host H]`.

In: a library of documents. Out: a page on this machine. The only module that imports Gradio;
what the page shows is made in `rag.serving`.
"""

from __future__ import annotations

import argparse
import logging
import os
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio is imported

import gradio as gr
import uvicorn

from rag.assembling import Assistant, Models
from rag.cli.preparing import prepare
from rag.errors import RagError
from rag.filtering import Choices, Wish
from rag.serving import (
    HEAD,
    Chat,
    Conversation,
    View,
    header,
    listening_socket,
    local_address,
    web_app,
)
from rag.serving.chat import Answering
from rag.serving.limits import options, panel_title, reach, typed
from rag.settings import Settings
from rag.types import Filters

INTERRUPTED = 130
TITLE = "Ask your documents"
_QUIET = {"show_progress": "hidden", "api_visibility": "private"}
# The button of a filter's chip tells the server which filter to ask again without.
_REMOVING = """element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-filter]");
  if (button) trigger("delete", { filter: button.dataset.filter });
});"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve the chat until Ctrl-C; return the exit code."""
    try:
        options = _options(arguments)
        settings = Settings.from_environment()
        if options.library:
            settings = replace(settings, library=options.library.expanduser())
        with listening_socket(options.host, options.port) as listener:
            models = Models(settings)
            prepare(settings, models)
            with closing(Assistant.open(settings, models)) as assistant:
                assistant.warm_up()
                serve(assistant, listener, host=options.host)
    except RagError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def serve(assistant: Answering, listener: socket.socket, *, host: str) -> None:
    """Answer requests on `listener` until interrupted."""
    app = gr.mount_gradio_app(
        web_app(assistant, host=host),
        page(assistant),
        path="/",
        footer_links=[],
        run_history=False,
        show_error=False,
        ssr_mode=False,
        mcp_server=False,
        theme=gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["monospace"]),
        head=HEAD,
    )
    options = uvicorn.Config(
        app, log_level="warning", access_log=False, timeout_graceful_shutdown=1
    )
    _Server(options).run(sockets=[listener])


def page(assistant: Answering) -> gr.Blocks:
    """Return the page: a conversation at the left, its evidence at the right."""
    chat, nothing_yet = Chat(assistant), Conversation().view()
    with gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True) as blocks:
        conversation = gr.State(Conversation())
        _html(header(assistant.documents()), "head")
        with gr.Row(elem_id="desk", equal_height=False):
            with gr.Column(elem_id="talk"):
                transcript = _html(nothing_yet.transcript, "transcript", js_on_load=_REMOVING)
                examples, questions = _examples(assistant)
                box, ask, stop, clear, panel = _composer(assistant.choices())
            with gr.Column(elem_id="panel"):
                evidence = _html(nothing_yet.evidence, "evidence")
        shown = [transcript, evidence, examples, ask, stop, clear]
        _wire(chat, conversation, shown=shown, box=box, questions=questions, panel=panel)
    blocks.queue(default_concurrency_limit=None, api_open=False)
    return blocks


def _html(value: str, name: str, **options: str) -> gr.HTML:
    return gr.HTML(value, elem_id=name, apply_default_css=False, **options)


def _examples(assistant: Answering) -> tuple[gr.Column, list[gr.Button]]:
    with gr.Column(elem_id="examples") as examples:
        questions = [gr.Button(question) for question in assistant.example_questions()]
    return examples, questions


def _composer(
    choices: Choices,
) -> tuple[gr.Textbox, gr.Button, gr.Button, gr.Button, list[gr.Component]]:
    with gr.Column(elem_id="composer"):
        panel = _filter_panel(choices)
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
            stop = gr.Button("Stop", visible=False, elem_id="stop", min_width=0)
        clear = gr.Button("New conversation", visible=False, elem_id="clear", min_width=0)
    return box, ask, stop, clear, panel


def _filter_panel(choices: Choices) -> list[gr.Component]:
    """Return the panel's title, then its fields in the order of `_wish`."""
    example = "2026-01-31"
    with gr.Accordion(panel_title(Wish()), open=False, elem_id="filters") as title:
        publishers = gr.Dropdown(
            options(choices.publishers),
            label="Publisher",
            multiselect=True,
            visible=bool(choices.publishers),
            elem_id="publishers",
        )
        with gr.Row(elem_id="dates"):
            after = gr.Textbox(label="Published from", placeholder=example, elem_id="after")
            before = gr.Textbox(label="Published until", placeholder=example, elem_id="before")
            languages = gr.Dropdown(
                options(choices.languages),
                label="Language",
                multiselect=True,
                visible=len(choices.languages) > 1,
                elem_id="languages",
            )
        _html(f'<p class="reach">{reach(choices)}</p>', "reach")
    fields = [publishers, after, before, languages]
    gr.on(
        [field.change for field in fields],
        lambda *words: gr.update(label=panel_title(_wish(*words))),
        fields,
        title,
        queue=False,
        **_QUIET,
    )
    return [title, *fields]


def _wish(
    publishers: list[str] | None,
    after: str | None,
    before: str | None,
    languages: list[str] | None,
) -> Wish:
    """Return what the panel holds; None is a field that was never opened."""
    return Wish(
        publishers=tuple(publishers or ()),
        languages=tuple(languages or ()),
        after=after or "",
        before=before or "",
    )


def _panel_updates(filters: Filters) -> list[object]:
    """Return what the panel holds, and its title, in the order of `_filter_panel`."""
    wish = typed(filters)
    title = gr.update(label=panel_title(wish))
    return [title, list(wish.publishers), wish.after, wish.before, list(wish.languages)]


def _wire(
    chat: Chat,
    conversation: gr.State,
    *,
    shown: list[gr.Component],
    box: gr.Textbox,
    questions: Sequence[gr.Button],
    panel: list[gr.Component],
) -> None:
    """Connect what is pressed to what happens; one answer is written at a time."""
    transcript, _, _, ask, stop, clear = shown
    typed_in = panel[1:]

    def put(state: Conversation, question: str, *words: object) -> list[object]:
        busy = state.working
        view = chat.ask(state, question, _wish(*words))
        return [*_updates(view), question if busy else ""]

    def put_without(state: Conversation, event: gr.EventData) -> list[object]:
        view = chat.ask_without(state, str(event._data["filter"]))
        return [*_updates(view), *_panel_updates(view.filters)]

    def forget(state: Conversation) -> list[object]:
        view = chat.clear(state)
        return [*_updates(view), *_panel_updates(view.filters)]

    def answer(state: Conversation) -> Iterator[list[object]]:
        with closing(chat.answer(state)) as views:  # a visitor who leaves stops the model
            for view in views:
                yield _updates(view)

    def answered(asked: gr.events.Dependency) -> None:
        asked.then(
            answer, conversation, shown, concurrency_limit=1, concurrency_id="model", **_QUIET
        )

    examples = [(question.click, question) for question in questions]
    for start, source in [(ask.click, box), (box.submit, box), *examples]:
        answered(
            start(put, [conversation, source, *typed_in], [*shown, box], queue=False, **_QUIET)
        )
    answered(transcript.delete(put_without, conversation, [*shown, *panel], queue=False, **_QUIET))
    stop.click(lambda state: _updates(chat.stop(state)), conversation, shown, queue=False, **_QUIET)
    clear.click(forget, conversation, [*shown, *panel], queue=False, **_QUIET)


def _updates(view: View) -> list[object]:
    """Return a view as what Gradio sends to the browser, in the order of `shown`."""
    return [
        view.transcript,
        view.evidence,
        gr.update(visible=view.empty),
        gr.update(visible=not view.working),
        gr.update(visible=view.working),
        gr.update(visible=not view.empty, interactive=not view.working),
    ]


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="app.py", description="Ask your documents, in a browser.")
    parser.add_argument("--library", type=Path, metavar="DIR", help="where the library is kept")
    parser.add_argument("--port", type=int, default=7860, metavar="N", help="default: 7860")
    parser.add_argument("--host", default="127.0.0.1", metavar="H", help="default: 127.0.0.1")
    return parser.parse_args(arguments)


class _Server(uvicorn.Server):
    """Says where it is as soon as it answers, and nothing when it ends."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        print(f"Chat ready at {local_address(sockets[0])}", flush=True)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Pages that are still open hold a connection; cutting it is not an error to report.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        await super().shutdown(sockets=sockets)


if __name__ == "__main__":
    sys.exit(main())
