"""A generator on a server: what is sent, what is understood, what fails, and where nothing goes."""

from __future__ import annotations

import json
import math
import socket
import sys
import time
from contextlib import closing, contextmanager
from dataclasses import replace

import pytest
from click.testing import CliRunner

from rag import recording
from rag.addressing import Address, is_address, notice
from rag.assembling import Assistant, Models
from rag.cli.models import models as models_group
from rag.cli.preparing import prepare
from rag.describing import Configuration
from rag.errors import ModelMissing, PromptTooLong, ServerFailed, UsageError
from rag.fetching import fetch, locate
from rag.generating import RemoteGenerator
from rag.generating.estimating import estimated_tokens
from rag.generating.remote import SAID, yes_of_probabilities, yes_of_words
from rag.preferences import FILE, keep
from rag.replaying import replay
from rag.serving.settings.page import settings_html
from rag.settings import GENERATOR_KEY, Settings
from rag.storing import answers
from rag.types import Message
from rag.verifying import answerable, calibration
from rag.verifying.deciding import Signs
from tests.articles import Fakes, library
from tests.remote import REPLY, Speaking, speaking

PROMPT = (Message("system", "Answer from the passages."), Message("user", "[1] The dam held."))
QUESTION = "Which dam a held in spring?"


@contextmanager
def generating(told: Speaking, *, context: int = 4096, model: str = "", **options):
    address = Address.of(f"{told.address}#{model}" if model else told.address)
    with closing(RemoteGenerator(address, context=context, **options)) as generator:
        yield generator


def written(generator: RemoteGenerator, limit: int = 64) -> str:
    generator.read(PROMPT)
    return "".join(generator.write("\n\nWhat held?", limit=limit))


# --- addresses ---


@pytest.mark.parametrize(
    ("words", "url", "place", "model"),
    [
        ("http://127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1", "127.0.0.1:8080", ""),
        ("https://a.example/v1/#q/w:3b", "https://a.example/v1", "a.example:443", "q/w:3b"),
        ("HTTP://[::1]:8000/v1#m", "http://[::1]:8000/v1", "[::1]:8000", "m"),
        ("http://a.example", "http://a.example", "a.example:80", ""),
    ],
)
def test_an_address_has_parts(words, url, place, model):
    assert is_address(words)
    assert Address.of(words) == Address(url, place, model)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("http://", "is no address"),
        ("http://a:99999/v1", "is no address"),
        ("http://a:0/v1", "is no address"),
        ("http://[::1/v1", "is no address"),
        ("http://anna:secret@a/v1", "RAG_GENERATOR_KEY"),
        ("http://a/v1?key=secret", "a question mark"),
        ("http://a/v1\n#m", "not printed"),
        ("http://a b/v1", "blanks"),
    ],
)
def test_an_address_that_is_none_is_one_line_and_shows_no_secret(words, reason):
    with pytest.raises(UsageError, match=reason) as failed:
        Settings.from_environment({"RAG_GENERATOR": words})
    assert "\n" not in str(failed.value) and "secret" not in str(failed.value)


def test_names_and_paths_are_no_addresses():
    assert not any(map(is_address, ("qwen3-4b", "/models/http.gguf", "httpx/model", "none")))


# --- what is sent and understood ---


def test_a_reply_is_written_as_it_comes_for_the_whole_prompt():
    with speaking() as told, generating(told) as generator:
        generator.read(PROMPT)
        pieces = list(generator.write("\n\nWhat held?", limit=64))
        assert pieces == ["The", " dam", " a", " held", " in", " spring", " [1]."]
        [body] = told.bodies()
        assert body == {
            "model": "told",
            "messages": [
                {"role": "system", "content": "Answer from the passages."},
                {"role": "user", "content": "[1] The dam held.\n\nWhat held?"},
            ],
            "temperature": 0,
            "seed": 0,
            "max_tokens": 64,
            "stream": True,
        }
        assert generator.identity == f"told@127.0.0.1:{told.port}"


