"""Signing in: everything but the way in is closed to whoever has not done so.

In: requests, as an ASGI layer, and who may sign in. Out: requests whose
`scope["state"]["person"]` is a name. Browsers carry a random session in a cookie, programs a key
or name and password in `Authorization`. Knows nothing about what is behind it.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from urllib.parse import quote, urlsplit

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.errors import UsageError
from rag.people import People, Person, tidy
from rag.serving.bodies import form, from_here
from rag.serving.entering.sessions import Attempts, Sessions
from rag.serving.markup import attribute, escaped

COOKIE = "rag_session"
_OPEN = ("/sign-in", "/page/palette.css", "/page/style.css", "/page/answer.css", "/favicon.ico")
_FOR_PROGRAMS = ("/api/", "/v1/", "/mcp", "/gradio_api/")
_LONGEST_FORM = 10_000  # bytes
_MOST_WAITING = 5
"""Passwords from one address that wait to be weighed."""
_WRONG = "Name or password is wrong."
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)


def add_signing_in(app: FastAPI, people: People) -> None:
    """Close an app to all but `people`, and add the pages on which they sign in and out."""
    door = Door(people)
    app.add_middleware(SignedIn, door=door)

    @app.get("/sign-in", include_in_schema=False)
    def page(request: Request, next: str = "/") -> Response:
        if door.person_of(request):
            return RedirectResponse(_inside(next), 303)
        return _page(_form(_inside(next)))

    @app.post("/sign-in", include_in_schema=False)
    async def sign_in(request: Request) -> Response:
        return await _sign_in(door, request)

    @app.get("/person", include_in_schema=False)
    def person(request: Request) -> Response:
        return _page(_about(request.state.person), title="Account")

    @app.post("/sign-out", include_in_schema=False)
    def sign_out(request: Request) -> Response:
        if not from_here(request.headers):
            return JSONResponse({"error": "Sign out on the page of your own name."}, 403)
        door.sessions.end(request.cookies.get(COOKIE, ""))
        gone = RedirectResponse("/sign-in", 303)
        gone.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
        return gone


class Door:
    """Knows who is signed in, and who tried too often."""

    def __init__(self, people: People) -> None:
        self.people = people
        self.sessions = Sessions()
        self.attempts = Attempts()
        self._proved = Sessions(idle=600, whole=600)
        self._turn = asyncio.Semaphore(1)
        self._waiting: Counter[str] = Counter()

    def person_of(self, request: HTTPConnection) -> str | None:
        """Return whose session a request carries, None for nobody's.

        It ends with the password it was begun with, and when its person is removed.
        """
        held = self.sessions.held(request.cookies.get(COOKIE, ""))
        person = held and self.people.find(held.name)
        return person.name if person and person.password == held.proof else None

    def program_of(self, request: HTTPConnection) -> str | None:
        """Return whose key, or name and password, a request carries in `Authorization`."""
        kind, _, words = request.headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            found = self.people.keyed(words.strip())
            return found.name if found else None
        if kind.lower() == "basic":
            return self._basic(request, words.strip())
        return None

    def tried(self, request: HTTPConnection, name: str, password: str) -> Person | None:
        """Return who signs in so; a wrong guess counts for this name from this address alone."""
        who = (address_of(request), tidy(name))
        self.attempts.note(who)  # before it is weighed, so that many at once count too
        found = self.people.signed_in(name, password)
        if found:
            self.attempts.forget(who)
        return found

    async def weighed(self, request: HTTPConnection, work: Callable, *given: object) -> object:
        """Return what `work` returns, None where too much from this address waits for it.

        Passwords are weighed one after the other, which holds up neither the rest of the
        program nor, for long, people at other addresses.
        """
        address = address_of(request)
        if self._waiting[address] >= _MOST_WAITING:
            return None
        self._waiting[address] += 1
        try:
            async with self._turn:
                return await run_in_threadpool(work, *given)
        finally:
            self._waiting[address] -= 1
            self._waiting += Counter()  # forgets addresses from which nothing waits

    def _basic(self, request: HTTPConnection, words: str) -> str | None:
        """Return whose name and password these are; once proved, they hold for ten minutes."""
        try:
            name, _, password = base64.b64decode(words, validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            return None
        mark = hashlib.sha256(words.encode()).hexdigest()
        held = self._proved.held(mark)
        known = held and self.people.find(held.name)
        if known and known.password == held.proof:
            return known.name
        if self.attempts.wait((address_of(request), tidy(name))):
            return None
        found = self.tried(request, name, password)
        if found:
            self._proved.begin(found.name, found.password, token=mark)
        return found.name if found else None


class SignedIn:
    """Lets through whoever is signed in; the others are sent to the page where they can."""

    def __init__(self, app: ASGIApp, *, door: Door) -> None:
        self._app = app
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request: ASGI's one method."""
        if scope["type"] == "lifespan" or scope.get("path") in _OPEN:
            await self._app(scope, receive, send)
            return
        request = HTTPConnection(scope)
        person = self._door.person_of(request)
        if person is None and "authorization" in request.headers:
            # In a thread: a password takes a while to be weighed.
            person = await self._door.weighed(request, self._door.program_of, request)
        if person is not None:
            scope.setdefault("state", {})["person"] = person
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await _turned_away(scope)(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})


