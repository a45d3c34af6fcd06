"""A reader that does what a file says: what parsers do to files that were made to harm them."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from pathlib import Path

from rag.syncing.extracting import Extracted, extracted


def misread(path: str, expected: str) -> Extracted:
    """Return what a file holds, unless its first word is something to do."""
    word = Path(path).read_text().partition(" ")[0]
    if word == "hang":
        time.sleep(1000)
    if word == "spin":
        while True:
            pass
    if word == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(1000)
    if word == "crash":
        ctypes.string_at(0)
    if word == "leave":
        os._exit(0)
    if word == "swell":
        return _swollen(path, expected)
    if word == "talk":
        print("parsers are talkative", flush=True)
        print("parsers are talkative", file=sys.stderr, flush=True)
    return extracted(path, expected)


def _swollen(path: str, expected: str) -> Extracted:
    kept = []
    try:
        while True:
            kept.append(bytearray(64 << 20))
    except MemoryError:
        return Extracted(problem="swelled", spent=True)
