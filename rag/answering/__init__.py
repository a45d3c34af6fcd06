"""Answers one question from a library, as a stream of events.

tools    what answering works with, and the evidence that is read
asking   the stream of events: search, decide, write, check
writing  an answer over evidence, with citations and verdicts
timing   the times of one question
"""

from rag.answering.asking import (
    LONGEST_QUESTION,
    NOT_ANSWERED,
    NOTHING_FOUND,
    answer,
    checked,
)
from rag.answering.tools import HITS, Recalled, Tools, chosen, evidence_for

__all__ = [
    "HITS",
    "LONGEST_QUESTION",
    "NOTHING_FOUND",
    "NOT_ANSWERED",
    "Recalled",
    "Tools",
    "answer",
    "checked",
    "chosen",
    "evidence_for",
]
