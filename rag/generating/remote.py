"""Continues prompts with a model on an OpenAI-compatible server.

In: an address, prompts as messages. Out: what the server's model thinks (`Opinion`) and the pieces
of text it wrote. Knows nothing about documents, evidence or citations.

Nothing is read ahead: the prompt goes there whole with every ending, and the server keeps what it
can of the last one. No layer of the model can be seen from here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from rag.addressing import Address
from rag.errors import ModelMissing, PromptTooLong, ServerFailed
from rag.generating.estimating import estimated_tokens
from rag.generating.server import PATIENCE, Server, at
from rag.types import Message, Opinion, Reading

SAID = 0.9
"""How likely a "yes" is taken to be that came as a word alone: other signs can outvote it."""
_AROUND = 8
"""Tokens that a chat template puts around a message, at most."""
_FIRST = 20
"""First words of the reply whose probabilities are asked for: the most that such servers give."""
_SHORT = 8
"""Tokens of a reply that is yes or no."""
_UNKNOWN = (400, 404, 405, 422, 501)
"""How servers refuse what they do not offer."""
_NEVER = -100.0
"""The logarithm of a probability that is as good as none."""
_CHAT = "chat/completions"
_CONTROL = re.compile(r"<(?=[^<>\n]{1,40}>)|\[(?=/?[A-Z_]{3,20}\])")
_WORD = re.compile(r"\w+")


class RemoteGenerator:
    """A model behind an OpenAI-compatible interface: llama-server, vLLM, Ollama and others."""

    pace = None  # a server's time is also that of the way there, and of what others ask

    def __init__(
        self, address: Address, *, key: str = "", context: int, patience: float = PATIENCE
    ):
        """Ask the server for its model and its window; `context` counts where it tells none.

        `patience` is in seconds. Raises ServerFailed, and ModelMissing for a model that the
        server does not have.
        """
        self._server = Server(address, key=key, patience=patience)
        try:
            self._model, told = self._found(address)
            self.identity = f"{self._model}@{address.place}"
            self.context = told or self._window() or context
            self._counts = self._tokens_there("yes") is not None
        except BaseException:
            self._server.close()
            raise
        self._tells = True  # until the server gives no probabilities
        self._messages: list[dict[str, str]] = []
        self._counted = lru_cache(maxsize=4096)(self._count)

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens of a text, a high estimate where the server counts none."""
        return self._counted(text)

    def read(self, messages: Sequence[Message]) -> Reading:
        """Keep a prompt for its endings; see `Generator.read`."""
        self._messages = [{"role": one.role, "content": _plain(one.content)} for one in messages]
        total = self._size(self._messages)
        self._room(total)
        return Reading(prompt_tokens=total, reused=0)

    def ask(self, ending: str) -> Opinion:
        """Return what the model thinks; see `Generator.ask`. Raises PromptTooLong, ServerFailed.

        From the probabilities of the first word where the server gives them, else from a reply.
        """
        messages, _ = self._ended(ending)
        if self._tells:
            found = self._probabilities(messages)
            self._tells = bool(found)
            yes = yes_of_probabilities(found)
            if yes is not None:
                return Opinion(yes)
        reply = self._server.post(_CHAT, self._body(messages, _SHORT))
        return Opinion(yes_of_words(str(at(reply, "choices", 0, "message", "content") or "")))

    def write(self, ending: str = "", *, opening: str = "", limit: int) -> Iterator[str]:
        """Yield the reply, at most `limit` tokens; see `Generator.write`.

        Closing it stops the server. Raises PromptTooLong, ServerFailed.
        """
        messages, room = self._ended(ending, opening)
        wrote = thought = False
        body = self._body(messages, min(limit, room), stream=True)
        for event in self._server.stream(_CHAT, body):
            delta = at(event, "choices", 0, "delta")
            piece = at(delta, "content")
            thought = thought or bool(at(delta, "reasoning_content") or at(delta, "reasoning"))
            if piece and isinstance(piece, str):
                wrote = True
                yield piece
        if thought and not wrote:
            raise ServerFailed(
                f"The model {self.identity} thought and wrote nothing: take one that replies at "
                "once, or set RAG_ANSWER_TOKENS higher."
            )

    def close(self) -> None:
        """Close the connections."""
        self._server.close()

    def _found(self, address: Address) -> tuple[str, int]:
        """Return the name of the model and its window, 0 where the server tells none."""
        try:
            listed = at(self._server.get("models"), "data")
        except ServerFailed as error:
            if not address.model or error.status not in _UNKNOWN:
                raise
            return address.model, 0
        named = {
            one["id"]: one
            for one in (listed if isinstance(listed, list) else [])
            if isinstance(at(one, "id"), str)
        }
        name = _chosen(address, list(named))
        windows = (at(named.get(name), key) for key in ("max_model_len", "context_length"))
        return name, next((one for one in windows if _is_size(one)), 0)

    def _window(self) -> int:
        """Return the window that llama-server tells, 0 for other servers."""
        told = at(self._server.offered("props"), "default_generation_settings", "n_ctx")
        return told if _is_size(told) else 0

    def _count(self, text: str) -> int:
        found = self._tokens_there(text) if self._counts and text else None
        return estimated_tokens(text) if found is None else found

    def _tokens_there(self, text: str) -> int | None:
        """Return the tokens of a text as llama-server and vLLM count them, None for others."""
        body = {"content": text, "add_special": False}
        body |= {"prompt": text, "add_special_tokens": False, "model": self._model}
        tokens = at(self._server.offered("tokenize", body), "tokens")
        return len(tokens) if isinstance(tokens, list) and tokens else None

    def _ended(self, ending: str, opening: str = "") -> tuple[list[dict[str, str]], int]:
        """Return the whole prompt, and the tokens that a reply to it may take."""
        *before, last = self._messages
        messages = [*before, last | {"content": last["content"] + _plain(ending)}]
        if opening:
            messages.append({"role": "assistant", "content": opening})
        return messages, self._room(self._size(messages))

    def _size(self, messages: Sequence[dict[str, str]]) -> int:
        return sum(self.count_tokens(one["content"]) + _AROUND for one in messages)

    def _room(self, total: int) -> int:
        """Return the tokens that a reply may take; raises PromptTooLong where there are none."""
        if total >= self.context - 1:
            raise PromptTooLong(
                f"The prompt takes {total} tokens and {self.identity} reads {self.context}: "
                "ask a shorter question, or give the model a larger window."
            )
        return self.context - total - 1

    def _body(self, messages: list[dict[str, str]], most: int, **more: object) -> dict:
        """Return a request for the likeliest reply."""
        options = {"temperature": 0, "seed": 0, "max_tokens": most}
        return {"model": self._model, "messages": messages, **options, **more}

    def _probabilities(self, messages: list[dict[str, str]]) -> object:
        """Return the first words that the model may reply with, None where nothing tells them."""
        body = self._body(messages, 1, logprobs=True, top_logprobs=_FIRST)
        try:
            reply = self._server.post(_CHAT, body)
        except ServerFailed as error:
            if error.status not in _UNKNOWN:
                raise
            return None
        return at(reply, "choices", 0, "logprobs", "content", 0, "top_logprobs")


