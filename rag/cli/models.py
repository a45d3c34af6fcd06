"""`rag models`: what can be had, what is here, fetching and removing it.

In: names. Out: a table, paths, or with --json one JSON document on stdout.
"""

from __future__ import annotations

import json
from pathlib import Path

import click

from rag.addressing import is_address, notice
from rag.cli.common import json_option
from rag.cli.progress import fetch_with_progress, human_size
from rag.errors import ModelDamaged, ModelMissing
from rag.fetching import Model, catalogue, fingerprint, locate, remove
from rag.settings import Settings


@click.group()
def models() -> None:
    """List, fetch and remove the models that read and write."""


@models.command("list")
@json_option
def list_models(as_json: bool) -> None:
    """Show every model known by name; * marks those in use."""
    settings = Settings.from_environment()
    rows = [_row(model, settings) for model in catalogue().values()]
    server = settings.generator if is_address(settings.generator) else None
    if as_json:
        found = {"folder": str(settings.models), "server": server, "models": rows}
        click.echo(json.dumps(found, indent=2))
        return
    click.echo(_table(rows))
    click.echo(f"\nModels are kept in {settings.models}", err=True)
    if server:
        click.echo(notice(server), err=True)


@models.command("fetch")
@click.argument("names", nargs=-1)
@json_option
def fetch_models(names: tuple[str, ...], as_json: bool) -> None:
    """Fetch models that are not on disk; without a NAME, those in use."""
    settings = Settings.from_environment()
    names = names or settings.model_names
    paths = fetch_with_progress(names, settings.models)
    _answer([_placed(name, path) for name, path in zip(names, paths, strict=True)], as_json)


@models.command("path")
@click.argument("name")
@json_option
def path_of_model(name: str, as_json: bool) -> None:
    """Print where a model is on disk."""
    path = locate(name, models=Settings.from_environment().models)
    if path is None:
        raise ModelMissing(f"{name} is not on disk. Fetch it with: rag models fetch {name}")
    _answer(_placed(name, path), as_json)


@models.command("remove")
@click.argument("name")
@json_option
def remove_model(name: str, as_json: bool) -> None:
    """Delete a fetched model."""
    folder = remove(name, models=Settings.from_environment().models)
    if as_json:
        click.echo(json.dumps({"name": name, "removed": str(folder)}, indent=2))
    else:
        click.echo(f"Removed {folder}", err=True)


def _answer(found: dict | list[dict], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    for one in found if isinstance(found, list) else [found]:
        click.echo(one["path"])


def _placed(name: str, path: Path) -> dict:
    return {"name": name, "path": str(path), "fingerprint": fingerprint(path)}


def _row(model: Model, settings: Settings) -> dict:
    return {
        "name": model.name,
        "in_use": model.name in settings.model_names,
        "job": model.job,
        "title": model.title,
        "licence": model.licence,
        "bytes": model.size,
        "context": model.context,
        "dimension": model.dimension,
        "memory": model.memory,
        "on_disk": _state(model.name, settings.models),
    }


def _state(name: str, folder: Path) -> str:
    try:
        return "yes" if locate(name, models=folder) else "no"
    except ModelDamaged:
        return "damaged"


def _table(rows: list[dict]) -> str:
    cells = [("", "NAME", "JOB", "SIZE", "LICENCE", "ON DISK", "MEMORY")]
    cells += [
        (
            "*" if row["in_use"] else "",
            row["name"],
            row["job"],
            human_size(row["bytes"]),
            row["licence"],
            row["on_disk"],
            human_size(row["memory"]),
        )
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        for line in cells
    ]
    return "\n".join(line.rstrip() for line in lines)
