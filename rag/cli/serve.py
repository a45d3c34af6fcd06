"""`rag serve`: the interface for programs, over HTTP or over standard input and output."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rag.cli.common import library_option, settings_for
from rag.serving.listening import listening_socket
from rag.serving.offering import admitted
from rag.serving.programs.mcp_server import PATH, serve_stdio
from rag.serving.server import run
from rag.serving.web import programs_app

if TYPE_CHECKING:
    from rag.assembling import Assistant

PORT = 7860


@click.command()
@click.option("--mcp", is_flag=True, help="Serve assistants of other makers (MCP), over a pipe.")
@click.option("--port", type=int, metavar="N", help=f"Serve over HTTP here (default: {PORT}).")
@click.option("--host", default="127.0.0.1", show_default=True, metavar="H")
@click.option("--auth", type=Path, metavar="FILE", help="Who may sign in: see rag people.")
@click.option("--no-auth", is_flag=True, help="Let everybody in who can reach it.")
@library_option
def serve(
    mcp: bool, port: int | None, host: str, auth: Path | None, no_auth: bool, library: Path | None
) -> None:
    """Serve programs: the API without the chat, or with --mcp the tools for assistants.

    --mcp without --port talks over standard input and output.
    """
    if mcp and port is None:
        serve_stdio(lambda: _opened(library))
        return
    people = admitted(host, auth, everybody=no_auth)
    with (
        listening_socket(host, PORT if port is None else port) as listener,
        closing(_opened(library)) as assistant,
    ):
        assistant.warm_up()
        ready = f"MCP ready at {{address}}{PATH}" if mcp else "API ready at {address}/api"
        run(programs_app(assistant, host=host, people=people), listener, ready=ready)


def _opened(library: Path | None) -> Assistant:
    from rag.assembling import Assistant  # seconds, for which an assistant over a pipe is not kept

    return Assistant.open(settings_for(library))
