"""A logged answer is given again byte for byte, or what differs and what changed is said."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from rag import recording
from rag.assembling import Assistant, build
from rag.cli import main
from rag.errors import InputError, NotReproduced
from rag.recording import Record
from rag.replaying import Replay, replay
from rag.settings import PROJECT, PROMPTS, Settings
from rag.storing import answers
from rag.types import Answer, Filters, Turn
from tests.articles import Fakes, library
from tests.fakes import ToldGenerator

QUESTION = "Which dam a held in spring?"
REPLY = "The dam a held in spring [1]. Nobody was hurt there [1]."


class Replying(Fakes):
    """Fakes whose generator says one thing, always."""

    def __init__(self, reply: str = REPLY):
        super().__init__()
        self.generator = ToldGenerator(*[reply] * 20)


@pytest.fixture
def settings(tmp_path) -> Settings:
    prompts = shutil.copytree(PROMPTS, tmp_path / "prompts")
    here = Settings.from_environment().reading_seconds  # as the command line has it
    return replace(library(tmp_path), prompts=prompts, reading_seconds=here)


def asked(settings: Settings, question: str = QUESTION, *, history=(), filters=None) -> Answer:
    with closing(Assistant.open(settings, Replying())) as assistant:
        return assistant.ask(question, history, filters=filters)


def last(settings: Settings) -> Record:
    return recording.from_json(next(answers.entries(settings.library)).record)


def again(settings: Settings, models: Fakes | None = None) -> Replay:
    return replay(last(settings), settings, models or Replying())


def test_an_answer_is_given_again_byte_for_byte(settings):
    answer = asked(settings)
    found = again(settings)
    assert found.reproduced and found.differences == found.changes == ()
    assert (found.answer.text, found.answer.statements) == (answer.text, answer.statements)


def test_a_replay_asks_what_was_asked(settings):
    history = (Turn("user", "Did dam a hold?"), Turn("assistant", "It held [1]."))
    answer = asked(settings, "And why?", history=history, filters=Filters(publishers=("TASS",)))
    found = again(settings)
    assert answer.standalone and found.reproduced
    assert found.answer.standalone == answer.standalone


@pytest.mark.parametrize("question", ["Zebra migration statistics?", QUESTION])
def test_refusals_are_given_again(settings, question):
    models = Replying()
    models.generator.yes = 0.01
    with closing(Assistant.open(settings, models)) as assistant:
        refused = assistant.ask(question)
    models.generator.prompts.clear()
    found = again(settings, models)
    assert found.reproduced and found.answer.refusal == refused.refusal
    assert found.answer.nearest == refused.nearest
    assert len(models.generator.prompts) == (0 if refused.refusal == "nothing_found" else 1)


def test_a_refusal_outlives_what_came_nearest_and_one_of_an_earlier_version_too(settings, tmp_path):
    refused = asked(settings, "Zebra migration statistics?")
    record = last(settings)
    for file in (tmp_path / "files").rglob("*.md"):
        file.unlink()
    build(settings, [tmp_path / "files"], models=Replying())
    found = replay(record, settings, Replying())
    assert found.reproduced
    assert [one.text for one in found.answer.nearest] == [one.text for one in refused.nearest] != []
    earlier = {name: value for name, value in record.answer.items() if name != "nearest"}
    found = replay(replace(record, nearest=(), answer=earlier), settings, Replying())
    assert found.reproduced and found.answer.refusal == "nothing_found"


def test_a_replay_is_not_logged(settings):
    asked(settings)
    again(settings)
    assert len(list(answers.entries(settings.library))) == 1


def test_what_differs_is_said(settings):
    asked(settings)
    found = again(settings, Replying("The dam b held in spring [1]. Nobody was hurt there [1]."))
    assert not found.reproduced
    told = "\n".join(found.differences)
    assert "Text: “The dam b held in spring [1]. Nobody" in told
    assert "Statements 1, text: “The dam b held in spring.”, not “The dam a held" in told
    assert "Statements 2" not in told and "Prompt" not in told


def test_a_changed_prompt_file_is_named(settings):
    asked(settings)
    (settings.prompts / "answer.system.txt").write_text("Answer in verse.\n")
    found = again(settings)
    assert found.changes == ("The prompt file answer.system.txt was changed.",)
    assert any(line.startswith("Prompt 1 has the SHA-256") for line in found.differences)
    assert not any(line.startswith("Text") for line in found.differences)


def test_another_model_is_named(settings):
    asked(settings)
    models = Replying("Dams held [1].")
    models.generator.identity = "other@9"
    found = again(settings, models)
    assert "The generator is other@9; it was told@2." in found.changes
    assert not found.reproduced


def test_settings_are_those_of_then_and_todays_are_told(settings):
    asked(settings)
    found = again(replace(settings, evidence_tokens=1, answer_tokens=1, strictness=1.0))
    assert found.reproduced
    assert found.changes == (
        "RAG_EVIDENCE_TOKENS is 1; it was 500.",
        "RAG_ANSWER_TOKENS is 1; it was 256.",
        "RAG_STRICTNESS is 1.0; it was not set.",
    )


def test_another_version_of_the_program_is_named(settings, monkeypatch):
    asked(settings)
    monkeypatch.setattr("rag.identifying.program", lambda: "feedbeef")
    (line,) = again(settings).changes
    assert line.startswith("The program is version 0.1.0 (feedbeef); it was 0.1.0 (")


def test_documents_that_changed_are_named_and_the_answer_stays(settings, tmp_path):
    before = asked(settings).evidence
    cited = Path(before[0].document.path)
    assert cited.name == "a.md"
    cited.write_text(cited.read_text().replace("spring", "autumn"))
    build(settings, [tmp_path / "files"], models=Replying())
    found = again(settings)
    told = "\n".join(found.changes)
    assert found.reproduced
    assert f"The document {cited} [{before[0].document.document_id}] was changed." in told
    assert "Today's search would leave out the evidence" in told
    assert "Today's search would show TASS | 2026-01-01" in told


def test_an_answer_outlives_all_documents_it_rests_on(settings, tmp_path):
    answer = asked(settings)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "new.txt").write_text("A zebra crossed the river.")
    build(settings, [tmp_path / "other"], models=Replying(), rebuild=True)
    found = again(settings)
    assert found.reproduced
    assert found.answer.evidence[0].text == answer.evidence[0].text
    documents = {item.document.document_id for item in answer.evidence}
    assert sum("was removed." in line for line in found.changes) == len(documents)


def test_an_empty_library_still_replays(settings, tmp_path):
    asked(settings)
    shutil.rmtree(tmp_path / "files")
    (tmp_path / "files").mkdir()
    build(settings, [tmp_path / "files"], models=Replying())
    found = again(settings)
    assert found.reproduced
    assert any("holds no documents" in line for line in found.changes)


def test_another_embedder_still_replays(settings, tmp_path):
    asked(settings)
    other = Replying()
    other.embedder.identity = "other@3"
    found = again(settings, other)
    assert found.reproduced
    assert any("was built with the embedder words@0" in line for line in found.changes)


def test_a_document_that_moved_is_told(settings, tmp_path):
    cited = Path(asked(settings).evidence[0].document.path)
    cited.rename(cited.with_name("moved.md"))
    build(settings, [tmp_path / "files"], models=Replying())
    found = again(settings)
    assert found.reproduced
    assert any(
        line.endswith("is now at " + str(cited.with_name("moved.md")) + ".")
        for line in found.changes
    )


def test_parts_of_one_document_stand_where_they_stood(settings):
    answer = asked(settings)
    record = last(settings)
    texts = {item.document.document_id: item.document.text for item in answer.evidence}
    for item in recording.evidence_of(record, lambda _: None):
        whole = texts[item.document.document_id]
        assert item.document.text.strip() in whole
        assert item.text == whole[item.start : item.end]


# --- on the command line ---


@pytest.fixture
def rag(settings, monkeypatch, capsys):
    """Run a command over the library; return its exit code and what it prints."""
    monkeypatch.setenv("RAG_PROMPTS", str(settings.prompts))
    monkeypatch.setenv("RAG_PASSAGE_TOKENS", str(settings.passage_tokens))
    monkeypatch.setattr("rag.replaying.again.Models", Replying_for)

    def call(*words: str) -> str:
        main([*words, "--library", str(settings.library)], standalone_mode=False)
        return capsys.readouterr().out

    return call


def Replying_for(_: Settings) -> Replying:
    return Replying()


def test_the_command_says_that_it_is_the_same(rag, settings):
    answer_id = asked(settings).answer_id
    assert rag("replay", answer_id[:8]) == "Reproduced byte for byte.\n"
    told = json.loads(rag("replay", answer_id, "--json"))
    assert (told["answer_id"], told["reproduced"]) == (answer_id, True)
    assert (told["differences"], told["changes"]) == ([], [])


def test_the_command_fails_and_says_what_differs(rag, settings, capsys):
    answer_id = asked(settings).answer_id
    (settings.prompts / "answer.system.txt").write_text("Answer in verse.\n")
    with pytest.raises(NotReproduced, match=f"rag log show {answer_id}") as failed:
        rag("replay", answer_id)
    assert failed.value.exit_code == 1
    told = capsys.readouterr().out
    assert told.startswith("What differs:\n  Prompt 1 has the SHA-256")
    assert "What has changed since:\n  The prompt file answer.system.txt was changed." in told


def test_an_unknown_answer_is_an_error_of_one_line(rag):
    with pytest.raises(InputError, match="There is no answer abc in the log"):
        rag("replay", "abc")


@pytest.mark.model
def test_a_new_process_gives_the_same_bytes(seed_library, tiny_generator):
    settings = replace(seed_library, generator=str(tiny_generator))
    with closing(Assistant.open(settings)) as assistant:
        answer = assistant.ask("What did Gerasimov say about demining?")
    told = subprocess.run(
        [sys.executable, "-m", "rag", "replay", answer.answer_id, "--library", settings.library],
        capture_output=True,
        text=True,
        cwd=PROJECT,
    )
    assert told.stdout.startswith("Reproduced byte for byte."), told.stdout + told.stderr
    assert told.returncode == 0
