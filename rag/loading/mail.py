"""Reads e-mail: single messages, mailboxes, and pages that a browser saved as mail (MHTML).

In: the bytes of a file. Out: a part for each message, and one for each attachment. Subject,
From and Date are title, author and day of publication.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses, parsedate_to_datetime

from rag.errors import InputError
from rag.loading.formats import READERS, UNREAD, suffix_of
from rag.loading.html import read_html, read_page_text
from rag.loading.plausible import plausible_day
from rag.loading.source import Part, Source
from rag.loading.text import decode
from rag.types import Fact

_BETWEEN = re.compile(rb"(?:\A|\r?\n\r?\n)From [^\n]{1,200}\d\d:\d\d[^\n]{0,60}\r?\n")
_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)
_KINDS = {"application/pdf": ".pdf", "text/html": ".html", "text/csv": ".csv"}
_HEADERS = re.compile(rb"(?:[!-9;-~]+:[^\n]*\n)")

LONGEST_HEADER = 5_000
"""Characters of a header that are read: what Python takes to parse one grows with its square."""


class _Bounded(policy.EmailPolicy):
    """Reads headers as Python's default policy does, but none without end."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """Return the name of a header and as much of its value as is read."""
        name, value = super().header_source_parse(sourcelines)
        return name, value[:LONGEST_HEADER]


def read_message(data: bytes, name: str) -> Iterator[Part]:
    """Yield the message in a file and its attachments. Raises InputError."""
    if not _HEADERS.match(data.lstrip()):
        raise InputError(f"{name} is no e-mail: it has no headers. Save the message again.")
    yield from _parts(data.lstrip(), "", name)


def read_mailbox(data: bytes, name: str) -> Iterator[Part]:
    """Yield the messages of a mailbox and their attachments. Raises InputError."""
    starts = list(_BETWEEN.finditer(data))
    if not starts:
        raise InputError(f'{name} is no mailbox: no line in it begins a message ("From …").')
    ends = [match.start() for match in starts[1:]] + [len(data)]
    for number, (match, end) in enumerate(zip(starts, ends, strict=True), 1):
        yield from _parts(_QUOTED.sub(rb"\1", data[match.end() : end]), f"#{number}", name)


def read_saved_page(data: bytes, name: str) -> Source:
    """Return the source in a page saved as one file. Raises InputError."""
    message = _message(data, name)
    page = next((p for p in message.walk() if p.get_content_type() == "text/html"), None)
    if page is None:
        raise InputError(f"{name} holds no web page. Save the page again.")
    source = read_html(page.get_payload(decode=True) or b"", name)
    address = str(message.get("Snapshot-Content-Location") or page.get("Content-Location") or "")
    if re.fullmatch(r"https?://\S+", address):
        fact = Fact(address, address, "address of the saved page")
        return Source(source.text, {"link": fact, **source.stated})
    return source


def _message(data: bytes, name: str) -> EmailMessage:
    try:
        message = message_from_bytes(data, policy=_Bounded())
        list(message.walk())
    except Exception as error:  # the parser raises whatever a malformed header leads to
        raise InputError(f"{name} is a damaged e-mail. Save the message again.") from error
    return message


def _parts(data: bytes, place: str, name: str) -> Iterator[Part]:
    message = _message(data, name)
    text, chosen = _body(message, name)
    yield Part(place, Source(text, _stated(message)))
    for number, part in enumerate(_attachments(message), 1):
        if part is chosen:
            continue
        file = (part.get_filename() or "").replace("\\", "/").rpartition("/")[2]
        file = file or f"{number}{_KINDS.get(part.get_content_type(), '')}"
        if part.get_content_type() == "message/rfc822":
            file, inner = f"{number}.eml", part.get_payload()
            content = inner[0].as_bytes() if isinstance(inner, list) and inner else b""
        else:
            content = part.get_payload(decode=True) or b""
        where = f"{place}!{_printable(file)}"
        if suffix_of(file) in READERS and content:
            yield Part(where, content)
        elif content and not _is_trimming(part):
            yield Part(where, unread=UNREAD)


def _attachments(message: EmailMessage) -> Iterator[EmailMessage]:
    """Yield what a message carries: files, and messages that were forwarded whole."""
    waiting = deque([message])
    while waiting:
        part = waiting.popleft()
        if part is not message and part.get_content_type() == "message/rfc822":
            yield part
        elif part.is_multipart():
            waiting += part.get_payload()
        elif part.get_content_disposition() == "attachment" or part.get_filename():
            yield part


def _is_trimming(part: EmailMessage) -> bool:
    """Return whether a part is no file that somebody sent: a picture in the text, a signature."""
    kind = part.get_content_type()
    shown = kind.startswith("image/") and part.get_content_disposition() != "attachment"
    return shown or kind.endswith("-signature")


def _body(message: EmailMessage, name: str) -> tuple[str, EmailMessage | None]:
    """Return the text of a message and the part it stands in: the plain one, else the page."""
    for kind in ("plain", "html"):
        try:
            part = message.get_body((kind,))
        except (KeyError, AttributeError, ValueError):
            part = None
        data = part.get_payload(decode=True) if part is not None else None
        if not data or not data.strip():
            continue
        declared = part.get_content_charset() or ""
        text = decode(data, name, declared=declared)
        return (text if kind == "plain" else read_page_text(text, name).text), part
    return "", None


def _stated(message: EmailMessage) -> dict[str, Fact]:
    facts = {}
    subject, sender, sent = (_header(message, key) for key in ("Subject", "From", "Date"))
    if subject:
        facts["title"] = Fact(subject, subject, "Subject header")
    people = [name or address for name, address in getaddresses([sender])]
    if any(people):
        facts["author"] = Fact(", ".join(filter(None, people)), sender, "From header")
    try:
        day = plausible_day(parsedate_to_datetime(sent).date().isoformat())
    except (TypeError, ValueError, IndexError, OverflowError):
        day = None
    if day:
        facts["published"] = Fact(day.isoformat(), sent, "Date header")
    return facts


def _header(message: EmailMessage, key: str) -> str:
    try:
        return _printable(str(message.get(key) or ""))
    except Exception:  # the header parser raises whatever a malformed one leads to
        return ""


def _printable(words: str) -> str:
    clean = words.encode("utf-8", "ignore").decode("utf-8")
    return " ".join("".join(c if c.isprintable() else " " for c in clean).split())
