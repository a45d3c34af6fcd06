"""The server's own routes over real HTTP, from a thread of the test.

In: an assistant. Out: an address, as long as the `with` lasts. Knows nothing about what is asked.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from rag.serving import listening_socket, local_address, web_app
from tests.chat_demo import DemoAssistant


@contextmanager
def served(assistant: DemoAssistant, *, host: str = "127.0.0.1") -> Iterator[str]:
    """Serve an assistant on a free port of a host; yield the address."""
    with listening_socket(host, 0) as listener:
        config = uvicorn.Config(web_app(assistant, host=host), log_level="error")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield local_address(listener)
        finally:
            server.should_exit = server.force_exit = True
            thread.join(20)
