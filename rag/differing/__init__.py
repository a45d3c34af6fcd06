"""Finds, for a question and numbered evidence, that sources give different answers to it."""

from rag.differing.comparing import disagreements

__all__ = ["disagreements"]
