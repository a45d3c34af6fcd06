"""Who else published what evidence says: syndicated stories keep all their publishers.

In: evidence, the hits it was chosen from with their copies, a library. Out: the evidence with
the copies that hold its words. Knows nothing about how copies are recognised.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.merging import holds
from rag.splitting import sentences
from rag.storing import Store
from rag.types import Copy, Evidence, Hit, Passage


def with_copies(
    evidence: Sequence[Evidence], hits: Sequence[Hit], store: Store
) -> tuple[Evidence, ...]:
    """Return evidence, each with its copies in other documents, in the order they were found.

    Copies may lack a sentence or have another headline: one counts only where it holds every
    sentence that the model was given, else a publisher would be named for words it never had.
    """
    return tuple(
        replace(item, also=tuple(_copy(those, store) for those in _copies(item, hits)))
        for item in evidence
    )


def _copies(item: Evidence, hits: Sequence[Hit]) -> list[list[Passage]]:
    """Return the passages of each other document that together hold what was read."""
    text = item.document.text
    read = [text[one.start : one.end] for span in item.kept for one in sentences(text, span)]
    found: dict[str, list[Passage]] = {}
    for copy in (copy for hit in hits if _overlaps(hit.passage, item) for copy in hit.copies):
        found.setdefault(copy.document_id, []).append(copy)
    return [
        those
        for those in found.values()
        if all(any(holds(one.text, words) for one in those) for words in read)
    ]


def _overlaps(passage: Passage, item: Evidence) -> bool:
    same = passage.document_id == item.document.document_id
    return same and passage.start < item.end and item.start < passage.end


def _copy(those: Sequence[Passage], store: Store) -> Copy:
    """Return the place in one document from its first passage to its last."""
    document = store.document(those[0].document_id)
    start, end = min(one.start for one in those), max(one.end for one in those)
    place = (document.document_id, document.path, start, end)
    return Copy(*place, document.publisher, document.published)
