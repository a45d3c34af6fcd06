"""The chat page in Gradio, the only package that imports it: one module for each tab.

In: what a tab works with. Out: Gradio's blocks. What is shown is made in `rag.serving`, as HTML;
here it is laid out, and what is pressed is connected to what happens.

    ask       questions, answers and their evidence
    verify    a text, checked statement by statement
    evaluate  runs of test sets
    library   documents, uploads, folders, indexing
    settings  what the program runs with
    filters   which documents count, where it is asked or verified
    parts     what every tab is made with
"""

from __future__ import annotations

import os

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio is imported

import gradio as gr
from fastapi import FastAPI

from rag.page.ask import ask_tab
from rag.page.evaluate import evaluate_tab
from rag.page.library import library_tab
from rag.page.parts import html
from rag.page.settings import settings_tab
from rag.page.verify import verify_tab
from rag.serving import HEAD, Offer, header
from rag.serving.talking.chat import Answering

TITLE = "Ask your documents"


def page(assistant: Answering, offer: Offer) -> gr.Blocks:
    """Return the page: its head, and the tabs below it for what is offered."""
    with gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True) as blocks:
        html(header(assistant.documents()), "head")
        with gr.Tabs(elem_id="tabs"):
            with _tab("Ask"):
                ask_tab(assistant)
            with _tab("Verify"):
                verify_tab(assistant)
            if offer.bench:
                with _tab("Evaluate"):
                    evaluate_tab()
            if offer.library:
                with _tab("Library"):
                    library_tab(local=offer.local)
            if offer.settings:
                with _tab("Settings"):
                    settings_tab()
    blocks.queue(default_concurrency_limit=None, api_open=False)
    return blocks


def _tab(name: str) -> gr.Tab:
    return gr.Tab(name, id=name.lower(), elem_id=f"{name.lower()}-tab")


def mounted(app: FastAPI, assistant: Answering, offer: Offer | None = None) -> FastAPI:
    """Return the web app with the page at its root; its head says whether people sign in."""
    offer = offer or Offer()
    return gr.mount_gradio_app(
        app,
        page(assistant, offer),
        path="/",
        footer_links=[],
        run_history=False,
        show_error=False,
        ssr_mode=False,
        mcp_server=False,
        theme=gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["monospace"]),
        head=HEAD + '<meta name="signed-in">' * bool(offer.people),
    )
