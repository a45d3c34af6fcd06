"""Says when the files under folders change.

In: folders. Out: one word for each burst of changes. Knows nothing about what is done then.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import watchfiles

from rag.errors import InputError

_QUIET = 500  # milliseconds without a change that end a burst
_LONGEST = 10_000  # milliseconds after which a burst is reported though it goes on
_PATIENCE = 5_000  # milliseconds after which an idle watch says so


def changes(
    roots: Sequence[Path], library: Path, *, stop: threading.Event | None = None
) -> Iterator[bool]:
    """Yield True after each burst of changes, False every few seconds without one.

    Ends when `stop` is set, or at ^C. Hidden files and the library are left out. Raises
    InputError where the system cannot watch the folders.
    """

    def counts(_: watchfiles.Change, path: str) -> bool:
        return _counts(Path(path), roots, library.resolve())

    try:
        for seen in watchfiles.watch(
            *roots,
            watch_filter=counts,
            debounce=_LONGEST,
            step=_QUIET,
            stop_event=stop,
            rust_timeout=_PATIENCE,
            yield_on_timeout=True,
        ):
            yield bool(seen)
    except OSError as error:
        raise InputError(
            f"The system cannot watch these folders ({error.strerror or error}): set "
            "WATCHFILES_FORCE_POLLING=1, or run rag index again when they have changed."
        ) from None


def _counts(path: Path, roots: Sequence[Path], library: Path) -> bool:
    """Return whether a change there may change what the library should hold."""
    if path == library or library in path.parents:
        return False
    within = [path.relative_to(root) for root in roots if path.is_relative_to(root)]
    return any(not any(part.startswith(".") for part in one.parts) for one in within)
