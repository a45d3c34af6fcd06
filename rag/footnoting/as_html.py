"""Renders exported answers as one HTML page that needs nothing but itself.

In: an export. Out: HTML in UTF-8; notes and the places they belong to link to each other. The
template escapes all words; what cannot be seen, or turns text around, is left out of them.
"""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from rag.footnoting.walking import Export, visible, web_address
from rag.styling import PALETTE

_HERE = Path(__file__).resolve().parent


def rendered(export: Export) -> bytes:
    """Return answers as a page in UTF-8."""
    style = PALETTE.read_text(encoding="utf-8") + (_HERE / "export.css").read_text("utf-8")
    return _template("export.html.j2").render(export=export, style=style).encode()


def piece(export: Export) -> str:
    """Return answers as a piece of HTML to be pasted into a document."""
    return _template("piece.html.j2").render(export=export)


def _template(name: str):
    made = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["visible"] = visible
    made.filters["web_address"] = web_address
    return made.get_template(name)
