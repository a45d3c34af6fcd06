"""Finds where a statement says something that its cited source does not, without a model.

In: a statement, its source. Out: findings with reasons for a person, and numbers for a fitted
model. Knows nothing about documents, answers or verdicts.
"""

from rag.checking.covering import Coverage, coverage
from rag.checking.finding import findings
from rag.checking.records import Finding, Kind, Outcome, Source

__all__ = ["Coverage", "Finding", "Kind", "Outcome", "Source", "coverage", "findings"]
