"""Fixtures shared by all tests: folders of documents, libraries, real models."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from rag.settings import PROJECT, Settings

REAL_SEEDS = PROJECT.parent / "shared" / "seeds"


@pytest.fixture(scope="session")
def real_seeds() -> Path:
    """The folder of real documents, when it lies beside the checkout."""
    if not REAL_SEEDS.is_dir():
        pytest.skip("the real documents (../shared/seeds) are not beside this checkout")
    return REAL_SEEDS


def fetched(*names: str) -> list[Path]:
    """Return where models are, fetching those that are missing; skip or fail without them."""
    from rag.cli.progress import fetch_with_progress
    from rag.errors import RagError

    try:
        return fetch_with_progress(names, Settings.from_environment().models)
    except RagError as error:
        if os.environ.get("RAG_REQUIRE_MODELS"):
            pytest.fail(f"the models are required and cannot be had: {error}")
        pytest.skip(f"the models cannot be had: {error}")


@pytest.fixture(scope="session")
def model_settings() -> Settings:
    """Settings whose default models are on disk."""
    settings = Settings.from_environment()
    fetched(settings.embedder, settings.reranker, settings.generator)
    return settings


@pytest.fixture(scope="session")
def tiny_generator() -> Path:
    """A GGUF file of 98 MB that follows instructions badly and loads fast."""
    return fetched("smollm2-135m-instruct")[0]


@pytest.fixture(scope="session")
def seed_library(model_settings: Settings, tmp_path_factory) -> Settings:
    """Settings of a library over `seeds/`, built with the real models."""
    from rag.assembling import SEEDS, build

    settings = replace(model_settings, library=tmp_path_factory.mktemp("seeds") / "library")
    build(settings, [SEEDS])
    return settings


@pytest.fixture(scope="session")
def real_library(model_settings: Settings, real_seeds: Path, tmp_path_factory) -> Settings:
    """Settings of a library over the real documents, built with the real models."""
    from rag.assembling import build

    settings = replace(model_settings, library=tmp_path_factory.mktemp("real") / "library")
    build(settings, [real_seeds])
    return settings
