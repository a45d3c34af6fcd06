"""Talks to an OpenAI-compatible server: JSON there, JSON or a stream of it back.

In: an address, a key, objects to send. Out: objects; whatever fails is one line that says what to
do. Knows nothing about prompts. It reaches this address alone: no proxy of the environment is
used, and no redirect is followed.
"""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from rag.addressing import Address
from rag.errors import ServerFailed, UsageError

PATIENCE = 300.0
"""Seconds for which a server may say nothing: without a GPU, reading a prompt takes a while."""
_CONNECTING = 10.0  # seconds
_LONGEST_REASON = 200  # characters of a server's own words
_DONE = "[DONE]"
_ERRNO = re.compile(r"^\[Errno -?\d+\] ")


class Server:
    """One server, over connections that stay open."""

    def __init__(self, address: Address, *, key: str = "", patience: float = PATIENCE):
        """Reach nothing yet. Raises UsageError for a key that no header can hold."""
        if not (key.isascii() and key.isprintable()):
            raise UsageError("RAG_GENERATOR_KEY holds characters that no key has: copy it anew.")
        self.url = address.url
        self._root = address.url.removesuffix("/v1")
        self._patience = patience
        self._client = httpx.Client(
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=httpx.Timeout(patience, connect=min(patience, _CONNECTING)),
            verify=ssl.create_default_context(),  # what the machine trusts, a firm's own too
            trust_env=False,
            follow_redirects=False,
        )

    def get(self, path: str) -> dict:
        """Return the object at a path of the interface; raises ServerFailed."""
        return self._object(self._reply(f"{self.url}/{path}"))

    def post(self, path: str, body: dict) -> dict:
        """Return the reply to an object; raises ServerFailed."""
        return self._object(self._reply(f"{self.url}/{path}", body))

    def offered(self, path: str, body: dict | None = None) -> dict | None:
        """Return what a path beside the interface gives, None where there is no such thing.

        Raises ServerFailed only where the server cannot be reached.
        """
        with self._explained():
            response = self._sent(f"{self._root}/{path}", body)
        found = _parsed(response.text) if response.is_success else None
        return found if isinstance(found, dict) else None

    def stream(self, path: str, body: dict) -> Iterator[dict]:
        """Yield the objects of a stream of server-sent events.

        Closing it closes the connection, which stops the server. Raises ServerFailed.
        """
        begun = ended = False
        with (
            self._explained(),
            self._client.stream("POST", f"{self.url}/{path}", json=body) as response,
        ):
            self._check(response)
            for words in _events(response):
                if words == _DONE:
                    return
                event = _parsed(words)
                if not isinstance(event, dict):
                    raise self._unreadable()
                if "error" in event:
                    raise self._failed(f"failed while it wrote ({_reason(words)})")
                begun = True
                ended = ended or bool(at(event, "choices", 0, "finish_reason"))
                yield event
        if not ended:
            raise self._broken() if begun else self._unreadable()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _reply(self, url: str, body: dict | None = None) -> httpx.Response:
        with self._explained():
            response = self._sent(url, body)
            self._check(response)
            return response

    def _sent(self, url: str, body: dict | None) -> httpx.Response:
        return self._client.get(url) if body is None else self._client.post(url, json=body)

    def _object(self, response: httpx.Response) -> dict:
        found = _parsed(response.text)
        if not isinstance(found, dict):
            raise self._unreadable()
        return found

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Say in one line what keeps a request from its reply."""
        try:
            yield
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            reason = _plain(_ERRNO.sub("", str(error))) or "no reply"
            raise ServerFailed(
                f"The generator at {self.url} cannot be reached ({reason}): "
                "start the server, or correct RAG_GENERATOR."
            ) from None
        except httpx.TimeoutException:
            raise ServerFailed(
                f"The generator at {self.url} said nothing for {self._patience:g} seconds: "
                "ask again, or give the server a smaller model."
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL):
            raise self._broken() from None

    def _check(self, response: httpx.Response) -> None:
        """Raise ServerFailed for a reply that is none."""
        status = response.status_code
        if response.is_success:
            return
        if response.has_redirect_location:
            raise self._failed(
                f"sends on to {_plain(response.headers['location'])}, where nothing was sent: "
                "if that is right, name that address in RAG_GENERATOR",
                status,
            )
        reason = _reason(response.read().decode("utf-8", "replace"))
        if status in (401, 403):
            raise self._failed(f"refuses the key ({status}): set RAG_GENERATOR_KEY", status)
        if status == 404 and "model" not in reason.lower():
            raise self._failed(
                "has no such interface (404): most addresses end with /v1, as in "
                "RAG_GENERATOR=http://127.0.0.1:8080/v1",
                status,
            )
        told = f"{status}, {reason}" if reason else str(status)
        raise self._failed(f"replied {told}: see the log of that server", status)

    def _failed(self, what: str, status: int = 0) -> ServerFailed:
        return ServerFailed(f"The generator at {self.url} {what}.", status=status)

    def _broken(self) -> ServerFailed:
        return self._failed(
            "broke off: ask again, and if that does not help, see the log of that server"
        )

    def _unreadable(self) -> ServerFailed:
        return self._failed(
            "replied something that is not JSON: is that an OpenAI-compatible server? Most "
            "addresses end with /v1"
        )


def at(value: object, *path: str | int) -> object:
    """Return what stands at a path into parsed JSON, None where there is nothing."""
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _events(response: httpx.Response) -> Iterator[str]:
    """Yield the data of each event; a line ends at a line feed and nothing else.

    httpx's own lines also end at characters that JSON may hold as they are, U+2028 for one.
    """
    rest = b""
    for piece in response.iter_bytes():
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            name, _, data = line.decode("utf-8", "replace").partition(":")
            if name == "data":
                yield data.strip()
            elif name == "error":  # as llama-server used to tell it
                yield json.dumps({"error": data.strip()})


def _parsed(words: str) -> object:
    try:
        return json.loads(words)
    except (ValueError, RecursionError):
        return None


def _reason(words: str) -> str:
    """Return what a server says of an error, on one line, cut."""
    found = _parsed(words)
    error = at(found, "error")
    told = at(error, "message") or error or at(found, "detail") or at(found, "message")
    return _plain(str(told or ""))


def _plain(words: str) -> str:
    shown = "".join(one if one.isprintable() else " " for one in words)
    return " ".join(shown.split())[:_LONGEST_REASON].rstrip(".")
