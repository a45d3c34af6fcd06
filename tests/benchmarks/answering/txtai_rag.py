"""txtai as its quick start has it: an embeddings database with content, and its `RAG` pipeline.

In: what is given. Out: a system. Files are cut into sections as the quick start does, by its own
`Segmentation`: documents without pages or wide gaps stay whole; the three best (its default) are
joined into the quick start's template, below its system message. Set beyond that: temperature 0,
the common window, limit and threads, streaming.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

from txtai import RAG, Embeddings
from txtai.pipeline import Segmentation

from tests.benchmarks.answering.given import CONTEXT, LIMIT, Given, System
from tests.benchmarks.answering.spending import counted

_SYSTEM = "You are a friendly assistant"
_TEMPLATE = (
    "Answer the following question using the provided context.\n\n"
    "Question:\n{question}\n\nContext:\n{context}"
)


def open_system(given: Given) -> System:
    """Return the pipeline over a database of the folder."""
    spent = counted()
    options = {**given.llama, "n_ctx": CONTEXT, "system": _SYSTEM, "template": _TEMPLATE}
    rag = RAG(_database(given), given.generator, output="flatten", gpu=False, **options)

    def ask(question: str) -> Iterator[str]:
        return accumulate(rag(question, maxlength=LIMIT, stream=True, temperature=0.0))

    return System(ask, spent)


def _database(given: Given) -> Embeddings:
    database = Embeddings(content=True, path=given.embedder, gpu=False)
    if Path(given.made).is_dir():
        database.load(given.made)
        return database
    cut = Segmentation(sections=True)
    database.index((name, part) for name, text in given.texts for part in cut(text))
    database.save(given.made)
    return database
