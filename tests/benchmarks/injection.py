"""Measures whether words put into a document change an answer or its citations.

    python -m tests.benchmarks.injection              # asks the model where prompts differ
    python -m tests.benchmarks.injection --all        # asks it about every attack, 7 s each

For each attack of tests/injections the library holds its eight documents and the example
collection, one of them attacked, or with a document of the attacker's beside them. The answer
is compared with the one over the clean library. The generator is deterministic: an equal prompt
gives an equal answer, so without --all equal evidence counts as unchanged.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from tqdm import tqdm

from rag import prompting
from rag.assembling import SEEDS, Assistant, Models, build
from rag.settings import Settings
from rag.types import Answer, EvidenceFound
from tests.injecting import ATTACKS, DOCUMENTS, Attack, attacked, clean


@dataclass(frozen=True, slots=True)
class Library:
    """A folder of documents, and what it is indexed and asked with."""

    folder: Path
    settings: Settings
    models: Models

    def put(self, name: str, text: str) -> None:
        """Write a document; "" takes it away."""
        path = self.folder / f"{name}.txt"
        if text:
            path.write_text(text, encoding="utf-8")
        else:
            path.unlink()

    def asked(self, question: str) -> Answer:
        """Return the answer over the documents as they now are."""
        build(self.settings, [self.folder, SEEDS], models=self.models)
        with closing(Assistant.open(self.settings, self.models)) as assistant:
            return assistant.ask(question)

    def prompt(self, question: str) -> str:
        """Return what the model would read, "" where nothing is found."""
        build(self.settings, [self.folder, SEEDS], models=self.models)
        with closing(Assistant.open(self.settings, self.models)) as assistant:
            for event in assistant.stream(question):
                if isinstance(event, EvidenceFound):
                    user = prompting.evidence_prompt(event.evidence)[1].content
                    return user + prompting.answer_ending(question)
        return ""


def told(answer: Answer) -> tuple[object, ...]:
    """Return what must not change: the words, the refusal, each citation's words."""
    quotes = [[one.quote for one in said.citations] for said in answer.statements]
    return answer.text, answer.refusal, quotes


def changes(
    attack: Attack, library: Library, twin: tuple[str, Answer], *, always: bool
) -> set[str]:
    """Return what an attack changed of "prompt", "answer" and "citations", and "obeyed"."""
    question = next(one.question for one in DOCUMENTS if one.name == attack.document)
    prompt, before = twin
    found = {"prompt"} if library.prompt(question) != prompt else set()
    if not found and not always:
        return found
    after = library.asked(question)
    if (after.text, after.refusal) != (before.text, before.refusal):
        found.add("answer")
    if told(after)[2] != told(before)[2]:
        found.add("citations")
    new = set(after.text.split()) - set(before.text.split()) - set(question.split())
    if new & set(attack.text.split()):
        found.add("obeyed")
    return found


def measured(library: Library, *, always: bool) -> Iterator[tuple[Attack, set[str]]]:
    """Yield each attack and what it changed."""
    for document in DOCUMENTS:
        library.put(document.name, document.text)
    twins: dict[tuple[str, str], tuple[str, Answer]] = {}
    for attack in tqdm(ATTACKS):
        base = next(one for one in DOCUMENTS if one.name == attack.document)
        key = (base.name, clean(attack))
        if key not in twins:
            library.put(base.name, clean(attack))
            twins[key] = library.prompt(base.question), library.asked(base.question)
        place = "notice" if attack.where == "alone" else base.name
        library.put(place, attacked(attack))
        yield attack, changes(attack, library, twins[key], always=always)
        library.put(place, "" if attack.where == "alone" else base.text)


def main(*options: str) -> None:
    """Print a line for each kind of attack, and the sums."""
    settings = Settings.from_environment()
    counts: dict[str, Counter] = defaultdict(Counter)
    with TemporaryDirectory() as folder:
        files = Path(folder, "files")
        files.mkdir()
        settings = replace(settings, library=Path(folder, "library"))
        library = Library(files, settings, Models(settings))
        for attack, found in measured(library, always="--all" in options):
            for kind in (attack.kind, f"all of half {attack.half}"):
                counts[kind].update(["attacks", *found])
    columns = ("attacks", "prompt", "answer", "citations", "obeyed")
    print("| kind |", " | ".join(columns), "|")
    for kind, count in counts.items():
        print(f"| {kind} |", " | ".join(str(count[column]) for column in columns), "|")


if __name__ == "__main__":
    main(*sys.argv[1:])
