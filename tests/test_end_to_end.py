"""The whole program with the real models, through its command line and from Python."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from rag.assembling import Assistant, Models, build
from rag.settings import PROJECT, Settings
from rag.storing import DATABASE, Store
from rag.types import Answer
from tests.test_syncing import contents

pytestmark = pytest.mark.model

# None of these was used to choose a prompt, a weight or a threshold.
QUESTIONS = (
    "What did Gerasimov say about demining?",
    "What did Peskov say about the North Korean field engineers?",
    "Who accompanied Kim Jong Un to the Kumsusan Palace of the Sun?",
    "Which regiment returned to North Korea from the Kursk Region?",
    "Where did Kim Jong Un deliver his New Year speech?",
    "Which workers did Kim Jong Un praise in his New Year speech?",
    "In which provinces and cities did the army-people rallies take place?",
    "What does Professor Lim predict about the 9th Party Congress?",
    "What did Russia and North Korea sign in the summer of 2024?",
    "With the leaders of which countries did the General Secretary hold historic meetings?",
)


def rag(*arguments: object, library: Path, code: int = 0, **options) -> subprocess.CompletedProcess:
    """Run the command line in a process of its own and check its exit code."""
    done = subprocess.run(
        [sys.executable, "-m", "rag", *map(str, arguments), "--library", str(library)],
        capture_output=True,
        text=True,
        cwd=PROJECT,
        **options,
    )
    assert done.returncode == code, done.stderr
    return done


@pytest.fixture(scope="module")
def assistant(request) -> Assistant:
    """An assistant over the real documents, or over the seeds where those are not there."""
    try:
        settings = request.getfixturevalue("real_library")
    except pytest.skip.Exception:
        settings = request.getfixturevalue("seed_library")
    return Assistant.open(settings)


@pytest.fixture(scope="module")
def seeds(seed_library: Settings) -> Assistant:
    return Assistant.open(seed_library)


def quotes_are_slices(answer: Answer, assistant: Assistant) -> int:
    """Check every citation against the stored document; return how many there were."""
    citations = [citation for said in answer.statements for citation in said.citations]
    for citation in citations:
        text = assistant.document(citation.document.document_id).text
        assert citation.quote == text[citation.start : citation.end] != ""
        shown = next(item for item in answer.evidence if item.number == citation.number)
        assert shown.start <= citation.start < citation.end <= shown.end
    return len(citations)


def test_the_real_documents_come_out_whole(real_seeds, tmp_path, model_settings):
    library = tmp_path / "library"
    report = json.loads(rag("index", real_seeds, "--json", library=library).stdout)
    assert report["documents"] == 7
    assert [file["state"] for file in report["files"]] == ["new"] * 5
    listed = json.loads(rag("documents", "--json", library=library).stdout)["documents"]
    known = {
        (Path(d["path"]).name[:3] + d["path"][-2:], d["publisher"], d["published"]) for d in listed
    }
    assert known == {
        ("000#1", "KCNA", "2026-01-01"),
        ("000#2", "KCNA", "2026-01-02"),
        ("000#3", "KCNA", "2026-01-01"),
        ("001xt", "TASS", "2026-01-01"),
        ("002xt", None, None),
        ("003xt", None, None),
        ("004xt", "KCNA", "2021-01-21"),
    }
    again = json.loads(rag("index", "--json", library=library).stdout)
    assert {file["state"] for file in again["files"]} == {"unchanged"}
    hits = json.loads(rag("search", "demining", "-k", 3, "--json", library=library).stdout)["hits"]
    assert [hit["rank"] for hit in hits] == [1, 2, 3]
    assert "demining of the Kursk Region" in hits[0]["text"]
    whole = json.loads(rag("show", hits[0]["document_id"], "--json", library=library).stdout)
    assert whole["text"][hits[0]["start"] : hits[0]["end"]] == hits[0]["text"]
    assert whole["read_from"]["publisher"]["words"] in whole["text"]


def test_gerasimov_is_answered_from_tass(assistant):
    answer = assistant.ask(QUESTIONS[0])
    assert answer.refusal is None
    assert all(word in answer.text for word in ("Gerasimov", "North Korean", "Kursk"))
    (citation,) = answer.statements[0].citations
    assert citation.document.publisher.value == "TASS"
    assert "Gerasimov" in citation.quote and "demining" in citation.quote


def test_every_quote_of_ten_answers_is_the_exact_source(assistant, capsys):
    answers = [assistant.ask(question) for question in QUESTIONS]
    checked = [quotes_are_slices(answer, assistant) for answer in answers]
    with capsys.disabled():
        print(f"\n{sum(checked)} citations of {len(answers)} answers checked:", checked)
    assert sum(checked) >= 8
    assert all(answer.invalid_citations == 0 or answer.text for answer in answers)


def test_the_seeds_answer_too(seeds):
    answer = seeds.ask(QUESTIONS[0])
    assert "Kursk" in answer.text and quotes_are_slices(answer, seeds) >= 1


@pytest.mark.parametrize(
    "question",
    [
        "What did Zelensky say about demining?",
        "How many goals did Messi score for Barcelona in 2012?",
    ],
)
def test_what_the_documents_do_not_hold_is_refused(assistant, question):
    answer = assistant.ask(question)
    assert answer.refusal is not None
    assert not any(said.citations for said in answer.statements)


def test_nothing_relevant_is_refused_without_the_generator(model_settings, real_library):
    class NoGenerator(Models):
        @property
        def generator(self):
            class Untouchable:
                identity = "none"

            return Untouchable()

    settings = replace(model_settings, library=real_library.library)
    answer = Assistant.open(settings, NoGenerator(settings)).ask(
        "Which enzymes break down lactose in the small intestine?"
    )
    assert answer.refusal == "nothing_found"


def test_the_same_question_gives_the_same_bytes(assistant):
    first = assistant.ask(QUESTIONS[1])
    assistant.ask(QUESTIONS[4])
    second = assistant.ask(QUESTIONS[1])
    other = Assistant.open(assistant.settings).ask(QUESTIONS[1])
    assert (first.text, first.statements) == (second.text, second.statements)
    assert (first.text, first.statements) == (other.text, other.statements)


def test_the_command_line_prints_one_json_object(assistant):
    done = rag("ask", QUESTIONS[0], "--json", library=assistant.settings.library)
    answer = json.loads(done.stdout)
    assert answer["text"] == assistant.ask(QUESTIONS[0]).text
    for citation in [c for said in answer["statements"] for c in said["citations"]]:
        whole = assistant.document(citation["document_id"]).text
        assert whole[citation["start"] : citation["end"]] == citation["quote"]
    assert {"retrieve_ms", "first_token_ms", "total_ms"} <= set(answer["timings"])


BLOCKED = """
import sys

