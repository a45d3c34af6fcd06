"""The Settings tab: what the program runs with, in plain words.

In: a configuration. Out: HTML and routes.
"""
