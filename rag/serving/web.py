"""The web routes around the chat: documents, the page's own files, and what browsers may load.

In: an assistant. Out: a FastAPI app onto which the chat is mounted, and the socket it is
served from. Nothing it serves can make a browser ask another machine for anything: the
Content-Security-Policy header of every page forbids it.
"""

from __future__ import annotations

import socket
from pathlib import Path

from fastapi import FastAPI, Response
from fastapi.responses import FileResponse, HTMLResponse
from starlette.datastructures import MutableHeaders
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.errors import InputError, PortBusy, UsageError
from rag.serving.api import add_api
from rag.serving.chat import Answering
from rag.serving.pages import document_page, documents_page, missing_page, recalled_page
from rag.styling import PALETTE
from rag.types import Document, Span

HEAD = """<link rel="stylesheet" href="/page/palette.css">
<link rel="stylesheet" href="/page/style.css"><script src="/page/chat.js" defer></script>
<meta name="color-scheme" content="light dark">"""
"""What the chat page needs in its head."""

_FILES = Path(__file__).resolve().parent
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_SERVED = {
    path.name: path
    for path in (PALETTE, *(_FILES / name for name in ("style.css", "chat.js", "icon.svg")))
}
_HERE = ("127.0.0.1", "localhost")
_PLAIN = (
    "default-src 'none'; style-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# Gradio's page holds inline scripts and compiles its templates, hence the two "unsafe" words;
# every address must still be this server's.
_CHAT = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'none'"
)


def web_app(assistant: Answering, *, host: str = "127.0.0.1") -> FastAPI:
    """Return the routes; on a local `host`, requests under any other name are turned away.

    That last check keeps a web page elsewhere from reading the documents by pointing its
    own name at this machine (DNS rebinding).
    """
    app = FastAPI(openapi_url=None)
    app.add_middleware(_Guarded)
    if host in _HERE:
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(_HERE))
    _add_documents(app, assistant)
    add_api(app, assistant)

    @app.get("/page/{name}")
    def file(name: str) -> Response:
        return _file(name) if name in _SERVED else _plain(missing_page(), status=404)

    @app.get("/favicon.ico")
    def icon() -> Response:
        return _file("icon.svg")

    return app


def _add_documents(app: FastAPI, assistant: Answering) -> None:
    @app.get("/documents")
    def documents() -> Response:
        return _plain(documents_page(assistant.documents()))

    @app.get("/document/{document_id}")
    def document(document_id: str, start: str = "", end: str = "") -> Response:
        try:
            found = assistant.document(document_id)
        except InputError:
            return _recalled(assistant.recalled(document_id), _span(start, end))
        return _plain(document_page(found, _span(start, end)))


def _recalled(document: Document | None, cited: Span | None) -> Response:
    """Return the page of a document that left the library, as far as answers kept it."""
    if document is None:
        return _plain(missing_page(), status=404)
    return _plain(recalled_page(document, cited))


def listening_socket(host: str, port: int) -> socket.socket:
    """Return a socket that listens; held from here on, so that nobody else gets the port.

    Raises PortBusy where another program listens, UsageError for an impossible address.
    """
    if not 0 <= port <= 65535:
        raise UsageError(f"A port is a number from 0 to 65535, not {port}: choose another --port.")
    try:
        [(family, *_, address), *_] = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise UsageError(f"{host!r} is no address: try --host 127.0.0.1.") from error
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen()
    except OSError as error:
        listener.close()
        raise PortBusy(
            f"Cannot listen on {host} port {port} ({error.strerror.lower()}): "
            f"choose another with --port {port + 1 if port < 65535 else 7860}."
        ) from error
    return listener


def local_address(listener: socket.socket) -> str:
    """Return the address to open in a browser."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class _Guarded:
    """Adds the security headers, as an ASGI layer that leaves streamed responses alone."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Content-Security-Policy", _CHAT)
                headers.setdefault("X-Content-Type-Options", "nosniff")
                headers.setdefault("Referrer-Policy", "no-referrer")
            await send(message)

        await self._app(scope, receive, guarded)


def _plain(page: str, *, status: int = 200) -> Response:
    return HTMLResponse(page, status, headers={"Content-Security-Policy": _PLAIN})


def _file(name: str) -> Response:
    path = _SERVED[name]
    return FileResponse(path, media_type=_TYPES[path.suffix], headers={"Cache-Control": "no-cache"})


def _span(start: str, end: str) -> Span | None:
    """Return the span that two words of an address name; None unless both are whole numbers."""
    try:
        return Span(int(start), int(end))
    except ValueError:
        return None
