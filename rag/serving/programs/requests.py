"""What programs may send, as models that check it, and what is wrong with it in one line.

In: JSON objects and query strings. Out: questions, turns and wishes for filters. Knows nothing
about routes. The documentation at /api and the tools for assistants are made from these models.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from rag.filtering import Wish
from rag.types import Turn

MOST_HITS = 1000
OWN = "own"
"""The type of errors whose words are ours."""
_HINTS = {
    "": "Send one JSON object, as the examples at /api show.",
    "filters": '"filters" is an object, as in {"publisher": ["TASS"], "after": "2026"}.',
    "history": 'Each turn of "history" is an object, as in '
    '{"role": "user", "content": "Which dam?"}.',
    "messages": 'Each of "messages" is an object, as in {"role": "user", "content": "Which dam?"}.',
}
"""What an object has to look like, by the field that holds it."""


def wrong(words: str, **options: str) -> PydanticCustomError:
    """Return the error to raise for a value; `options` fill in its words."""
    return PydanticCustomError(OWN, words, options)


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _limit(value: object) -> object:
    words = str(value)
    if not (words.isascii() and words.isdecimal() and 1 <= int(words[:9]) <= MOST_HITS):
        raise wrong(f'"k" is a number from 1 to {MOST_HITS:,}.')
    return int(words)


def _whole(value: str) -> str:
    """Return a text without halves of characters, which JSON can name and nobody can write."""
    return value.encode("utf-8", "replace").decode("utf-8")


Words = Annotated[str, AfterValidator(_whole)]
Names = Annotated[list[Words], BeforeValidator(_as_list, json_schema_input_type=list[str] | str)]


class Given(BaseModel):
    """An object whose fields are all known; null is as good as leaving a field out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _known(cls, given: object) -> object:
        if not isinstance(given, Mapping):
            return given
        for name in given:
            if name not in cls.model_fields:
                known = ", ".join(
                    sorted(cls.model_fields, key=lambda one: one not in cls.__annotations__)
                )
                raise wrong(
                    "There is no {name} here. Known: {known}.", name=repr(name[:60]), known=known
                )
        return {name: value for name, value in given.items() if value is not None}


class FilterBy(Given):
    """Which documents may be searched; what is left out lets all through."""

    publisher: Names = Field([], description="Only these publishers, by name.")
    language: Names = Field([], description='Only these languages, as in "en".')
    document: Names = Field([], description="Only these documents, by id, path or file name.")
    folder: Names = Field([], description="Only files anywhere below these folders.")
    after: Words = Field("", description="First day of publication: 2026-01-31, 2026-01 or 2026.")
    before: Words = Field("", description="Last day of publication, written in the same way.")
    as_of: Words = Field("", description="Leaves out what is known to be published later.")

    @property
    def wish(self) -> Wish:
        """The filters as a person's words."""
        return Wish(
            publishers=tuple(self.publisher),
            languages=tuple(self.language),
            documents=tuple(self.document),
            folders=tuple(self.folder),
            after=self.after,
            before=self.before,
            as_of=self.as_of,
        )


class Search(FilterBy):
    """A question to find passages for."""

    question: Words = Field(description="What to look for, in words.")
    k: Annotated[int, BeforeValidator(_limit)] = Field(
        10, ge=1, le=MOST_HITS, description=f"How many passages to return, 1 to {MOST_HITS:,}."
    )


class ChatTurn(Given):
    """One turn of the conversation so far."""

    role: Literal["user", "assistant"] = Field(description="Who said it.")
    content: Words = Field(description="What was said.")

    @property
    def turn(self) -> Turn:
        """The turn as the assistant takes it."""
        return Turn(self.role, self.content)


class Ask(Given):
    """A question to answer."""

    question: Words = Field(description="At most 4,000 characters.")
    history: list[ChatTurn] = Field(
        [], description="The conversation so far, the oldest turn first."
    )
    filters: FilterBy = Field(FilterBy(), description="Which documents may be searched.")
    stream: bool = Field(False, description="Whether to answer as server-sent events.")


class Verify(Given):
    """A text to check."""

    text: Words = Field(description="At most 100,000 characters.")
    filters: FilterBy = Field(FilterBy(), description="Which documents may be searched.")


