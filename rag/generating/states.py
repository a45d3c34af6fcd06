"""Keeps what a model holds after it read the beginning of a prompt, to go on from there.

In: a llama.cpp context, prompts as parts, each the tokens of one batch. Out: the context as it
was after some of them. Knows nothing about words.

A state is a copy of what one sequence of the context holds. The latest used stay in memory,
within a bound of bytes; the first part of a prompt, which many have in common, may also lie
in a folder (`rag.generating.saving`).
"""

from __future__ import annotations

import ctypes
from collections import OrderedDict

import llama_cpp
import numpy as np

Parts = tuple[tuple[int, ...], ...]
MEMORY = 256 << 20
"""Bytes of states in memory: about 16 prompts of 570 tokens with the default model."""


class Memory:
    """States by the parts that were read, the latest used within a bound of bytes."""

    def __init__(self, most: int = MEMORY):
        self._most = most
        self._states: OrderedDict[Parts, np.ndarray] = OrderedDict()

    @property
    def size(self) -> int:
        """The bytes of all states."""
        return sum(state.nbytes for state in self._states.values())

    def keep(self, parts: Parts, state: np.ndarray) -> None:
        """Keep a state; those that were not used for the longest time make room."""
        if state.nbytes > self._most:
            return
        self._states[parts] = state
        self._states.move_to_end(parts)
        while self.size > self._most:
            self._states.popitem(last=False)

    def state(self, parts: Parts) -> np.ndarray | None:
        """Return the state after exactly these parts, None where it is not kept."""
        if parts not in self._states:
            return None
        self._states.move_to_end(parts)
        return self._states[parts]


def copied(context: llama_cpp.llama_context_p) -> np.ndarray:
    """Return a copy of what a context holds, as bytes."""
    room = llama_cpp.llama_state_seq_get_size(context, 0)
    state = np.empty(room, np.uint8)
    size = llama_cpp.llama_state_seq_get_data(context, _bytes(state), room, 0)
    return state[:size]


def restored(context: llama_cpp.llama_context_p, state: np.ndarray) -> bool:
    """Make an empty context hold a copied state; return whether it took it."""
    return llama_cpp.llama_state_seq_set_data(context, _bytes(state), len(state), 0) > 0


def _bytes(state: np.ndarray) -> ctypes.Array:
    return state.ctypes.data_as(ctypes.POINTER(ctypes.c_uint8))
