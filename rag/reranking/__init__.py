"""Scoring how well texts answer a question.

In: a question and texts, or token vectors made of them before. Out: one score for each.
Knows nothing about passages, ranks or libraries.

    cross_encoder      reads question and text together: a model call for each pair
    late_interaction   compares token vectors: the texts' are made when they are indexed
"""

from rag.reranking.cross_encoder import CrossEncoder
from rag.reranking.late_interaction import LateInteraction, maxsim

__all__ = ["CrossEncoder", "LateInteraction", "maxsim"]