# --- OpenAI's form ---


def _words(content: object) -> object:
    """Return what a message says, its parts joined; raises for parts that are no text."""
    if isinstance(content, str) or content is None:
        return content or ""
    parts = content if isinstance(content, list) else [None]
    for part in parts:
        if not isinstance(part, dict) or not isinstance(part.get("text"), str):
            raise wrong('Only text can be read: "content" is text, or parts of the type "text".')
    return "\n".join(part["text"] for part in parts)


class ChatMessage(BaseModel):
    """A message; those of the system have no say in what counts as evidence, and are not read."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    role: Literal["system", "developer", "user", "assistant"] = Field(description="Who says it.")
    content: Annotated[
        Words, BeforeValidator(_words, json_schema_input_type=str | list[dict[str, Any]] | None)
    ] = Field("", description="The words, as text or as parts of the type `text`.")


class StreamOptions(BaseModel):
    """What comes with a stream."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    include_usage: bool = Field(False, description="Whether the last chunk counts the tokens.")


_ALONE = (None, 1)
_PLAIN = (None, {"type": "text"})
_UNMET: Mapping[str, tuple[object, ...]] = {
    "n": _ALONE,
    "tools": (None, []),
    "functions": (None, []),
    "tool_choice": (None, "none", "auto"),
    "response_format": _PLAIN,
    "modalities": (None, ["text"]),
    "logprobs": (None, False),
    "audio": (None,),
}
"""What an answer from documents cannot do: the parameter, and the values that ask for nothing."""


class Chat(BaseModel):
    """A conversation whose last message is the question.

    What steers sampling (`temperature`, `top_p`, `seed`, `max_tokens` and the like) is accepted
    and has no effect: the same question gives the same answer.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    model: Words = Field(description="As `GET /v1/models` names it.")
    messages: list[ChatMessage] = Field(
        min_length=1, description="The conversation; the last message is the question."
    )
    stream: bool | None = Field(False, description="Whether to answer in chunks.")
    stream_options: StreamOptions | None = Field(None, description="What comes with the chunks.")
    filters: FilterBy | None = Field(
        None, description="Which documents may be searched; with OpenAI's client in `extra_body`."
    )

    @model_validator(mode="before")
    @classmethod
    def _possible(cls, given: object) -> object:
        for name, harmless in _UNMET.items() if isinstance(given, dict) else ():
            if given.get(name) not in harmless:
                raise wrong(
                    'Answers are one text each, from the documents alone: leave "{param}" out.',
                    param=name,
                )
        return given

    @model_validator(mode="after")
    def _ends_with_a_question(self) -> Self:
        if self.messages[-1].role != "user":
            raise wrong(
                'The last of "messages" is the question: its role is "user".', param="messages"
            )
        return self

    @property
    def question(self) -> str:
        """The last message."""
        return self.messages[-1].content

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The messages before it, as far as people and assistants wrote them."""
        said = ("user", "assistant")
        return tuple(Turn(one.role, one.content) for one in self.messages[:-1] if one.role in said)


# --- what is wrong ---


def complaint(errors: Sequence[Mapping[str, Any]]) -> tuple[str, str | None]:
    """Return what is wrong first, in one line, and the name of the field, None for the whole."""
    first, *_ = errors
    # The first part says where it came from: body or query.
    names = [part for part in first["loc"][1:] if isinstance(part, str)]
    name = names[-1] if names else ""
    if first["type"] == OWN:
        return first["msg"], first["ctx"].get("param") or name or None
    return _line(first, name), ".".join(names) or None


def _line(error: Mapping[str, Any], name: str) -> str:
    match error["type"]:
        case "missing" if name:
            return f'"{name}" is missing: see the example at /api.'
        case "string_type" | "string_unicode" | "string_sub_type":
            return f'"{name}" is text in quotes.'
        case "list_type":
            return f'"{name}" is a list.'
        case "too_short":
            return f'"{name}" is empty.'
        case "literal_error":
            return f'"{name}" is one of {error["ctx"]["expected"]}.'
        case "bool_type" | "bool_parsing":
            return f'"{name}" is true or false.'
    return _HINTS.get(name, f'"{name}" cannot be used: {error["msg"]}.')
