"""What programs are answered, as models from which `/openapi.json` is made.

In: nothing. Out: a model for each object of `rag.rendering` and for OpenAI's objects. Nothing is
checked against them while serving; `tests/test_openapi.py` checks real answers.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from rag.types import Narrowing, Refusal, Timings, Verdict

_DAY = r"^\d{4}-\d\d-\d\d$"


class PublisherCount(BaseModel):
    """A publisher and how many documents are its own."""

    publisher: str = Field(description="As filters take it.")
    documents: int = Field(description="How many documents.")


class LanguageCount(BaseModel):
    """A language and how many documents are written in it."""

    language: str = Field(description="Its code, as filters take it.")
    documents: int = Field(description="How many documents.")


class ChoicesObject(BaseModel):
    """What the library holds, and what it can be filtered by."""

    documents: int = Field(description="How many documents the library holds.")
    passages: int = Field(description="How many passages.")
    publishers: list[PublisherCount] = Field(description="Those that documents name.")
    languages: list[LanguageCount] = Field(description="Those that documents are written in.")
    first: str | None = Field(pattern=_DAY, description="The first day of publication.")
    last: str | None = Field(pattern=_DAY, description="The last day of publication.")
    undated: int = Field(description="How many documents have no day of publication.")


class ResolvedDate(BaseModel):
    """Words such as "on Wednesday", and the day that they mean."""

    words: str = Field(description="As they stand in the document.")
    start: int = Field(description="Where they begin in the document's text.")
    end: int = Field(description="Where they end.")
    day: str = Field(pattern=_DAY, description="The day that is meant.")


class PlaceObject(BaseModel):
    """A span of a document; offsets count the characters of its text from 0."""

    document_id: str = Field(description="As `/document/{document_id}` shows it.")
    path: str = Field(description="The file.")
    title: str | None = Field(description="Null where it is not known.")
    publisher: str | None = Field(description="Null where it is not known.")
    published: str | None = Field(description="The day, null where it is not known.")
    page: int | None = Field(description="Where the span begins, from 1; null without pages.")
    start: int = Field(description="Where the span begins.")
    end: int = Field(description="Where it ends.")
    resolved_dates: list[ResolvedDate] = Field(description="Days that words of the span mean.")


class HitObject(PlaceObject):
    """A passage, and how it was found."""

    rank: int = Field(description="From 1, the best.")
    score: float = Field(description="By which the hits are ordered.")
    text: str = Field(description="The whole passage.")
    dense_rank: int | None = Field(description="Its rank by meaning, null where not among them.")
    keyword_rank: int | None = Field(description="Its rank by words, null where not among them.")
    late: float | None = Field(description="What the late-interaction model gave it.")
    reranker: float | None = Field(description="What the reranker gave it.")
    copies: list[PlaceObject] = Field(description="Where the same words stand as well.")


class SearchResults(BaseModel):
    """Passages, best first."""

    filters: list[Narrowing] = Field(description="What each filter left, after those before it.")
    hits: list[HitObject] = Field(description="The passages.")


class CopyObject(BaseModel):
    """Another document that holds the same words."""

    document_id: str = Field(description="As `/document/{document_id}` shows it.")
    path: str = Field(description="The file.")
    publisher: str | None = Field(description="Null where it is not known.")
    published: str | None = Field(description="The day, null where it is not known.")
    start: int = Field(description="Where the words begin there.")
    end: int = Field(description="Where they end there.")


class CitationObject(PlaceObject):
    """The words of a source that back a statement."""

    number: int = Field(description="The number in brackets that stands in the answer.")
    quote: str = Field(description="The words, exactly.")
    also: list[CopyObject] = Field(description="Other documents that hold them.")


class AccountObject(CitationObject):
    """What one source gives as the answer."""

    value: str = Field(description="The few words that differ.")


class DisagreementObject(BaseModel):
    """Accounts of different documents that cannot all be true."""

    accounts: list[AccountObject] = Field(description="Side by side; none is merged.")


class EvidenceObject(PlaceObject):
    """A span of a document exactly as the model read it."""

    number: int = Field(description="The number that the answer may cite.")
    text: str = Field(description="The words of the span, those withheld among them.")
    withheld: list[tuple[int, int]] = Field(
        description="Spans that the model was not given, because they speak to it."
    )
    flags: list[str] = Field(description="Why something was withheld, in plain words.")
    also: list[CopyObject] = Field(description="Other documents that hold the same.")


class StatementObject(BaseModel):
    """A sentence, and whether the documents say so."""

    text: str = Field(description="The sentence, without markers.")
    verdict: Verdict = Field(description="Whether the sources support it.")
    reason: str = Field(description="What decided the verdict, in plain words.")
    support: float | None = Field(
        description="How likely the citations support it, 0 to 1; null where not checked."
    )
    deciding: CitationObject | None = Field(description="The words of a source that decided.")
    citations: list[CitationObject] = Field(description="What backs the sentence.")


class Verification(BaseModel):
    """A text, statement by statement."""

    statements: list[StatementObject] = Field(description="In the order of the text.")


class AnswerObject(BaseModel):
    """An answer, the evidence as it was read, and a verdict for each sentence."""

    answer_id: str = Field(description='Its name in the log of answers, "" where not logged.')
    question: str = Field(description="As it was asked.")
    standalone: str = Field(description='As it was searched, where it was rewritten, else "".')
    text: str = Field(description="The answer with numbers in brackets, or why there is none.")
    refusal: Refusal | None = Field(description="Null where the question was answered.")
    missing: str = Field(description='What the documents do not hold, "" when nothing is.')
    statements: list[StatementObject] = Field(description="The sentences of the answer.")
    evidence: list[EvidenceObject] = Field(description="What the model read, in order.")
    timings: Timings = Field(description="How long it took.")
    invalid_citations: int = Field(description="Numbers that the model made up; dropped.")
    corrected_citations: int = Field(description="Sentences whose numbers were put right.")
    confidence: float | None = Field(
        description="How likely the evidence answers the question, 0 to 1."
    )
    unchecked: float = Field(description="The share, 0 to 1, of sentences that no check covered.")
    disagreements: list[DisagreementObject] = Field(description="Where the sources differ.")
    nearest: list[EvidenceObject] = Field(
        description="The nearest passages where none was relevant; no model read them."
    )


# --- OpenAI's form ---


class ModelObject(BaseModel):
    """A model as OpenAI's interface names it."""

    id: str = Field(description="What `model` of a request is.")
    object: Literal["model"] = Field(description="What this is.")
    created: int = Field(description="When the server started, in seconds since 1970.")
    owned_by: str = Field(description="Who runs it.")


