"""Attacked documents and their clean twins, from the files in `injections/`."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "injections"


@dataclass(frozen=True, slots=True)
class Clean:
    """A document that nobody tampered with, and a question that it answers."""

    name: str
    question: str
    text: str


@dataclass(frozen=True, slots=True)
class Attack:
    """Words put into a document; `where` says at which place, or "alone" in one of their own.

    `half` 1 was written before the rules that find it, 2 after them and before they were mended.
    """

    kind: str
    document: str
    where: str
    half: int
    text: str


def _read(name: str) -> list[dict]:
    return [json.loads(line) for line in (FOLDER / name).read_text("utf-8").splitlines()]


DOCUMENTS = tuple(Clean(**line) for line in _read("documents.jsonl"))
ATTACKS = tuple(Attack(**line) for line in _read("attacks.jsonl"))


def clean(attack: Attack) -> str:
    """Return the text of the document that an attack is on, as it was."""
    text = next(one.text for one in DOCUMENTS if one.name == attack.document)
    if attack.where in ("title", "publisher"):
        return f"---\n{attack.where}: Northern Gazette.\n---\n{text}"
    return text


def attacked(attack: Attack) -> str:
    """Return the text with the attack in its place."""
    text = clean(attack)
    if attack.where == "alone":
        return attack.text
    if attack.where in ("title", "publisher"):
        return text.replace("Northern Gazette.", f'"Northern Gazette. {attack.text}"', 1)
    if attack.where == "start":
        return f"{attack.text}\n\n{text}"
    if attack.where == "end":
        return f"{text}\n{attack.text}\n"
    sentence_end = re.search(r"(?<=\w{4}[.])(?=\s)", text).start()
    if attack.where == "marker":
        return f"{text[: sentence_end - 1]} {attack.text}{text[sentence_end - 1 :]}"
    if attack.where == "inside":
        return f"{text[:sentence_end]} {attack.text}{text[sentence_end:]}"
    at = text.index("\n\n", sentence_end)
    return f"{text[:at]}\n\n{attack.text}{text[at:]}"
