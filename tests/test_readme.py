"""The README is true where a test can tell."""

from __future__ import annotations

import re
from dataclasses import fields

from rag.cli import main
from rag.settings import PROJECT, Settings

README = (PROJECT / "README.md").read_text(encoding="utf-8")


def test_the_gate_runs_the_readme_s_test_command():
    command = re.search(r"^    (pip install -e .*pytest)$", README, re.MULTILINE)[1]
    assert command in (PROJECT / ".ci" / "run").read_text(encoding="utf-8").splitlines()


def test_every_setting_is_listed_with_its_default():
    listed = dict(re.findall(r"^\| `(RAG_\w+)` \| (.*?) \|", README, re.MULTILINE))
    assert set(listed) == {f"RAG_{field.name.upper()}" for field in fields(Settings)}
    for field in fields(Settings):
        if field.type != "Path":
            unset = "as fitted" if field.name == "strictness" else "the model's own"
            default = unset if field.default is None else f"`{field.default}`"
            assert listed[f"RAG_{field.name.upper()}"] == default


def test_every_command_is_listed():
    listed = set(re.findall(r"^\| `rag (\w+)", README, re.MULTILINE))
    assert listed == set(main.list_commands(None))


def test_modules_named_in_the_reading_order_exist():
    order = README.split("Reading order")[1].split("\n\n")[0]
    for name in re.findall(r"`(\w+)`", order):
        if name != "Assistant":
            assert (PROJECT / "rag" / name).is_dir() or (PROJECT / "rag" / f"{name}.py").is_file()
