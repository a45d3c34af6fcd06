"""Statements learnt by heart, with every verdict: what the demonstration's Verify tab knows.

In: a text. Out: its statements with verdicts, quotes and reasons; no model is loaded.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from rag.factchecking import stated
from rag.types import Citation, Document, Statement, Verdict

FAULT = "Ask for a fault."
TRAMS = "The bridge will reopen to trams on 2 March 2026."
DATE = "The operator expects to run from April."
COSTS = "The repair costs more than 41.3 million crowns."
MOON = "The bridge was built on the moon."
RULE = "* * *"
HOSTILE_CLAIM = '<script>window.pwned = 9</script> The "author" had <b>the bridge</b> in mind.'
TEXT = f"{TRAMS} {DATE}\n\n{COSTS} {MOON}\n\n{RULE}\n\n{HOSTILE_CLAIM}"
"""A text with all five verdicts and hostile words, in three paragraphs and a rule."""

_KNOWN: dict[str, tuple[Verdict, str, str, str, str]] = {
    # statement: verdict, reason, document, quote, deciding words
    TRAMS: (
        "supported",
        "The source says this, with the same date.",
        "herald-bridge",
        "The bridge will reopen to trams on 2 March 2026, the council said.",
        "reopen to trams on 2 March 2026",
    ),
    DATE: (
        "contradicted",
        "The source says June, not April.",
        "operator-statement",
        "The tram operator said that it does not expect to run before June.",
        "does not expect to run before June",
    ),
    COSTS: (
        "partly supported",
        "The source gives 41.3 million crowns, and does not say that it is more.",
        "herald-bridge",
        "The council now puts the cost at 41.3 million crowns.",
        "41.3 million crowns",
    ),
    HOSTILE_CLAIM: (
        "supported",
        'The <img src=x onerror="window.pwned = 8"> source says this.',
        "hostile",
        "Its author had the bridge in mind.",
        "the bridge in mind",
    ),
}


def learnt(text: str, documents: Sequence[Document], pace: float) -> Iterator[Statement]:
    """Yield the statements of a text; what is not known by heart is not supported."""
    text, spans = stated(text)
    by_id = {one.document_id: one for one in documents}
    for span in spans:
        time.sleep(pace)
        words = " ".join(text[span.start : span.end].split())
        if words == FAULT:
            raise RuntimeError("A fault that was asked for.")
        yield _statement(words, by_id)


def _statement(words: str, documents: dict[str, Document]) -> Statement:
    if not any(c.isalnum() for c in words):
        return Statement(words, (), "not checked", "There are no words in it.")
    if words not in _KNOWN or _KNOWN[words][2] not in documents:
        reason = "Nothing in the documents was found to say this."
        return Statement(words, (), "not supported", reason, support=0.0)
    verdict, reason, name, quote, deciding = _KNOWN[words]
    cited = _cited(documents[name], quote)
    return Statement(words, (cited,), verdict, reason, _cited(documents[name], deciding), 0.8)


def _cited(document: Document, words: str) -> Citation:
    start = document.text.index(words)
    return Citation(1, document, start, start + len(words))
