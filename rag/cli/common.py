"""What the commands share: options, settings and JSON output."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import click

from rag.settings import Settings

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""What does something to a terminal, but for line ends and tabs."""

json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print exactly one JSON document."
)
library_option = click.option(
    "--library",
    type=click.Path(path_type=Path, file_okay=False),
    help="The index folder to use (default: index/).",
)


def settings_for(library: Path | None) -> Settings:
    """Return the settings of the environment, with another library if one was named."""
    return Settings.from_environment(library=library)


def emit(value: dict, as_json: bool, text: Callable[[], str]) -> None:
    """Print a value as JSON, or the text made of it."""
    click.echo(harmless(json.dumps(value, ensure_ascii=False, indent=2) if as_json else text()))


def harmless(words: str) -> str:
    """Return words of a document whose control characters are written out, as JSON writes them."""
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", words)


def plain(words: str) -> str:
    """Return words with what is not printed (line breaks, marks that turn text) written out."""
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in words
    )
