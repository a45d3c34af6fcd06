"""`rag bench`: what is measured, what is worked out from it, and what it speaks for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner

from rag.assembling import Models
from rag.benching import Step, measured, measuring
from rag.benching.advising import Choice, advice, first_word
from rag.benching.machine import peak_memory, share_of_others
from rag.benching.records import (
    Asked,
    Embedding,
    Generating,
    InUse,
    Machine,
    Pace,
    Report,
    Searching,
)
from rag.benching.running import prompt_length, thread_counts
from rag.cli import main
from rag.cli.bench import _lines
from rag.errors import LibraryMissing, ModelMissing
from rag.settings import PROJECT, Settings
from rag.storing import DATABASE, Store, answers
from rag.types import Message, Reading
from tests import articles
from tests.fakes import ToldGenerator, WordEmbedder, WordLate

# --- fakes ---


class Hand:
    """A clock that shows what it was turned to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Paced(ToldGenerator):
    """A told generator that reads 100 tokens a second and thread, and writes 10 a second.

    With three threads and more each waits for the others: it reads as with one.
    """

    def __init__(self, *replies: str, clock: Hand | None = None):
        super().__init__(*replies)
        self.clock = clock or Hand()
        self.threads: list[int] = []

    def use_threads(self, threads: int) -> None:
        self.threads.append(threads)

    def read(self, messages: Sequence[Message]) -> Reading:
        reading = super().read(messages)
        threads = self.threads[-1] if self.threads else 1
        self.clock.now += reading.prompt_tokens / (100 * (threads if threads < 3 else 1))
        return reading

    def write(self, ending: str = "", *, opening: str = "", limit: int) -> Iterator[str]:
        for piece in super().write(ending, opening=opening, limit=limit):
            self.clock.now += 0.1
            yield piece


class Fakes(articles.Fakes):
    """Models over the six articles, the generator with a reply for every question."""

    def __init__(self) -> None:
        super().__init__()
        self.generator = Paced(*["The dam a held in spring and nobody was hurt [1]."] * 9)


# --- a report to take apart ---

ASKED = Asked(
    question="Which dam held?",
    cold=False,
    first_word=12.0,
    whole=15.0,
    stages={"searching": 0.1, "choosing": 0.9, "reading": 10.0, "writing": 3.5, "checking": 0.5},
    prompt_tokens=700,
    evidence_tokens=450,
    answer_tokens=40,
    refusal=None,
)
REPORT = Report(
    machine=Machine("a laptop", physical=4, logical=8, memory=16_000_000_000, busy=0.1),
    in_use=InUse(
        generator="middling",
        generator_size=1_000_000_000,
        embedder="words",
        late="words",
        reranker="words",
        threads=4,
        evidence_tokens=500,
        documents=6,
        passages=12,
    ),
    loading={"generator": 2.0},
    asked=(replace(ASKED, cold=True, first_word=20.0), ASKED),
    generating=Generating((Pace(1, 30.0), Pace(4, 70.0), Pace(8, 75.0)), 12.0),
    searching=Searching(15, 60.0, {"reranker": 40.0, "the rest": 20.0}, reranked=10.0),
    embedding=Embedding(100.0, 25.0),
    memory_answering=2_000_000_000,
    memory=2_500_000_000,
    seconds=60.0,
)
SMALL = Choice("small", 500_000_000, 900_000_000)
LARGE = Choice("large", 2_500_000_000, 3_500_000_000)
HUGE = Choice("huge", 5_000_000_000, 6_000_000_000)


def advised(report: Report, *generators: Choice) -> dict[str, str]:
    """What is advised, by setting."""
    return {one.setting: one.value for one in advice(report, generators)}


def waiting(first: float, **changes: object) -> Report:
    """The report with one answer whose first word came after so long."""
    return replace(REPORT, asked=(replace(ASKED, first_word=first, **changes),))


# --- arithmetic ---


def test_stages_last_until_the_next_begins_and_come_twice():
    marks = [("searching", 1.0), ("reading", 3.0), ("writing", 7.0), ("checking", 8.0)]
    assert measuring.stages([*marks, ("writing", 8.5)], 10.0) == {
        "searching": 3.0 - 1.0,
        "reading": 7.0 - 3.0,
        "writing": (8.0 - 7.0) + (10.0 - 8.5),
        "checking": 8.5 - 8.0,
    }


def test_both_kinds_of_vectors_take_their_times_together():
    assert Embedding(100.0, 25.0).whole == pytest.approx(1 / (1 / 100 + 1 / 25))
    assert Embedding(100.0, None).whole == pytest.approx(100.0)


