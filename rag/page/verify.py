"""The tab where a text is checked against the documents.

In: nothing. Out: one piece of HTML; what happens in it is the work of `verifying.js` and of the
route in `rag.serving.verifying.routes`.
"""

from __future__ import annotations

from rag.factchecking import LONGEST_TEXT
from rag.page.parts import html
from rag.serving.verifying.page import section


def verify_tab() -> None:
    """Put the tab's content on the page that is being built."""
    html(section(LONGEST_TEXT), "verify")
