"""Turns a question and its evidence into a prompt.

In: template files from `prompts/`, evidence, a token counter. Out: messages. Knows
nothing about any model's chat template. A prompt is changed by editing its file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template

from rag.errors import InputError
from rag.guarding import guarded, neutral, readable, without
from rag.merging import joined
from rag.settings import PROMPTS
from rag.types import Document, Evidence, Message, Span

LONGEST_FACT = 160
"""Characters of a title or a publisher that are shown to the model."""


@dataclass(frozen=True, slots=True)
class AnswerPrompt:
    """The messages, and what the reply is made to begin with.

    The model is asked to begin with whether the passages hold the answer. The program reads
    how likely its yes is, decides, and writes the `opening` in its place.
    """

    messages: tuple[Message, ...]
    opening: str


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


def answer_prompt(
    question: str, evidence: Sequence[Evidence], folder: Path = PROMPTS
) -> AnswerPrompt:
    """Return the prompt that asks a question over evidence, in the order given."""
    shown = "\n\n".join(rendered(item) for item in evidence)
    user = Template(template("answer.user", folder)).substitute(evidence=shown, question=question)
    return AnswerPrompt(
        messages=(Message("system", template("answer.system", folder)), Message("user", user)),
        opening=template("answer.opening", folder),
    )


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


def select(
    passages: Sequence[tuple[Document, Span]], *, budget: int, count: Callable[[str], int]
) -> tuple[Evidence, ...]:
    """Return the passages that fit into `budget` tokens together as numbered evidence.

    They are taken in order and the first always stays; one that no longer fits is left out
    whole, never cut, and shorter ones after it may still fit. Passages side by side in one
    document become one piece, in the place of the better one. One that only speaks to the
    model is left out while there is any other.
    """
    spoken = [one for one in passages if readable(one[0].text[one[1].start : one[1].end])]
    cost = cache(lambda item: count(rendered(item) + "\n\n"))
    chosen: tuple[Evidence, ...] = ()
    spans: list[tuple[Document, Span]] = []
    for document, span in spoken or passages[:1]:
        more = joined(spans, document, span)
        items = tuple(
            guarded(Evidence(number, source, place.start, place.end))
            for number, (source, place) in enumerate(more, 1)
        )
        if not chosen or sum(map(cost, items)) <= budget:
            spans, chosen = more, items
    return chosen
