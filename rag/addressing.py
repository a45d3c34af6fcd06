"""The address of a server that generates, as RAG_GENERATOR may give it.

In: words. Out: whether they are one, and its parts. Knows nothing about what is sent there.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from rag.errors import UsageError

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Address:
    """Where an OpenAI-compatible interface begins; `model` is "" for the only one it has.

    `place` is "host:port".
    """

    url: str
    place: str
    model: str = ""

    @classmethod
    def of(cls, words: str) -> Address:
        """Return the address in words, "http://host:port/v1#model"; raises UsageError."""
        wrong = _wrong(words)
        if wrong:
            raise UsageError(f"{wrong}. Write it as in RAG_GENERATOR=http://127.0.0.1:8080/v1#name")
        parts = urlsplit(words)
        url = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
        host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else parts.hostname
        return cls(url, f"{host}:{parts.port or _PORTS[parts.scheme]}", parts.fragment)


def is_address(name: str) -> bool:
    """Return whether the name of a model is an address: nothing of it lies on the disk."""
    return name.lower().startswith(("http://", "https://"))


def notice(name: str) -> str:
    """Return what a person has to know of a generator that is an address."""
    url = Address.of(name).url
    return f"Questions and passages of the documents are sent to {url}, and nowhere else."


def _wrong(words: str) -> str:
    """Return what is wrong with an address, without its words where they may hold a secret."""
    if not words.isprintable() or " " in words:
        return "The address of the generator holds blanks or characters that are not printed"
    try:
        parts: SplitResult = urlsplit(words)
        whole = bool(parts.hostname) and parts.port != 0
    except ValueError:
        whole = False
    if not whole:
        return f"{words} is no address of a generator"
    if "@" in parts.netloc:
        return "The address of the generator holds a name or password: a key is RAG_GENERATOR_KEY"
    return "The address of the generator holds a question mark" if "?" in words else ""
