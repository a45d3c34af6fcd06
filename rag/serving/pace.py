"""How far a piece of work is, in words: how much is done, how fast, how long it still takes.

In: counts and seconds. Out: plain words. Knows nothing about the work.
"""

from __future__ import annotations

from rag.serving.markup import counted


def pace(done: int, of: int, noun: str, *, seconds: float, before: int = 0) -> str:
    """Return "3 of 12 cases · 2.1 a minute · 4 min left".

    `seconds` went into all but the `before` that were done earlier; without any, no rate is told.
    """
    told = [f"{done:,} of {counted(of, noun)}"]
    fresh = done - before
    if fresh > 0 and seconds > 0 and done < of:
        each = seconds / fresh
        told += [rate(1 / each), f"{span(each * (of - done))} left"]
    return " · ".join(told)


def rate(each_second: float) -> str:
    """Return how many come in a time, in the unit in which it is a readable number."""
    if each_second >= 1:
        return f"{each_second:,.1f} a second"
    if each_second * 60 >= 1:
        return f"{each_second * 60:.1f} a minute"
    return f"{each_second * 3600:.1f} an hour"


def span(seconds: float) -> str:
    """Return a length of time: "8 s", "4 min", "2 h 5 min"."""
    if seconds < 59.5:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"
