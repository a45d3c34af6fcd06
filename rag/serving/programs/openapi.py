"""The interface for programs, described: an OpenAPI document with examples that were run.

In: the web app's routes and `examples.json`. Out: a dictionary for `/openapi.json`. Knows
nothing about how it is shown; `tests/test_openapi.py` runs the examples.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from rag import __version__

EXAMPLES = Path(__file__).with_name("examples.json")
LONGEST_TEXT = 160  # characters of a text in an example
_ABOUT = (
    "Answers, passages and checks from the documents on this machine, as JSON. Whatever fails is "
    "one line that says what to do."
)
_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {"error": {"type": "string", "description": "One line that says what to do."}},
}
_OPENAI_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "properties": {
                "message": {"type": "string"},
                "type": {"type": "string"},
                "param": {"type": ["string", "null"]},
                "code": {"type": ["string", "null"]},
            },
        }
    },
}


@dataclass(frozen=True, slots=True)
class Example:
    """A request that was run, and the beginning of what came back."""

    method: str
    path: str
    request: dict
    response: dict


@cache
def examples() -> dict[tuple[str, str], Example]:
    """Return the examples by method and path."""
    found = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    return {(one["method"], one["path"]): Example(**one) for one in found}


def shortened(value: object) -> object:
    """Return a value for an example: lists down to their first item, long texts cut."""
    if isinstance(value, dict):
        return {name: shortened(one) for name, one in value.items()}
    if isinstance(value, list):
        return [shortened(one) for one in value[:1]]
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        return f"{value[:LONGEST_TEXT]}…"
    return value


def schema(app: FastAPI) -> dict:
    """Return the OpenAPI document of the routes for programs."""
    whole = get_openapi(
        title="Ask your documents", version=__version__, description=_ABOUT, routes=app.routes
    )
    whole["paths"] = {
        path: {method: _described(method, path, one) for method, one in methods.items()}
        for path, methods in whole["paths"].items()
        if all("tags" in one for one in methods.values())  # the page's own routes have none
    }
    schemas = whole.get("components", {}).get("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):  # never sent: see `failing`
        schemas.pop(name, None)
    return whole


def _described(method: str, path: str, operation: dict) -> dict:
    """Return an operation with its example and with the errors that it has in truth."""
    example = examples().get((method, path))
    responses = operation["responses"]
    responses.pop("422", None)
    error = _OPENAI_ERROR if path.startswith("/v1/") else _ERROR
    responses["default"] = {
        "description": "What was wrong with the request, or with the library.",
        "content": {"application/json": {"schema": error}},
    }
    if example is None:
        return operation
    responses["200"]["description"] = operation["summary"]
    responses["200"]["content"]["application/json"]["example"] = example.response
    if "requestBody" in operation:
        operation["requestBody"]["content"]["application/json"]["example"] = example.request
    for parameter in operation.get("parameters", ()):
        if parameter["name"] in example.request:
            parameter["example"] = example.request[parameter["name"]]
    return operation
