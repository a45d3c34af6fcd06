"""`rag people`: who may sign in to a chat that others can reach."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from rag.people import People, tidy

_file = click.option(
    "--auth",
    "path",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The file that holds them; for python app.py --auth FILE.",
)
_name = click.argument("name", metavar="NAME")


@click.group()
def people() -> None:
    """Say who may sign in to the chat: python app.py --auth FILE."""


@people.command()
@_name
@_file
def add(name: str, path: Path) -> None:
    """Add somebody, or set a new password. It is asked for, or read from standard input."""
    if sys.stdin.isatty():
        password = click.prompt("Password", hide_input=True, confirmation_prompt="Once more")
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    new = People(path).add(name, password)
    click.echo(f"{'Added' if new else 'New password for'} {tidy(name)}")


@people.command("list")
@_file
def list_(path: Path) -> None:
    """List the names."""
    for name in People(path).names():
        click.echo(name)


@people.command()
@_name
@_file
def remove(name: str, path: Path) -> None:
    """Remove somebody; a chat that runs signs them out at once."""
    People(path).remove(name)
    click.echo(f"Removed {tidy(name)}")


@people.command()
@_name
@_file
@click.option("--drop", is_flag=True, help="Make all earlier keys useless instead.")
def key(name: str, path: Path, drop: bool) -> None:
    """Print a new key for somebody's programs, which is shown this once."""
    known = People(path)
    if drop:
        count = known.drop_keys(name)
        click.echo(f"Dropped {count} key{'' if count == 1 else 's'} of {tidy(name)}")
    else:
        click.echo(known.new_key(name))
