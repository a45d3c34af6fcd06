"""What a server offers beside answers, and who may come in.

In: what was said on the command line. Out: a frozen record for the web app and the page. Knows
nothing about routes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rag.errors import UsageError
from rag.evaluating.bench import Bench
from rag.people import People
from rag.serving.library.librarian import Keeping
from rag.serving.settings.page import Configuring

LOCAL = ("127.0.0.1", "localhost")
"""The names under which nobody but this machine can be reached."""


@dataclass(frozen=True, slots=True)
class Offer:
    """Parts of the page that not every server has; None for what is not there.

    `log` is the folder of the library whose log of answers can be read and judged; `people` are
    those for whom alone everything is, once they are signed in. A server that is not `local`
    takes no folders of the machine it runs on.
    """

    log: Path | None = None
    people: People | None = None
    library: Keeping | None = None
    settings: Configuring | None = None
    bench: Bench | None = None
    local: bool = True


def admitted(host: str, auth: Path | None, *, everybody: bool) -> People | None:
    """Return who may sign in, None where nobody has to.

    Raises UsageError where the host can be reached from elsewhere and nothing says who may, and
    InputError for a file without anybody in it.
    """
    if auth:
        people = People(auth.expanduser())
        people.expect_somebody()
        return people
    if host not in (*LOCAL, "::1") and not everybody:
        raise UsageError(
            f"Anybody who reaches {host} could read your documents: say who may with "
            "--auth FILE (rag people add NAME --auth FILE), or let everybody in with --no-auth."
        )
    return None