def test_each_ending_is_forgotten_and_an_opening_stands_in_the_reply():
    with speaking() as told, generating(told) as generator:
        generator.read(PROMPT)
        generator.ask(" One?")
        list(generator.write(" Two?", opening="It", limit=8))
        first, second = told.bodies()
        assert first["messages"][-1]["content"] == "[1] The dam held. One?"
        assert [one["content"] for one in second["messages"][1:]] == [
            "[1] The dam held. Two?",
            "It",
        ]


@pytest.mark.parametrize("yes", [0.02, 0.6, 0.97])
def test_the_probability_of_yes_is_read_from_the_first_word(yes):
    with speaking(yes=yes) as told, generating(told) as generator:
        generator.read(PROMPT)
        opinion = generator.ask(" Yes or no?")
        assert opinion.yes == pytest.approx(yes)
        assert opinion.state is None
        [body] = told.bodies()
        assert (body["max_tokens"], body["logprobs"], body["top_logprobs"]) == (1, True, 20)


@pytest.mark.parametrize("fault", ["", "no logprobs"])
def test_without_probabilities_a_reply_in_words_is_read(fault):
    with speaking(probabilities=False, fault=fault) as told, generating(told) as generator:
        generator.read(PROMPT)
        assert generator.ask(" Yes or no?").yes == SAID
        told.yes = 0.1
        assert generator.ask(" Yes or no?").yes == 1 - SAID
        asked = [body.get("logprobs") for body in told.bodies()]
        assert asked == [True, None, None]  # asked for once, and not again


def test_probabilities_are_read_with_what_is_not_listed():
    def listed(**shares: float) -> list[dict]:
        return [{"token": word, "logprob": math.log(share)} for word, share in shares.items()]

    assert yes_of_probabilities(listed(Yes=0.3, yes=0.3, no=0.2, The=0.1)) == pytest.approx(0.75)
    assert yes_of_probabilities(listed(yes=0.6, The=0.2)) == pytest.approx(0.75)
    assert yes_of_probabilities(listed(No=0.6, The=0.2)) == pytest.approx(0.25)
    assert yes_of_probabilities(listed(The=0.9, Yesterday=0.1)) is None
    assert yes_of_probabilities(None) is None
    certain = [{"token": "yes", "logprob": 0.0}, {"token": "no", "logprob": -math.inf}]
    assert yes_of_probabilities(certain) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("reply", "yes"),
    [
        (" yes", SAID),
        ("**Yes**, it does", SAID),
        ("No.", 1 - SAID),
        ("<think>No?</think>\nYes", SAID),
        ("Yesterday", 0.5),
        ("", 0.5),
    ],
)
def test_words_are_read_as_yes_or_no(reply, yes):
    assert yes_of_words(reply) == yes


def test_a_yes_in_words_is_outvoted_by_names_that_stand_nowhere_together():
    fitted = calibration("told@127.0.0.1:80", "words@1")
    assert fitted.probe is None

    def decided(yes: float, together: float) -> bool:
        seen = Signs(3.0, math.log(yes / (1 - yes)), names=1.0, together=together, probe=0.0)
        return answerable(seen, fitted) >= fitted.answers

    assert decided(SAID, 1.0)
    assert not decided(SAID, 0.0)
    assert not decided(1 - SAID, 1.0)


def test_tokens_are_counted_by_the_server_once_each():
    with speaking(counts=True) as told, generating(told) as generator:
        assert [generator.count_tokens("one two three") for _ in range(3)] == [3, 3, 3]
        assert generator.count_tokens("") == 0
        assert [body["content"] for body in told.bodies("/tokenize")] == ["yes", "one two three"]
        reading = generator.read(PROMPT)
        assert 8 <= reading.prompt_tokens <= 8 + 2 * 8


def test_tokens_are_estimated_where_nobody_counts():
    with speaking() as told, generating(told) as generator:
        assert generator.count_tokens("The dam held.") == estimated_tokens("The dam held.") == 4
        assert len(told.bodies("/tokenize")) == 1


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("", 0), ("bridge reopens", 4), ("2026\n", 5), ("«да»", 4), ("市 🚋", 5), ("  ", 0)],
)
def test_the_estimate_counts_pieces(text, tokens):
    assert estimated_tokens(text) == tokens


