"""The demonstration of `chat_demo` whose answers go into the log of a library.

    python tests/judging_demo.py LIBRARY [--auth FILE] [--port N]

In: a folder. Out: a library in it without documents, and the page of `app.py` over it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from rag import recording
from rag.people import People
from rag.settings import Settings
from rag.storing import Store, answers
from rag.types import Answer, Event, Filters, Finished, Hit, Statement, Turn
from tests.chat_demo import DemoAssistant

NOWHERE = recording.Circumstances(Settings(), {"generator": "demo@0"}, {"identity": "demo"})


class LoggedDemo(DemoAssistant):
    """Keeps each answer in the log, as the real assistant does."""

    def __init__(self, library: Path, pace: float = 0.0):
        super().__init__(pace)
        self.library = library
        with closing(Store.create(library)):
            pass

    def stream(
        self, question: str, history: Sequence[Turn] = (), *, filters: Filters | None = None
    ) -> Iterator[Event]:
        asked = recording.Asked(question, tuple(history), filters or Filters())

        def keep(answer: Answer, hits: Sequence[Hit]) -> str:
            record = recording.kept(answer, hits, [], asked=asked, circumstances=NOWHERE)
            answers.append(self.library, recording.entry_of(record))
            return record.answer_id

        told = map(_told, super().stream(question, history, filters=filters))
        yield from recording.recorded(told, keep)

    def logged(self, question: str, **options: object) -> str:
        """Answer a question and return the id of the answer."""
        [*_, last] = self.stream(question, **options)
        return last.answer.answer_id


def _told(event: Event) -> Event:
    """Give a refusal its one sentence, as the real assistant does."""
    if isinstance(event, Finished) and event.answer.refusal:
        said = Statement(event.answer.text, ())
        return Finished(replace(event.answer, statements=(said,)))
    return event


def main() -> None:
    """Serve the demonstration until it is stopped."""
    from app import serve  # here, for tests to use this module without Gradio
    from rag.serving import Offer, listening_socket

    parser = argparse.ArgumentParser()
    parser.add_argument("library", type=Path)
    parser.add_argument("--auth", type=Path)
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    people = People(options.auth) if options.auth else None
    with listening_socket("127.0.0.1", options.port) as listener:
        demo = LoggedDemo(options.library)
        offer = Offer(log=options.library, people=people)
        serve(demo, listener, host="127.0.0.1", offer=offer)


if __name__ == "__main__":
    main()
