"""The folders of documents that every system reads: the example collection, alone or among others.

In: the name of a library, the folder of public data. Out: a folder of text files. Knows nothing
about systems.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from hashlib import sha256
from itertools import chain, islice, zip_longest
from pathlib import Path

from rag.assembling import SEEDS
from rag.evaluating import testsets
from rag.evaluating.records import Source
from tests.benchmarks.side_by_side import sets

ALONE = "seeds"
"""The library that holds the example collection and nothing else."""


def folder(name: str, data: Path, out: Path) -> Path:
    """Return the files of a library: `seeds`, or as many documents as the name says."""
    if name == ALONE:
        return SEEDS
    files = out / name / "files"
    if not files.is_dir():
        partial = files.with_name("files.partial")
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(SEEDS, partial)
        _add(partial, data, int(name) - len(os.listdir(SEEDS)))
        partial.rename(files)
    return files


def digest(files: Path) -> str:
    """Return the SHA-256, first 12 digits, of all files of a folder."""
    whole = sha256()
    for path in sorted(files.iterdir()):
        whole.update(path.name.encode() + path.read_bytes())
    return whole.hexdigest()[:12]


def _add(files: Path, data: Path, many: int) -> None:
    for number, text in enumerate(islice(_others(data), many)):
        (files / f"{number:05}.txt").write_text(text, encoding="utf-8")


def _others(data: Path) -> Iterator[str]:
    """Yield the news of RGB, encyclopedia articles of 2Wiki and abstracts of SciFact in turns."""
    news = testsets.read(data / "rgb" / "rgb_en_150.jsonl").corpus
    corpora = (news, *(sets.read(name, data).corpus for name in ("2wiki", "scifact")))
    in_turns = chain.from_iterable(zip_longest(*corpora))
    return iter(dict.fromkeys(_text(one) for one in in_turns if one and one.text.strip()))


def _text(source: Source) -> str:
    titled = not source.title or source.text.startswith(source.title)
    return source.text if titled else f"{source.title}\n\n{source.text}"
