"""The program starts fast: bounds on processor time, which other programs change little."""

from __future__ import annotations

from statistics import median

import pytest

from rag.settings import Settings
from tests.benchmarks.starting import QUESTION, Started, bars, command, report

TIMES = 3


def processor(*arguments: str) -> float:
    """The processor time of a command at the median; the first run reads the files."""
    command(*arguments)
    return median(command(*arguments).processor for _ in range(TIMES))


def test_help_takes_no_time():
    assert processor("--help") < 0.3


@pytest.mark.model
def test_a_search_takes_two_and_a_half_seconds_at_most(seed_library: Settings):
    assert processor("search", QUESTION, "--library", str(seed_library.library)) < 2.5


def test_a_bar_is_kept_by_the_median_and_by_the_clock(tmp_path, capsys):
    bar = bars(tmp_path)[1]
    report(bar, [Started(9.0, 1.0), Started(2.5, 3.0), Started(1.0, 2.0)])
    assert capsys.readouterr().out == (
        "rag search                    2.50 s,  2.00 s of processor time "
        "(3 times; bar 2.5 s: kept)\n"
    )
    report(bar, [Started(2.6, 1.0)])
    assert "missed" in capsys.readouterr().out
