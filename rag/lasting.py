"""Makes what was written outlive a power cut.

In: folders. Out: nothing; they are on the disk when this returns. Knows nothing about what is
in them.
"""

from __future__ import annotations

import os
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """Make the renames in a folder last, where the system can be asked to."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
