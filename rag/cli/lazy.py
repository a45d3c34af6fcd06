"""A group of commands whose modules are imported only when they are called for."""

from __future__ import annotations

import importlib

import click


class LazyGroup(click.Group):
    """Commands by name: where each is to be found, and its line of help.

    `commands` maps a name to ("module:attribute", help), so that help is instant.
    """

    def __init__(self, *args, places: dict[str, tuple[str, str]], **options):
        super().__init__(*args, **options)
        self._places = places

    def list_commands(self, context: click.Context) -> list[str]:
        """Return the names in the order they were given."""
        return list(self._places)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """Return a command, imported now; None for a name that is not known."""
        if name not in self._places:
            return None
        module, _, attribute = self._places[name][0].partition(":")
        return getattr(importlib.import_module(module), attribute)

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the lines of help without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self._places.items()])
