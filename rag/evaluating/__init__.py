"""Measures how good the answers are, where they fail, and whether a change helped.

In: a test set and something that answers. Out: runs on disk, figures with intervals,
reports. Knows nothing about where models and libraries come from.
"""
