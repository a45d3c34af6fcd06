"""Six small articles by two publishers, as files and as a library searched with the fakes.

In: a folder. Out: settings of a library in it. Every article has two passages.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from rag.assembling import build
from rag.settings import Settings
from tests.fakes import ToldGenerator, WordEmbedder, WordReranker

ARTICLES = {
    "news/a": ("TASS", "2026-01-01", "en"),
    "news/b": ("KCNA", "2026-01-01", "en"),
    "news/old/c": ("tass", "2025-06-30", "en"),
    "news/old/d": ("KCNA", None, "de"),
    "e": (None, "2026-01-02", "en"),
    "f": ("TASS", "2026-01-05", "en"),
}
"""Publisher, day and language of each file."""


class Fakes:
    """Stands where `Models` stands."""

    def __init__(self, settings: Settings | None = None):
        self.late = None
        self.embedder = WordEmbedder()
        self.reranker = WordReranker()
        self.generator = ToldGenerator("The dam a held in spring [1].")

    def identity(self, job: str) -> str:
        return getattr(getattr(self, job), "identity", "none")


def library(folder: Path) -> Settings:
    """Write the articles into `folder/files` and return the settings of a library of them."""
    for name, facts in ARTICLES.items():
        keys = zip(("publisher", "published", "language"), facts, strict=True)
        head = "".join(f"{key}: {value}\n" for key, value in keys if value)
        path = folder / "files" / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        body = f"The dam {path.stem} held in spring and nobody was hurt there at all."
        more = f"Engineers of dam {path.stem} had mended it before the flood came down."
        path.write_text(f"---\n{head}---\n\n{body}\n\n{more}\n")
    settings = replace(Settings(), library=folder / "library", passage_tokens=16)
    build(settings, [folder / "files"], models=Fakes())
    return settings
