"""Makes the whole collection of hostile files and folders.

In: an empty folder. Out: what lies in it, and what is to be reported of each file.
"""

from __future__ import annotations

from pathlib import Path

from tests.hostile.archives import ARCHIVES
from tests.hostile.mails import MAILS
from tests.hostile.offices import OFFICES
from tests.hostile.pages import PAGES
from tests.hostile.papers import PAPERS
from tests.hostile.places import lay
from tests.hostile.records import Hostile
from tests.hostile.tables import TABLES
from tests.hostile.texts import TEXTS

FILES: dict[str, tuple[Hostile, ...]] = {
    "archives": ARCHIVES,
    "papers": PAPERS,
    "offices": OFFICES,
    "pages": PAGES,
    "mails": MAILS,
    "texts": TEXTS,
    "lists": TABLES,
}


def make(folder: Path) -> tuple[dict[str, Hostile], dict[str, str]]:
    """Return the hostile files made, by their paths in `folder`, and the states of the rest."""
    made = {}
    for kind, files in FILES.items():
        (folder / kind).mkdir()
        for file in files:
            (folder / kind / file.name).write_bytes(file.make())
            made[f"{kind}/{file.name}"] = file
    return made, lay(folder)