def refuse(event, arguments):
    # Loopback and files are fine; anything else is another machine.
    if event == "socket.connect":
        address = arguments[1]
        if isinstance(address, tuple) and not str(address[0]).startswith(("127.", "::1")):
            print(f"BLOCKED connect {address}", file=sys.stderr)
            raise OSError("no network in this test")
    here = (None, "localhost", "127.0.0.1", "::1")
    if event == "socket.getaddrinfo" and arguments[0] not in here:
        print(f"BLOCKED lookup {arguments[0]}", file=sys.stderr)
        raise OSError("no network in this test")

sys.addaudithook(refuse)
"""


@pytest.fixture
def no_network(tmp_path) -> dict[str, str]:
    """An environment in which a Python process cannot reach another machine."""
    hook = tmp_path / "hook"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(BLOCKED)
    return os.environ | {"PYTHONPATH": f"{hook}{os.pathsep}{PROJECT}"}


def test_the_block_blocks(no_network):
    done = subprocess.run(
        [sys.executable, "-c", "import socket; socket.create_connection(('192.0.2.1', 9))"],
        env=no_network,
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0 and "BLOCKED" in done.stderr


def test_everything_works_with_the_network_cable_out(model_settings, tmp_path, no_network):
    library, caches = tmp_path / "library", tmp_path / "caches"
    no_network |= {"RAG_MODELS": str(model_settings.models), "XDG_CACHE_HOME": str(caches)}
    indexed = rag("index", PROJECT / "seeds", library=library, env=no_network)
    found = rag("search", "demining", "--json", library=library, env=no_network)
    answered = rag("ask", QUESTIONS[0], "--json", library=library, env=no_network)
    assert "Kursk" in json.loads(answered.stdout)["text"]
    for done in (indexed, found, answered):
        assert "BLOCKED" not in done.stderr
    assert "Chat ready at" in _started_chat(library, no_network)
    # What reports home from compiled code is not seen above, but keeps its queue here.
    left = {path.name for path in caches.rglob("*")} if caches.exists() else set()
    assert not {name for name in left if "telemetry" in name.lower() or "deviceid" in name}
    assert not (caches / "Microsoft").exists()


def _started_chat(library: Path, environment: dict[str, str]) -> str:
    """Start the chat, fetch its page, stop it; return what it printed."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    chat = subprocess.Popen(
        [sys.executable, "app.py", "--library", str(library), "--port", str(port)],
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    ready = chat.stdout.readline()
    page = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import urllib.request as u; print(u.urlopen('http://127.0.0.1:{port}/').status)",
        ],
        capture_output=True,
        text=True,
    )
    chat.send_signal(signal.SIGINT)
    _, messages = chat.communicate(timeout=60)
    assert page.stdout.strip() == "200"
    assert "BLOCKED" not in messages
    return ready


