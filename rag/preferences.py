"""The settings that were chosen on the page, kept in the library's folder for the next start.

In: a library's folder. Out: values as an environment would give them, by setting. Knows
nothing about what they mean: `rag.settings` reads them below the environment.
"""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

from rag.errors import InputError, UsageError

FILE = "settings.json"
KEPT = ("generator", "strictness", "unsupported")
"""The settings that can be kept."""


def kept(library: Path) -> dict[str, str]:
    """Return what is kept; raises UsageError for a file that is not ours."""
    path = library / FILE
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError):
        found = None
    fits = isinstance(found, dict) and set(found) <= set(KEPT)
    if not fits or not all(isinstance(value, str) for value in found.values()):
        raise UsageError(
            f"{path} cannot be used: it holds {', '.join(KEPT)}, each as text. Mend or delete it."
        )
    return found


def keep(library: Path, changes: dict[str, str | None]) -> None:
    """Keep values, None to forget one; the file is replaced whole. Raises what `kept` raises."""
    values = {**kept(library), **changes}
    told = {name: value for name, value in sorted(values.items()) if value is not None}
    fresh = library / f".{FILE}-{secrets.token_hex(4)}"
    try:
        fresh.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
        os.replace(fresh, library / FILE)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise InputError(
            f"Cannot keep settings in {library} ({error.strerror}): set them in the environment."
        ) from None
