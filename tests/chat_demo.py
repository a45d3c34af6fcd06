"""The chat page over four made-up documents and answers learnt by heart: no model is loaded.

    python tests/chat_demo.py [--port N] [--pace SECONDS] [--library DIR]

In: nothing. Out: the page of `app.py`, answering slowly enough to watch and to stop.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from rag.errors import InputError, RagError
from rag.filtering import Choices, Wish, joined, parts, understood
from rag.picturing import Pictured
from rag.recording import Place
from rag.storing.conversations import Conversations
from rag.timewords import Proposal, proposed
from rag.types import (
    Answer,
    Citation,
    Document,
    Event,
    Evidence,
    EvidenceFound,
    Fact,
    Filters,
    Finished,
    Hit,
    Narrowing,
    Refusal,
    Span,
    Stage,
    Statement,
    TextGrown,
    Timings,
    Turn,
    Verdict,
)
from tests.evaluating_demo import kept_bench
from tests.verifying_demo import learnt

LONGEST = 4000
COST = "The council now puts the cost at 41.3 million crowns."
OPENING = "The bridge will reopen to trams on 2 March 2026, the council said."
LATER = "The tram operator said that it does not expect to run before June."
HOSTILE = (
    '<script>window.pwned = 1</script> <img src=x onerror="window.pwned = 2"> '
    "${window.pwned = 3} {{value}} **bold** [9] \u202ereversed\u202c"
)


def document(document_id: str, body: str, *, head: str = "", foot: str = "", **facts: Fact):
    """Return a document whose body stands between a head and a foot of page furniture."""
    text = head + body + foot
    span = Span(len(head), len(head) + len(body))
    facts = {"language": Fact("en", "", "detected"), **facts}
    return Document(document_id, f"{document_id}.txt", text, (span,), **facts)


DOCUMENTS = [
    document(
        "herald-bridge",
        "LARKFIELD, January 14. /Larkfield Herald/. 😀 İlçe Bridge has been closed since the "
        f"flood of October 2024. {OPENING} {COST} An earlier estimate, made before divers "
        "found that two piers had shifted, was 28 million.",
        head="Home | News | Weather\n\n",
        foot="\n\nSubscribe to our newsletter! © Larkfield Herald",
        title=Fact("Bridge to reopen to trams in March", "Bridge to reopen", "headline"),
        publisher=Fact("Larkfield Herald", "/Larkfield Herald/.", "dateline"),
        published=Fact("2026-01-14", "LARKFIELD, January 14.", "dateline"),
    ),
    document(
        "operator-statement",
        f"Statement of the tram operator. {LATER} Drivers must first be trained on the new "
        "signals, and the overhead line has not been tested under load.",
        title=Fact("Operator: no trams over the bridge before June", "", "headline"),
        publisher=Fact("Eastern Tramways", "Eastern Tramways", "letterhead"),
        published=Fact("2026-01-16", "16.01.2026", "letterhead"),
    ),
    document(
        "minutes",
        "Minutes of the works committee. The committee took note of the divers' report. Two of "
        "the seven piers have shifted by up to 11 centimetres.\n\n\tA vote was not taken.",
        language=Fact("sv", "", "detected"),
    ),
    document(
        "hostile",
        f"A page that somebody saved from the web. {HOSTILE} Its author had the bridge in mind.",
        title=Fact('Nice "title" <b>& more</b> \u202efdp.exe', "", "front matter"),
        publisher=Fact("Who's <Who>", "", "front matter"),
    ),
]


def evidence() -> tuple[Evidence, ...]:
    """Return the documents' bodies as the evidence that the model is said to have read."""
    return tuple(
        Evidence(number, found, found.body[0].start, found.body[0].end)
        for number, found in enumerate(DOCUMENTS, 1)
    )


def stated(text: str, number: int, words: str, verdict: Verdict = "supported") -> Statement:
    """Return a sentence that cites `words` under a number."""
    source = DOCUMENTS[number - 1]
    start = source.text.index(words)
    citation = Citation(number, source, start, start + len(words))
    return Statement(text, (citation,), verdict)