def test_killing_the_indexer_ten_times_loses_nothing(model_settings, tmp_path, capsys):
    folder = tmp_path / "files"
    folder.mkdir()
    for number in range(300):
        sentences = [
            f"Report {number} was filed at station {n * 7 % 31} on day {number % 28 + 1}. "
            f"Its reader counted {number * n} parcels of grain and {n} barges on the river."
            for n in range(1, 9)
        ]
        (folder / f"{number:03}.txt").write_text(" ".join(sentences))
    killed, undisturbed = tmp_path / "killed", tmp_path / "undisturbed"
    started = time.monotonic()
    build(replace(model_settings, library=undisturbed), [folder])
    length = time.monotonic() - started
    rng = random.Random(20261122)
    kept = [_killed(folder, killed, rng.uniform(0, length / 2), late=n % 3 > 0) for n in range(10)]
    with capsys.disabled():
        print(f"\ndocuments kept after each of ten kills: {kept}")
    assert kept == sorted(kept) and any(0 < documents < 300 for documents in kept)
    rag("index", folder, library=killed)
    assert contents(killed) == contents(undisturbed)


def _killed(folder: Path, library: Path, wait: float, *, late: bool) -> int:
    """Kill an indexing run after `wait` seconds; return how many documents it left.

    The time counts from the start of the process, or if `late`, of reading files.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "rag", "index", str(folder), "--library", str(library)],
        cwd=PROJECT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    seen = b"" if late else b"files"
    while b"files" not in seen and (piece := process.stderr.read(1)):
        seen += piece
    with suppress(subprocess.TimeoutExpired):
        process.wait(wait)
    process.kill()
    process.communicate()
    if not (library / DATABASE).is_file():
        return 0
    with closing(Store.open(library)) as store:
        return store.counts()[0]


@pytest.mark.parametrize(
    ("command", "told", "code"),
    [
        (["search", "x", "-k", "0"], "--help", 2),
        (["ask", " "], "The question is empty", 1),
        (["ask", "word " * 20_000], "at most 4,000", 1),
        (["show", "nothing"], "rag documents", 1),
        (["index", "/no/such/folder"], "check the path", 1),
        (["search", "x", "--nonsense"], "--help", 2),
    ],
)
def test_errors_are_one_line(assistant, command, told, code):
    done = rag(*command, library=assistant.settings.library, code=code)
    assert told in done.stderr and done.stderr.count("\n") == 1 and done.stdout == ""


def test_a_folder_with_nothing_usable_is_one_line(model_settings, tmp_path):
    (tmp_path / "scans").mkdir()
    (tmp_path / "scans" / "page.tiff").write_bytes(b"II*")
    done = rag("index", tmp_path / "scans", "--json", library=tmp_path / "library", code=1)
    assert json.loads(done.stdout)["files"][0]["state"] == "failed"
    assert "put documents there" in done.stderr and done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"RAG_GENERATOR": "/no/such.gguf"}, "There is no model at"),
        ({"RAG_EMBEDDER": "all-minilm-l6-v3"}, "Did you mean all-minilm-l6-v2"),
        ({"RAG_MODELS": "/nonexistent"}, "rag models fetch"),
        ({"RAG_THREADS": "many"}, "RAG_THREADS must be"),
    ],
)
def test_models_that_are_not_there(assistant, variables, told):
    done = subprocess.run(
        [sys.executable, "-m", "rag", "ask", "Who?", "--library", assistant.settings.library],
        capture_output=True,
        text=True,
        cwd=PROJECT,
        env=os.environ | variables,
    )
    assert done.returncode in (1, 2)
    assert told in done.stderr and done.stderr.strip().count("\n") == 0
