"""The page over a real library of small files, with fakes in place of the models.

    python tests/library_demo.py FOLDER [--port N]

In: a folder, which is filled on the first start. Out: the page of `app.py`: what is uploaded
there is read, stored and found for real.
"""

from __future__ import annotations

import argparse
import sys
from collections import deque
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from rag.assembling import Assistant, build
from rag.settings import Settings
from tests.fakes import ToldGenerator, WordEmbedder, WordLate, WordReranker

FILES = {
    "bridge.md": "---\ntitle: Bridge to reopen in March\npublisher: Larkfield Herald\n"
    "published: 2026-01-14\nlanguage: en\n---\n"
    + "The bridge will reopen to trams on 2 March 2026, the council said. "
    * 60,
    "ferry.txt": "The ferry stops for the winter. Its captain said that the ice came early.",
    "broken.pdf": "%PDF-1.4 and then nothing that could be read",
    "minutes.md": "---\ntitle: 'Minutes <b>& more</b>'\npublisher: Works committee\n---\n"
    "The committee took note of the divers' report. Two of the seven piers have shifted.",
}


class Fakes:
    """Stands where `Models` stands."""

    def __init__(self) -> None:
        self.embedder = WordEmbedder()
        self.late = WordLate()
        self.reranker = WordReranker()
        self.generator = ToldGenerator()
        self.generator.replies = deque(["The passages say so [1]."] * 1000)

    def identity(self, job: str) -> str:
        return getattr(self, job).identity


def settings_in(folder: Path) -> Settings:
    """Return the settings of the demonstration, after what is kept with its library."""
    return Settings.from_environment(
        {"RAG_MODELS": str(folder / "models")}, library=folder / "library"
    )


def filled(folder: Path) -> Path:
    """Return the folder of documents, filled unless it is there."""
    documents = folder / "documents"
    if not documents.is_dir():
        documents.mkdir(parents=True)
        for name, text in FILES.items():
            (documents / name).write_text(text, encoding="utf-8")
    return documents


def main() -> int:
    """Serve the demonstration until Ctrl-C."""
    from app import INTERRUPTED, serve  # here, for tests to use this module without Gradio
    from rag.describing import Configuration
    from rag.librarian import Librarian
    from rag.serving import Offer, listening_socket

    parser = argparse.ArgumentParser(description="The page over a library of small files.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=7860)
    options = parser.parse_args()
    settings, models = settings_in(options.folder.resolve()), Fakes()
    build(settings, [filled(options.folder.resolve())], models=models)
    try:
        with (
            listening_socket("127.0.0.1", options.port) as listener,
            closing(Assistant.open(settings, models)) as assistant,
            closing(Librarian(settings, models)) as librarian,
        ):
            offer = Offer(library=librarian, settings=Configuration(assistant, models))
            serve(assistant, listener, host="127.0.0.1", offer=offer)
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main())
