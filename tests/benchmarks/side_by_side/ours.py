"""This program, through `Assistant.search`.

In: a spec. Out: its library, built once and kept, its passages and vectors written down for
the other systems, and a search for each setting. As shipped, hits are ordered with token vectors
of a model that the others have no part for; without it, the cross-encoder reads the candidates.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace

from tqdm import tqdm

from rag.assembling import Assistant, Models, build_from
from rag.evaluating import corpora
from rag.settings import NO_MODEL, Settings
from rag.storing import Store
from rag.types import Document
from tests.benchmarks.side_by_side import sets
from tests.benchmarks.side_by_side.products import Passage, Search, Spec, keep, settings


def open_system(spec: Spec) -> dict[str, Search]:
    """Return the search as shipped, and with the models of the other systems only."""
    shipped = replace(settings(), library=spec.cache / spec.name)
    equal = replace(shipped, late=NO_MODEL, candidates=spec.candidates)
    documents = corpora.documents(sets.read(spec.name, spec.data))
    _build(documents, shipped)
    with closing(Store.open(shipped.library)) as store:
        _keep(spec, store, documents)
    return {
        f"as shipped, {shipped.candidates} candidates": _search(shipped, documents),
        f"same models, {equal.candidates} candidates": _search(equal, documents),
    }


def _build(documents: Sequence[Document], chosen: Settings) -> None:
    with tqdm(desc="index", leave=False) as bar:

        def show(progress) -> None:
            bar.n, bar.total, bar.unit = progress.done, progress.of, progress.what
            bar.refresh()

        build_from(documents, chosen, progress=show)


def _search(chosen: Settings, documents: Sequence[Document]) -> Search:
    assistant = Assistant.open(chosen, Models(chosen))
    named = {one.document_id: one.path for one in documents}
    limit = chosen.candidates // 2  # it looks at twice as many, as copies fall together

    def search(question: str) -> list[str]:
        hits = assistant.search(question, limit)
        told = [passage for hit in hits for passage in (hit.passage, *hit.copies)]
        return [f"{named[one.document_id]}#{one.start}" for one in told]

    return search


def _keep(spec: Spec, store: Store, documents: Sequence[Document]) -> None:
    paths = {one.document_id: one.path for one in documents}
    ids, vectors = store.vectors()
    found = store.passages(ids.tolist())
    passages = [Passage(f"{paths[one.document_id]}#{one.start}", one.text) for one in found]
    keep(spec, passages, vectors)
