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
from rag.filtering import Choices, Wish, nothing_left, without
from rag.serving.cards import evidence_panel
from rag.serving.exchange import Exchange, history
from rag.serving.running import Run
from rag.serving.transcript import transcript
from rag.timewords import Proposal
from rag.types import Document, Event, Filters, Hit, Narrowing, Turn

_FAULT = "Something went wrong inside the program; the terminal it runs in says what."


class Answering(Protocol):
    """What the page and the interface for programs need of an assistant."""

    def stream(
        self, question: str, history: Sequence[Turn] = (), *, filters: Filters | None = None
    ) -> Generator[Event]:
        """Yield the events of answering; closing the generator stops it; raises RagError."""
        ...

    def search(
        self, question: str, limit: int = 10, *, filters: Filters | None = None
    ) -> list[Hit]:
        """Return up to `limit` hits, best first; raises RagError."""
        ...

    def sources(self, hits: Sequence[Hit]) -> dict[str, Document]:
        """Return the documents of hits and of their near-duplicates, by id."""
        ...

    def choices(self) -> Choices:
        """Return what the library can be filtered by."""
        ...

    def filters(self, wish: Wish) -> Filters:
        """Return the filters that a person's words mean; raises RagError."""
        ...

    def narrowing(self, filters: Filters) -> list[Narrowing]:
        """Return what each filter leaves, each after those before it."""
        ...

    def proposal(self, question: str) -> Proposal | None:
        """Return the days of publication that time words of a question propose."""
        ...

    def documents(self) -> list[Document]:
        """Return every document."""
        ...

    def document(self, document_id: str) -> Document:
        """Return one document; raises InputError for an unknown id."""
        ...

    def recalled(self, document_id: str) -> Document | None:
        """Return what answers kept of a document that is no longer there, None for nothing."""
        ...

    def example_questions(self) -> list[str]:
        """Return a few questions to start with."""
        ...


@dataclass(frozen=True, slots=True)
class View:
    """The page at one moment: two pieces of HTML, what may be pressed, the filters that hold."""

    transcript: str
    evidence: str
    working: bool
    empty: bool
    filters: Filters


@dataclass(slots=True)
class Conversation:
    """What one visitor asked and was told since the page was opened."""

    exchanges: list[Exchange] = field(default_factory=list)
    asked: int = 0
    run: Run | None = None
    filters: Filters = field(default_factory=Filters)
    """What the person set; a filter that a question proposed holds for that question alone."""

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
            filters=self.filters,
        )

    def put(self, question: str, limited: Callable[[Exchange], Exchange]) -> None:
        """Put a question down as it is `limited` by filters; an error ends it at once."""
        self.asked += 1
        exchange = Exchange(self.asked, question)
        try:
            exchange = limited(exchange)
        except RagError as error:
            exchange = replace(exchange, error=str(error))
        self.exchanges.append(exchange)

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

    def ask(self, conversation: Conversation, question: str, wish: Wish | None = None) -> View:
        """Put a question down, unless an answer is being written; `answer` then answers it.

        The wish holds from now on. Without one, the time words of the question may limit it.
        """

        def limited(exchange: Exchange) -> Exchange:
            conversation.filters = self._assistant.filters(wish or Wish())
            return self._limited(replace(exchange, filters=conversation.filters))

        if not conversation.working:
            conversation.put(question.strip(), limited)
        return conversation.view()

    def ask_without(self, conversation: Conversation, words: str) -> View:
        """Put the last question down again, without the one of its filters of this name."""
        if conversation.exchanges:
            self.stop(conversation)
            last = conversation.exchanges.pop()
            conversation.filters = without(conversation.filters, words)
            filters = without(last.filters, words)
            kept = last.proposed if filters.after or filters.before else None
            again = partial(replace, filters=filters, proposed=kept)
            conversation.put(last.question, lambda one: self._unless_nothing_is_left(again(one)))
        return conversation.view()

    def _limited(self, exchange: Exchange) -> Exchange:
        """Return an exchange under the filters that hold, else under what its words propose."""
        proposal = None if exchange.filters else self._assistant.proposal(exchange.question)
        if proposal is None:
            return self._unless_nothing_is_left(exchange)
        if nothing_left(self._assistant.narrowing(proposal.filters)):
            told = f"“{proposal.words}” is not used as a filter: it would leave no document."
            return replace(exchange, note=told)
        return replace(exchange, filters=proposal.filters, proposed=proposal)

    def _unless_nothing_is_left(self, exchange: Exchange) -> Exchange:
        told = nothing_left(self._assistant.narrowing(exchange.filters))
        return replace(exchange, error=told)

    def answer(self, conversation: Conversation) -> Iterator[View]:
        """Yield the page as the last question is answered; closing this stops the model."""
        if not conversation.working or conversation.run:
            yield conversation.view()
            return
        *earlier, exchange = conversation.exchanges
        number, turns = exchange.number, history(earlier)
        stream = partial(self._assistant.stream, exchange.question, turns, filters=exchange.filters)
        run = Run(stream, self._model)
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
        conversation.filters = Filters()
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
