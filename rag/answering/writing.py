"""Writes an answer over evidence that the generator has read, and checks it.

In: a question, evidence, tools. Out: text as it grows, and a draft: text whose markers are
valid, and statements with verdicts. Knows nothing about searching or refusing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from rag import citing, factchecking, prompting
from rag.answering.timing import Clock
from rag.answering.tools import Tools
from rag.types import Evidence, Statement

DOUBTED = ("contradicted", "not supported")


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer's text, its statements, and how many numbers were made up or replaced."""

    text: str
    statements: tuple[Statement, ...]
    invalid: int = 0
    corrected: int = 0

    @property
    def doubted(self) -> tuple[Statement, ...]:
        """The statements that their sources do not support."""
        return tuple(one for one in self.statements if one.verdict in DOUBTED)


class Writer:
    """Writes over one piece of evidence; `draft` is what was written last."""

    def __init__(self, question: str, evidence: tuple[Evidence, ...], tools: Tools, clock: Clock):
        self._question = question
        self._tools = tools
        self._clock = clock
        self._evidence = evidence
        self._sources = citing.Sources(evidence, citing.likeness(tools.library.reranker.score))
        self.draft = Draft("", ())

    def write(self, ending: str) -> Iterator[str]:
        """Yield the text so far, after each piece that can be shown."""
        cited = citing.CitedText(self._sources)
        for piece in self._tools.generator.write(ending, limit=self._tools.settings.answer_tokens):
            self._clock.wrote()
            if cited.feed(piece):
                yield cited.text
        if not any(c.isalpha() for c in cited.text):
            # A small model at times answers with a bare number: its source then speaks itself.
            cited.feed(self._quoted())
        if cited.finish():
            yield cited.text
        statements = self._sources.statements(cited.text)
        self.draft = Draft(cited.text, statements, cited.invalid, cited.corrected)

    def check(self) -> Draft:
        """Return the draft with its statements checked against what they cite."""
        reranker = self._tools.library.reranker
        statements = factchecking.checked(self.draft.statements, self._evidence, reranker)
        self.draft = replace(self.draft, statements=statements)
        return self.draft

    def again(self) -> Iterator[str]:
        """Write once more without what was doubted; keep what is supported better."""
        first = self.draft
        wrong = " ".join(one.text for one in first.doubted)
        folder = self._tools.settings.prompts
        yield from self.write(prompting.again_ending(self._question, wrong, folder))
        second = self.check()
        better = len(second.doubted) < len(first.doubted)
        if not better or all(one.verdict != "supported" for one in second.statements):
            self.draft = first

    def _quoted(self) -> str:
        """Return the sentence of the evidence that fits the question best, as a quotation."""
        best = max(self._sources.fits(self._question).values(), key=lambda fit: fit.fit)
        words = best.evidence.document.text[best.span.start : best.span.end]
        return f"“{' '.join(words.split())}” [{best.evidence.number}]"


def without_doubted(draft: Draft) -> Draft:
    """Return a draft without the statements that their sources do not support."""
    kept = tuple(one for one in draft.statements if one not in draft.doubted)
    return replace(draft, text=" ".join(map(_marked, kept)), statements=kept)


def _marked(statement: Statement) -> str:
    numbers = dict.fromkeys(citation.number for citation in statement.citations)
    return statement.text + " " * bool(numbers) + "".join(f"[{number}]" for number in numbers)
