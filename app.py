"""The chat in a browser: `python app.py [--library DIR] [--port N] [--host H] [--auth FILE]`.

In: a library of documents. Out: a page on this machine; `rag.page` lays it out.
"""

from __future__ import annotations

import argparse
import importlib
import socket
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from rag import prompting
from rag.assembling import Assistant, Models
from rag.cli.preparing import prepare
from rag.describing import Configuration
from rag.errors import RagError
from rag.evaluating.bench import Bench
from rag.librarian import Librarian
from rag.serving import Offer, admitted, listening_socket, local_names, web_app
from rag.serving.programs.desk import Assisting
from rag.serving.server import run
from rag.settings import Settings

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve the chat until Ctrl-C; return the exit code."""
    try:
        options = _options(arguments)
        library = options.library and options.library.expanduser()
        settings = Settings.from_environment(library=library)
        people = admitted(options.host, options.auth, everybody=options.no_auth)
        with listening_socket(options.host, options.port) as listener:
            models = Models(settings)
            prepare(settings, models)
            with (
                closing(Assistant.open(settings, models)) as assistant,
                closing(Librarian(settings, models)) as librarian,
            ):
                prompting.check(settings.prompts)
                _load(models)
                offer = Offer(
                    log=settings.library,
                    people=people,
                    library=librarian,
                    settings=Configuration(assistant, models),
                    bench=Bench(assistant),
                    local=bool(local_names(options.host)),
                )
                with ThreadPoolExecutor(1) as beside:
                    beside.submit(assistant.warm_up)  # while the page opens and is read
                    serve(assistant, listener, host=options.host, offer=offer)
    except RagError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def serve(
    assistant: Assisting, listener: socket.socket, *, host: str, offer: Offer | None = None
) -> None:
    """Answer requests on `listener` until interrupted."""
    from rag.page import mounted  # here, so that Gradio is imported while the model is loaded

    app = mounted(web_app(assistant, host=host, offer=offer), assistant, offer)
    run(app, listener, ready="Chat ready at {address}")


def _load(models: Models) -> None:
    """Load the generator and import Gradio side by side: each takes seconds."""
    with ThreadPoolExecutor(1) as beside:
        generator = beside.submit(lambda: models.generator)
        importlib.import_module("rag.page")
        generator.result()


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="app.py", description="Ask your documents, in a browser.")
    parser.add_argument("--library", type=Path, metavar="DIR", help="where the library is kept")
    parser.add_argument("--port", type=int, default=7860, metavar="N", help="default: 7860")
    parser.add_argument("--host", default="127.0.0.1", metavar="H", help="default: 127.0.0.1")
    parser.add_argument("--auth", type=Path, metavar="FILE", help="who may sign in: rag people")
    parser.add_argument("--no-auth", action="store_true", help="let everybody in who can reach it")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
