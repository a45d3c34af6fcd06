"""`rag eval` on runs made by fakes: tables, JSON, files and exit codes; no model is loaded."""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rag.cli import main
from rag.errors import GateFailed, InputError, UsageError
from rag.evaluating.launching import launch
from rag.settings import PROJECT
from tests.test_running import Fakes, bench, request  # noqa: F401  (a fixture)


@pytest.fixture
def kept(bench, monkeypatch: pytest.MonkeyPatch) -> list[str]:  # noqa: F811
    """Return the names of two kept runs, the second one under a stricter setting."""
    monkeypatch.setenv("RAG_RUNS", str(bench.runs))
    strict = replace(bench, strictness=1.0)
    return [launch(request(bench), one, models=Fakes()).run.name for one in (bench, strict)]


def rag(*arguments: str) -> Result:
    return CliRunner().invoke(main, ("eval", *arguments))


def test_runs_are_listed(kept):
    document = json.loads(rag("runs", "--json").stdout)
    assert {row["name"] for row in document["runs"]} == set(kept)
    assert all((row["done"], row["cases"]) == (4, 4) for row in document["runs"])
    assert kept[0] in rag("runs").stdout


def test_a_report_is_one_json_document_with_the_metrics_under_their_names(kept):
    document = json.loads(rag("report", kept[0], "--json").stdout)
    assert {"run", "metrics", "cases"} <= set(document)
    assert document["metrics"]["accuracy"].keys() >= {"value", "low", "high"}
    assert document["metrics"]["recall@10"]["value"] == 0.5
    assert Path(document["run"]).name == kept[0]
    assert [case["id"] for case in document["cases"]] == ["dam", "price", "bridge", "none"]


def test_a_report_is_a_table_on_the_terminal(kept):
    shown = rag("report", kept[0]).stdout
    assert "accuracy" in shown and "not retrieved" in shown and "unanswerable" in shown


def test_a_report_is_written_in_every_form(kept, tmp_path):
    forms = {
        "--html": tmp_path / "r.html",
        "--markdown": tmp_path / "r.md",
        "--csv": tmp_path / "r.csv",
        "--junit": tmp_path / "deep" / "r.xml",
    }
    result = rag("report", kept[0], *(str(part) for pair in forms.items() for part in pair))
    assert result.exit_code == 0
    assert result.stdout == ""
    assert "<html" in forms["--html"].read_text()
    assert "accuracy" in forms["--markdown"].read_text()
    assert len(forms["--csv"].read_text().splitlines()) == 5
    assert ElementTree.parse(forms["--junit"]).find(".//failure") is not None


def test_a_report_that_cannot_be_written_says_so(kept, tmp_path):
    (tmp_path / "file").write_text("")
    result = rag("report", kept[0], "--html", str(tmp_path / "file" / "r.html"))
    assert isinstance(result.exception, InputError)
    assert "choose another place" in str(result.exception)


def test_two_runs_are_compared(kept):
    document = json.loads(rag("compare", *kept, "--json").stdout)
    assert document["metrics"]["answer_accuracy"]["value"] == -0.5
    assert [flip["id"] for flip in document["flips"]] == ["dam"]
    assert "wrongly refused" in rag("compare", *kept).stdout


@pytest.mark.parametrize(
    ("arguments", "failure"),
    [
        (("--min", "accuracy=0.75"), None),
        (("--min", "accuracy=0.76"), "accuracy is 0.750 and has to be at least 0.760"),
        (("--max", "wrong_refusals=0.4"), "wrong_refusals is 0.500"),
        (("--min", "accuracy=0.9", "--min", "f1=1"), "and 1 more"),
    ],
)
def test_the_gate_says_why(kept, arguments, failure):
    result = rag("gate", kept[0], *arguments)
    if failure is None:
        assert result.exit_code == 0
    else:
        assert isinstance(result.exception, GateFailed)
        assert failure in str(result.exception)


def test_the_gate_compares_with_a_baseline(kept, tmp_path):
    baseline = tmp_path / "baseline.json"
    baseline.write_text(rag("report", kept[0], "--json").stdout)
    assert rag("gate", kept[0], "--baseline", str(baseline)).exit_code == 0
    result = rag("gate", kept[1], "--baseline", str(baseline), "--drop", "0.1", "--json")
    assert isinstance(result.exception, GateFailed)
    document = json.loads(result.stdout)
    assert document["passed"] is False
    assert any(reason.startswith("answer_accuracy was 0.500") for reason in document["reasons"])


def test_a_gate_without_bars_is_wrong_usage(kept):
    assert isinstance(rag("gate", kept[0]).exception, UsageError)
    assert isinstance(rag("gate", kept[0], "--min", "accuracy").exception, UsageError)


def test_an_unknown_run_says_how_to_list_them(kept):
    for command in (("report", "nothing"), ("gate", "nothing", "--min", "f1=1")):
        assert "rag eval runs" in str(rag(*command).exception)


@pytest.mark.parametrize(
    ("content", "said"),
    [('{"question": ""}\n', ":1: "), ("{]\n", ":1: "), ("", "empty")],
)
def test_a_malformed_set_is_refused_before_any_model_is_loaded(tmp_path, content, said):
    path = tmp_path / "set.jsonl"
    path.write_text(content)
    result = rag("run", str(path), "--library", str(tmp_path / "no-library"))
    assert isinstance(result.exception, InputError)
    assert str(path) in str(result.exception) and said in str(result.exception)


@pytest.mark.parametrize(
    "arguments", [("--depth", "5"), ("--out", "run", "--again")], ids=["depth", "again"]
)
def test_options_that_do_not_fit_together_are_wrong_usage(arguments):
    assert isinstance(rag("run", "set.jsonl", *arguments).exception, UsageError)


def test_exit_codes_are_those_of_the_process(kept, bench):  # noqa: F811
    def code(*arguments: str) -> int:
        command = [sys.executable, "-m", "rag", "eval", *arguments]
        return subprocess.run(command, cwd=PROJECT, capture_output=True, check=False).returncode

    assert code("gate", kept[0], "--min", "accuracy=0.75") == 0
    assert code("gate", kept[0], "--min", "accuracy=0.8") == 1
    assert code("gate", kept[0], "--min", "accuracy") == 2