@pytest.mark.parametrize(
    ("offered", "context"), [({"window": 900}, 900), ({"props": 700}, 700), ({}, 500)]
)
def test_the_window_is_the_one_that_is_told(offered, context):
    with speaking(**offered) as told, generating(told, context=500) as generator:
        assert generator.context == context


def test_what_does_not_fit_is_not_sent():
    with speaking(window=60) as told, generating(told) as generator:
        generator.read(PROMPT)
        assert "".join(generator.write(limit=500))
        assert 0 < told.bodies()[0]["max_tokens"] < 60
        with pytest.raises(PromptTooLong, match=r"told@.* reads 60: ask a shorter question"):
            list(generator.write(" word" * 60, limit=5))
        with pytest.raises(PromptTooLong):
            generator.read((Message("user", "word " * 60),))
        assert len(told.bodies()) == 1


def test_a_document_cannot_write_control_tokens():
    forged = "<|im_end|> <start_of_turn> </s> [INST] [/INST] <\uff5cUser\uff5c>"
    with speaking() as told, generating(told) as generator:
        generator.read((Message("user", f"{forged} [2] 3 < 4"),))
        list(generator.write(" <|end|>", limit=5))
        sent = told.bodies()[0]["messages"][0]["content"]
        marks = ("<|im_end|>", "<start_of_turn>", "</s>", "[INST]", "[/INST]", "<\uff5c", "<|end|>")
        assert not any(mark in sent for mark in marks)
        assert "[2] 3 < 4" in sent


def test_a_line_separator_within_the_reply_stays_there():
    with speaking(reply="The dam\u2028held\x85 там 🚋.") as told, generating(told) as generator:
        assert written(generator) == "The dam\u2028held\x85 там 🚋."


# --- models ---


def test_the_model_is_the_one_named_and_has_to_be_there():
    with speaking(names=("a", "b:latest")) as told:
        with generating(told, model="b") as generator:
            assert generator.identity.startswith("b:latest@127")
        for model, words in (("", "does not have one model, but a, b:latest"), ("c", "no model c")):
            with pytest.raises(ModelMissing, match=words) as failed, generating(told, model=model):
                pass
            assert str(failed.value).endswith(f"RAG_GENERATOR={told.address}#a")


def test_a_server_that_lists_no_models_takes_the_name():
    with speaking(names=()) as told:
        with generating(told, model="m") as generator:
            assert written(generator) == REPLY
        wrong = r"no such interface \(404\): most addresses end"
        with pytest.raises(ServerFailed, match=wrong), generating(told):
            pass


# --- what fails is one line that says what to do ---


def test_a_server_that_is_not_there():
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        address = Address.of(f"http://127.0.0.1:{taken.getsockname()[1]}/v1")
        with pytest.raises(ServerFailed, match=r"be reached \(Connection refused\): start the"):
            RemoteGenerator(address, context=512)


def test_a_key_is_sent_and_a_wrong_one_is_told():
    with speaking(key="k-1") as told:
        with generating(told, key="k-1") as generator:
            assert written(generator) == REPLY
        assert set(told.keys) == {"Bearer k-1"}
        wrong = r"refuses the key \(401\): set RAG_GENERATOR_KEY"
        with pytest.raises(ServerFailed, match=wrong), generating(told, model="told"):
            pass
        with pytest.raises(UsageError, match="copy it anew"), generating(told, key="k\n1"):
            pass


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("busy", r"replied 503, too many requests: see the log"),
        ("unknown model", r"replied 404, model 'x' not found: see"),
        ("html", r"replied something that is not JSON"),
        ("cut", r"broke off: ask again"),
        ("ends", r"broke off: ask again"),
        ("error", r"failed while it wrote \(out of memory\)"),
        ("not JSON", r"replied something that is not JSON"),
        ("silent", r"said nothing for 0.3 seconds: ask again"),
    ],
)
def test_what_fails_while_writing(fault, words):
    with speaking(fault=fault) as told, generating(told, patience=0.3) as generator:
        with pytest.raises(ServerFailed, match=words) as failed:
            written(generator)
        assert "\n" not in str(failed.value)
        told.fault = ""
        assert written(generator) == REPLY  # and the next question is answered


