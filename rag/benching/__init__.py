"""Measures this machine with the models and the library that a person has.

In: settings. Out: a `Report`: speeds, times, memory, and which setting to change. Knows nothing
about how it is shown. The library stays as it is, and answers are not logged.

    records    what is reported       measuring  answers, prompts, searches, vectors
    machine    cores and memory       advising   what the figures speak for
    running    all of it in order
"""

from rag.benching.records import Advice, Report, Step
from rag.benching.running import SECONDS, measured

__all__ = ["SECONDS", "Advice", "Report", "Step", "measured"]
