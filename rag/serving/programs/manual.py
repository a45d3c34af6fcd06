"""The page at /api: the interface for programs as a person reads it, without a script.

In: the OpenAPI document, the tools for assistants, this server's address. Out: HTML. Knows
nothing about FastAPI.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from rag.serving.markup import attribute, escaped
from rag.serving.programs.completions import MODEL
from rag.serving.programs.mcp_server import PATH
from rag.serving.programs.tools import TOOLS

_CODE = re.compile(r"`([^`]+)`")
_OPENAI = """from openai import OpenAI

client = OpenAI(base_url="{base}/v1", api_key="none")
stream = client.chat.completions.create(
    model="{model}",
    messages=[{{"role": "user", "content": "When will the bridge reopen to trams?"}}],
    stream=True,
    extra_body={{"filters": {{"after": "2026"}}}},
)
for chunk in stream:
    print(chunk.choices[0].delta.content or "", end="")
for citation in chunk.choices[0].delta.citations:
    print(f"\\n[{{citation['number']}}] {{citation['quote']}} ({{citation['link']}})")"""
_PIPE = """{
  "mcpServers": {
    "documents": {"command": "rag", "args": ["serve", "--mcp"]}
  }
}"""


_OBJECTS = ("FilterBy", "ChatTurn", "ChatMessage", "StreamOptions")
_TYPES = {
    "string": "text",
    "integer": "number",
    "boolean": "true or false",
    "object": "object",
}


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a request: its JSON schema, what it is, and whether it has to be there."""

    name: str
    schema: Mapping
    description: str
    needed: bool


def manual_page(schema: dict, base: str) -> str:
    """Return the page; `base` is this server's address, which the examples name."""
    groups = "".join(_group(tag, schema, base) for tag in ("Documents", "OpenAI"))
    body = (
        '<header class="about"><p class="label">Ask your documents</p>'
        f"<h1>For other programs</h1><p>{_text(schema['info']['description'])}</p>"
        '<p><a href="/openapi.json">OpenAPI document</a> · '
        '<a href="/documents">All documents</a></p>'
        f"</header><main>{_contents(schema)}{groups}{_objects(schema)}{_tools(base)}</main>"
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><title>For other programs</title>'
        '<link rel="stylesheet" href="/page/palette.css">'
        '<link rel="stylesheet" href="/page/style.css">'
        '<link rel="stylesheet" href="/page/programs.css"></head>'
        f'<body class="plain manual">{body}</body></html>'
    )


def _operations(schema: dict, tag: str | None = None) -> Iterator[tuple[str, str, dict]]:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            if tag is None or tag in operation["tags"]:
                yield method, path, operation


def _name(method: str, path: str) -> str:
    return f"{method}-{path.strip('/').replace('/', '-')}"


def _contents(schema: dict) -> str:
    routes = "".join(
        f'<li><a href="#{_name(method, path)}"><code>{method.upper()} {escaped(path)}</code></a> '
        f"{escaped(operation['summary'])}</li>"
        for method, path, operation in _operations(schema)
    )
    tools = f'<li><a href="#mcp"><code>{PATH}</code></a> Tools for assistants (MCP)</li>'
    return f'<nav aria-label="Routes"><ul class="routes">{routes}{tools}</ul></nav>'


def _group(tag: str, schema: dict, base: str) -> str:
    heading = {"Documents": "Documents", "OpenAI": "OpenAI’s interface"}[tag]
    client = _client(base) if tag == "OpenAI" else ""
    routes = "".join(_route(*one, schema=schema, base=base) for one in _operations(schema, tag))
    return f"<section><h2>{heading}</h2>{client}{routes}</section>"


def _client(base: str) -> str:
    code = _OPENAI.format(base=base, model=MODEL)
    told = "Whatever speaks to OpenAI’s chat interface can speak to this one, and cite."
    return f"<p>{told}</p>{_block(code, 'Python example with the openai package')}"


def _route(method: str, path: str, operation: dict, *, schema: dict, base: str) -> str:
    fields = _fields(operation, schema)
    return (
        f'<article id="{_name(method, path)}"><h3><code>{method.upper()} {escaped(path)}</code> '
        f"{escaped(operation['summary'])}</h3>{_paragraphs(operation.get('description', ''))}"
        f"{_table(fields, f'Fields of {method.upper()} {path}') if fields else ''}"
        f"{_example(method, path, operation, base)}</article>"
    )


def _example(method: str, path: str, operation: dict, base: str) -> str:
    told = operation["responses"]["200"]["content"]["application/json"].get("example")
    if told is None:
        return ""
    shown = json.dumps(told, indent=2, ensure_ascii=False)
    command = _command(method, base + path, operation)
    return (
        f"{_block(command, f'Example of {method.upper()} {path}')}<details>"
        "<summary>What comes back (of each list the first item)</summary>"
        f"{_block(shown, f'Response of {method.upper()} {path}')}</details>"
    )


