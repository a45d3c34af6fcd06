"""Conversations with one assistant, one answer at a time, kept as they come about.

In: questions. Out: conversations that change, whoever looks on: an answer is written for its
conversation, and goes on when the page is closed. Knows nothing about pages.
"""

from __future__ import annotations

import logging
import re
import threading
from collections import deque
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from functools import partial
from typing import Protocol
from weakref import WeakValueDictionary

from rag import answering
from rag.errors import InputError, RagError
from rag.filtering import Choices, Wish, nothing_left, without
from rag.serving.talking.conversation import Conversation
from rag.serving.talking.exchange import Exchange, history, waiting
from rag.serving.talking.kept import filters_kept, filters_of, kept, reopened
from rag.serving.talking.limits import matching
from rag.serving.talking.running import Line, Run
from rag.serving.talking.shelf import MOST
from rag.storing.conversations import Conversations, Kept
from rag.timewords import Proposal
from rag.types import Answer, Document, Event, Filters, Hit, Narrowing, Turn

_FAULT = "Something went wrong inside the program; the terminal it runs in says what."
_ID = re.compile(r"[0-9a-f]{16,40}")
_RECENT = 24
"""Conversations that stay in memory when nobody looks at them."""
_log = logging.getLogger(__name__)


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

    def titles(
        self, words: str = "", *, ids: Sequence[str] | None = None, limit: int = 20
    ) -> list[tuple[str, str]]:
        """Return ids and titles of the first documents with words in title or path, or of ids."""
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

    def recollected(self, answer_id: str) -> Answer | None:
        """Return an answer of the log as it was given, None where it cannot be read."""
        ...

    def conversations(self) -> Conversations:
        """Return where conversations are kept, the same at each call."""
        ...


