"""Reads what a request sends, up to a limit.

In: a request. Out: its bytes, the fields of a form, a record of what JSON says. Knows nothing
about what is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import parse_qsl, urlsplit

from fastapi import Request
from pydantic import BaseModel, ValidationError

from rag.errors import UsageError

LONGEST = 2_000_000  # bytes
_MOST_FIELDS = 5000
Asked = TypeVar("Asked", bound=BaseModel)


def kind_of(request: Request) -> str:
    """Return the type of what is sent, as in "application/json"."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def body(request: Request, *, most: int) -> bytes | None:
    """Return the body of a request, None where it has more than `most` bytes."""
    read = bytearray()
    async for piece in request.stream():
        read += piece
        if len(read) > most:
            return None
    return bytes(read)


async def form(request: Request, *, most: int) -> dict[str, str]:
    """Return the fields of a form, of several with one name the last; raises UsageError."""
    sent = await body(request, most=most)
    if sent is None:
        raise UsageError(f"A form has at most {most:,} bytes; shorten it.")
    try:
        return dict(parse_qsl(sent.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError:
        raise UsageError("The form cannot be read. Open the page again.") from None


def from_here(headers: Mapping[str, str]) -> bool:
    """Say whether a request comes from a page of this server, or from a program.

    A browser says where a form was sent from; another site's page may not send ours.
    """
    told = headers.get("sec-fetch-site")
    if told is not None:
        return told in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")


async def sent(request: Request, kind: type[Asked]) -> Asked:
    """Return what was sent as a record of this kind.

    Raises UsageError for anything else, and for what another site's page may send unasked:
    that is never of the type application/json.
    """
    if kind_of(request) != "application/json":
        raise UsageError("Send one JSON object as application/json.")
    read = await body(request, most=LONGEST)
    if read is None:
        raise UsageError(f"That is too much at once: send at most {LONGEST:,} bytes.")
    try:
        return kind.model_validate_json(read)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise UsageError(f"{where or 'The object'}: {first['msg']}.") from None
