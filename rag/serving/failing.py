"""What a program is told when its request fails: one line that says what to do, and a status.

In: exceptions of the routes for programs. Out: `{"error": line}` under /api, and the error
object of OpenAI's interface under /v1. Knows nothing about what was asked.
"""

from __future__ import annotations

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.exceptions import HTTPException as PlainHTTPException
from starlette.requests import ClientDisconnect

from rag.errors import InputError, PromptTooLong, RagError, UsageError
from rag.serving.entering.admitting import LONGEST_BODY
from rag.serving.programs.requests import complaint

FAULT = "Something went wrong inside the program; the terminal it runs in says what."
GONE = 499
"""The status that nobody reads, as nginx names it: the program went away."""
_LINES = {
    400: "Send one JSON object, as the examples at /api show.",
    404: "There is nothing at this address: see /api for what there is.",
    405: "This address takes another method: see /api.",
    413: f"A request has at most {LONGEST_BODY:,} bytes.",
}
"""What takes the place of the web framework's own words."""


def add_failures(app: FastAPI) -> None:
    """Tell programs what went wrong in the form that they know."""

    @app.exception_handler(RequestValidationError)
    async def misread(request: Request, error: RequestValidationError) -> Response:
        line, field = complaint(error.errors())
        return failure(request, line, 400, param=field)

    @app.exception_handler(RagError)
    async def known(request: Request, error: RagError) -> Response:
        return failure(request, str(error), status_of(error))

    @app.exception_handler(PlainHTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        if not for_programs(request):
            return await http_exception_handler(request, error)
        told = error.detail if error.status_code in (403, 415) else _LINES.get(error.status_code)
        return failure(request, told or error.detail, error.status_code)

    @app.exception_handler(ClientDisconnect)
    async def left(request: Request, error: ClientDisconnect) -> Response:
        return Response(status_code=GONE)

    @app.exception_handler(Exception)
    async def fault(request: Request, error: Exception) -> Response:  # the server logs it
        if not for_programs(request):
            return PlainTextResponse("Internal Server Error", 500)
        return failure(request, FAULT, 500)


def for_programs(request: Request) -> bool:
    """Whether a request is to the interface for programs."""
    return request.url.path.startswith(("/api/", "/v1/"))


def status_of(error: RagError) -> int:
    """Return the status for an error: 400 for what was asked, 409 for the state of the library."""
    return 400 if isinstance(error, InputError | UsageError | PromptTooLong) else 409


def failure(
    request: Request, line: str, status: int, *, param: str | None = None, code: str | None = None
) -> JSONResponse:
    """Return an error of one line in the form of the interface that was asked."""
    line = " ".join(line.split())
    if not request.url.path.startswith("/v1/"):
        return JSONResponse({"error": line}, status)
    return JSONResponse(error_object(line, status, param=param, code=code), status)


def error_object(
    line: str, status: int, *, param: str | None = None, code: str | None = None
) -> dict:
    """Return an error as OpenAI's interface has it."""
    kind = "invalid_request_error" if status < 500 else "server_error"
    return {"error": {"message": line, "type": kind, "param": param, "code": code}}