class Chat:
    """The conversations of everybody with one assistant, whose model does one thing at a time."""

    def __init__(self, assistant: Answering) -> None:
        self._assistant = assistant
        self._archive = assistant.conversations()
        self._line = Line()
        self._lock = threading.Lock()
        self._live: WeakValueDictionary[str, Conversation] = WeakValueDictionary()
        self._recent: deque[Conversation] = deque(maxlen=_RECENT)
        self._warned = False

    def narrowed(self, wish: Wish) -> str:
        """Return in words how many documents a wish leaves, or what is wrong with it."""
        try:
            left = self._assistant.narrowing(self._assistant.filters(wish))
        except RagError as error:
            return str(error)
        return matching(self._assistant.choices(), wish, left)

    # --- conversations ---

    def listed(self, person: str, search: str = "") -> list[Kept]:
        """Return a person's conversations that hold all words of a search, the latest first."""
        return self._archive.listed(person, search.split(), limit=MOST)

    def opened(self, person: str, conversation_id: str) -> Conversation:
        """Return a person's conversation; raises InputError where there is none of this id."""
        with self._lock:
            found = self._live.get(conversation_id) or self._loaded(person, conversation_id)
            if found is None or found.person != person or found.gone:
                raise InputError(
                    "This conversation is not here. Look for it under Conversations, "
                    "or begin a new one."
                )
            return self._remembered(found)

    def begun(self, person: str, conversation_id: str) -> Conversation:
        """Return a person's conversation, a new one where nobody has one of this id.

        Raises InputError for an id that is none, or another person's.
        """
        if not _ID.fullmatch(conversation_id):
            raise InputError("A conversation's id is made of 16 to 40 of the characters 0-9a-f.")
        with self._lock:
            known = conversation_id in self._live or self._archive.known(conversation_id)
            if not known:
                return self._remembered(Conversation(conversation_id, person))
        return self.opened(person, conversation_id)

    def rename(self, person: str, conversation_id: str, title: str) -> None:
        """Give a conversation another title; raises InputError."""
        title = " ".join(title.split())[:200]
        if not title:
            raise InputError("A title needs a word: write one.")
        conversation = self.opened(person, conversation_id)
        self._archive.rename(person, conversation_id, title)
        conversation.title = title
        conversation.tell()

    def remove(self, person: str, conversation_id: str) -> None:
        """Remove a conversation; for an hour it can be brought back. Raises InputError."""
        conversation = self.opened(person, conversation_id)
        self.stop(conversation)
        self._archive.remove(person, conversation_id)
        with self._lock:
            conversation.gone = True
            self._live.pop(conversation_id, None)
        conversation.tell()

    def restore(self, person: str, conversation_id: str) -> None:
        """Bring a removed conversation back; raises InputError where it is too late."""
        if not self._archive.restore(person, conversation_id):
            raise InputError("This conversation was removed for good.")

    # --- questions ---

    def ask(
        self,
        conversation: Conversation,
        question: str,
        wish: Wish | None = None,
        *,
        instead: int | None = None,
    ) -> bool:
        """Put a question down to be answered; return False while another one awaits its answer.

        The wish holds from now on. Without one, the time words of the question may limit it.
        `instead` is the number of the last exchange, if that is to be replaced.
        Raises InputError for a question that cannot be asked.
        """
        answering.checked(question)

        def limited(exchange: Exchange) -> Exchange:
            conversation.filters = self._assistant.filters(wish or Wish())
            return self._limited(replace(exchange, filters=conversation.filters))

        with conversation.lock:
            if conversation.working or conversation.gone:
                return False
            if conversation.exchanges and conversation.exchanges[-1].number == instead:
                self._replace(conversation, lambda _, new: limited(new), question.strip())
            else:
                self._put(conversation, question.strip(), limited)
        return True

    def ask_again(self, conversation: Conversation) -> None:
        """Put the last question down again, under the same filters, in place of what came of it."""
        self._replace(conversation, lambda last, new: self._as_limited(last, new, last.filters))

    def ask_without(self, conversation: Conversation, words: str) -> None:
        """Put the last question down again, without the one of its filters of this name."""

        def limited(last: Exchange, new: Exchange) -> Exchange:
            conversation.filters = without(conversation.filters, words)
            return self._as_limited(last, new, without(last.filters, words))

        self._replace(conversation, limited)

    def stop(self, conversation: Conversation) -> None:
        """End the answer that is being written, or waited for; the words so far stay."""
        with conversation.lock:
            run = self._cut_off(conversation)
        if run:
            self._line.leave(run)  # tells other conversations, so no lock may be held

    # --- for the answers that are being made ---

    @property
    def closed(self) -> bool:
        """Whether the program is about to end."""
        return self._archive.closed

    def change(
        self,
        conversation: Conversation,
        number: int,
        change: Callable[[Exchange], Exchange],
        *,
        first: bool = False,
    ) -> None:
        """Change an exchange. Its beginning and its end are kept before anybody sees them."""
        if self.closed:
            return  # the program ends: the question is there when it begins again
        with conversation.lock:
            changed = conversation.update(number, change)
            if changed is None:
                return
            if not changed.is_open:
                conversation.run = None
            if first or not changed.is_open:
                self._safely(self._keep, conversation, changed)
        conversation.tell()

    # --- below: how ---

    def _replace(
        self,
        conversation: Conversation,
        limited: Callable[[Exchange, Exchange], Exchange],
        question: str = "",
    ) -> None:
        """Put a question, or the last one again, in the place of the last exchange."""
        with conversation.lock:
            if not conversation.exchanges:
                return
            run = self._cut_off(conversation)
            last = conversation.pop()
            self._put(conversation, question or last.question, partial(limited, last))
        if run:
            self._line.leave(run)
        self._safely(self._archive.drop_exchange, conversation.conversation_id, last.number)

    def _cut_off(self, conversation: Conversation) -> Run | None:
        """End the open exchange as stopped; return the run that made its answer."""
        run, conversation.run = conversation.run, None
        if conversation.exchanges:
            number = conversation.exchanges[-1].number
            self.change(conversation, number, partial(replace, stopped=True))
        return run

    def _put(
        self,
        conversation: Conversation,
        question: str,
        limited: Callable[[Exchange], Exchange],
    ) -> None:
        """Put a question down as it is `limited` by filters; an error ends it at once."""
        exchange = conversation.put(question)
        try:
            exchange = limited(exchange)
        except RagError as error:
            exchange = exchange.failed(str(error))
        self.change(conversation, exchange.number, lambda _: exchange, first=True)
        if not exchange.is_open:
            return
        turns = history(conversation.exchanges[:-1])
        stream = partial(self._assistant.stream, exchange.question, turns, filters=exchange.filters)
        conversation.run = Run(stream, _Watcher(self, conversation, exchange.number))
        self._line.enter(conversation.run)

    def _limited(self, exchange: Exchange) -> Exchange:
        """Return an exchange under the filters that hold, else under what its words propose."""
        proposal = None if exchange.filters else self._assistant.proposal(exchange.question)
        if proposal is None:
            return self._unless_nothing_is_left(exchange)
        if nothing_left(self._assistant.narrowing(proposal.filters)):
            told = f"“{proposal.words}” is not used as a filter: it would leave no document."
            return replace(exchange, note=told)
        return replace(exchange, filters=proposal.filters, proposed=proposal)

    def _as_limited(self, last: Exchange, new: Exchange, filters: Filters) -> Exchange:
        """Return a new exchange limited as the last one was, but by these filters."""
        proposed = last.proposed if filters.after or filters.before else None
        return self._unless_nothing_is_left(replace(new, filters=filters, proposed=proposed))

    def _unless_nothing_is_left(self, exchange: Exchange) -> Exchange:
        filters = exchange.filters
        titles = self._assistant.titles(ids=filters.documents) if filters.documents else ()
        told = nothing_left(self._assistant.narrowing(filters))
        return replace(exchange, titles=tuple(titles), error=told)

    def _keep(self, conversation: Conversation, exchange: Exchange) -> None:
        filters = filters_kept(conversation.filters)
        about = (conversation.conversation_id, conversation.person, conversation.title)
        self._archive.put(Kept(*about, filters=filters))
        self._archive.put_exchange(conversation.conversation_id, kept(exchange))

    def _safely(self, keep: Callable[..., None], *what: object) -> None:
        """Keep something; where that cannot be, the conversation goes on, with one warning."""
        try:
            keep(*what)
        except RagError as error:
            if not self._warned:
                _log.warning("Conversations are not kept, as this one is not: %s", error)
            self._warned = True

    def _loaded(self, person: str, conversation_id: str) -> Conversation | None:
        found = self._archive.found(person, conversation_id)
        if found is None:
            return None
        rows = self._archive.exchanges(conversation_id)
        return Conversation(
            conversation_id,
            person,
            title=found.title,
            exchanges=[reopened(row, self._assistant) for row in rows],
            filters=filters_of(found.filters),
        )

    def _remembered(self, conversation: Conversation) -> Conversation:
        self._live[conversation.conversation_id] = conversation
        if conversation not in self._recent:
            self._recent.append(conversation)
        return conversation


class _Watcher:
    """Lets an exchange grow with the events of its answer."""

    def __init__(self, chat: Chat, conversation: Conversation, number: int) -> None:
        self._chat = chat
        self._change = partial(chat.change, conversation, number)

    def moved(self, place: int) -> None:
        self._change(partial(replace, stage=waiting(place)))

    def arrived(self, event: Event) -> None:
        self._change(lambda exchange: exchange.after(event))

    def ended(self, error: Exception | None) -> None:
        told = str(error) if isinstance(error, RagError) else _FAULT
        if error and not isinstance(error, RagError) and not self._chat.closed:
            _log.error("While answering:", exc_info=error)
        self._change(lambda exchange: exchange.failed(told))  # unless it has its answer
