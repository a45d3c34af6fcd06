"""What people write beside a file to say or correct what is known about it.

In: the path of a file. Out: the facts in `NAME.EXT.yaml` (or `.meta.yaml`) next to it, else in
the row of `metadata.csv` whose column "file" names it. Knows nothing about the file itself.
"""

from __future__ import annotations

import csv
import os
import stat
from functools import lru_cache
from pathlib import Path

from rag.errors import InputError
from rag.loading.dates import stated_date
from rag.loading.frontmatter import LONGEST, read_pairs_as_facts, read_yaml
from rag.loading.text import decode
from rag.types import DAYS, Fact

TABLE = "metadata.csv"
SIDECARS = (".yaml", ".yml", ".meta.yaml", ".meta.yml")
LARGEST = 10_000_000
"""Bytes of a table; one beyond this is data and no list of the files beside it."""
SAVED = "_files"
"""Browsers put the pictures and frames of a saved page NAME.html into the folder NAME_files."""


def is_companion(path: Path) -> bool:
    """Return whether a file only says something about others, or is a piece of a saved page."""
    if path.name.casefold() == TABLE:
        return True
    for ending in SIDECARS:
        if path.name.endswith(ending) and path.with_name(path.name[: -len(ending)]).is_file():
            return True
    folder = path.parent
    page = folder.name[: -len(SAVED)] if folder.name.endswith(SAVED) else ""
    return bool(page) and any(
        folder.with_name(page + ending).is_file() for ending in (".html", ".htm")
    )


def companions(path: Path) -> list[Path]:
    """Return the files that may say something about a file, as far as they are there.

    A name as long as the disk allows has none beside it: it is asked for without an error.
    """
    beside = [path.with_name(path.name + ending) for ending in SIDECARS]
    return [one for one in (*beside, path.with_name(TABLE)) if os.path.isfile(one) and one != path]


def stated_beside(path: Path) -> dict[str, Fact]:
    """Return the facts stated beside a file, {} where there are none. Raises InputError.

    A date that cannot be read says nothing.
    """
    facts = {**_from_table(path), **_from_sidecar(path)}
    return {key: fact for key, fact in facts.items() if key not in DAYS or stated_date(fact.value)}


def _from_sidecar(path: Path) -> dict[str, Fact]:
    for ending in SIDECARS:
        beside = path.with_name(path.name + ending)
        if os.path.isfile(beside):
            text = _read(beside, LONGEST)
            facts = read_yaml(text, beside.name)
            if facts is None:
                raise InputError(f'{beside.name} holds no lines such as "title: …". Correct it.')
            return facts
    return {}


def _from_table(path: Path) -> dict[str, Fact]:
    table = path.with_name(TABLE)
    try:
        state = table.stat()
    except OSError:
        return {}
    if not stat.S_ISREG(state.st_mode):  # a pipe would wait for its writer
        return {}
    return _table(table, state.st_mtime_ns, state.st_size).get(path.name, {})


@lru_cache(maxsize=8)
def _table(table: Path, _time: int, _size: int) -> dict[str, dict[str, Fact]]:
    """Return the facts by file name; time and size make a changed table be read again."""
    try:
        return _rows(csv.DictReader(_read(table, LARGEST).splitlines()))
    except csv.Error as error:
        raise InputError(f"{TABLE} is no table ({error}). Save it as CSV again.") from error


def _rows(rows: csv.DictReader) -> dict[str, dict[str, Fact]]:
    name = {(field or "").strip().casefold(): field for field in rows.fieldnames or ()}.get("file")
    if not name:
        raise InputError(f'{TABLE} has no column "file". Add one with the names of the files.')
    facts = {}
    for number, row in enumerate(rows, 2):
        pairs = {
            key.strip().casefold(): value.strip()
            for key, value in row.items()
            if isinstance(key, str) and isinstance(value, str) and value.strip()
        }
        facts[(row[name] or "").strip()] = read_pairs_as_facts(pairs, f"{TABLE}, row {number}")
    return facts


def _read(path: Path, largest: int) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(largest + 1)
    except OSError as error:
        raise InputError(f"{path.name} cannot be read. Check that it may be read.") from error
    if len(data) > largest:
        raise InputError(f"{path.name} is too large to describe files. Remove or shorten it.")
    return decode(data, path.name)
