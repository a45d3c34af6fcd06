"""The web routes of logged answers: their pages, exports, what is copied and what is judged.

In: an assistant, the folder of its library. Out: routes on a FastAPI app.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path

from fastapi import FastAPI, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool

from rag.errors import InputError, RagError, UsageError
from rag.footnoting import FORMATS, copied, exported
from rag.judging import Saying, cases, holding, judge
from rag.recording import Record, answer_of, from_json, reported
from rag.recording.recalling import same_words
from rag.serving.answers.actions import KINDS
from rag.serving.answers.answerpage import (
    Shown,
    answer_page,
    fields,
    judging,
    not_found_page,
    summary,
)
from rag.serving.bodies import form, from_here
from rag.serving.talking.chat import Answering
from rag.storing import answers, judgements
from rag.types import Document

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
MOST_EXPORTED = 500
_LONGEST_FORM = 1_000_000  # bytes
_ENDINGS = {one.ending: name for name, one in FORMATS.items()}


class Log:
    """The answers of a library, each with what its page shows."""

    def __init__(self, folder: Path, assistant: Answering) -> None:
        self.folder = folder
        self._assistant = assistant

    def record(self, answer_id: str) -> Record:
        """Return the record of an answer whose id begins so; raises InputError."""
        return from_json(answers.entry(self.folder, answer_id).record)

    def shown(self, record: Record) -> Shown:
        """Return what the page of an answer shows."""
        present = {one.document_id: self._known(one.document_id) for one in record.sources}
        gone = {
            one.document_id
            for one in record.sources
            if not (found := present[one.document_id]) or not same_words(one, found)
        }
        said = judgements.of(self.folder, record.answer_id)
        return Shown(
            record=record,
            answer=answer_of(record, present.get),
            gone=gone,
            judged=holding(self.folder, record.answer_id),
            seen=max((one.number for one in said), default=0),
        )

    def _known(self, document_id: str) -> Document | None:
        try:
            return self._assistant.document(document_id)
        except InputError:
            return None


def add_answers(app: FastAPI, assistant: Answering, library: Path) -> None:
    """Add the routes under `/answer` and `/answers`, over the log of a library."""
    log = Log(library, assistant)
    _add_pages(app, log)
    _add_exports(app, log)
    _add_judging(app, log)


def _add_pages(app: FastAPI, log: Log) -> None:
    @app.get("/answer/{answer_id}", include_in_schema=False)
    def page(answer_id: str) -> Response:
        def made() -> Response:
            record = log.record(answer_id)
            if record.answer_id != answer_id:  # one address for each answer
                return RedirectResponse(f"/answer/{record.answer_id}", 303)
            return _page(answer_page(log.shown(record)))

        return _or_missing(made)

    @app.get("/answer/{answer_id}/judging", include_in_schema=False)
    def fragment(answer_id: str) -> Response:
        return _or_missing(lambda: _page(judging(log.shown(log.record(answer_id)))))

    @app.get("/answer/{answer_id}/copy", include_in_schema=False)
    def copy(answer_id: str) -> Response:
        def made() -> Response:
            found = copied(log.record(answer_id))
            return JSONResponse({"text": found.text, "html": found.html})

        return _or_error(made)


def _add_exports(app: FastAPI, log: Log) -> None:
    @app.get("/answer/{answer_id}/export.{ending}", include_in_schema=False)
    def one(answer_id: str, ending: str) -> Response:
        return _or_missing(lambda: _file([log.record(answer_id)], ending))

    @app.get("/answers/export.{ending}", include_in_schema=False)
    def several(ending: str, answer: list[str] = Query(default=[])) -> Response:  # noqa: B008
        def made() -> Response:
            if not 1 <= len(answer) <= MOST_EXPORTED:
                raise UsageError(f"Name 1 to {MOST_EXPORTED} answers, as in ?answer=ID&answer=ID.")
            return _file([log.record(name) for name in answer], ending)

        return _or_missing(made)

    @app.get("/judgements.jsonl", include_in_schema=False)
    def judged() -> Response:
        def made() -> Response:
            rows = (json.dumps(one, ensure_ascii=False) for one in cases(log.folder))
            return _download("".join(f"{row}\n" for row in rows).encode(), "judgements.jsonl")

        return _or_missing(made)


def _add_judging(app: FastAPI, log: Log) -> None:
    @app.get("/answers/judged", include_in_schema=False)
    def judged(answer: list[str] = Query(default=[])) -> Response:  # noqa: B008
        names = answer[:MOST_EXPORTED]
        return _or_error(
            lambda: JSONResponse({name: summary(holding(log.folder, name)) for name in names})
        )

    @app.post("/answer/{answer_id}/judge", include_in_schema=False)
    async def say(answer_id: str, request: Request) -> Response:
        if not from_here(request.headers):
            return JSONResponse({"error": "Judge an answer on its own page."}, 403)
        try:
            sent = await form(request, most=_LONGEST_FORM)
        except UsageError as error:
            return JSONResponse({"error": str(error)}, 400)
        person = getattr(request.state, "person", "")
        plain = "application/json" not in request.headers.get("accept", "")
        return await run_in_threadpool(lambda: _judged(log, answer_id, sent, person, plain=plain))


def _judged(
    log: Log, answer_id: str, sent: dict[str, str], person: str, *, plain: bool
) -> Response:
    def made() -> Response:
        record = log.record(answer_id)
        said = {
            place: Saying(sent.get(name, ""), sent.get(f"{name}-note", ""))
            for name, place in fields(reported(record)).items()
            if name in sent
        }
        judge(log.folder, record, said, seen=_number(sent.get("seen", "")), person=person)
        if plain:
            return RedirectResponse(f"/answer/{record.answer_id}#judge", 303)
        shown = log.shown(record)
        return JSONResponse({"seen": shown.seen, "summary": summary(shown.judged)})

    return _or_missing(made) if plain else _or_error(made)


def _number(words: str) -> int:
    return int(words) if words.isascii() and words.isdecimal() and len(words) < 19 else 0


def _file(records: Sequence[Record], ending: str) -> Response:
    if ending not in _ENDINGS:
        raise UsageError(f"Answers are exported as: {', '.join(KINDS)}.")
    name = _ENDINGS[ending]
    more = f"-and-{len(records) - 1}-more" if len(records) > 1 else ""
    file = f"{_slug(records[0].question)}{records[0].answer_id}{more}.{ending}"
    return _download(exported(records, name), file, FORMATS[name].media_type)


def _download(data: bytes, name: str, kind: str = "application/x-ndjson") -> Response:
    told = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return Response(data, media_type=kind, headers=told)


def _slug(question: str) -> str:
    """Return the first words of a question as the beginning of a file name, safe everywhere."""
    plain = unicodedata.normalize("NFKD", question).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", plain)[:6]
    return "".join(f"{word[:20]}-" for word in words)


def _page(text: str, *, status: int = 200) -> Response:
    # Browsers say where a form comes from only under this policy; no other site is told.
    told = {"Content-Security-Policy": POLICY, "Referrer-Policy": "same-origin"}
    return HTMLResponse(text, status, headers=told)


def _or_missing(make: Callable[[], Response]) -> Response:
    """Return what is made, an error of ours as a page."""
    try:
        return make()
    except RagError as error:
        known = isinstance(error, InputError | UsageError)
        return _page(not_found_page(str(error)), status=404 if known else 409)


def _or_error(make: Callable[[], Response]) -> Response:
    """Return what is made, an error of ours as one line of JSON."""
    try:
        return make()
    except RagError as error:
        return JSONResponse({"error": str(error)}, 404 if isinstance(error, InputError) else 409)
