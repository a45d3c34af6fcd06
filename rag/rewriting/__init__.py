"""Makes a question that leans on the conversation stand alone, without a model.

In: a question, the turns before it. Out: a question that needs no turns. Knows nothing
about what is searched with it or how it is shown.

    words     which words say what a text is about
    leaning   whether a question leans
    excerpt   the few turns that it may lean on
    topic     what these were about
"""

from collections.abc import Sequence

from rag.rewriting.excerpt import excerpt
from rag.rewriting.leaning import leaning
from rag.rewriting.topic import about
from rag.types import Turn

__all__ = ["leaning", "standalone"]


def standalone(question: str, history: Sequence[Turn]) -> str:
    """Return the question as it stands alone, "" when it does so already."""
    return about(question, excerpt(history)) if history and leaning(question) else ""