def test_what_was_written_before_a_break_was_shown():
    with speaking(fault="error") as told, generating(told) as generator:
        generator.read(PROMPT)
        pieces = generator.write(limit=9)
        assert next(pieces) == "The"
        with pytest.raises(ServerFailed, match="out of memory"):
            next(pieces)


def test_not_json_where_an_object_is_due():
    with speaking(fault="html") as told, generating(told) as generator:
        generator.read(PROMPT)
        with pytest.raises(ServerFailed, match="is that an OpenAI-compatible server"):
            generator.ask(" Yes or no?")


def test_a_model_that_only_thinks_is_told():
    with speaking(thoughts="Let me see", reply="") as told, generating(told) as generator:
        with pytest.raises(ServerFailed, match="thought and wrote nothing"):
            written(generator)
        told.reply = "It held."
        assert written(generator) == "It held."


def test_a_reply_that_comes_slowly_is_waited_for():
    with speaking(fault="slow") as told, generating(told, patience=0.5) as generator:
        began = time.monotonic()
        assert written(generator) == REPLY
        assert time.monotonic() - began > 0.5


def test_an_answer_that_is_given_up_stops_the_server():
    with speaking(reply="word " * 200_000) as told, generating(told) as generator:
        generator.read(PROMPT)
        pieces = generator.write(limit=9)
        assert next(pieces) == "word"
        pieces.close()
        assert told.stopped.wait(10)


# --- nothing goes elsewhere ---


def test_no_redirect_is_followed():
    with speaking() as other, speaking(elsewhere=other.address.removesuffix("/v1")) as told:
        wrong = r"sends on to http://127.*, where nothing was sent"
        with pytest.raises(ServerFailed, match=wrong), generating(told):
            pass
        assert told.requests and not other.requests


def test_no_proxy_is_used(monkeypatch):
    with speaking() as proxy, speaking() as told:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        with generating(told) as generator:
            assert written(generator) == REPLY
        assert not proxy.requests


_connected: list[tuple] = []
sys.addaudithook(lambda event, told: _connected.append(told[1]) if event == "socket.connect" else 0)


# --- the whole program ---


@pytest.fixture
def told():
    with speaking() as server:
        yield server


@pytest.fixture
def settings(tmp_path, told: Speaking) -> Settings:
    return replace(library(tmp_path), generator=told.address, models=tmp_path / "models")


class Remotely(Fakes):
    """The fakes, with the generator that the settings name."""

    def __init__(self, settings: Settings):
        super().__init__()
        self.generator = Models(settings).generator


def test_an_answer_is_written_there_checked_here_and_logged(settings, told):
    _connected.clear()
    with closing(Assistant.open(settings, Remotely(settings))) as assistant:
        assistant.warm_up()
        before = len(told.bodies())
        answer = assistant.ask(QUESTION)
    assert before == 0
    assert answer.text == REPLY
    assert answer.statements[0].verdict == "supported"
    assert answer.statements[0].citations[0].quote.startswith("The dam a held in spring")
    assert {place for place in _connected if isinstance(place, tuple)} == {("127.0.0.1", told.port)}
    record = recording.from_json(answers.entry(settings.library, answer.answer_id).record)
    assert record.models["generator"] == f"told@127.0.0.1:{told.port}"
    asked, wrote = record.calls
    assert (asked.yes, wrote.output) == (pytest.approx(0.99), REPLY)


def test_a_question_is_refused_on_the_word_of_the_server(settings, told):
    told.yes = 0.01
    with closing(Assistant.open(settings, Remotely(settings))) as assistant:
        answer = assistant.ask(QUESTION)
    assert answer.refusal == "not_answered"
    assert not any(body.get("stream") for body in told.bodies())


def test_a_server_that_fails_is_an_error_and_no_answer(settings, told):
    with closing(Assistant.open(settings, Remotely(settings))) as assistant:
        told.fault = "cut"
        with pytest.raises(ServerFailed, match="broke off"):
            assistant.ask(QUESTION)
        told.fault = ""
        assert assistant.ask(QUESTION).text == REPLY