class ModelList(BaseModel):
    """The models there are."""

    object: Literal["list"] = Field(description="What this is.")
    data: list[ModelObject] = Field(description="One: the assistant over this library.")


class LinkedCitation(BaseModel):
    """The words of a source that back a statement, with an address that shows them."""

    number: int = Field(description="The number in brackets that stands in the answer.")
    quote: str = Field(description="The words, exactly.")
    publisher: str | None = Field(description="Null where it is not known.")
    published: str | None = Field(description="The day, null where it is not known.")
    title: str | None = Field(description="Null where it is not known.")
    document_id: str = Field(description="As `/document/{document_id}` shows it.")
    page: int | None = Field(description="From 1; null without pages.")
    start: int = Field(description="Where the words begin in the document's text.")
    end: int = Field(description="Where they end.")
    link: str = Field(description="Opens the document at these words.")


class StatementInMessage(BaseModel):
    """A sentence of the message, and whether the documents say so."""

    text: str = Field(description="The sentence, without markers.")
    verdict: Verdict = Field(description="Whether the sources support it.")
    reason: str = Field(description="What decided the verdict, in plain words.")
    citations: list[int] = Field(description="Places in the list of citations, from 0.")


class AnswerMessage(BaseModel):
    """The answer as a message, with more fields than OpenAI's."""

    role: Literal["assistant"] = Field(description="Who says it.")
    content: str = Field(description="The answer with numbers in brackets, or why there is none.")
    refusal: None = Field(description="Null: why there is no answer says `refusal_kind`.")
    citations: list[LinkedCitation] = Field(description="What backs the sentences.")
    statements: list[StatementInMessage] = Field(description="The sentences of the answer.")
    refusal_kind: Refusal | None = Field(description="Null where the question was answered.")
    evidence: list[EvidenceObject] = Field(description="What the model read, in order.")
    disagreements: list[DisagreementObject] = Field(description="Where the sources differ.")
    nearest: list[EvidenceObject] = Field(
        description="The nearest passages where none was relevant; no model read them."
    )
    missing: str = Field(description='What the documents do not hold, "" when nothing is.')
    standalone: str = Field(description='As it was searched, where it was rewritten, else "".')
    answer_id: str = Field(description='Its name in the log of answers, "" where not logged.')


class Choice(BaseModel):
    """The one completion there is."""

    index: Literal[0] = Field(description="There is one.")
    message: AnswerMessage = Field(description="The answer.")
    finish_reason: Literal["stop"] = Field(description="An answer always ends by itself.")
    logprobs: None = Field(description="Not told.")


class Usage(BaseModel):
    """How many tokens it took."""

    prompt_tokens: int = Field(description="Read by the generator.")
    completion_tokens: int = Field(description="Written by it.")
    total_tokens: int = Field(description="Both together.")


class Completion(BaseModel):
    """A completion as OpenAI's clients read it."""

    id: str = Field(description="Another one for each.")
    object: Literal["chat.completion"] = Field(description="What this is.")
    created: int = Field(description="When, in seconds since 1970.")
    model: str = Field(description="As `GET /v1/models` names it.")
    choices: list[Choice] = Field(description="One.")
    usage: Usage = Field(description="How many tokens it took.")
