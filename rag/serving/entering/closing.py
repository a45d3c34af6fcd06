"""Closes what the page's toolkit offers and this page does not use.

In: requests, as an ASGI layer. Out: those that are let through; "not found" for the others.
Gradio serves files by path, takes uploads, forwards requests to other machines and more. What is
not named here as needed is closed, so that a new version of it opens nothing by itself.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 2_000_000
"""Of what may be sent to the toolkit's own routes."""
_TOOLKIT = "/gradio_api/"
_NEEDED = re.compile(
    r"/gradio_api/(queue/(join|data)|run/predict|heartbeat/\w+|startup-events|cancel|reset|info)/?"
)
_OWN_FILES = re.compile(r"/(assets|static|svelte)/[\w./@+-]+")
# What stands at the root as well as below the prefix, by older versions' addresses.
_CLOSED = re.compile(
    r"/(file|proxy|stream|upload|upload_progress|component_server|custom_component|run|call|queue"
    r"|login|logout|login_check|token|user|app_id|dev|monitoring|vibe-\w+|undo-vibe-edit|profiling"
    r"|process_recording|run-history|runs|deep_link|pwa_icon|heartbeat|reset|cancel)([=/].*)?",
    re.DOTALL,
)


class Closed:
    """Lets through what the page needs of its toolkit, and all other routes of the server."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request: ASGI's one method."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] != "http":  # the page opens no WebSocket
            await send({"type": "websocket.close", "code": 1008})
        elif not is_open(scope["path"]):
            await PlainTextResponse("Not found", 404)(scope, receive, send)
        elif scope["path"].startswith(_TOOLKIT):
            await self._bounded(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _bounded(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on, cut off where its body grows longer than it may be."""
        told = dict(scope["headers"]).get(b"content-length", b"0")
        if not told.isdigit() or int(told[:19]) > MOST_BYTES:
            await PlainTextResponse("Too long", 413)(scope, receive, send)
            return
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            return message if read <= MOST_BYTES else {"type": "http.disconnect"}

        await self._app(scope, counted, send)


def is_open(path: str) -> bool:
    """Say whether a path leads to something that the page needs, or is none of the toolkit's."""
    plain = unquote(path)
    steps = re.split(r"[/\\]", plain)
    if "\x00" in plain or "//" in plain or "." in steps or ".." in steps:
        return False
    if f"{path}/".startswith(_TOOLKIT):
        return bool(_NEEDED.fullmatch(path))
    if path.startswith(("/assets/", "/static/", "/svelte/")):
        return bool(_OWN_FILES.fullmatch(path))
    return not _CLOSED.fullmatch(path)
