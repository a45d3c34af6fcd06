"""The web routes around the chat, and what browsers may load.

In: an assistant. Out: a FastAPI app onto which the chat is mounted. Nothing it serves can make a
browser ask another machine for anything: the Content-Security-Policy header of every page forbids
it.
"""

from __future__ import annotations

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.datastructures import MutableHeaders
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.people import People
from rag.serving.answers.routes import add_answers
from rag.serving.documents.routes import add_documents, plain
from rag.serving.entering.admitting import Admitting
from rag.serving.entering.closing import Closed
from rag.serving.entering.signing_in import add_signing_in
from rag.serving.evaluating.routes import add_evaluating
from rag.serving.failing import add_failures
from rag.serving.library.routes import add_library
from rag.serving.offering import Offer, local_names
from rag.serving.page_files import add_page_files
from rag.serving.programs.api import add_api
from rag.serving.programs.completions import add_completions
from rag.serving.programs.desk import Assisting, Desk
from rag.serving.programs.manual import manual_page
from rag.serving.programs.mcp_server import McpOverHttp
from rag.serving.programs.openapi import schema
from rag.serving.settings.page import add_settings
from rag.serving.talking.chat import Chat
from rag.serving.talking.routes import add_conversations
from rag.serving.talking.starting import add_start
from rag.serving.verifying.routes import add_verifying

# Gradio's page holds inline scripts and compiles its templates, hence the two "unsafe" words;
# every address must still be this server's.
_CHAT = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'none'"
)


def web_app(
    assistant: Assisting, *, host: str = "127.0.0.1", offer: Offer | None = None
) -> FastAPI:
    """Return the routes; on a local `host`, requests under any other name are turned away."""
    offer = offer or Offer()
    app = _common(assistant, host, offer.people)
    _add_page(app, assistant, offer)
    return app


def programs_app(
    assistant: Assisting, *, host: str = "127.0.0.1", people: People | None = None
) -> FastAPI:
    """Return the routes for programs alone, and documents; its first page is their manual."""
    app = _common(assistant, host, people)
    app.get("/", include_in_schema=False)(lambda: RedirectResponse("/api"))
    return app


def _common(assistant: Assisting, host: str, people: People | None) -> FastAPI:
    """Return what is served with and without a chat, behind the layers that guard it."""
    desk = Desk(assistant)
    mcp = McpOverHttp(desk)
    app = FastAPI(openapi_url=None, lifespan=mcp.lifespan)
    app.add_middleware(Admitting)
    app.add_middleware(Closed)
    if people:
        add_signing_in(app, people)
    app.add_middleware(_Guarded)
    if names := local_names(host):
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(names))
    add_page_files(app)
    add_documents(app, assistant)
    add_failures(app)
    add_api(app, desk)
    add_completions(app, desk)
    app.router.routes.append(mcp.route)
    _add_manual(app)
    return app


def _add_page(app: FastAPI, assistant: Assisting, offer: Offer) -> None:
    """Add what the chat's page needs, each of its parts where it is offered."""
    add_start(app, assistant)
    add_conversations(app, Chat(assistant))
    add_verifying(app, assistant)
    if offer.log:
        add_answers(app, assistant, offer.log)
    if offer.library:
        add_library(app, offer.library, local=offer.local)
    if offer.settings:
        add_settings(app, offer.settings, local=offer.local)
    if offer.bench:
        add_evaluating(app, offer.bench)


def _add_manual(app: FastAPI) -> None:
    @app.get("/openapi.json", include_in_schema=False)
    def openapi() -> JSONResponse:
        return JSONResponse(schema(app))

    @app.get("/api", include_in_schema=False)
    def manual(request: Request) -> Response:
        return plain(manual_page(schema(app), str(request.base_url).rstrip("/")))


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