def answer(question: str, text: str, **options) -> Answer:
    """Return an answer with made-up timings."""
    told = {"refusal": None, "statements": (), "evidence": evidence(), **options}
    return Answer(question, text, timings=Timings(310, 2400, 2900, 6100, 700, 90), **told)


def usual(question: str) -> Answer:
    """Return an answer with cited sentences, one that overstates, and something missing."""
    first = "The council says that the bridge reopens to trams on 2 March 2026."
    second = "The tram operator does not expect to run before June."
    third = "The repair will cost exactly 41.3 million crowns, more than was first thought."
    return answer(
        question,
        f"{first[:-1]} [1]. {second[:-1]} [2].\n\n{third[:-1]} [1].",
        statements=(
            stated(first, 1, OPENING),
            stated(second, 2, LATER),
            stated(third, 1, COST, "partly supported"),
        ),
        missing="Nothing in your documents says who pays.",
        invalid_citations=1,
    )


def refused(question: str, refusal: Refusal) -> Answer:
    """Return one of the two refusals."""
    if refusal == "nothing_found":
        return answer(
            question, "Nothing in the 4 documents is about this.", refusal=refusal, evidence=()
        )
    return answer(
        question,
        "The closest passages are about the bridge, but none of them answers the question.",
        refusal=refusal,
        evidence=evidence()[:2],
        missing="The documents do not say who designed the bridge.",
    )


def let_through(document: Document, filters: Filters) -> bool:
    """Whether a document of the demonstration passes its page's filters."""
    publisher = document.publisher.value if document.publisher else None
    day = document.published.value if document.published else ""
    return (
        (not filters.publishers or publisher in filters.publishers)
        and (not filters.documents or document.document_id in filters.documents)
        and (not filters.languages or document.language.value in filters.languages)
        and (not filters.after or day >= str(filters.after))
        and (not filters.before or "" < day <= str(filters.before))
    )


LEFT = Document(
    "gazette-ferry",
    "gazette-ferry.txt",
    " " * 900 + "The ferry stopped. <b>It</b> sinks." + " " * 600 + "Nobody was on board.",
    (Span(900, 935), Span(1535, 1555)),
    title=Fact("Ferry gone", "Ferry gone", "headline"),
)
"""A document that was removed, as the log of answers has it."""


