"""What is compared and what was found: `Source`, `Finding`.

In: nothing. Out: frozen records. Knows nothing about how anything is found.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from rag.types import Span

Kind = Literal[
    "number", "date", "name", "quotation", "negation", "speaker", "order", "roles", "wording"
]
Outcome = Literal["agrees", "conflicts", "absent"]


@dataclass(frozen=True, slots=True)
class Source:
    """What a statement cites.

    `text` are the cited sentences, exact; `context` the passage around them, which may hold
    them too; `heading` is "publisher | date | title". Relative dates are read as of `published`.
    """

    text: str
    context: str = ""
    heading: str = ""
    published: date | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a statement says, and whether its source says it too.

    `words` are the statement's own; `source` is the place in `Source.text` where the source
    says it, or says otherwise; `reason` is for a person.
    """

    kind: Kind
    outcome: Outcome
    words: str
    source: Span | None
    reason: str
