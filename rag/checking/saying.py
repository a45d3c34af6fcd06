"""The verbs that let somebody say something.

In: nothing. Out: their forms. Knows nothing about texts.
"""

from __future__ import annotations

from rag.checking.words import listed

SAYS = frozenset(
    listed(
        """
    said says saying told tells stated announced reported claimed argued argues added
    wrote writes predicted predicts explained explains described suggested suggests
    believed believes thinks thought confirmed denied declared warned warns commented
    insisted insists acknowledged admitted promised revealed estimated observed stressed
    emphasised emphasized remarked replied responded urged alleged asserted contended
    concluded mentioned recalled proposed assured pledged vowed testified called noted
    """
    )
)
"""Forms that are verbs alone: "reports" and "states" are nouns as often."""
