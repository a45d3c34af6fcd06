"""What is kept of an answer, so that it can be shown, exported and given again.

In: the events of answering, and what the answer depends on. Out: a `Record`, and from a
record the hits and the evidence as they were. Knows nothing about where records are kept.

    records    what a record holds, and its JSON
    listening  what the generator was asked and replied
    making     from an answer to its record
    places     what an answer cites, one place after the other
    recalling  from a record to hits, evidence and settings
    reopening  from a record to the answer, as it can be shown again
"""

from rag.recording.listening import Listener
from rag.recording.making import Asked, Circumstances, kept, recorded, settings_kept
from rag.recording.places import Place, places_of
from rag.recording.recalling import (
    document_of,
    evidence_of,
    hits_of,
    nearest_of,
    same_words,
    settings_of,
)
from rag.recording.records import Call, Record, Reported, entry_of, from_json, reported, to_json
from rag.recording.reopening import Told, answer_of, told, told_of_evidence

__all__ = [
    "Asked",
    "Call",
    "Circumstances",
    "Listener",
    "Place",
    "Record",
    "Reported",
    "Told",
    "answer_of",
    "document_of",
    "entry_of",
    "evidence_of",
    "from_json",
    "hits_of",
    "kept",
    "nearest_of",
    "places_of",
    "recorded",
    "reported",
    "same_words",
    "settings_kept",
    "settings_of",
    "to_json",
    "told",
    "told_of_evidence",
]
