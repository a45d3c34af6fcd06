"""Reads the time words of a question as a limit on days of publication, to be proposed."""

from rag.timewords.proposing import Proposal, proposed

__all__ = ["Proposal", "proposed"]