def test_others_use_what_this_program_does_not():
    assert share_of_others(used=15.0, own=5.0, seconds=20.0) == 0.5
    assert share_of_others(used=5.0, own=5.5, seconds=20.0) == 0.0
    assert share_of_others(used=1.0, own=0.0, seconds=0.0) == 0.0


def test_a_slow_machine_reads_a_shorter_prompt():
    assert prompt_length(ASKED) == int(700 / 10.0 * 1.5)
    assert prompt_length(replace(ASKED, stages={"reading": 1.0})) == 256
    assert prompt_length(replace(ASKED, stages={"reading": 100.0})) == 48
    assert prompt_length(replace(ASKED, stages={})) == 48


def test_numbers_of_threads_are_compared_where_they_differ():
    assert thread_counts(1, 1, 1) == [1]
    assert thread_counts(2, 4, 2) == [1, 2, 4]
    assert thread_counts(16, 32, 12) == [8, 12, 16, 32]


def test_the_first_word_is_that_of_warm_questions():
    assert first_word(REPORT.asked) == 12.0
    assert first_word(REPORT.asked[:1]) == 20.0
    assert first_word([replace(ASKED, first_word=None)]) is None


def test_memory_is_counted_in_bytes():
    held = bytearray(b"x") * 80_000_000
    assert len(held) <= peak_memory() <= psutil.virtual_memory().total


# --- measurements, with a clock that is turned by hand ---


def test_reading_is_measured_with_each_number_of_threads_and_restored():
    clock = Hand()
    generator = Paced("One two three four five six seven eight nine ten.", clock=clock)
    prompt = [Message("user", "word " * 199)]  # 200 with the role
    found = measuring.generating(
        generator, prompt, "", counts=[1, 2, 3], in_use=2, seconds=60, clock=clock
    )
    assert found.reading == (Pace(1, 100.0), Pace(2, 200.0), Pace(3, 100.0))
    assert found.writing == pytest.approx(9 / 0.9)  # nine pieces after the first, a tenth each
    assert generator.threads == [1, 2, 3, 1, 2, 3, 2]


def test_a_slow_generator_reads_once_and_stops_writing():
    clock = Hand()
    generator = Paced("one " * 30, clock=clock)
    prompt = [Message("user", "word " * 199)]
    found = measuring.generating(
        generator, prompt, "", counts=[1, 2], in_use=2, seconds=2, clock=clock
    )
    assert generator.threads == [1, 2, 2]
    assert found.writing == pytest.approx(10.0)
    assert generator.written == 1 + 11  # a second of them


def test_too_few_words_say_nothing_about_writing():
    generator = Paced("Yes.")
    found = measuring.generating(
        generator, [Message("user", "a")], "", counts=[1], in_use=1, seconds=9, clock=Hand()
    )
    assert found.writing is None


def test_a_generator_that_fails_gets_its_threads_back():
    generator = Paced()
    prompt = [Message("user", "word " * 5000)]
    with pytest.raises(Exception, match="too long"):
        measuring.generating(generator, prompt, "", counts=[1], in_use=7, seconds=9)
    assert generator.threads == [1, 7]


def test_few_texts_are_taken_again_until_the_time_is_over():
    clock, groups = Hand(), []

    def work(texts: list[str]) -> None:
        groups.append(texts)
        clock.now += 0.5

    assert measuring.rate(work, ["a", "b", "c"], 4, 1.0, clock) == 4 * 2 / 1.0
    assert groups == [["a", "b", "c", "a"], ["b", "c", "a", "b"]]


def test_loading_what_makes_vectors_is_not_counted():
    clock = Hand()

    class Slow(WordEmbedder):
        def embed_passages(self, texts):
            clock.now += 64.0 if len(texts) == 1 else len(texts) / 32
            return super().embed_passages(texts)

    class SlowLate(WordLate):
        def encode(self, texts):
            clock.now += len(texts) / 4
            return super().encode(texts)

    found = measuring.embedding(Slow(), SlowLate(), ["a dam", "a flood"], seconds=3, clock=clock)
    assert found == Embedding(32.0, 4.0)
    assert measuring.embedding(Slow(), None, ["a dam"], seconds=3, clock=clock).whole == 32.0


# --- the whole, over a real library with fake models ---


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a library of six articles."""
    file = tmp_path / "told.gguf"
    file.write_bytes(b"x" * 1000)
    return replace(articles.library(tmp_path), generator=str(file))


def contents(folder: Path) -> dict[str, bytes]:
    """Everything in a folder but what SQLite keeps beside its file."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {one.name: one.read_bytes() for one in files if not one.name.startswith(f"{DATABASE}-")}