def yes_of_probabilities(first: object) -> float | None:
    """Return the probability of "yes" against "no" among the first words of a reply.

    Of the two, one that is not listed is taken to be as likely as the last that is: it is at most
    that. None where neither is listed.
    """
    told = [
        (str(at(one, "token")).strip(" ▁Ġ\n").casefold(), max(at(one, "logprob"), _NEVER))
        for one in (first if isinstance(first, list) else [])
        if isinstance(at(one, "logprob"), int | float)
    ]
    yes, no = ([size for word, size in told if word == wanted] for wanted in ("yes", "no"))
    if not (yes or no):
        return None
    least = min(size for _, size in told)
    return 1 / (1 + math.exp(_sum(no or [least]) - _sum(yes or [least])))


def yes_of_words(reply: str) -> float:
    """Return how likely a yes is, of a reply in words; one half for neither yes nor no."""
    first = _WORD.search(reply.rpartition("</think>")[2])
    word = first[0].casefold() if first else ""
    return {"yes": SAID, "no": 1 - SAID}.get(word, 0.5)


def _sum(logarithms: Sequence[float]) -> float:
    """Return the logarithm of the sum of what logarithms stand for."""
    most = max(logarithms)
    return most + math.log(sum(math.exp(one - most) for one in logarithms))


def _chosen(address: Address, names: list[str]) -> str:
    """Return the model that an address means; raises ModelMissing, naming what there is."""
    wanted = address.model
    if wanted in names:
        return wanted
    if f"{wanted}:latest" in names:  # as Ollama understands it
        return f"{wanted}:latest"
    if not wanted and len(names) == 1:
        return names[0]
    if wanted and not names:
        return wanted
    there = ", ".join(" ".join(name.split()) for name in names[:5]) or "none"
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    said = f"has no model {wanted}, but" if wanted else "does not have one model, but"
    raise ModelMissing(
        f"The generator at {address.url} {said} {there}{more}: name one after a #, as in "
        f"RAG_GENERATOR={address.url}#{names[0] if names else 'name'}"
    )


def _is_size(told: object) -> bool:
    return isinstance(told, int) and told > 0


def _plain(text: str) -> str:
    """Return a text without control tokens of any model: a blank parts what would be one.

    A server puts texts into its template as they are, and takes such words of a document for its
    own.
    """
    return _CONTROL.sub(lambda found: f"{found[0]} ", text)
