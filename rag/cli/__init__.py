"""The `rag` command.

In: words on a command line. Out: text or one JSON document on standard output, progress
and messages on standard error, an exit code: 0 done, 1 a clear error, 2 wrong usage.
Each command is a file of this folder, imported only when it is called for.
"""

from __future__ import annotations

import sys

import click

from rag import __version__
from rag.cli.common import plain
from rag.cli.lazy import LazyGroup
from rag.errors import RagError

_PLACES = {
    "index": ("rag.cli.index:index", "Read folders of documents into the library."),
    "search": ("rag.cli.search:search", "Find passages."),
    "ask": ("rag.cli.ask:ask", "Answer a question with citations."),
    "verify": ("rag.cli.verify:verify", "Check any text, statement by statement."),
    "serve": ("rag.cli.serve:serve", "Serve other programs: an API, and tools for assistants."),
    "log": ("rag.cli.log:log", "List, show and export the answers that were given."),
    "people": ("rag.cli.people:people", "Say who may sign in to the chat."),
    "replay": ("rag.cli.replay:replay", "Give a logged answer again, byte for byte."),
    "show": ("rag.cli.show:show", "Print a document's text."),
    "documents": ("rag.cli.documents:documents", "List the documents of the library."),
    "models": ("rag.cli.models:models", "List, fetch and remove models."),
    "bench": ("rag.cli.bench:bench", "Measure this machine, and say which setting to change."),
    "eval": ("rag.cli.eval:evaluate", "Measure answers with sets of questions."),
}


@click.group(
    cls=LazyGroup, places=_PLACES, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, prog_name="rag")
def main() -> None:
    """Ask questions of your own documents, and check every answer."""


def run() -> None:
    """Run the command line and exit with its code; an error is one line."""
    try:
        main(standalone_mode=False)
    except RagError as error:
        _fail(str(error), error.exit_code)
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.ctx.get_help(), file=sys.stderr)
        sys.exit(2)
    except click.UsageError as error:
        hint = f" (see: {error.ctx.command_path} --help)" if error.ctx else ""
        _fail(f"{error.format_message()}{hint}", 2)
    except click.ClickException as error:
        _fail(error.format_message(), 1)
    except (KeyboardInterrupt, click.Abort):
        _fail("Stopped. Nothing that was reported done is lost; run it again to go on.", 130)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output is gone: nobody is left to tell
        sys.exit(1)


def _fail(message: str, code: int) -> None:
    print(f"rag: {plain(' '.join(message.split()))}", file=sys.stderr)
    sys.exit(code)
