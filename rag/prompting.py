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
from rag.guarding import neutral, readable, without
from rag.settings import PROMPTS
from rag.types import Document, Evidence, Message, Span

LONGEST_FACT = 160
"""Characters of a title or a publisher that are shown to the model."""


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
    again_ending("", "", folder)


def evidence_prompt(evidence: Sequence[Evidence], folder: Path = PROMPTS) -> tuple[Message, ...]:
    """Return the prompt that gives evidence to read, in the order given, but for its ending."""
    shown = "\n\n".join(rendered(item) for item in evidence)
    user = _filled("answer.user", folder, evidence=shown)
    return (Message("system", template("answer.system", folder)), Message("user", user))


def answer_ending(question: str, folder: Path = PROMPTS) -> str:
    """Return the ending that asks for an answer."""
    return _ending("answer", folder, question=question)


def answerable_ending(question: str, folder: Path = PROMPTS) -> str:
    """Return the ending that asks, for a yes or no, whether the evidence answers a question."""
    return _ending("answerable", folder, question=question)


def again_ending(question: str, wrong: str, folder: Path = PROMPTS) -> str:
    """Return the ending that asks once more, after an answer that the evidence does not support."""
    return _ending("again", folder, question=question, wrong=wrong)


def _ending(name: str, folder: Path, **words: str) -> str:
    return _filled(f"{name}.ending", folder, **words)


def _filled(name: str, folder: Path, **words: str) -> str:
    """Return a template with its places filled. Raises InputError for one that nothing fills."""
    try:
        return Template(template(name, folder)).substitute(words)
    except (KeyError, ValueError) as error:
        places = ", ".join(f"${word}" for word in words)
        raise InputError(
            f"The prompt file {folder / name}.txt cannot be filled in ({error}): it may hold "
            f"{places}, and $$ for a dollar sign."
        ) from None


def rendered(item: Evidence) -> str:
    """Return one piece of evidence as the model reads it.

    It begins with a number in square brackets on a new line, and ends with its last line:
    neither such a number nor a blank line stands in the words of a document.
    """
    words = without(item.document.text, Span(item.start, item.end), item.withheld)
    return f"[{item.number}] {heading(item.document)}\n{neutral(words).strip()}"


def heading(document: Document) -> str:
    """Return publisher, date and title, as far as they are known, on one line.

    They are words of the document as well: what speaks to the model is left out of them.
    """
    facts = (document.publisher, document.published, document.title)
    return " | ".join(filter(None, (_stated(fact.value) for fact in facts if fact)))


def _stated(value: str) -> str:
    words = " ".join(neutral(readable(value)).replace("|", "–").split())
    return words if len(words) <= LONGEST_FACT else words[: LONGEST_FACT - 1].rstrip() + "…"
