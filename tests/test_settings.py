"""Settings come from the environment, and wrong ones are said."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.errors import UsageError
from rag.settings import Settings


def test_the_environment_overrides_the_defaults():
    settings = Settings.from_environment(
        {"RAG_THREADS": "3", "RAG_LIBRARY": "/x", "RAG_MODELS": ""}
    )
    assert (settings.threads, settings.library) == (3, Path("/x"))
    assert settings.models == Settings().models


@pytest.mark.parametrize("value", ["many", "-1", "1.5"])
def test_a_value_of_the_wrong_kind_names_its_variable(value):
    with pytest.raises(UsageError, match="RAG_THREADS must be a whole number"):
        Settings.from_environment({"RAG_THREADS": value})


def test_more_threads_than_a_machine_can_use_are_refused():
    with pytest.raises(UsageError, match="RAG_THREADS=100000 is more than this machine can use"):
        Settings.from_environment({"RAG_THREADS": "100000"})