class DemoAssistant:
    """Answers from memory; a question with "weather" or "designed" in it is refused.

    One with "slowly" in it takes three times as long.
    """

    def __init__(self, pace: float = 0.06, folder: Path | None = None) -> None:
        self.pace = pace
        self._conversations = Conversations(folder)
        self.closed = 0
        self.histories: list[Sequence[Turn]] = []
        self.asked: list[tuple[str, Filters]] = []

    def documents(self) -> list[Document]:
        return DOCUMENTS

    def document(self, document_id: str) -> Document:
        for found in DOCUMENTS:
            if found.document_id == document_id:
                return found
        raise InputError(f"There is no document {document_id!r}.")

    def recalled(self, document_id: str) -> Document | None:
        return LEFT if document_id == LEFT.document_id else None

    def cited(self, answer_id: str) -> Sequence[Place]:
        return ()

    def pictured(self, document: Document, cited: Span | None) -> Pictured:
        return Pictured()

    def picture(self, document: Document, page: int) -> bytes:
        raise InputError("No document of the demonstration has pages.")

    def example_questions(self) -> list[str]:
        return [
            "When will the bridge reopen to trams?",
            "Who designed the bridge?",
            "What will the weather be like tomorrow?",
        ]

    def choices(self) -> Choices:
        return Choices(
            documents=len(DOCUMENTS),
            passages=len(DOCUMENTS),
            publishers=tuple((d.publisher.value, 1) for d in DOCUMENTS if d.publisher),
            languages=(("en", 3), ("sv", 1)),
            first=date(2026, 1, 14),
            last=date(2026, 1, 16),
            undated=2,
        )

    def filters(self, wish: Wish) -> Filters:
        return understood(wish, self.choices(), {d.document_id: d.path for d in DOCUMENTS})

    def titles(
        self, words: str = "", *, ids: Sequence[str] | None = None, limit: int = 20
    ) -> list[tuple[str, str]]:
        found = [(d.document_id, d.title.value if d.title else d.path) for d in DOCUMENTS]
        if ids is not None:
            return [one for one in found if one[0] in ids]
        return [one for one in found if words.casefold() in one[1].casefold()][:limit]

    def recollected(self, answer_id: str) -> Answer | None:
        return None  # nothing is logged here: the conversation keeps the whole answer

    def conversations(self) -> Conversations:
        return self._conversations

    def narrowing(self, filters: Filters) -> list[Narrowing]:
        each = [part.filters for part in parts(filters)]
        left = [
            sum(let_through(d, joined(each[: n + 1])) for d in DOCUMENTS) for n in range(len(each))
        ]
        named = zip(parts(filters), left, strict=True)
        return [Narrowing(part.words, count, count) for part, count in named]

    def proposal(self, question: str) -> Proposal | None:
        return proposed(question, date(2026, 2, 1))

    def search(
        self, question: str, limit: int = 10, *, filters: Filters | None = None
    ) -> list[Hit]:
        raise NotImplementedError("the page searches nothing by itself")

    def verify(self, text: str, *, filters: Filters | None = None) -> Iterator[Statement]:
        return learnt(
            text, [d for d in DOCUMENTS if let_through(d, filters or Filters())], self.pace
        )

    def sources(self, hits: Sequence[Hit]) -> dict[str, Document]:
        return {hit.passage.document_id: self.document(hit.passage.document_id) for hit in hits}

    def stream(
        self, question: str, history: Sequence[Turn] = (), *, filters: Filters | None = None
    ) -> Iterator[Event]:
        if not question.strip():
            raise InputError("Write a question first.")
        if len(question) > LONGEST:
            raise InputError(f"The question has {len(question):,} characters; shorten it to 4,000.")
        if "fault" in question:
            raise RuntimeError("A fault that was asked for.")
        self.histories.append(history)
        self.asked.append((question, filters or Filters()))
        try:
            yield from self._told(question)
        except GeneratorExit:
            self.closed += 1
            raise

    def _told(self, question: str) -> Iterator[Event]:
        yield Stage("searching", "Searching 4 documents")
        self._wait(8)
        if "weather" in question:
            yield Finished(refused(question, "nothing_found"))
            return
        told = refused(question, "not_answered") if "designed" in question else usual(question)
        yield EvidenceFound(told.evidence)
        yield Stage("reading", f"Reading {len(told.evidence)} passages")
        times = 3 if "slowly" in question else 1
        self._wait(20 * times)
        if not told.refusal:
            yield Stage("writing", "Writing")
            yield from self._written(told.text, times)
        yield Finished(told)

    def _written(self, text: str, times: int = 1) -> Iterator[Event]:
        words = text.split(" ")
        for count in range(1, len(words) + 1):
            self._wait(times)
            yield TextGrown(" ".join(words[:count]))

    def _wait(self, steps: int) -> None:
        time.sleep(self.pace * steps)


def main() -> int:
    """Serve the demonstration until Ctrl-C."""
    from app import INTERRUPTED, serve  # here, for tests to use this module without Gradio
    from rag.serving import Offer, listening_socket

    parser = argparse.ArgumentParser(description="The chat page over made-up documents.")
    parser.add_argument("--port", type=int, default=7860)
    parser.add_argument("--pace", type=float, default=0.06, help="seconds for each word")
    parser.add_argument("--library", type=Path, help="where conversations are kept")
    options = parser.parse_args()
    try:
        with (
            listening_socket("127.0.0.1", options.port) as listener,
            tempfile.TemporaryDirectory() as folder,
        ):
            demo = DemoAssistant(options.pace, options.library)
            offer = Offer(bench=kept_bench(Path(folder)))
            serve(demo, listener, host="127.0.0.1", offer=offer)
    except RagError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main())