def address_of(request: HTTPConnection) -> str:
    """Return where a request comes from; of IPv6 the network, whose addresses one person has."""
    host = request.client.host if request.client else ""
    return ":".join(host.split(":")[:4]) if host.count(":") > 1 else host


async def _sign_in(door: Door, request: Request) -> Response:
    if not from_here(request.headers):
        return _page(_form("/", "Sign in on this page."), status=403)
    try:
        sent = await form(request, most=_LONGEST_FORM)
    except UsageError as error:
        return _page(_form("/", str(error)), status=400)
    name, password, inside = sent.get("name", ""), sent.get("password", ""), sent.get("next", "/")
    wait = door.attempts.wait((address_of(request), tidy(name)))
    if wait:
        told = f"Too many wrong attempts. Try again in {wait} seconds."
        page = _page(_form(_inside(inside), told, name), status=429)
        page.headers["Retry-After"] = str(wait)
        return page
    found = await door.weighed(request, door.tried, request, name, password)
    if found is None:
        return _page(_form(_inside(inside), _WRONG, name), status=401)
    door.sessions.end(request.cookies.get(COOKIE, ""))
    done = RedirectResponse(_inside(inside), 303)
    done.set_cookie(
        COOKIE,
        door.sessions.begin(found.name, found.password),
        path="/",
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return done


def _turned_away(scope: Scope) -> Response:
    """Return the way in for people, and one line for programs."""
    path = scope["path"]
    if scope["method"] not in ("GET", "HEAD") or path.startswith(_FOR_PROGRAMS):
        told = "Sign in, or send a key: Authorization: Bearer KEY (rag people key NAME)."
        return JSONResponse({"error": told}, 401, headers={"WWW-Authenticate": "Bearer"})
    query = scope.get("query_string", b"").decode("latin-1")
    inside = quote(f"{path}?{query}" if query else path, safe="")
    return RedirectResponse(f"/sign-in?next={inside}", 303)


def _inside(address: str) -> str:
    """Return an address of this server as it is, "/" for any other."""
    parts = urlsplit(address) if address.isprintable() and "\\" not in address else None
    if parts is None or parts.scheme or parts.netloc or not address.startswith("/"):
        return "/"
    return "/" if address.startswith("//") else address


def _page(body: str, *, title: str = "Sign in", status: int = 200) -> Response:
    told = {"Content-Security-Policy": _POLICY, "Referrer-Policy": "same-origin"}
    page = _WHOLE.format(body=body, title=title)
    return HTMLResponse(page, status, headers={**told, "Cache-Control": "no-store"})


def _form(inside: str, wrong: str = "", name: str = "") -> str:
    error = f'<p class="error" role="alert" id="wrong">{escaped(wrong)}</p>' if wrong else ""
    about = ' aria-describedby="wrong" aria-invalid="true"' if wrong else ""
    fields: Mapping[str, str] = {
        "Name": f'name="name" value="{attribute(name)}" autocomplete="username" maxlength="64"'
        f' autocapitalize="none" spellcheck="false"{"" if name else " autofocus"}',
        "Password": 'name="password" type="password" autocomplete="current-password"'
        f' maxlength="1000"{" autofocus" if name else ""}',
    }
    inputs = "".join(
        f"<label><span>{label}</span><input {told} required{about}></label>"
        for label, told in fields.items()
    )
    return (
        f'<h1>Sign in</h1><p class="hint">These documents are for people who are known here.</p>'
        f'{error}<form method="post" action="/sign-in">'
        f'<input type="hidden" name="next" value="{attribute(inside)}">{inputs}'
        '<button type="submit">Sign in</button></form>'
    )


def _about(name: str) -> str:
    return (
        f'<h1>{escaped(name)}</h1><p class="hint">You are signed in under this name.</p>'
        '<form method="post" action="/sign-out"><button type="submit">Sign out</button></form>'
        '<p class="hint"><a href="/">Back to the documents</a></p>'
    )


_WHOLE = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{title} – Ask your documents</title>
<link rel="stylesheet" href="/page/palette.css"><link rel="stylesheet" href="/page/style.css">
<link rel="stylesheet" href="/page/answer.css"></head>
<body class="door"><main><p class="label">Ask your documents</p>{body}</main></body></html>"""
