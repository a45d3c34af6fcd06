"""The bundled evaluation set: every key stands in the example collection, and nowhere twice."""

import json
import re
import unicodedata
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from rag.evaluating.testsets import examine
from rag.loading import load

ROOT = Path(__file__).resolve().parents[1]
PATH = ROOT / "tests" / "testsets" / "seeds.jsonl"
CASES = [json.loads(line) for line in PATH.read_text(encoding="utf-8").splitlines()]
SEEDS = {path.stem: path for path in sorted((ROOT / "seeds").glob("*.md"))}
DOCUMENTS = {name: load(path)[0] for name, path in SEEDS.items()}

LEAST = {
    "direct": 14,
    "paraphrased": 12,
    "multi-document": 7,
    "who-said-what": 10,
    "dates": 8,
    "follow-up": 8,
    "false-premise": 8,
    "unanswerable": 12,
}
"""How many cases of each kind there are at least."""
NOT_THERE = {"false-premise", "unanswerable"}
ABOUT = ["id", "question", "history", "answers", "answerable"]
KEYS = [*ABOUT, "documents", "quotes", "as_of", "tags", "filters"]
FOR_EVERY_DOCUMENT = 8
COPIED = 6  # this many consecutive words in common would be copying

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])


def tokens(text):
    """Return the words, as answers are compared: case, accents and punctuation do not count."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return re.findall(r"[a-z0-9]+", re.sub(r"(?<=\d),(?=\d{3}\b)|['’]", "", plain.lower()))


def states(text, words):
    """Whether the tokens of `words` stand consecutively among those of `text`."""
    return f" {' '.join(tokens(words))} " in f" {' '.join(tokens(text))} "


def runs(text):
    """Return every run of as many words as would be copying."""
    found = tokens(text)
    return {tuple(found[i : i + COPIED]) for i in range(len(found) - COPIED + 1)}


def body(document):
    """Return the spans that may be cited, as text."""
    return [document.text[span.start : span.end] for span in document.body]


def said_before(case):
    """Return the question and the conversation that led up to it."""
    return [case["question"], *(turn["content"] for turn in case.get("history", ()))]


def kind(case):
    """Return the tag that names the kind of the case."""
    (found,) = [tag for tag in case["tags"] if tag in LEAST]
    return found


def test_it_reads_without_problems():
    found, problems = examine(PATH)
    assert [str(problem) for problem in problems] == []
    assert (found.kind, len(found.cases)) == ("cases", len(CASES))


def test_there_are_enough_cases():
    assert len(CASES) >= 75


def test_ids_are_unique_and_readable():
    ids = [case["id"] for case in CASES]
    assert len(set(ids)) == len(ids)
    assert [one for one in ids if not re.fullmatch(r"[a-z]+(-[a-z0-9]+)+", one)] == []


def test_questions_are_unique():
    asked = ["\n".join(said_before(case)) for case in CASES]
    assert len(set(asked)) == len(asked)


def test_kinds():
    counts = Counter(kind(case) for case in CASES)
    assert {one: counts[one] for one, least in LEAST.items() if counts[one] < least} == {}


def test_every_document_is_asked_about():
    counts = Counter(name for case in CASES for name in case["documents"])
    assert set(counts) == set(SEEDS)
    assert min(counts.values()) >= FOR_EVERY_DOCUMENT


def test_filters_and_days_are_tried():
    assert sum("filters" in case for case in CASES) >= 3
    assert sum("as_of" in case for case in CASES) >= 2


@every_case
def test_fields(case):
    """The keys are known ones in their order, and the tags are a kind and publishers."""
    assert [key for key in KEYS if key in case] == list(case)
    assert case["question"] == case["question"].strip() != ""
    assert case["answerable"] is (kind(case) not in NOT_THERE)
    publishers = {one.publisher.value for one in DOCUMENTS.values() if one.publisher}
    assert set(case["tags"]) - {kind(case)} <= publishers
    assert len(set(case["tags"])) == len(case["tags"])


@every_case
def test_publishers(case):
    """An answerable case carries the publishers of its documents as tags."""
    named = [DOCUMENTS[name].publisher for name in case["documents"]]
    if case["answerable"]:
        assert set(case["tags"]) - {kind(case)} == {fact.value for fact in named if fact}


@every_case
def test_keys(case):
    """What can be answered says by what and from where; what cannot says nothing."""
    keys = (case["answers"], case["documents"], case["quotes"])
    if case["answerable"]:
        assert all(keys)
        assert all(group and all(map(tokens, group)) for group in case["answers"])
        assert (len(case["documents"]) == 2) == (kind(case) == "multi-document")
    else:
        assert keys == ([], [], [])


@every_case
def test_quotes(case):
    """Each quote is a whole sentence that stands once in the case's documents, in a body."""
    for quote in case["quotes"]:
        places = [DOCUMENTS[name].text.count(quote) for name in case["documents"]]
        assert sorted(places) == [0] * (len(places) - 1) + [1]
        assert any(quote in part for name in case["documents"] for part in body(DOCUMENTS[name]))
        assert quote.endswith(".") and ". " not in quote and "\n" not in quote


@every_case
def test_every_document_is_quoted(case):
    for name in case["documents"]:
        assert any(quote in DOCUMENTS[name].text for quote in case["quotes"])


@every_case
def test_answers_are_in_the_quotes(case):
    for group in case["answers"]:
        assert any(states(quote, one) for quote in case["quotes"] for one in group)


@every_case
def test_answers_are_not_given_away(case):
    """Repeating the question, or an answer given before, is no answer."""
    before = said_before(case)
    wanted = [one for group in case["answers"] for one in group]
    assert [one for one in wanted if any(states(words, one) for words in before)] == []


@every_case
def test_own_wording(case):
    """No question shares six consecutive words with a document."""
    for name, path in SEEDS.items():
        theirs = runs(path.read_text(encoding="utf-8"))
        assert [name for words in said_before(case) if runs(words) & theirs] == []


@every_case
def test_history(case):
    """A follow-up has a conversation: turn and turn about, the assistant's last."""
    assert ("history" in case) == (kind(case) == "follow-up")
    turns = case.get("history", [])
    assert [turn["role"] for turn in turns] == ["user", "assistant"] * (len(turns) // 2)
    assert all(set(turn) == {"role", "content"} and turn["content"].strip() for turn in turns)


@every_case
def test_the_documents_pass_the_filters(case):
    """A case's filters and its day let its own documents through."""
    chosen = case.get("filters", {})
    assert set(chosen) <= {"publisher", "after", "before"}
    for name in case["documents"]:
        document = DOCUMENTS[name]
        if "publisher" in chosen:
            assert document.publisher.value == chosen["publisher"]
        if "after" in chosen:
            assert date.fromisoformat(chosen["after"]) <= published(document)
        if "before" in chosen:
            assert published(document) <= date.fromisoformat(chosen["before"])
        if "as_of" in case and document.published:
            assert published(document) <= date.fromisoformat(case["as_of"])


def published(document):
    """Return the day on which a document was published."""
    return date.fromisoformat(document.published.value)
