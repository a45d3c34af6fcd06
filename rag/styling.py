"""The colours and typefaces that every page shares: the chat's, and those of reports.

In: nothing. Out: a style sheet. Knows nothing about any page.
"""

from __future__ import annotations

from pathlib import Path

PALETTE = Path(__file__).with_name("palette.css")
"""The file of the style sheet; each colour is a CSS variable, light and dark."""
