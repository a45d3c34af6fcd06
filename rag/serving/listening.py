"""The socket that the program is served from.

In: a host and a port. Out: a socket that listens. Knows nothing about what is served.
"""

from __future__ import annotations

import socket

from rag.errors import PortBusy, UsageError


def listening_socket(host: str, port: int) -> socket.socket:
    """Return a socket that listens; held from here on, so that nobody else gets the port.

    Raises PortBusy where another program listens, UsageError for an impossible address.
    """
    if not 0 <= port <= 65535:
        raise UsageError(f"A port is a number from 0 to 65535, not {port}: choose another --port.")
    try:
        [(family, *_, address), *_] = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise UsageError(f"{host!r} is no address: try --host 127.0.0.1.") from error
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen()
    except OSError as error:
        listener.close()
        raise PortBusy(
            f"Cannot listen on {host} port {port} ({error.strerror.lower()}): "
            f"choose another with --port {port + 1 if port < 65535 else 7860}."
        ) from error
    return listener


def local_address(listener: socket.socket) -> str:
    """Return the address to open in a browser."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
