"""Test sets run beside a chat: one at a time, stopped and gone on with, with its models."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from rag.errors import InputError
from rag.evaluating.bench import Bench, Order
from rag.evaluating.comparing import compare, side
from rag.evaluating.keeping import load
from rag.evaluating.listing import row
from rag.serving import Offer, web_app
from rag.serving.evaluating.figures import comparison_figures, run_figures
from rag.serving.verifying.routes import Asked, checked
from rag.types import Finished
from tests.chat_demo import DemoAssistant
from tests.evaluating_demo import HOSTILE, kept_bench, running_bench


def ended(bench: Bench, stage: str = "done", seconds: float = 60) -> None:
    until(lambda: not bench.job.is_open, seconds)
    assert (bench.job.stage, bench.job.error) == (stage, "")


def until(met: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.01)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return running_bench(tmp_path)


def test_only_the_test_sets_of_the_folders_are_known(bench, tmp_path):
    assert bench.sets() == ["broken.jsonl", "dams.jsonl"]
    (tmp_path / "secret.jsonl").write_text("{}")
    for name in ("../secret.jsonl", str(tmp_path / "secret.jsonl"), "", ".", "../sets/dams.jsonl"):
        with pytest.raises(InputError, match="no such test set"):
            bench.examined(name)
    found, problems = bench.examined("broken.jsonl")
    assert found is None
    assert str(problems[0]).startswith('broken.jsonl:1: "question" is empty.')


def test_a_run_is_kept_and_the_same_order_asks_nothing_again(bench):
    bench.start(Order("dams.jsonl", size=3))
    ended(bench)
    assert (bench.job.done, bench.job.of, bench.job.judged) == (3, 3, 3)
    asked = len(bench._assistant.models.generator.prompts)
    folder = bench.folder(bench.job.run)
    assert (folder / "report.html").is_file()
    bench.start(Order("dams.jsonl", size=3))
    ended(bench)
    assert len(bench._assistant.models.generator.prompts) == asked
    assert (bench.runs(), bench.job.before) == ([folder.name], 3)
    bench.start(Order("dams.jsonl", size=3, again=True))
    ended(bench)
    assert len(bench.runs()) == 2
    assert compare(*(side(bench.report(name)) for name in bench.runs())).identical


def test_a_stopped_run_goes_on_and_asks_no_case_twice(bench):
    models = bench._assistant.models
    reading, going = models.generator.read, threading.Event()

    def held(messages):
        going.wait(60)
        return reading(messages)

    models.generator.read = held
    bench.start(Order("dams.jsonl"))
    until(lambda: bench.job.stage == "asking")
    bench.stop()
    assert bench.job.stage == "stopping"
    with pytest.raises(InputError, match="dams is being run: wait for it, or stop it first"):
        bench.start(Order("dams.jsonl"))
    going.set()
    ended(bench, "stopped")
    stopped, run = bench.job, bench.job.run
    assert 1 <= stopped.done < stopped.of == 5
    assert not row(bench.folder(run)).complete
    again = Bench(bench._assistant, bench.folders)  # as after a restart of the program
    again.go_on(run)
    ended(again)
    assert (again.job.run, again.job.before, again.job.done) == (run, stopped.done, 5)
    ids = [one.outcome.case.case_id for one in load(bench.folder(run)).cases]
    assert ids == ["dam", "again", "bridge", "none", "odd"]


def test_a_run_of_a_changed_library_does_not_go_on(bench, tmp_path):
    bench.start(Order("dams.jsonl", size=1))
    ended(bench)
    settings = replace(bench.settings, evidence_tokens=7)
    bench._assistant.settings = settings
    bench.go_on(bench.job.run)
    until(lambda: not bench.job.is_open)
    assert bench.job.stage == "failed"
    assert bench.job.error.endswith("changed since. Run the test set anew.")


def test_a_bad_set_and_an_unknown_run_are_one_line(bench):
    with pytest.raises(InputError, match=r'broken.jsonl:1: "question" is empty'):
        bench.start(Order("broken.jsonl"))
    for ask in (bench.go_on, bench.report, bench.folder):
        with pytest.raises(InputError, match="There is no"):
            ask("../library")
    assert bench.job is None


def test_the_chat_is_answered_while_a_test_set_is_run(tmp_path):
    bench = running_bench(tmp_path, pace=0.1)
    bench.start(Order("dams.jsonl"))
    until(lambda: bench.job.stage == "asking")
    events = list(bench._assistant.stream("Which dam held in spring?"))
    assert isinstance(events[-1], Finished)
    assert bench.job.is_open  # it did not wait for the end of the run
    ended(bench)
    alone = bench.report(bench.job.run)
    assert len(alone.cases) == 5


def test_a_text_is_checked_against_a_real_library(bench):
    asked = Asked(text="The dam at Ilm held in spring.\n\n…\n\nPenguins settled on Mercury.")
    begun, *found = checked(bench._assistant, asked, threading.Lock())
    assert begun.of == len(found) == 3
    assert [one.verdict for one in found] == ["supported", "not checked", "not supported"]
    assert "The dam at Ilm held in spring." in found[0].card


def test_the_figures_hold_every_failure_and_escape_its_words(tmp_path):
    bench = kept_bench(tmp_path)
    told = run_figures(bench.report("dams-1"))
    assert "Failures (2)" in told and told.count("passage read") == 2
    assert "<script" not in told and "&lt;script&gt;window.pwned = 7" in told
    assert "Barley &lt;b&gt;fell" in told
    found = compare(side(bench.report("dams-1")), side(bench.report("dams-2")))
    told = comparison_figures(found)
    assert "1 case ended differently" in told and "<script" not in told
    assert '<th scope="row">accuracy</th><td class="n">0.500</td><td class="n">0.750</td>' in told


def test_pages_and_pieces_are_served_and_lead_nowhere_else(tmp_path):
    bench = kept_bench(tmp_path)
    client = TestClient(
        web_app(DemoAssistant(0), offer=Offer(bench=bench)), base_url="http://127.0.0.1"
    )
    runs = client.get("/evaluate/runs").text
    assert runs.count('<th scope="row">') == 3 and "2 of 4" in runs and "Go on" in runs
    report = client.get("/evaluate/report/dams-1")
    assert "sandbox" in report.headers["content-security-policy"]
    assert HOSTILE not in report.text
    for path in ("/evaluate/report/..%2Flibrary", "/evaluate/comparison-page?a=dams-1&b=x"):
        assert client.get(path).status_code == 404
    error = client.get("/evaluate/run?name=../library").json()["error"]
    assert error == "There is no such run any more: look at the list of runs."
    plain = client.post("/evaluate/start", content='{"test_set": "dams.jsonl"}')
    assert plain.status_code == 400 and bench.job is None
    small = client.post("/evaluate/start", json={"test_set": "dams.jsonl", "size": 0})
    assert small.json()["error"].startswith("size: ")


def test_a_damaged_run_is_listed_with_its_remedy(tmp_path):
    bench = kept_bench(tmp_path)
    (bench.folder("dams-1") / "run.json").write_text("{")
    found = row(bench.folder("dams-1"))
    assert "is damaged: delete the folder" in found.trouble
    client = TestClient(
        web_app(DemoAssistant(0), offer=Offer(bench=bench)), base_url="http://127.0.0.1"
    )
    assert "is damaged: delete the folder" in client.get("/evaluate/runs").text