def test_everything_is_measured_and_the_library_stays_as_it_is(settings):
    before = contents(settings.library)
    steps: list[Step] = []
    report = measured(settings, models=Fakes(), progress=steps.append)
    assert [one.cold for one in report.asked] == [True, False]
    for one in report.asked:
        assert list(one.stages) == ["searching", "choosing", "reading", "writing", "checking"]
        assert sum(one.stages.values()) == pytest.approx(one.whole, abs=0.05)
        assert 0 < one.first_word < one.whole
        assert 0 < one.evidence_tokens < one.prompt_tokens
    assert report.searching.searches == 11  # twelve passages, one to warm up
    assert report.searching.stages["finding words"] > 0
    assert report.generating.reading and report.embedding.vectors > 0
    assert (report.in_use.documents, report.in_use.passages) == (6, 12)
    assert report.in_use.generator_size == 1000
    assert report.left_out == ()
    done = [step.done / step.of for step in steps]
    assert done == sorted(done) and (done[0], done[-1]) == (0, 1)
    assert contents(settings.library) == before
    assert list(answers.entries(settings.library)) == []


def test_what_there_is_no_time_for_is_named(settings):
    report = measured(settings, models=Fakes(), seconds=0.001)
    assert len(report.asked) == 1
    assert (report.generating, report.searching, report.embedding) == (None, None, None)
    assert report.left_out == (
        "searches",
        "the generator alone",
        "a further question",
        "vectors of passages",
    )
    assert "no time for" in "\n".join(_lines(report))


def test_a_refused_question_is_followed_by_others(settings):
    models = Fakes()
    models.generator.yes = 0.0
    report = measured(settings, models=models)
    assert [one.first_word for one in report.asked] == [None] * 4  # two, and two for those refused
    assert {one.refusal for one in report.asked} == {"not_answered"}


def test_a_generator_that_computes_elsewhere_is_measured_as_it_is(settings):
    models = Fakes()
    models.generator = ToldGenerator(*["The dam a held in spring and nobody was hurt [1]."] * 9)
    report = measured(replace(settings, generator="http://elsewhere/v1"), models=models)
    assert [pace.threads for pace in report.generating.reading] == [report.in_use.threads]
    assert report.in_use.generator_size == 0
    used = replace(REPORT.in_use, generator_size=0)
    assert advised(replace(waiting(2.0), in_use=used), SMALL, LARGE) == {}


# --- advice ---


def test_nothing_is_advised_where_nothing_is_slow():
    assert advice(waiting(6.0), [SMALL, LARGE]) == ()


def test_threads_that_read_clearly_faster_are_advised():
    def reading(*rates: tuple[int, float]) -> Report:
        paces = tuple(Pace(threads, rate) for threads, rate in rates)
        return replace(waiting(6.0), generating=Generating(paces, None))

    assert advised(reading((1, 30.0), (4, 100.0), (8, 115.0))) == {"RAG_THREADS": "8"}
    assert advised(reading((1, 30.0), (4, 100.0), (8, 114.9))) == {}
    assert advised(reading((1, 130.0), (4, 100.0), (8, 130.0))) == {"RAG_THREADS": "1"}
    assert advised(replace(waiting(6.0), generating=None)) == {}
    [one] = advice(reading((4, 50.0), (8, 100.0)), [])
    assert "100 tokens a second with 8 threads, at 50 with 4" in one.why


def test_less_evidence_is_advised_where_reading_it_is_the_wait():
    [one] = advice(waiting(12.0), [])
    assert (one.setting, one.value) == ("RAG_EVIDENCE_TOKENS", "250")
    saved = (450 - 250) / (700 / 10.0)  # tokens less, over tokens a second
    assert f"about {saved:.1f} s sooner" in one.why and "83%" in one.why  # 10 of 12 seconds
    assert advised(waiting(9.9)) == {}
    assert advised(waiting(12.0, stages={"choosing": 7.0, "reading": 5.0})) == {}
    assert advised(waiting(12.0, evidence_tokens=250)) == {}
    assert advised(waiting(None)) == {}


def test_no_late_interaction_is_advised_where_it_makes_indexing_long():
    def making(vectors: float, token_vectors: float | None, late: str = "words") -> Report:
        used = replace(REPORT.in_use, late=late)
        made = Embedding(vectors, token_vectors)
        return replace(waiting(6.0), in_use=used, embedding=made)

    # 10,000 passages: 100 s for vectors, and 10,000 / 10 s for token vectors: 18 minutes.
    [one] = advice(making(100.0, 10.0), [])
    assert (one.setting, one.value) == ("RAG_LATE", "none")
    assert "18 minutes" in one.why and "100 s" not in one.why
    assert "2 minutes without late" in one.why and "240 ms more" in one.why  # 24 passages of 10 ms
    assert advised(making(100.0, 25.0)) == {}  # 100 + 400 s
    assert advised(making(11.0, 20.0)) == {}  # 909 of 1,409 s remain without it
    assert advised(making(5.0, None)) == {}
    assert advised(making(100.0, 10.0, late="none")) == {}


