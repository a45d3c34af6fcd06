"""The tab where test sets are run.

In: nothing. Out: one piece of HTML; what happens in it is the work of `evaluating.js` and of the
routes in `rag.serving.evaluating.routes`.
"""

from __future__ import annotations

from rag.page.parts import html
from rag.serving.evaluating.page import section


def evaluate_tab() -> None:
    """Put the tab's content on the page that is being built."""
    html(section(), "evaluate")
