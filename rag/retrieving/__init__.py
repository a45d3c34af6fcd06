"""Finding the passages that may answer a question.

In: a question, and a library with the models that search it. Out: hits, best first. Knows
nothing about prompts or generators.

    searching  one search: dense and keyword candidates, reranked and fused
    scoring    the arithmetic of fusion, and where its weights come from
    chaining   questions about several things, or about one found by way of another
    finding    the whole: filters, searches, near-duplicates
"""

from rag.retrieving.finding import judged, retrieve
from rag.retrieving.searching import Searchable

__all__ = ["Searchable", "judged", "retrieve"]
