"""Continues prompts with a local GGUF model.

In: a GGUF file, prompts as messages. Out: what the model read (`Reading`), thinks (`Opinion`) and
the pieces of text it wrote. Knows nothing about documents, evidence or citations.

A prompt is read once, and may then be ended, asked about and answered in several ways: what
was read stays, each ending is forgotten. The same prompt gives the same bytes whatever was
asked before: the system message is always read as a batch of its own, the rest of the prompt
is another, and each ending two more, parted at its last blank line: two endings that put one
question share the first of them, and it is read once. `rag.generating.reading` keeps what the
model holds after the prompt.
"""

from __future__ import annotations

import codecs
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import llama_cpp
import numpy as np
import psutil
from jinja2 import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from rag.errors import ModelDamaged, PromptTooLong
from rag.generating.layers import Layer
from rag.generating.reading import Reader, length
from rag.generating.states import Parts
from rag.types import Message, Opinion, Reading

_CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n"
    "{{ message.content }}<|im_end|>\n{% endfor %}<|im_start|>assistant\n"
)
_TRIED = 50  # tokens that may begin a reply
_SLOT = "\ue000{}\ue001"  # private-use characters: they stand in no chat template


def physical_cores() -> int:
    """Return the number of physical cores this process may use, at least 1."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
    cores = psutil.cpu_count(logical=False) or os.cpu_count() or 1
    return max(1, min(cores, allowed or cores))


def layers_on_gpu(*, wanted: bool) -> int:
    """Return how many layers llama.cpp computes on a GPU, as it counts: -1 is all of them."""
    return -1 if wanted and llama_cpp.llama_supports_gpu_offload() else 0


class LlamaGenerator:
    """A GGUF model in this process, through llama-cpp-python."""

    def __init__(
        self,
        path: Path,
        *,
        identity: str,
        context: int,
        threads: int = 0,
        gpu: bool = True,
        states: Path | None = None,
    ):
        """Load the model; `context` is in tokens, `threads` 0 means the physical cores.

        With `gpu` it computes on one where llama.cpp was built for that. What it holds after a
        system message is kept in the folder `states`, for other processes.
        Raises ModelDamaged when the file is not a model that llama.cpp can load.
        """
        threads = threads or physical_cores()
        try:
            self._llama = llama_cpp.Llama(
                str(path),
                n_ctx=context,
                n_batch=512,
                n_gpu_layers=layers_on_gpu(wanted=gpu),
                n_threads=threads,
                n_threads_batch=threads,
                verbose=False,
            )
        except (ValueError, RuntimeError) as error:
            raise ModelDamaged(
                f"llama.cpp cannot load {path} ({error}). Fetch it again with: rag models fetch"
            ) from None
        self.identity = identity
        self.context = self._llama.n_ctx()
        self._layer = Layer(self._llama)
        self._template = _chat_template(self._llama)
        self._reader = Reader(self._llama, identity=identity, folder=states)
        self._prompt: Parts = ()
        self._closing: list[int] = []
        self._yes = self._first_tokens("yes", "Yes")
        self._no = self._first_tokens("no", "No")

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens of a text, no special ones added."""
        return len(self._plain(text))

    @property
    def pace(self) -> float | None:
        """The fastest at which prompts were read on this machine, in tokens a second."""
        return self._reader.pace

    def read(self, messages: Sequence[Message]) -> Reading:
        """Read a prompt but for its ending; see `Generator.read`."""
        system, rest, closing = self._tokens(messages)
        prompt = (tuple(system), tuple(rest))
        self._fits(length(prompt) + len(closing))
        reused = self._reader.go_to(prompt)
        self._prompt, self._closing = prompt, closing
        return Reading(prompt_tokens=length(prompt), reused=reused)

    def ask(self, ending: str) -> Opinion:
        """Return what the model thinks; see `Generator.ask`. Raises PromptTooLong."""
        with self._layer:
            self._end(ending, "")
        return Opinion(self._yes_probability(), self._layer.state())

    def write(self, ending: str = "", *, opening: str = "", limit: int) -> Iterator[str]:
        """Yield the reply greedily, at most `limit` tokens; see `Generator.write`.

        It begins with words, never with a bracket; a piece never ends inside a character.
        Raises PromptTooLong.
        """
        self._end(ending, opening)
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        begun = any(c.isalnum() for c in opening)
        for _ in range(min(limit, self.context - self._llama.n_tokens - 1)):
            token = self._next() if begun else self._first()
            if llama_cpp.llama_vocab_is_eog(self._llama._model.vocab, token):
                break
            piece = decoder.decode(self._llama.detokenize([token], prev_tokens=[token]))
            if piece:
                begun = begun or any(c.isalnum() for c in piece)
                yield piece
            self._llama.eval([token])
        rest = decoder.decode(b"", final=True)
        if rest:
            yield rest

    def use_threads(self, threads: int) -> None:
        """Compute with so many threads from now on."""
        llama_cpp.llama_set_n_threads(self._llama._ctx.ctx, threads, threads)

    def close(self) -> None:
        """Free the model's memory."""
        self._llama.close()

    def _fits(self, total: int) -> None:
        if total >= self.context:
            raise PromptTooLong(
                f"The prompt takes {total} tokens and the model reads {self.context}: "
                "ask a shorter question, or set RAG_CONTEXT higher."
            )

    def _end(self, ending: str, opening: str) -> None:
        """End the prompt that was read, after forgetting how it was ended before."""
        lead, blank, last = ending.rpartition("\n\n")
        begun = self._plain(lead + blank)
        tokens = self._plain(last) + self._closing + self._plain(opening)
        self._fits(length(self._prompt) + len(begun) + len(tokens))
        self._reader.go_on(self._prompt, tuple(begun))
        self._llama.eval(tokens)

    def _tokens(self, messages: Sequence[Message]) -> tuple[list[int], list[int], list[int]]:
        """Return the tokens of the leading system message, of the rest, and of what closes it.

        Only the template's own words may become special tokens: a document that holds
        "<|im_end|>" is read as those characters.
        """
        slots = [
            {"role": m.role, "content": _SLOT.format(number)} for number, m in enumerate(messages)
        ]
        prompt = self._template(slots)
        system: list[int] = []
        tokens: list[int] = []
        for number, message in enumerate(messages):
            before, prompt = prompt.split(_SLOT.format(number), 1)
            tokens += self._special(before) + self._plain(message.content)
            if message.role == "system":
                system, tokens = system + tokens, []
        return system, tokens, self._special(prompt)

    def _plain(self, text: str) -> list[int]:
        return self._llama.tokenize(text.encode(), add_bos=False, special=False) if text else []

    def _special(self, text: str) -> list[int]:
        return self._llama.tokenize(text.encode(), add_bos=False, special=True) if text else []

    def _first_tokens(self, *words: str) -> list[int]:
        return sorted({self._plain(lead + word)[0] for word in words for lead in ("", " ")})

    def _next(self) -> int:
        return int(np.argmax(self._logits()))

    def _first(self) -> int:
        """Return the best token that opens no bracket: small models like to reply "[1]" alone."""
        for token in map(int, np.argsort(-self._logits())[:_TRIED]):
            if not self._llama.detokenize([token]).lstrip().startswith(b"["):
                return token
        return self._next()

    def _logits(self) -> np.ndarray:
        pointer = llama_cpp.llama_get_logits_ith(self._llama._ctx.ctx, -1)
        return np.ctypeslib.as_array(pointer, shape=(self._llama.n_vocab(),))

    def _yes_probability(self) -> float:
        logits = self._logits().astype(np.float64)
        yes = np.logaddexp.reduce(logits[self._yes])
        no = np.logaddexp.reduce(logits[self._no])
        return float(1 / (1 + np.exp(no - yes)))


def _chat_template(llama: llama_cpp.Llama) -> Callable[[list[dict]], str]:
    """Return the model's own chat template as a function, ChatML where it has none.

    A template that knows no system role gets those words at the head of the user's.
    """
    source = llama.metadata.get("tokenizer.chat_template", _CHATML)
    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    environment.globals["raise_exception"] = _refuse
    compiled = environment.from_string(source)
    begin = llama._model.token_get_text(llama.token_bos()) if llama.token_bos() >= 0 else ""

    def render(slots: list[dict]) -> str:
        options = {"add_generation_prompt": True, "bos_token": begin, "eos_token": ""}
        try:
            return compiled.render(messages=slots, **options)
        except TemplateError:
            return compiled.render(messages=_without_system(slots), **options)

    return render


def _without_system(slots: list[dict]) -> list[dict]:
    system = [slot["content"] for slot in slots if slot["role"] == "system"]
    first, *rest = (slot for slot in slots if slot["role"] != "system")
    return [first | {"content": "\n\n".join([*system, first["content"]])}, *rest]


def _refuse(message: str) -> None:
    raise TemplateError(message)
