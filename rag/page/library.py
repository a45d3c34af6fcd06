"""The tab where the library is kept: its list, uploads, folders and the run of indexing.

In: whether folders of this machine may be named. Out: HTML that fills itself when it is opened.
What fills it is made in `rag.serving.library.routes`, and asked for by `library.js`.
"""

from __future__ import annotations

from rag.page.parts import html
from rag.serving.library.shell import shell


def library_tab(*, local: bool) -> None:
    """Put the library on the page that is being built."""
    html(shell(local=local), "library", js_on_load="")
