"""LlamaIndex's `CitationQueryEngine` at its defaults, the peer that cites sentence by sentence.

In: what is given. Out: a system. The index is that of `llamaindex`, made anew; the two nearest
parts are cut into sources of 512 tokens, 20 shared, and numbered; the prompt is its own, with the
example in it. Set beyond that: temperature 0, the common window, limit and threads, streaming.
"""

from __future__ import annotations

from llama_index.core.query_engine import CitationQueryEngine

from tests.benchmarks.answering.given import Given, System
from tests.benchmarks.answering.llamaindex import asking, open_index
from tests.benchmarks.answering.spending import counted


def open_system(given: Given) -> System:
    """Return the engine over an index of the folder."""
    spent, index = counted(), open_index(given)
    return System(asking(CitationQueryEngine.from_args(index, streaming=True)), spent)
