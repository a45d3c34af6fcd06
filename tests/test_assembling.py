"""Building a library without losing folders, with fakes in place of the models."""

from __future__ import annotations

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

import pytest

from rag.assembling import Assistant, build
from rag.errors import EmbedderMismatch, InputError, LibraryDamaged, LibraryMissing
from rag.settings import Settings
from rag.storing import DATABASE
from tests.fakes import ToldGenerator, WordEmbedder, WordLate, WordReranker


class Fakes:
    """Stands where `Models` stands."""

    def __init__(self):
        self.embedder = WordEmbedder()
        self.late = WordLate()
        self.reranker = WordReranker()
        self.generator = ToldGenerator()

    def identity(self, job: str) -> str:
        return getattr(getattr(self, job), "identity", "none")


@pytest.fixture
def bench(tmp_path):
    """Settings, fakes, and two folders with a document each."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.txt").write_text(f"The {name} dam held in spring.")
    return replace(Settings(), library=tmp_path / "library"), Fakes(), tmp_path


def test_known_folders_are_read_again_without_being_named(bench):
    settings, models, folder = bench
    build(settings, [folder / "one"], models=models)
    assert build(settings, [folder / "two"], models=models).documents == 2
    again = build(settings, models=models)
    assert [file.state for file in again.files] == ["unchanged", "unchanged"]


def test_a_folder_that_is_away_is_reported_and_its_documents_stay(bench):
    settings, models, folder = bench
    build(settings, [folder / "one", folder / "two"], models=models)
    shutil.move(folder / "two", folder / "unplugged")
    report = build(settings, models=models)
    assert report.documents == 2
    assert [file.state for file in report.files] == ["unchanged", "failed"]
    with pytest.raises(InputError, match="a rebuild would lose its documents"):
        build(settings, models=models, rebuild=True)
    assert build(settings, [folder / "one"], models=models, rebuild=True).documents == 1


def test_a_rebuild_keeps_the_known_folders(bench):
    settings, models, folder = bench
    build(settings, [folder / "one", folder / "two"], models=models)
    models.embedder.identity = "other@3"
    with pytest.raises(EmbedderMismatch, match="--rebuild"):
        build(settings, models=models)
    assert build(settings, models=models, rebuild=True).documents == 2


def test_a_damaged_library_asks_for_the_folders(bench):
    settings, models, folder = bench
    build(settings, [folder / "one"], models=models)
    (settings.library / DATABASE).write_bytes(b"damaged " * 4000)
    with pytest.raises(LibraryDamaged, match="rag index --rebuild"):
        build(settings, models=models)
    with pytest.raises(LibraryDamaged, match="rag index --rebuild FOLDER"):
        build(settings, models=models, rebuild=True)
    assert build(settings, [folder / "one"], models=models, rebuild=True).documents == 1


def test_an_assistant_sees_what_another_process_indexed(bench):
    settings, models, folder = bench
    build(settings, [folder / "one"], models=models)
    assistant = Assistant.open(settings, models)
    assert len(assistant.search("dam held")) == 1
    build(settings, [folder / "two"], models=models)
    assert len(assistant.search("dam held")) == 2
    assistant.close()


def test_an_open_assistant_notices_that_the_embedder_changed(bench):
    settings, models, folder = bench
    build(settings, [folder / "one"], models=models)
    assistant = Assistant.open(settings, models)
    other = Fakes()
    other.embedder.identity = "other@3"
    build(settings, [folder / "one"], models=other, rebuild=True)
    with pytest.raises(EmbedderMismatch, match="other@3"):
        assistant.search("dam held")
    assistant.close()


def test_closing_the_stream_stops_the_answer_and_frees_the_turn(bench):
    settings, models, folder = bench
    build(settings, [folder / "one"], models=models)
    models.generator.replies.extend(["The dam held in spring [1]. " * 20, "It held [1]."])
    assistant = Assistant.open(settings, models)
    stream = assistant.stream("Which dam held in spring?")
    for _ in range(6):
        next(stream)
    stream.close()
    assert models.generator.written < 20
    assert assistant.ask("Which dam held in spring?").text == "It held [1]."
    assistant.close()


def test_no_library_is_an_error(bench):
    settings, models, folder = bench
    with pytest.raises(InputError, match="check the path"):
        build(settings, [folder / "nowhere"], models=models)
    assert not settings.library.exists()
    with pytest.raises(LibraryMissing, match="Build one with: rag index"):
        Assistant.open(settings, models)


def test_an_empty_library_is_an_error(bench):
    settings, models, folder = bench
    (folder / "one" / "one.txt").write_text(" ")
    build(settings, [folder / "one"], models=models)
    with pytest.raises(LibraryMissing, match="holds no documents"):
        Assistant.open(settings, models)


def test_a_search_that_late_interaction_orders_loads_no_reranker(bench):
    settings, models, folder = bench
    build(settings, [folder / "one"], models=models)

    class Counting(Fakes):
        def __init__(self):
            super().__init__()
            self.loaded = 0
            del self.reranker

        def __getattr__(self, name: str) -> WordReranker:
            assert name == "reranker"
            self.loaded += 1
            return models.reranker

        def identity(self, job: str) -> str:
            return models.identity(job)

    counting = Counting()
    with closing(Assistant.open(settings, counting)) as assistant:
        assert assistant.search("Which dam held?")
        assert counting.loaded == 0
        counting.late = None
        [hit] = assistant.search("Which dam held?")
        assert counting.loaded == 1 and hit.reranker is not None


def test_a_question_waits_until_the_models_are_warm(bench):
    settings, models, folder = bench
    build(settings, [folder / "one"], models=models)
    reading, done = threading.Event(), threading.Event()

    class Slow(ToldGenerator):
        def read(self, messages):
            if not reading.is_set():
                reading.set()
                done.wait(10)
            return super().read(messages)

    models.generator = Slow("The one dam held [1].", yes=1.0)
    opened = closing(Assistant.open(settings, models, logged=False))
    with opened as assistant, ThreadPoolExecutor(2) as beside:
        warm = beside.submit(assistant.warm_up)
        assert reading.wait(10)
        asked = beside.submit(assistant.ask, "Which one dam held in spring?")
        with pytest.raises(TimeoutError):
            asked.result(timeout=0.2)
        done.set()
        warm.result(10)
        assert asked.result(10).evidence
    system, *others = models.generator.prompts
    assert others and all(prompt.startswith(system) for prompt in others)
