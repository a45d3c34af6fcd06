"""How torch computes on this machine: where, with which threads and precision.

In: nothing. Out: torch's own types. Knows nothing about models.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

_NATIVE = ("avx512_bf16", "amx_bf16")


def precision() -> torch.dtype:
    """Return bfloat16 where the processor multiplies it, which is faster, else float32."""
    able = torch.cpu.get_capabilities()
    return torch.bfloat16 if any(able.get(name) for name in _NATIVE) else torch.float32


def device(*, gpu: bool) -> str:
    """Return where torch computes: "cuda" where that is wanted and can be had, else "cpu"."""
    return "cuda" if gpu and torch.cuda.is_available() else "cpu"


def use_threads(threads: int) -> None:
    """Make torch compute with so many threads; 0 leaves its own choice."""
    if threads:
        torch.set_num_threads(threads)


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute on one thread meanwhile: for one short text, waiting for a second costs more."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
