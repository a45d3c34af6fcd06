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
        replace(item, also=tuple(_copy(one, store) for one in _copies(item, hits)))
        for item in evidence
    )


def _copies(item: Evidence, hits: Sequence[Hit]) -> list[Passage]:
    """Return a passage of each other document that holds what was read of the evidence."""
    text = item.document.text
    read = [one for span in item.kept for one in sentences(text, span)]
    found: dict[str, Passage] = {}
    for hit in hits:
        if _overlaps(hit.passage, item):
            for copy in hit.copies:
                if all(holds(copy.text, text[one.start : one.end]) for one in read):
                    found.setdefault(copy.document_id, copy)
    return list(found.values())


def _overlaps(passage: Passage, item: Evidence) -> bool:
    same = passage.document_id == item.document.document_id
    return same and passage.start < item.end and item.start < passage.end


def _copy(passage: Passage, store: Store) -> Copy:
    document = store.document(passage.document_id)
    place = (document.document_id, document.path, passage.start, passage.end)
    return Copy(*place, document.publisher, document.published)
