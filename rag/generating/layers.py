"""Reads what a layer of a model holds at the last token that it read.

In: a llama.cpp model, opened. Out: the residual stream after one layer, as numbers. Knows nothing
about what they mean.

llama.cpp calls back for every tensor that it computes (`cb_eval` of its context), whether one is
wanted or not: prompts are read as fast as without, words written 3 to 11 % slower.
"""

from __future__ import annotations

import ctypes
from contextlib import closing

import llama_cpp
import numpy as np
from llama_cpp import _ggml, _internals

DEPTH = 0.65
"""Which layer is read, as a share of all: before, a model has not yet made up its mind, after, it
prepares the next word (tests/benchmarks/LOG.md)."""

_base = getattr(_ggml, "libggml_base", None) or _ggml.libggml
_name = _base.ggml_get_name
_name.argtypes, _name.restype = [ctypes.c_void_p], ctypes.c_char_p
_get = _base.ggml_backend_tensor_get
_get.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t]
_get.restype = None
_bytes = _base.ggml_nbytes
_bytes.argtypes, _bytes.restype = [ctypes.c_void_p], ctypes.c_size_t


class Layer:
    """One layer of a model that can be watched while the model reads."""

    def __init__(self, llama: llama_cpp.Llama):
        """Open the model's context anew, with this as what it calls back."""
        number = round(llama_cpp.llama_model_n_layer(llama._model.model) * DEPTH)
        self._tensor = f"l_out-{number}".encode()
        self._width = llama.n_embd()
        self._watching = False
        self._state: np.ndarray | None = None
        self._callback = llama_cpp.ggml_backend_sched_eval_callback(self._seen)
        llama.context_params.cb_eval = self._callback
        llama._ctx.close()
        context = _internals.LlamaContext(
            model=llama._model, params=llama.context_params, verbose=False
        )
        llama._ctx = llama._stack.enter_context(closing(context))

    def __enter__(self) -> Layer:
        self._watching, self._state = True, None
        return self

    def __exit__(self, *_: object) -> None:
        self._watching = False

    def state(self) -> np.ndarray | None:
        """Return the layer at the last token, (width,) float32; None for a model without one."""
        return self._state

    def _seen(self, tensor: int, asks: bool, _: object) -> bool:
        """Say whether a tensor is wanted, then copy it; whatever fails, the model goes on."""
        wanted = self._watching and _name(tensor) == self._tensor
        if wanted and not asks:
            state = np.empty(self._width, np.float32)
            # Its address may be one of a GPU: only llama.cpp can copy from there.
            _get(tensor, state.ctypes.data, _bytes(tensor) - state.nbytes, state.nbytes)
            self._state = state
        return wanted or not asks
