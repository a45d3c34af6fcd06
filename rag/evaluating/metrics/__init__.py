"""Metrics: pure functions from what was found and said to a number.

In: rankings, texts, places, verdicts, times. Out: numbers, shares, intervals. Knows nothing
about files, models or runs. Each docstring gives the definition, the range and the source.
"""
