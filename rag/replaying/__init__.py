"""Gives a logged answer again, and says what differs and what has changed since.

In: a record, today's settings and library. Out: a `Replay`. Knows nothing about how it is
shown. The evidence is the recorded one, so that an answer can be given again whatever became
of the documents; what today's search would show instead is told beside it.

    again      the answer, and all of the rest together
    differing  what is not as it was recorded
    changing   what has changed since
"""

from rag.replaying.again import Replay, replay

__all__ = ["Replay", "replay"]
