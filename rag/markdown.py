"""Makes words safe for Markdown.

In: text of any origin. Out: Markdown that shows it and does nothing. Knows nothing about what
is written.
"""

from __future__ import annotations

import re

_SPECIAL = re.compile(
    r"[\\`*_\[\]<>|&~$#!]"
    # What GitHub's Markdown makes a link of without any brackets.
    r"|@(?=[\w-]+\.\w)|:(?=//)|(?<=www)\.|(?<=mailto):|(?<=xmpp):",
    re.IGNORECASE,
)
_START = re.compile(r"^(\d{1,9}(?=[.)])|(?=[-+=:]))")
_UNSEEN = re.compile("[\x00-\x08\x0e-\x1f\x7f\u200b\u202a-\u202e\u2066-\u2069\ufeff]")


def escaped(text: str) -> str:
    """Return `text` on one line, with nothing in it that Markdown would act upon.

    Characters that cannot be seen, and those that turn the reading direction, are left out.
    """
    return _SPECIAL.sub(r"\\\g<0>", " ".join(_UNSEEN.sub("", text).split()))


def paragraph(text: str) -> str:
    """Return `text` as the beginning of a paragraph, and not of a list or anything else."""
    return _START.sub(r"\1\\", escaped(text))
