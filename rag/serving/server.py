"""Runs a web app on a socket until it is interrupted.

In: an ASGI app and a socket that listens. Out: nothing; one line says when it is ready. Knows
nothing about what is served.
"""

from __future__ import annotations

import logging
import socket

import uvicorn
from starlette.types import ASGIApp

from rag.serving.listening import local_address


def run(app: ASGIApp, listener: socket.socket, *, ready: str) -> None:
    """Answer requests on `listener`; once it does, print `ready` with the address."""
    options = uvicorn.Config(
        app, log_level="warning", access_log=False, timeout_graceful_shutdown=1
    )
    _Server(options, ready).run(sockets=[listener])


class _Server(uvicorn.Server):
    """Says where it is as soon as it answers, and nothing when it ends."""

    def __init__(self, config: uvicorn.Config, ready: str) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        print(self._ready.format(address=local_address(sockets[0])), flush=True)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Pages that are still open hold a connection; cutting it is not an error to report.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        await super().shutdown(sockets=sockets)
