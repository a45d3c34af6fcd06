"""How fast a machine reads prompts is remembered, and slow ones are given less to read."""

from __future__ import annotations

import pytest

from rag.answering.tools import budget_for
from rag.choosing import SURE
from rag.generating import LlamaGenerator
from rag.generating.pacing import LEAST, Pace
from rag.settings import Settings
from rag.types import Message


def test_the_fastest_reading_counts_and_short_ones_do_not(tmp_path):
    pace = Pace(tmp_path / "folder" / "model.pace")
    assert pace.rate is None
    pace.took(LEAST - 1, 0.001)
    assert pace.rate is None
    for tokens, seconds in ((100, 2.0), (100, 1.0), (100, 4.0), (100, 0.99), (500, 0.0)):
        pace.took(tokens, seconds)
    assert pace.rate == 100


def test_another_process_knows_it(tmp_path):
    Pace(tmp_path / "model.pace").took(100, 0.3)
    assert Pace(tmp_path / "model.pace").rate == 333.3
    assert [one.name for one in tmp_path.iterdir()] == ["model.pace"]


@pytest.mark.parametrize("kept", ["", "fast", "-3", "0", "Infinity", "NaN", "[1]", "\udcff"])
def test_what_is_no_pace_is_as_if_it_were_not_there(tmp_path, kept):
    (tmp_path / "model.pace").write_text(kept, errors="surrogateescape")
    assert Pace(tmp_path / "model.pace").rate is None


def test_a_folder_that_cannot_be_written_is_no_reason_to_fail(tmp_path):
    (tmp_path / "file").write_text("")
    pace = Pace(tmp_path / "file" / "model.pace")
    pace.took(100, 1.0)
    assert pace.rate == 100


@pytest.mark.parametrize(
    ("pace", "tokens"),
    [(None, 500), (1000.0, 500), (50.0, 500), (49.0, 450), (20.0, 200), (3.0, SURE)],
)
def test_evidence_is_what_is_read_in_time(pace, tokens):
    assert budget_for(Settings(), pace) == tokens
    assert budget_for(Settings(reading_seconds=0), pace) == 500
    assert budget_for(Settings(evidence_tokens=90), pace) == 90


@pytest.mark.model
def test_the_first_start_measures_and_the_next_knows(tiny_generator, tmp_path):
    def opened() -> LlamaGenerator:
        return LlamaGenerator(tiny_generator, identity="tiny", context=512, states=tmp_path)

    first = opened()
    assert first.pace is None
    first.read((Message("system", "Answer in one sentence. " * 20),))
    assert first.pace > 0
    assert opened().pace == pytest.approx(first.pace, abs=0.1)
