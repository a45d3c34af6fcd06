"""Conversations with one assistant, one answer at a time.

In: questions. Out: views, each the whole page as HTML. Knows nothing about the toolkit that
puts a view on the screen.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial, reduce
from typing import Protocol

from rag.errors import RagError
from rag.serving.cards import evidence_panel
from rag.serving.exchange import Exchange, history
from rag.serving.running import Run
from rag.serving.transcript import transcript
from rag.types import Document, Event, Turn

_FAULT = "Something went wrong inside the program; the terminal it runs in says what."


class Answering(Protocol):
    """What the page needs of an assistant."""

    def stream(self, question: str, history: Sequence[Turn] = ()) -> Generator[Event]:
        """Yield the events of answering; closing the generator stops it; raises RagError."""
        ...

    def documents(self) -> list[Document]:
        """Return every document."""
        ...

    def document(self, document_id: str) -> Document:
        """Return one document; raises InputError for an unknown id."""
        ...

    def example_questions(self) -> list[str]:
        """Return a few questions to start with."""
        ...


@dataclass(frozen=True, slots=True)
class View:
    """The page at one moment: two pieces of HTML, and what may be pressed."""

    transcript: str
    evidence: str
    working: bool
    empty: bool


@dataclass(slots=True)
class Conversation:
    """What one visitor asked and was told since the page was opened."""

    exchanges: list[Exchange] = field(default_factory=list)
    asked: int = 0
    run: Run | None = None

    @property
    def working(self) -> bool:
        """Whether the last question still awaits its answer."""
        return bool(self.exchanges) and self.exchanges[-1].is_open

    def view(self) -> View:
        """Return the page as it stands."""
        return View(
            transcript=transcript(self.exchanges),
            evidence=evidence_panel(self.exchanges),
            working=self.working,
            empty=not self.exchanges,
        )

    def update(self, number: int, change: Callable[[Exchange], Exchange]) -> None:
        """Change the exchange of this number; one that has ended or was forgotten stays so."""
        for place, exchange in enumerate(self.exchanges):
            if exchange.number == number and exchange.is_open:
                self.exchanges[place] = change(exchange)


class Chat:
    """Answers questions with one assistant, whose model does one thing at a time."""

    def __init__(self, assistant: Answering) -> None:
        self._assistant = assistant
        self._model = threading.Lock()

    def ask(self, conversation: Conversation, question: str) -> View:
        """Put a question down, unless an answer is being written; `answer` then answers it."""
        if not conversation.working:
            conversation.asked += 1
            conversation.exchanges.append(Exchange(conversation.asked, question.strip()))
        return conversation.view()

    def answer(self, conversation: Conversation) -> Iterator[View]:
        """Yield the page as the last question is answered; closing this stops the model."""
        if not conversation.working or conversation.run:
            return
        *earlier, exchange = conversation.exchanges
        number, turns = exchange.number, history(earlier)
        run = Run(lambda: self._assistant.stream(exchange.question, turns), self._model)
        conversation.run, started = run, time.monotonic()
        try:
            for events in run.batches():
                grow = partial(_grown, events=events, seconds=time.monotonic() - started)
                conversation.update(number, grow)
                yield conversation.view()
        except RagError as error:
            conversation.update(number, partial(replace, error=str(error)))
        except Exception:
            logging.getLogger(__name__).exception("While answering:")
            conversation.update(number, partial(replace, error=_FAULT))
        finally:
            self._end(conversation, run, number)
        yield conversation.view()

    def stop(self, conversation: Conversation) -> View:
        """End the answer that is being written; the words so far stay."""
        if conversation.exchanges:
            self._end(conversation, conversation.run, conversation.exchanges[-1].number)
        return conversation.view()

    def clear(self, conversation: Conversation) -> View:
        """Forget the conversation."""
        self.stop(conversation)
        conversation.exchanges.clear()
        return conversation.view()

    @staticmethod
    def _end(conversation: Conversation, run: Run | None, number: int) -> None:
        """Stop a run; an exchange that has no end of its own by now was stopped."""
        if run:
            run.stop()
        if conversation.run is run:
            conversation.run = None
        conversation.update(number, partial(replace, stopped=True))


def _grown(exchange: Exchange, *, events: Sequence[Event], seconds: float) -> Exchange:
    return reduce(Exchange.after, events, replace(exchange, seconds=seconds))