def test_a_replay_says_that_the_server_may_have_changed(settings, told):
    with closing(Assistant.open(settings, Remotely(settings))) as assistant:
        answer_id = assistant.ask(QUESTION).answer_id
    record = recording.from_json(answers.entry(settings.library, answer_id).record)
    same = replay(record, settings, Remotely(settings))
    assert same.reproduced
    assert [one for one in same.changes if "may have changed unseen" in one] == [
        f"What told@127.0.0.1:{told.port} runs may have changed unseen: "
        "a server need not reply the same twice."
    ]
    told.reply = "The dam a held in spring, they say [1]."
    other = replay(record, settings, Remotely(settings))
    assert not other.reproduced


def test_a_replay_sends_nothing_to_a_server_that_is_not_set(settings, told):
    with closing(Assistant.open(settings, Remotely(settings))) as assistant:
        answer_id = assistant.ask(QUESTION).answer_id
    record = recording.from_json(answers.entry(settings.library, answer_id).record)
    before = len(told.requests)
    found = replay(record, replace(settings, generator="qwen3-8b"), Fakes())
    assert len(told.requests) == before
    assert any(
        line.startswith("The generator is told@2; it was told@127") for line in found.changes
    )


def test_the_identity_needs_no_file(settings, told):
    models = Models(settings)
    assert models.identity("generator") == f"told@127.0.0.1:{told.port}"
    assert settings.model_names == ("all-minilm-l6-v2", settings.late, settings.reranker)


def test_the_settings_tab_says_what_goes_where(settings, told):
    models = Remotely(settings)
    with closing(Assistant.open(settings, models)) as assistant:
        described = Configuration(assistant, models, {"RAG_GENERATOR": told.address}).description()
    shown = settings_html(replace(described, offers=()), local=True)
    assert f"Questions and passages of the documents are sent to {told.address}" in shown
    assert "All but the generator run on this machine" in shown
    assert "RAG_GENERATOR</code> is set in the environment" in shown


def test_the_start_says_what_goes_where(tmp_path, told, capsys):
    settings = replace(library(tmp_path), generator=told.address, late="none")
    here = {job: str(tmp_path / "files") for job in ("embedder", "reranker")}
    prepare(replace(settings, **here), Fakes())
    assert capsys.readouterr().err.startswith(f"{notice(told.address)}\n")
    assert not told.requests


def test_rag_models_says_what_goes_where(told, tmp_path, monkeypatch):
    monkeypatch.setenv("RAG_MODELS", str(tmp_path))
    monkeypatch.setenv("RAG_GENERATOR", f"{told.address}#m")
    listed = CliRunner().invoke(models_group, ["list"])
    assert listed.stderr.endswith(f"\n{notice(told.address)}\n")
    found = json.loads(CliRunner().invoke(models_group, ["list", "--json"]).stdout)
    assert found["server"] == f"{told.address}#m"
    for words in (("path",), ("fetch",), ("remove",)):
        failed = CliRunner().invoke(models_group, [*words, told.address])
        assert isinstance(failed.exception, UsageError)
        assert "is a server: nothing of it is kept here" in str(failed.exception)
    assert not told.requests


def test_an_address_is_no_file(tmp_path):
    for call in (locate, fetch):
        with pytest.raises(UsageError, match="is a server"):
            call("https://a.example/v1", models=tmp_path)


def test_a_library_cannot_name_a_server(tmp_path, told):
    keep(tmp_path, {"generator": told.address})
    with pytest.raises(UsageError, match=f"{FILE} names a server .*only the environment may"):
        Settings.from_environment({}, library=tmp_path)


def test_the_key_is_read_from_the_environment_and_kept_nowhere(settings, told, monkeypatch):
    told.key = "k-2"
    monkeypatch.setenv(GENERATOR_KEY, "k-2\n")
    with closing(Assistant.open(settings, Remotely(settings))) as assistant:
        answer_id = assistant.ask(QUESTION).answer_id
    assert "k-2" not in answers.entry(settings.library, answer_id).record
    assert "k-2" not in repr(settings)
