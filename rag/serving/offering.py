"""What a server offers beside answers, and who may come in.

In: what was said on the command line. Out: a frozen record for the web app and the page. Knows
nothing about routes.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from rag.errors import UsageError
from rag.evaluating.bench import Bench
from rag.people import People
from rag.serving.library.librarian import Keeping
from rag.serving.settings.page import Configuring

_LOCAL = ("127.0.0.1", "localhost", "[::1]")


def local_names(host: str) -> tuple[str, ...]:
    """Return the names for a host that only this machine reaches, () for any other host.

    A request under another name comes from a page elsewhere that points its own name at this
    machine (DNS rebinding), to read the documents.
    """
    name = host.casefold()
    if name == "localhost":
        return _LOCAL
    try:
        address = ip_address(name)
    except ValueError:
        return ()
    if not address.is_loopback:
        return ()
    own = f"[{address}]" if address.version == 6 else str(address)
    return tuple(dict.fromkeys((*_LOCAL, own)))


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
    if not local_names(host) and not everybody:
        raise UsageError(
            f"Anybody who reaches {host} could read your documents: say who may with "
            "--auth FILE (rag people add NAME --auth FILE), or let everybody in with --no-auth."
        )
    return None
