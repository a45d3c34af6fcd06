"""Any text is checked against the library, statement by statement."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from rag import factchecking, syncing
from rag.cli import main
from rag.errors import InputError
from rag.indexing import VectorIndex
from rag.rendering import verification
from rag.retrieving import Searchable
from rag.storing import Store
from rag.types import Citation, Document, Filters, Span, Statement
from rag.verifying.supporting import verified
from tests.fakes import WordEmbedder, WordReranker

RIVER = "The river Ilm rose by 40 centimetres in April. Ann Lee said that the town was cut off."
HEAD = "---\npublisher: Ilm Post\npublished: 2026-05-01\n---\n"
DATED = f"{HEAD}Nobody was hurt when the dam at Ilm broke."


@pytest.fixture
def library(tmp_path):
    (tmp_path / "river.txt").write_text(RIVER)
    (tmp_path / "dam.md").write_text(DATED)
    store = Store.create(tmp_path / "library")
    embedder = WordEmbedder()
    syncing.sync([tmp_path], store=store, embedder=embedder, passage_tokens=40)
    yield Searchable(store, VectorIndex.open(store), embedder, WordReranker(), 24)
    store.close()


def checked(text: str, library: Searchable, filters: Filters | None = None) -> list:
    return list(factchecking.verify(text, library, filters))


def test_each_statement_gets_its_own_verdict(library):
    text = (
        "Ann Lee said that the town was cut off. The river Ilm rose by 70 centimetres in April. "
        "Penguins settled on Mercury."
    )
    true, wrong, unknown = checked(text, library)
    assert true.verdict == "supported"
    assert true.deciding.quote == "Ann Lee said that the town was cut off."
    assert wrong.verdict == "contradicted" and "40" in wrong.reason
    assert unknown.verdict == "not supported" and not unknown.citations


@pytest.mark.parametrize("told", ["Ann Lee met foreign ministers.", "Ann Lee bought seven horses."])
def test_names_alone_support_nothing_however_alike_a_model_finds_it(told):
    document = Document("d", "d.txt", RIVER, body=(Span(0, len(RIVER)),))
    start = RIVER.index("Ann Lee")
    cited = Citation(1, document, start, len(RIVER))
    found = verified(
        Statement(told, (cited,)), RIVER, "", score=lambda _, texts: [9.0] * len(texts)
    )
    assert found.verdict == "not supported"
    true = Statement("Ann Lee told of a town that was cut off.", (cited,))
    assert (
        verified(true, RIVER, "", score=lambda _, texts: [9.0] * len(texts)).verdict == "supported"
    )


def test_words_beside_what_is_cited_support_a_statement_in_part():
    text = "Ann Lee lives at Ilm. Ministers met there."
    document = Document("d", "d.txt", text, body=(Span(0, len(text)),))
    said = Statement("Ann Lee met ministers.", (Citation(1, document, 0, 21),))
    found = verified(said, text, "", score=lambda _, texts: [9.0] * len(texts))
    assert found.verdict == "partly supported" and "Names apart" in found.reason


def test_what_json_prints_has_each_statement_with_its_verdict_and_citations(library):
    told = verification(checked("The town was cut off. Penguins settled on Mercury.", library))
    found, unknown = json.loads(json.dumps(told))["statements"]
    assert found["citations"][0]["quote"] == "Ann Lee said that the town was cut off."
    assert found["verdict"] == "supported" and unknown["verdict"] == "not supported"
    assert unknown["reason"] and unknown["citations"] == []


def test_statements_are_the_sentences_of_the_text_in_order(library):
    text = "The town was cut off.\n\nNobody was hurt when the dam at Ilm broke. ?!"
    assert [one.text for one in checked(text, library)][:2] == [
        "The town was cut off.",
        "Nobody was hurt when the dam at Ilm broke.",
    ]


def test_filters_bound_what_may_support(library):
    claim = "Nobody was hurt when the dam at Ilm broke."
    assert checked(claim, library)[0].verdict == "supported"
    (elsewhere,) = checked(claim, library, Filters(publishers=("TASS",)))
    assert elsewhere.verdict == "not supported"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [("", "nothing to verify"), (" ?! ", "words"), ("a" * 100_001, "at most")],
)
def test_a_text_that_cannot_be_checked(library, text, complaint):
    with pytest.raises(InputError, match=complaint):
        checked(text, library)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [(["a text", "--file", "x"], "not both"), (["--file", "no such file"], "cannot be read")],
)
def test_wrong_usage_is_said_before_anything_is_loaded(arguments, complaint):
    result = CliRunner().invoke(main, ["verify", *arguments])
    assert result.exit_code != 0
    assert complaint in f"{result.output} {result.exception}"


@pytest.mark.model
def test_the_command_prints_one_json_object(seed_library, monkeypatch):
    monkeypatch.setenv("RAG_LIBRARY", str(seed_library.library))
    claim = "Gerasimov said that North Korean soldiers helped with demining in the Kursk Region."
    result = CliRunner().invoke(main, ["verify", "--file", "-", "--json"], input=claim)
    (statement,) = json.loads(result.stdout)["statements"]
    assert statement["text"] == claim and statement["citations"]
    assert statement["verdict"] in ("supported", "partly supported")
    assert set(statement) >= {"text", "verdict", "reason", "citations"}
