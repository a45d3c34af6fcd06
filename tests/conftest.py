"""Fixtures shared by all tests: folders of documents, libraries, real models."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import hypothesis
import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.remote.webdriver import WebDriver

from rag.settings import PROJECT, Settings
from tests.browsing import opened, serving

# A busy machine is no fault of the program: times are tested where they are promised.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")

# What is read for an answer must not hang on how busy the machine of a test is.
os.environ.setdefault("RAG_READING_SECONDS", "0")

REAL_SEEDS = PROJECT.parent / "shared" / "seeds"


BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--window-size=1280,900",
    # No other machine can be reached, whatever a page asks for.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory) -> Iterator[WebDriver]:
    """A real browser; without one the test is skipped, or fails with RAG_REQUIRE_BROWSER=1."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    driver = shutil.which("chromedriver")
    if not (program and driver):
        told = "no Chromium and chromedriver on this machine (Debian: chromium chromium-driver)"
        pytest.fail(told) if os.environ.get("RAG_REQUIRE_BROWSER") else pytest.skip(told)
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for option in (*QUIET, f"--user-data-dir={tmp_path_factory.mktemp('browser')}"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driven = webdriver.Chrome(options=options, service=Service(driver))
    yield driven
    driven.quit()


@pytest.fixture(scope="module")
def demo() -> Iterator[str]:
    """The address of the chat over answers learnt by heart, slow enough to be stopped."""
    with serving("tests/chat_demo.py", "--port", "0", "--pace", "0.04", patience=60) as address:
        yield address


@pytest.fixture
def page(browser: WebDriver, demo: str) -> WebDriver:
    """The chat, opened."""
    opened(browser, demo)
    return browser


@pytest.fixture(scope="module")
def library_folder(tmp_path_factory) -> Path:
    """Where the library of `library_page` lies, and its documents."""
    return tmp_path_factory.mktemp("demo").resolve()


@pytest.fixture(scope="module")
def library_page(library_folder: Path) -> Iterator[str]:
    """The address of the page over a real library of small files, with its settings."""
    told = (str(library_folder), "--port", "0")
    with serving("tests/library_demo.py", *told, patience=120) as address:
        yield address


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
    fetched(*settings.model_names)
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
