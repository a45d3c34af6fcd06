"""Differences between runs are paired, and the gate tells a loss from chance."""

from __future__ import annotations

import json
import random
import re
from dataclasses import replace

import pytest

from rag.errors import InputError, UsageError
from rag.evaluating.comparing import compare, kept_side, side
from rag.evaluating.gating import Bars, below, read_bars, worse
from rag.evaluating.records import Case, Gold, Report, RunInfo
from rag.evaluating.reporting.as_comparison import comparison_object, comparison_page, text, verdict
from rag.evaluating.reporting.as_json import report_object
from rag.evaluating.summarising import report
from tests.evaluating import answered, found, outcome, unit

PLACE = unit("dams")
GOLD = Gold(documents=(PLACE,), quotes=((PLACE,),), nuggets=((PLACE,),))


def run_of(right: list[bool], *, name: str = "run", planned: int | None = None) -> Report:
    """Return the report of a run whose n-th case is answered rightly or not."""
    outcomes = []
    for number, one in enumerate(right):
        case = Case(f"case {number}", f"Which dam {number}?", (("Ilm",),), quotes=("held",))
        answer = answered(
            "At Ilm." if one else "At Elm.",
            cites=(PLACE,) if one else (),
            evidence=(PLACE,),
            total_ms=100.0 + number,
        )
        outcomes.append(outcome(case, GOLD, found=found(PLACE), answer=answer))
    info = RunInfo(
        name=name,
        folder=f"runs/{name}",
        test_set={"name": "dams"},
        settings={},
        models={},
        library="",
        program="",
        retrieval_only=False,
        cases=planned or len(right),
    )
    return report(info, outcomes)


def changed(right: list[bool], seed: int, *, wrong: int, back: int = 0) -> list[bool]:
    """Return outcomes of which `wrong` right ones went wrong and `back` wrong ones right."""
    rng = random.Random(seed)
    good = [n for n, one in enumerate(right) if one]
    bad = [n for n, one in enumerate(right) if not one]
    flips = {*rng.sample(good, wrong), *rng.sample(bad, back)}
    return [one is not (number in flips) for number, one in enumerate(right)]


BEFORE = [number % 4 != 0 for number in range(80)]  # 60 of 80 right


def test_differences_are_paired_by_case():
    now = changed(BEFORE, 1, wrong=6, back=2)
    compared = compare(side(run_of(BEFORE, name="a")), side(run_of(now, name="b")))
    row = compared.rows["answer_accuracy"]
    assert (row.a, row.b, row.cases) == (60 / 80, 56 / 80, 80)
    assert row.difference.value == pytest.approx(-4 / 80)
    assert row.difference.low <= -4 / 80 <= row.difference.high
    # Eight cases flipped, six of them to the worse: two-sided, 2 * (28 + 8 + 1) / 256.
    assert row.difference.p == pytest.approx(74 / 256)
    assert row.chance_of_loss("answer_accuracy") == pytest.approx(37 / 256)
    assert len(compared.flips) == 8
    assert {(flip.a.stage, flip.b.stage) for flip in compared.flips} == {
        ("right", "answered wrongly"),
        ("answered wrongly", "right"),
    }


def test_a_metric_that_applies_to_other_cases_on_each_side_keeps_its_value():
    """Right answers cite, wrong ones do not: precision is over what was cited on each side."""
    now = changed(BEFORE, 5, wrong=20, back=10)
    a, b = run_of(BEFORE), run_of(now)
    row = compare(side(a), side(b)).rows["citation_precision"]
    assert (row.a, row.b) == (
        a.metrics["citation_precision"].value,
        b.metrics["citation_precision"].value,
    )
    assert row.cases == sum(x or y for x, y in zip(BEFORE, now, strict=True))


def test_the_same_run_twice_is_identical():
    compared = compare(side(run_of(BEFORE)), side(run_of(BEFORE)))
    assert compared.identical
    assert compared.flips == ()
    assert all(row.difference.value == 0 for row in compared.rows.values())
    assert all(row.difference.p == 1 for row in compared.rows.values())
    assert "identical" in text(compared)