def _command(method: str, address: str, operation: dict) -> str:
    """Return the example as a line for a shell."""
    if method == "get":
        asked = {
            one["name"]: one["example"]
            for one in operation.get("parameters", ())
            if "example" in one
        }
        return f"curl {shlex.quote(f'{address}?{urlencode(asked)}' if asked else address)}"
    body = operation["requestBody"]["content"]["application/json"]["example"]
    told = shlex.quote(json.dumps(body, ensure_ascii=False))
    return f"curl {address} \\\n  -H 'Content-Type: application/json' \\\n  -d {told}"


def _fields(operation: dict, schema: dict) -> list[Field]:
    """Return the fields that a route takes."""
    if "requestBody" in operation:
        told = operation["requestBody"]["content"]["application/json"]["schema"]
        return _properties(_named(told["$ref"], schema))
    return [
        Field(one["name"], one["schema"], one.get("description", ""), one.get("required", False))
        for one in operation.get("parameters", ())
    ]


def _properties(told: Mapping) -> list[Field]:
    """Return the fields of an object."""
    needed = told.get("required", ())
    return [
        Field(name, one, one.get("description", ""), name in needed)
        for name, one in told["properties"].items()
    ]


def _objects(schema: dict) -> str:
    """Return the objects that fields consist of."""
    told = "".join(
        f'<article id="object-{name.lower()}"><h3><code>{name}</code> '
        f"{escaped(_named(name, schema)['description'])}</h3>"
        f"{_table(_properties(_named(name, schema)), f'Fields of {name}')}</article>"
        for name in _OBJECTS
    )
    return f"<section><h2>Objects</h2>{told}</section>"


def _named(reference: str, schema: dict) -> Mapping:
    """Return what a reference stands for."""
    return schema["components"]["schemas"][reference.rsplit("/", 1)[-1]]


def _kind(one: Mapping, many: str = "") -> str:
    """Return the type of a field in a word or two, as HTML."""
    if "$ref" in one:
        name = one["$ref"].rsplit("/", 1)[-1]
        return f'<a href="#object-{name.lower()}"><code>{name}</code></a>'
    if "anyOf" in one:
        return next(_kind(each) for each in one["anyOf"] if each.get("type") != "null")
    if "enum" in one:
        return " or ".join(f"<code>{escaped(each)}</code>" for each in one["enum"])
    if one.get("type") == "array":
        return f"list of {_kind(one['items'], 's')}"
    return _TYPES[one["type"]] + many


def _table(fields: Sequence[Field], caption: str) -> str:
    """Return fields as a table, those that are required first."""
    rows = "".join(
        f'<tr><th scope="row"><code>{escaped(one.name)}</code>'
        f"{' <em>required</em>' if one.needed else ''}</th><td>{_kind(one.schema)}</td>"
        f"<td>{_text(one.description)}</td></tr>"
        for one in sorted(fields, key=lambda one: not one.needed)
    )
    return (
        f'<table><caption class="spoken">{escaped(caption)}</caption><thead><tr>'
        '<th scope="col">Field</th><th scope="col">Type</th><th scope="col">What it is</th>'
        f"</tr></thead><tbody>{rows}</tbody></table>"
    )


def _tools(base: str) -> str:
    listed = "".join(
        f'<article id="tool-{tool.name}"><h3><code>{tool.name}</code> {escaped(tool.title)}</h3>'
        f"<p>{escaped(tool.description)}</p>{_takes(tool.name, tool.takes.model_json_schema())}"
        "</article>"
        for tool in TOOLS
    )
    return (
        '<section id="mcp"><h2>Tools for assistants (MCP)</h2><p>An assistant that speaks the '
        f"Model Context Protocol finds these tools at <code>{escaped(base + PATH)}</code> "
        "(streamable HTTP), or starts them itself:</p>"
        f"{_block(_PIPE, 'Configuration of an assistant')}{listed}</section>"
    )


def _takes(name: str, schema: dict) -> str:
    fields = _properties(schema)
    return _table(fields, f"Arguments of {name}") if fields else ""


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{_text(' '.join(part.split()))}</p>" for part in text.split("\n\n") if part)


def _text(words: str) -> str:
    return _CODE.sub(r"<code>\1</code>", escaped(words))


def _block(code: str, name: str) -> str:
    """Return code that a keyboard can scroll."""
    return (
        f'<pre tabindex="0" role="region" aria-label="{attribute(name)}">'
        f"<code>{escaped(code)}</code></pre>"
    )
