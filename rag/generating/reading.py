"""Reads prompts into a llama.cpp model, each part once.

In: a model, opened; prompts as parts, each the tokens of one batch. Out: the model, holding
exactly a prompt. Knows nothing about words.

The same parts give the same bytes whatever was read before: parts are never joined or divided to
reuse more, and a state that is put back is bit for bit what reading gives.
"""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from time import perf_counter

import llama_cpp
import numpy as np

from rag.generating.pacing import LEAST, Pace
from rag.generating.saving import Folder
from rag.generating.states import Memory, Parts, copied, restored


class Reader:
    """A model that reads the parts of a prompt, and goes on from what it read before."""

    def __init__(self, llama: llama_cpp.Llama, *, identity: str, folder: Path | None):
        """Take a model; what it holds after the first part of prompts is kept in `folder`, too."""
        self._llama = llama
        self._opened = _opened(llama, identity)
        self._memory = Memory()
        self._folder = Folder(folder) if folder else None
        kind = sha256(json.dumps(self._opened).encode()).hexdigest()
        self._pace = Pace(folder / f"{kind}.pace" if folder else None)
        self._begun = False
        self._held: Parts = ()

    @property
    def pace(self) -> float | None:
        """Tokens a second that were read on this machine, None before any were."""
        return self._pace.rate

    def go_to(self, prompt: Parts) -> int:
        """Make the model hold exactly a prompt; return how many of its tokens were not read."""
        known = next(n for n in range(len(prompt), -1, -1) if self._resumed(prompt[:n]))
        for number, part in enumerate(prompt[known:], known + 1):
            self._evaluate(part)
            if number == 1 and self._pace.rate is None and len(part) >= LEAST:
                self._empty()
                self._evaluate(part)
            self._held = prompt[:number]
            if part:
                self._keep(self._held)
        return length(prompt[:known])

    def go_on(self, prompt: Parts, part: tuple[int, ...]) -> None:
        """Make the model hold a prompt and one more part, which is not kept."""
        whole = (*prompt, part)
        if self._held != whole or not self._forgot_after(length(whole)):
            self.go_to(prompt)
            self._evaluate(part)
            self._held = whole

    def _evaluate(self, part: tuple[int, ...]) -> None:
        """Read a part, and take the time; the first one of all waits for the weights to load."""
        began = perf_counter()
        self._llama.eval(part)
        if self._begun:
            self._pace.took(len(part), perf_counter() - began)
        self._begun = True

    def _resumed(self, parts: Parts) -> bool:
        """Make the model hold exactly these parts, where that takes no reading."""
        kept = self._memory.state(parts)
        if self._held[: len(parts)] == parts and self._forgot_after(length(parts)):
            self._held = parts
            return True
        if not any(parts):
            self._empty()
            return True
        state = self._saved(parts) if kept is None else kept
        return state is not None and self._put_back(parts, state)

    def _put_back(self, parts: Parts, state: np.ndarray) -> bool:
        """Make the model hold a state; return whether it took it."""
        self._empty()
        if not restored(self._llama._ctx.ctx, state):
            return False
        self._llama.n_tokens = length(parts)
        self._held = parts
        self._memory.keep(parts, state)
        return True

    def _forgot_after(self, kept: int) -> bool:
        """Forget all but the first tokens; some kinds of model (recurrent ones) cannot."""
        if self._llama.n_tokens <= kept:
            return self._llama.n_tokens == kept
        if not (kept and self._llama._ctx.kv_cache_seq_rm(-1, kept, -1)):
            return False
        self._llama.n_tokens = kept
        return True

    def _empty(self) -> None:
        self._llama.reset()
        self._llama._ctx.kv_cache_clear()
        self._held = ()

    def _keep(self, parts: Parts) -> None:
        state = copied(self._llama._ctx.ctx)
        self._memory.keep(parts, state)
        if self._folder and len(parts) == 1:
            self._folder.keep(self._name(parts), state)

    def _saved(self, parts: Parts) -> np.ndarray | None:
        """Return the state of a first part from the folder, None where it is not there."""
        return self._folder.state(self._name(parts)) if self._folder and len(parts) == 1 else None

    def _name(self, parts: Parts) -> str:
        return sha256(json.dumps([self._opened, parts]).encode()).hexdigest()


def length(parts: Parts) -> int:
    """Return the number of tokens of parts."""
    return sum(map(len, parts))


def _opened(llama: llama_cpp.Llama, identity: str) -> list:
    """Return all that the bytes of a state depend on, but for the tokens that were read."""
    values = {
        name: getattr(llama.context_params, name) for name, _ in llama.context_params._fields_
    }
    numbers = {name: value for name, value in values.items() if isinstance(value, int | float)}
    system = llama_cpp.llama_print_system_info().decode()
    layers = llama.model_params.n_gpu_layers
    return [identity, llama_cpp.__version__, system, layers, sorted(numbers.items())]
