"""Tells words that speak to the model, or imitate the prompt, from words that people read.

In: text of documents. Out: spans of it and why they are suspect; the text without them. Knows
nothing about questions, models or how a prompt is put together. `folding` takes disguises off,
`commands`, `languages`, `imitations` and `hidden` look, `finding` joins what they found,
`cleaning` makes what is left safe to read.
"""

from rag.guarding.cleaning import blanked, guarded, neutral, readable, without
from rag.guarding.finding import Suspect, speaking

__all__ = ["Suspect", "blanked", "guarded", "neutral", "readable", "speaking", "without"]