def test_only_shared_cases_are_compared():
    compared = compare(side(run_of(BEFORE)), side(run_of(BEFORE[:30])))
    assert compared.shared == 30
    assert not compared.identical
    other = run_of(BEFORE)
    cases = tuple(
        replace(one, outcome=replace(one.outcome, case=replace(one.outcome.case, case_id="x")))
        for one in other.cases[:1]
    )
    with pytest.raises(InputError, match="no case in common"):
        compare(side(other), side(replace(other, cases=cases)))


def test_a_report_kept_as_json_is_compared_like_the_run(tmp_path):
    path = tmp_path / "baseline.json"
    path.write_text(json.dumps(report_object(run_of(BEFORE))))
    now = run_of(changed(BEFORE, 2, wrong=9))
    direct, kept = compare(side(run_of(BEFORE)), side(now)), compare(kept_side(path), side(now))
    assert kept.rows == direct.rows
    path.write_text("{}")
    with pytest.raises(InputError, match="is no report"):
        kept_side(path)


def test_a_comparison_is_one_page_that_asks_for_nothing():
    one, other = run_of(BEFORE, name="<b>a</b>"), run_of(changed(BEFORE, 3, wrong=5))
    page = comparison_page(compare(side(one), side(other)))
    assert "&lt;b&gt;a&lt;/b&gt;" in page and "<b>a</b>" not in page
    assert page.count("At Elm.") == 5
    assert '"Segoe UI"' in page  # the style sheet came through unescaped
    assert "<svg" in page and "<script" not in page
    assert re.findall(r'(?:src|href)="(?!#|data:)', page) == []


def test_a_comparison_shows_both_sides():
    compared = compare(side(run_of(BEFORE)), side(run_of(changed(BEFORE, 3, wrong=30))))
    shown = text(compared)
    assert "A right: At Ilm." in shown
    assert "B answered wrongly: At Elm." in shown
    assert "10 more ended differently" in shown
    assert verdict("answer_accuracy", compared.rows["answer_accuracy"]) == "worse"
    given = json.loads(json.dumps(comparison_object(compared)))
    assert given["metrics"]["answer_accuracy"]["a"] == 60 / 80
    assert len(given["flips"]) == 30


@pytest.mark.parametrize("seed", range(10))
def test_the_gate_catches_a_loss_and_no_irrelevant_change(seed):
    before = side(run_of(BEFORE))
    lost = compare(before, side(run_of(changed(BEFORE, seed, wrong=12, back=1))))
    assert any(reason.startswith("answer_accuracy was 0.750") for reason in worse(lost, alpha=0.05))
    noise = compare(before, side(run_of(changed(BEFORE, seed, wrong=2, back=1))))
    assert worse(noise, alpha=0.05) == []
    gain = compare(before, side(run_of(changed(BEFORE, seed, wrong=0, back=12))))
    assert worse(gain, alpha=0.05) == []


def test_a_drop_can_be_a_reason_by_itself():
    few = compare(side(run_of(BEFORE)), side(run_of(changed(BEFORE, 4, wrong=3))))
    assert worse(few, alpha=0.05) == []
    assert worse(few, alpha=0.05, drop=0.02) != []
    assert worse(few, alpha=0.05, drop=0.2) == []


def test_bars_are_lowest_and_highest_values(tmp_path):
    one = run_of(BEFORE)
    assert below(one, Bars({"accuracy": 0.75}, {"total_ms": 200})) == []
    assert below(one, Bars({"accuracy": 0.76}, {"total_ms": 120})) == [
        "accuracy is 0.750 and has to be at least 0.760",
        "total_ms is 139.5 and has to be at most 120.0",
    ]
    with pytest.raises(UsageError, match=r"has no accurracy\. It has: accuracy,"):
        below(one, Bars({"accurracy": 0.5}))
    path = tmp_path / "bars.json"
    path.write_text('{"min": {"accuracy": 0.8}}')
    assert read_bars(path) == Bars({"accuracy": 0.8})
    for broken in ("", "[]", '{"least": {}}', '{"min": {"accuracy": "much"}}', '{"min": 3}'):
        path.write_text(broken)
        with pytest.raises(InputError, match="holds no bars"):
            read_bars(path)


def test_an_unfinished_run_passes_no_gate():
    assert below(run_of(BEFORE[:50], planned=80), Bars({"accuracy": 0})) == [
        "30 of 80 cases have not been run"
    ]