def test_a_stronger_generator_is_advised_where_there_is_time_and_memory():
    [one] = advice(waiting(2.0), [SMALL, LARGE, HUGE])
    assert (one.setting, one.value) == ("RAG_GENERATOR", "huge")  # 5 times 2 s is not more than 10
    assert "about 10.0 s and 6.0 GB" in one.why
    assert advised(waiting(3.9), SMALL, LARGE, HUGE) == {"RAG_GENERATOR": "large"}
    assert advised(waiting(4.1), SMALL, LARGE, HUGE) == {}
    little = replace(REPORT.machine, memory=8_000_000_000)
    assert advised(replace(waiting(2.0), machine=little), LARGE, HUGE) == {"RAG_GENERATOR": "large"}


def test_a_smaller_generator_is_advised_for_long_waits_and_little_memory():
    report = waiting(30.0, evidence_tokens=200)
    assert advised(report, SMALL, LARGE) == {"RAG_GENERATOR": "small"}
    assert "about 15.0 s" in advice(report, [SMALL])[0].why
    assert advised(report, LARGE) == {}
    full = replace(waiting(2.0), memory=14_000_000_000)
    assert advised(full, SMALL, LARGE) == {"RAG_GENERATOR": "small"}
    assert advised(full, LARGE) == {"": ""}
    assert "88% of the memory (14.0 of 16.0 GB)" in advice(full, [LARGE])[0].why


def test_on_a_busy_machine_nothing_is_advised_on_times():
    busy = replace(REPORT, machine=replace(REPORT.machine, busy=0.3))
    [one] = advice(busy, [SMALL, LARGE])
    assert (one.setting, one.value) == ("", "") and "30% of the processors" in one.why
    assert len(advice(replace(busy, machine=replace(busy.machine, busy=0.29)), [])) == 1
    assert len(advice(replace(busy, memory=16_000_000_000), [])) == 2


# --- what is printed, and what goes wrong ---


def test_the_text_says_what_was_measured_and_advised():
    told = replace(REPORT, advice=advice(REPORT, []))
    text = "\n".join(_lines(told))
    assert "first question        first word 20.0 s, whole answer 15.0 s: “Which dam held?”" in text
    assert "reading prompts       70 tokens/s (4 threads, in use)" in text
    assert "embedding             100 passages/s, 25 with token vectors; 20 with all" in text
    assert "RAG_EVIDENCE_TOKENS=250: The first word came after 12.0 s" in text
    assert "Nothing that was measured calls for another setting." in "\n".join(_lines(REPORT))
    assert json.loads(json.dumps(asdict(told)))["in_use"]["threads"] == 4


def test_errors_are_raised_before_anything_is_measured(settings, tmp_path):
    with pytest.raises(LibraryMissing, match="Build one with: rag index"):
        measured(replace(settings, library=tmp_path / "none"), models=Fakes())
    Store.create(tmp_path / "empty").close()
    with pytest.raises(LibraryMissing, match="holds no documents"):
        measured(replace(settings, library=tmp_path / "empty"), models=Fakes())
    missing = replace(settings, generator="qwen2.5-7b-instruct", models=tmp_path / "models")
    with pytest.raises(ModelMissing, match=r"rag models fetch qwen2\.5-7b-instruct"):
        measured(missing, models=Models(missing))


def test_threads_that_are_no_number_are_one_line_and_wrong_usage():
    done = subprocess.run(
        [sys.executable, "-m", "rag", "bench"],
        capture_output=True,
        text=True,
        cwd=PROJECT,
        env=os.environ | {"RAG_THREADS": "many"},
    )
    assert done.returncode == 2
    assert done.stderr == ("rag: RAG_THREADS must be a whole number of 0 or more, not 'many'.\n")


def test_its_help_names_its_options():
    told = CliRunner().invoke(main, ["bench", "--help"])
    assert told.exit_code == 0
    assert all(option in told.output for option in ("--questions", "--seconds", "--json"))


@pytest.mark.model
def test_the_real_command_reports_within_two_minutes(seed_library: Settings):
    library = str(seed_library.library)
    done = subprocess.run(
        [sys.executable, "-m", "rag", "bench", "--questions", "1", "--json", "--library", library],
        capture_output=True,
        text=True,
        cwd=PROJECT,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["in_use"]["documents"] == 7
    assert report["asked"][0]["prompt_tokens"] > 0
    # A machine that others keep busy takes longer: the promise is for one that they do not.
    assert report["seconds"] * (1 - report["machine"]["busy"]) < 120
    assert report["memory"] >= report["memory_answering"] > 1_000_000_000
