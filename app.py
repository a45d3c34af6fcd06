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
from rag.settings import Settings

INTERRUPTED = 130
TITLE = "Ask your documents"


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
                transcript = _html(nothing_yet.transcript, "transcript")
                examples, questions = _examples(assistant)
                box, ask, stop, clear = _composer()
            with gr.Column(elem_id="panel"):
                evidence = _html(nothing_yet.evidence, "evidence")
        shown = [transcript, evidence, examples, ask, stop, clear]
        _wire(chat, conversation, shown=shown, box=box, questions=questions)
    blocks.queue(default_concurrency_limit=None, api_open=False)
    return blocks


def _html(value: str, name: str) -> gr.HTML:
    return gr.HTML(value, elem_id=name, apply_default_css=False)


def _examples(assistant: Answering) -> tuple[gr.Column, list[gr.Button]]:
    with gr.Column(elem_id="examples") as examples:
        questions = [gr.Button(question) for question in assistant.example_questions()]
    return examples, questions


def _composer() -> tuple[gr.Textbox, gr.Button, gr.Button, gr.Button]:
    with gr.Column(elem_id="composer"):
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
    return box, ask, stop, clear


def _wire(
    chat: Chat,
    conversation: gr.State,
    *,
    shown: list[gr.Component],
    box: gr.Textbox,
    questions: Sequence[gr.Button],
) -> None:
    """Connect what is pressed to what happens; one answer is written at a time."""
    *_, ask, stop, clear = shown
    quiet = {"show_progress": "hidden", "api_visibility": "private"}

    def put(state: Conversation, question: str) -> list[object]:
        busy = state.working
        return [*_updates(chat.ask(state, question)), question if busy else ""]

    def answer(state: Conversation) -> Iterator[list[object]]:
        with closing(chat.answer(state)) as views:  # a visitor who leaves stops the model
            for view in views:
                yield _updates(view)

    examples = [(question.click, question) for question in questions]
    for start, source in [(ask.click, box), (box.submit, box), *examples]:
        start(put, [conversation, source], [*shown, box], queue=False, **quiet).then(
            answer, conversation, shown, concurrency_limit=1, concurrency_id="model", **quiet
        )
    stop.click(lambda state: _updates(chat.stop(state)), conversation, shown, queue=False, **quiet)
    clear.click(
        lambda state: _updates(chat.clear(state)), conversation, shown, queue=False, **quiet
    )


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
