"""Turns a question and its evidence into a prompt.

In: template files from `prompts/`, evidence, a question or a statement. Out: messages that
are read once, and the endings they may be given. Knows nothing about any model's chat
template. A prompt is changed by editing its file.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from string import Template

from rag.errors import InputError
from rag.settings import PROMPTS
from rag.types import Document, Evidence, Message


def template(name: str, folder: Path = PROMPTS) -> str:
    """Return the text of a template file, without the line break that ends it.

    Raises InputError when there is no such file.
    """
    try:
        return (folder / f"{name}.txt").read_text(encoding="utf-8").removesuffix("\n")
    except OSError:
        raise InputError(
            f"The prompt file {folder / name}.txt is missing: restore it from the repository."
        ) from None


def check(folder: Path) -> None:
    """Raise InputError unless every template that answering needs is in a folder."""
    evidence_prompt((), folder)
    answer_ending("", folder)
    answerable_ending("", folder)
    supported_ending("", folder)


def evidence_prompt(evidence: Sequence[Evidence], folder: Path = PROMPTS) -> tuple[Message, ...]:
    """Return the prompt that gives evidence to read, in the order given, but for its ending."""
    shown = "\n\n".join(rendered(item) for item in evidence)
    user = Template(template("answer.user", folder)).substitute(evidence=shown)
    return (Message("system", template("answer.system", folder)), Message("user", user))


def answer_ending(question: str, folder: Path = PROMPTS) -> str:
    """Return the ending that asks for an answer."""
    return _ending("answer", folder, question=question)


def answerable_ending(question: str, folder: Path = PROMPTS) -> str:
    """Return the ending that asks, for a yes or no, whether the evidence answers a question."""
    return _ending("answerable", folder, question=question)


def supported_ending(statement: str, folder: Path = PROMPTS) -> str:
    """Return the ending that asks, for a yes or no, whether the evidence supports a statement."""
    return _ending("supported", folder, statement=statement)


def _ending(name: str, folder: Path, **words: str) -> str:
    return Template(template(f"{name}.ending", folder)).substitute(words)


def rendered(item: Evidence) -> str:
    """Return one piece of evidence as the model reads it."""
    return f"[{item.number}] {heading(item.document)}\n{item.text}"


def heading(document: Document) -> str:
    """Return publisher, date and title, as far as they are known, on one line."""
    facts = (document.publisher, document.published, document.title)
    return " | ".join(" ".join(fact.value.split()) for fact in facts if fact)
