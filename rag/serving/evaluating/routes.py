"""The routes that the Evaluate tab works with.

In: a bench. Out: pieces of HTML and JSON for `evaluating.js`, and whole reports as pages. An
error is `{"error": one line}`. Knows nothing about how runs are made.
"""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from rag.errors import RagError
from rag.evaluating import comparing
from rag.evaluating.bench import Bench, Order
from rag.evaluating.comparing import Comparison, side
from rag.evaluating.listing import report_of, row
from rag.evaluating.records import Report
from rag.evaluating.reporting.as_comparison import comparison_page
from rag.evaluating.reporting.as_html import html
from rag.serving.bodies import sent
from rag.serving.documents.pages import missing_page
from rag.serving.evaluating import page
from rag.serving.evaluating.figures import comparison_figures, run_figures

_FRESH = {"Cache-Control": "no-store"}
# A report holds its own style and script, and words of documents: it may reach nothing at all,
# this server included.
_ALONE = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox allow-scripts"
)


class Ordered(BaseModel):
    """What to run, as the page sends it."""

    test_set: str
    size: int | None = Field(None, ge=1)
    search_only: bool = False
    again: bool = False


class Named(BaseModel):
    """The name of a run."""

    run: str


def add_evaluating(app: FastAPI, bench: Bench) -> None:
    """Add the routes under `/evaluate`."""
    _add_doing(app, bench)
    _add_showing(app, bench)

    @app.get("/evaluate/report/{run}")
    def report(run: str) -> Response:
        return _page(lambda: html(_report(bench, run)))

    @app.get("/evaluate/comparison-page")
    def comparison(a: str = "", b: str = "") -> Response:
        return _page(lambda: comparison_page(_comparison(bench, a, b)))


def _add_doing(app: FastAPI, bench: Bench) -> None:
    @app.post("/evaluate/start")
    async def start(request: Request) -> Response:
        async def order() -> Order:
            return Order(**(await sent(request, Ordered)).model_dump())

        return await _done(order, bench.start, bench)

    @app.post("/evaluate/go-on")
    async def go_on(request: Request) -> Response:
        async def name() -> str:
            return (await sent(request, Named)).run

        return await _done(name, bench.go_on, bench)

    @app.post("/evaluate/stop")
    def stop() -> Response:
        bench.stop()
        return JSONResponse(_job(bench), headers=_FRESH)


def _add_showing(app: FastAPI, bench: Bench) -> None:
    @app.get("/evaluate/job")
    def job() -> Response:
        return JSONResponse(_job(bench), headers=_FRESH)

    @app.get("/evaluate/sets")
    def sets() -> Response:
        return _piece(lambda: page.options(bench.sets(), [str(one) for one in bench.folders]))

    @app.get("/evaluate/set")
    def about(name: str = "") -> Response:
        return _piece(lambda: page.about(*bench.examined(name)))

    @app.get("/evaluate/runs")
    def runs() -> Response:
        return _piece(lambda: page.runs([row(bench.folder(name)) for name in bench.runs()]))

    @app.get("/evaluate/run")
    def run(name: str = "") -> Response:
        return _piece(lambda: run_figures(_report(bench, name)))

    @app.get("/evaluate/comparison")
    def compared(a: str = "", b: str = "") -> Response:
        return _piece(lambda: comparison_figures(_comparison(bench, a, b)))


def _report(bench: Bench, run: str) -> Report:
    return report_of(bench.folder(run))


def _comparison(bench: Bench, a: str, b: str) -> Comparison:
    return comparing.compare(side(_report(bench, a)), side(_report(bench, b)))


def _job(bench: Bench) -> dict:
    found = bench.job
    return {
        "html": page.job(found),
        "told": page.told(found),
        "open": bool(found and found.is_open),
        "run": found.run if found else "",
    }


async def _done(read: Callable, do: Callable, bench: Bench) -> Response:
    """Do what was asked for and return how the run stands, or the error."""
    try:
        await run_in_threadpool(do, await read())
    except RagError as error:
        return _error(error)
    return JSONResponse(_job(bench), headers=_FRESH)


def _piece(make: Callable[[], str]) -> Response:
    try:
        return HTMLResponse(make(), headers=_FRESH)
    except RagError as error:
        return _error(error)


def _error(error: RagError) -> Response:
    return JSONResponse({"error": " ".join(str(error).split())}, 400, headers=_FRESH)


def _page(make: Callable[[], str]) -> Response:
    try:
        return HTMLResponse(make(), headers=_FRESH | {"Content-Security-Policy": _ALONE})
    except RagError:
        return HTMLResponse(missing_page(), 404)
