"""Tells sentences of what has happened from those of what is to come.

In: the words of a sentence. Out: whether it tells of the past alone. English; a sentence that
cannot be told counts as not. Knows nothing about dates.
"""

from __future__ import annotations

import re

_TO_COME = re.compile(
    r"\b(?:will|shall|won't|would|could|may|might|must|should|going to|(?:is|are|was|were) to"
    r"|set to|due|scheduled|expected|planned|plans?|planning|upcoming|ahead of|next|coming"
    r"|until|till|by|before|deadline|opens?|begins?|starts?|takes? place|meets?|hosts?)\b|['’]ll\b",
    re.IGNORECASE,
)
"""What a sentence says of days to come; a word of the present tense may speak of them as well."""
_PAST = re.compile(
    r"\b(?:[a-z]{2,}ed|said|told|was|were|had|did|took|made|held|met|won|lost|began|came|went|left"
    r"|found|gave|saw|got|rose|fell|hit|struck|shot|sent|led|spoke|wrote|brought|bought|sold|ran"
    r"|became|kept|broke|cut|put|set|beat|drew|flew|grew|knew|laid|paid|read|stood|swore|threw)\b"
)


def tells_of_past(words: str) -> bool:
    """Say whether a sentence tells of what has happened, and of nothing that is to come."""
    return bool(_PAST.search(words)) and not _TO_COME.search(words)
