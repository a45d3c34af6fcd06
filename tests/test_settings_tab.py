"""The settings tab in a real browser: what is in use, and what can be changed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from selenium.webdriver.common.by import By

from rag.assembling import Assistant, build
from rag.describing import Configuration
from rag.errors import ModelMissing, UsageError
from rag.fetching import catalogue
from rag.preferences import FILE, keep
from rag.serving.settings.page import settings_html
from rag.settings import Settings
from tests.browsing import click, named, press, until
from tests.library_demo import Fakes, filled, settings_in
from tests.test_library_tab import opened


@pytest.fixture
def page(browser, library_page):
    opened(browser, library_page, "Settings")
    until(browser, lambda: named(browser, "Apply"))
    return browser


@pytest.mark.browser
def test_models_machine_and_versions_are_said_in_plain_words(page):
    told = page.find_element(By.ID, "settings").text
    for words in ("writes the answers", "Apache-2.0", "1.1 GB", "This machine has", "RAG_THREADS"):
        assert words in told
    assert "Not on the disk. Fetch it with rag models fetch qwen3-4b-instruct-2507" in told
    assert "3 documents in 8 passages" in told


@pytest.mark.browser
def test_strictness_and_unsupported_sentences_change_and_are_kept(
    page, library_page, library_folder
):
    limit = page.find_element(By.CSS_SELECTOR, "#strictness-value")
    limit.send_keys("0.55")
    drop = '//label[contains(., "Drop them")]/input'
    click(page, lambda: page.find_element(By.XPATH, drop))
    press(page, "Apply")
    until(page, lambda: "Applied: the next answer is given so." in page.page_source)
    kept = json.loads((library_folder / "library" / FILE).read_text())
    assert kept == {"strictness": "0.55", "unsupported": "drop"}
    opened(page, library_page, "Settings")
    until(page, lambda: named(page, "Apply"))
    assert page.find_element(By.ID, "strictness-value").get_attribute("value") == "0.55"
    assert page.find_element(By.XPATH, '//label[contains(., "Drop them")]/input').is_selected()


@pytest.mark.browser
def test_the_manual_for_programs_is_one_step_away(page):
    for name, path in (("Manual", "/api"), ("OpenAPI document", "/openapi.json")):
        link = page.find_element(By.PARTIAL_LINK_TEXT, name)
        assert link.get_attribute("target") == "_blank"
        assert urlsplit(link.get_attribute("href")).path == path
    page.get(page.find_element(By.PARTIAL_LINK_TEXT, "Manual").get_attribute("href"))
    assert page.find_element(By.TAG_NAME, "h1").text == "For other programs"


def test_the_environment_wins_over_what_is_kept(tmp_path):
    keep(tmp_path, {"strictness": "0.2", "unsupported": "drop"})
    settings = Settings.from_environment({"RAG_STRICTNESS": "0.9"}, library=tmp_path)
    assert (settings.strictness, settings.unsupported) == (0.9, "drop")
    assert settings.library == tmp_path
    keep(tmp_path, {"unsupported": None})
    assert Settings.from_environment({"RAG_LIBRARY": str(tmp_path)}).unsupported == "mark"


@pytest.mark.parametrize("words", ["{", "[]", '{"library": "/"}', '{"strictness": 1}'])
def test_kept_settings_that_are_broken_are_one_line(tmp_path, words):
    (tmp_path / FILE).write_text(words)
    with pytest.raises(UsageError, match="Mend or delete it"):
        Settings.from_environment({}, library=tmp_path)


def test_a_generator_on_disk_is_taken_from_the_next_start_on(tmp_path, monkeypatch):
    settings, models = settings_in(tmp_path), Fakes()
    build(settings, [filled(tmp_path)], models=models)
    assistant = Assistant.open(settings, models)
    configuration = Configuration(assistant, models, {"RAG_GENERATOR": "x"})
    with pytest.raises(ModelMissing, match="rag models fetch phi-4-mini-instruct"):
        configuration.choose("phi-4-mini-instruct")
    with pytest.raises(UsageError, match="no generator"):
        configuration.choose("all-minilm-l6-v2")
    monkeypatch.setattr("rag.fetching.locate", lambda name, *, models: Path("/model"))
    configuration.choose("phi-4-mini-instruct")
    [chosen] = [one for one in configuration.description().offers if one.chosen]
    assert (chosen.model, chosen.in_use) == (catalogue()["phi-4-mini-instruct"], False)
    assert settings_in(tmp_path).generator == "phi-4-mini-instruct"
    shown = settings_html(configuration.description(), local=True)
    assert "Chosen: restart the program to use it" in shown
    assert "RAG_GENERATOR</code> is set in the environment" in shown
    poor = replace(configuration.description(), memory=1_000_000_000, free=500_000_000)
    assert "6.2 GB while running: more than this machine has" in settings_html(poor, local=True)
    assistant.close()
