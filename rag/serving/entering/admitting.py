"""Keeps from the routes for programs what must not reach them: other sites' pages, endless bodies.

In: requests. Out: the same, or an error. A browser names the site that a page is from; a
program need not. Knows nothing about what is asked.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LONGEST_BODY = 1_000_000  # bytes
_OWN = ("/api/", "/v1/", "/mcp")
_BOUNDED = ("/api/ask", "/api/verify", "/v1/")  # for /mcp the protocol's own server does it


class Admitting:
    """An ASGI layer before the routes for programs."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on if it may come in."""
        path = scope["path"] if scope["type"] == "http" else ""
        if path.startswith(_OWN) and not _from_here(Headers(scope=scope)):
            line = "Pages of other sites may not ask here."
            await JSONResponse({"error": line}, 403)(scope, receive, send)
            return
        await self._app(scope, _bounded(receive) if path.startswith(_BOUNDED) else receive, send)


def _from_here(headers: Headers) -> bool:
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")


def _bounded(receive: Receive) -> Receive:
    """Return a way to receive a request that ends with 413 when its body grows too long."""
    read = 0

    async def received() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > LONGEST_BODY:
            raise HTTPException(413)
        return message

    return received
