"""The comparison of whole answers with peers: what is asked, kept, judged and reported.

No peer and no model is needed: a system answers here from a list.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace

import pytest

from rag.answering.asking import NOT_ANSWERED, NOTHING_FOUND
from rag.errors import InputError
from rag.evaluating.records import Case, RunInfo
from rag.settings import PROJECT
from tests.benchmarks.answering import keeping, libraries, reporting
from tests.benchmarks.answering.asking import WARM_UP, asked_cold, asked_in_turns
from tests.benchmarks.answering.given import System
from tests.benchmarks.answering.spending import Spent
from tests.benchmarks.answering.worker import reply

RIVER = Case("river", "Which river rose?", answers=(("Elbe",),))
MAYOR = Case("mayor", "Who is the mayor of Larkfield?", answerable=False)
CASES = (RIVER, MAYOR)


def said(text: str, *, first: float = 1000, total: float = 2000, generator: float = 1800) -> dict:
    timings = {
        "retrieve_ms": 100,
        "first_token_ms": first,
        "total_ms": total,
        "generator_ms": generator,
        "prompt_tokens": 300,
        "answer_tokens": 20,
    }
    return {"text": text, "timings": timings}


class Scripted:
    """A system that answers each question with the reply it was given for it."""

    def __init__(self, replies: dict[str, dict]):
        self.replies = {WARM_UP: said("About rivers."), **replies}
        self.asked: list[str] = []
        self.starts = 0

    def ask(self, *, question: str) -> dict:
        self.asked.append(question)
        return self.replies[question]


def starting(systems: dict[str, Scripted]):
    @contextmanager
    def start(name: str):
        systems[name].starts += 1
        yield systems[name]

    return start


def infos(folder, *names: str, threads: int = 2) -> dict[str, RunInfo]:
    return {
        name: RunInfo(
            name=name,
            folder=str(folder / name / "turns"),
            test_set={"name": "set"},
            settings={"threads": threads},
            models={},
            library="files",
            program="1",
            retrieval_only=False,
            cases=2,
        )
        for name in names
    }


def both(**changed: dict) -> dict[str, dict]:
    return {RIVER.question: said("The Elbe rose [1].", **changed), MAYOR.question: said("Jana.")}


# --- asking ---


def test_every_question_goes_to_every_system_and_the_first_one_changes(tmp_path):
    order: list[tuple[str, str]] = []

    class Noted(Scripted):
        def __init__(self, name: str):
            super().__init__(both())
            self.name = name

        def ask(self, *, question: str) -> dict:
            order.append((self.name, question))
            return super().ask(question=question)

    systems = {name: Noted(name) for name in ("ours", "txtai_rag")}
    with keeping.opened(infos(tmp_path, *systems)) as journals:
        asked_in_turns(CASES, starting(systems), journals)
    assert order[2:] == [
        ("ours", RIVER.question),
        ("txtai_rag", RIVER.question),
        ("txtai_rag", MAYOR.question),
        ("ours", MAYOR.question),
    ]
    assert {question for _, question in order[:2]} == {WARM_UP}


def test_what_was_answered_is_not_asked_again(tmp_path):
    first, second = Scripted(both()), Scripted(both())
    with keeping.opened(infos(tmp_path, "ours")) as journals:
        asked_in_turns(CASES[:1], starting({"ours": first}), journals)
    with keeping.opened(infos(tmp_path, "ours")) as journals:
        asked_in_turns(CASES, starting({"ours": second}), journals)
        kept = [one.case.case_id for one in journals["ours"].outcomes]
    assert second.asked == [WARM_UP, MAYOR.question]
    assert kept == ["river", "mayor"]


def test_a_finished_run_starts_nothing(tmp_path):
    system = Scripted(both())
    for _ in range(2):
        with keeping.opened(infos(tmp_path, "ours")) as journals:
            asked_in_turns(CASES, starting({"ours": system}), journals)
            asked_cold((), starting({"ours": system}), journals)
    assert system.starts == 1


def test_replies_of_other_settings_are_not_mixed(tmp_path):
    with keeping.opened(infos(tmp_path, "ours")):
        pass
    with (
        pytest.raises(InputError, match="--out"),
        keeping.opened(infos(tmp_path, "ours", threads=1)),
    ):
        pass


def test_a_cold_question_is_the_first_of_its_process(tmp_path):
    system = Scripted(both())
    with keeping.opened(infos(tmp_path, "ours")) as journals:
        asked_cold(CASES, starting({"ours": system}), journals)
        answers = [one.answer for one in journals["ours"].outcomes]
    assert system.starts == 2
    assert system.asked == [RIVER.question, MAYOR.question]
    assert all(one["timings"]["start_ms"] >= 0 for one in answers)
    assert all(one["at"] and one["load"] >= 0 for one in answers)


def test_the_first_word_is_not_a_blank_or_a_bracket():
    spent = Spent()

    def ask(question: str):
        yield from ("", " [", " [1", f" [1] {question}")

    found = reply(System(ask, spent), "Elbe")
    assert found["text"] == " [1] Elbe"
    timings = found["timings"]
    assert 0 <= timings["first_token_ms"] <= timings["total_ms"]
    assert timings["generator_ms"] == 0


def test_what_the_generator_takes_is_counted_until_each_piece_is_there():
    spent = Spent()
    assert list(spent.timed(iter("abc"))) == ["a", "b", "c"]
    counted, began = spent.seconds, spent.began
    assert counted > 0
    with spent.running():
        pass
    assert spent.seconds > counted
    assert spent.began == began
    spent.clear()
    assert (spent.seconds, spent.began) == (0.0, None)


# --- judging ---


@pytest.mark.parametrize(
    "text",
    [
        NOT_ANSWERED,
        NOTHING_FOUND,
        "The provided context does not mention the mayor of Larkfield.",
        "I don't know.",
        "The sources don't specify who the mayor is.",
        "It is not specified in the text.",
        "There is no information about the mayor.",
        "I cannot answer this from the context.",
        "I'm sorry, but none of the provided sources names a mayor.",
        "I am unable to say.",
    ],
)
def test_declining_is_recognised_in_a_peers_own_words(text):
    assert keeping.declines(text)


@pytest.mark.parametrize(
    "text",
    [
        "The mayor of Larkfield is Jana Novak [1].",
        "The town did not flood.",
        "She said there was no doubt about the dam.",
        "Nobody knew him, and the bridge was not closed.",
    ],
)
def test_an_answer_with_a_negation_does_not_decline(text):
    assert not keeping.declines(text)


@pytest.mark.parametrize(
    ("case", "text", "stage"),
    [
        (RIVER, "The Elbe rose [1].", "right"),
        (RIVER, "The Oder rose.", "answered wrongly"),
        (RIVER, "The context does not mention it.", "wrongly refused"),
        (RIVER, "The Elbe; its height is not mentioned.", "right"),
        (RIVER, "", "wrongly refused"),
        (MAYOR, "I don't know.", "right"),
        (MAYOR, "Jana Novak.", "wrongly answered"),
    ],
)
def test_a_reply_is_worth_what_the_evaluator_says_without_places(case, text, stage):
    placed = replace(case, documents=("a.txt",), quotes=("The Elbe rose.",))
    assert keeping.worth(keeping.outcome(placed, said(text))).stage == stage


def test_only_questions_that_all_answered_are_compared():
    ours = [keeping.outcome(case, said("The Elbe.")) for case in (MAYOR, RIVER)]
    found = keeping.common({"ours": ours, "txtai_rag": ours[1:]})
    assert {name: [one.outcome.case.case_id for one in run] for name, run in found.items()} == {
        "ours": ["river"],
        "txtai_rag": ["river"],
    }


# --- reporting ---


def runs(**replies: dict[str, dict]) -> reporting.Runs:
    return keeping.common(
        {
            name: [keeping.outcome(case, given[case.question]) for case in CASES]
            for name, given in replies.items()
        }
    )


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_the_report_says_when_and_how_busy():
    early = both() | {MAYOR.question: said("Jana.") | {"at": "2026-11-23 09:00", "load": 4.0}}
    early[RIVER.question] |= {"at": "2026-11-23 11:30", "load": 1.0}
    assert reporting.circumstances(runs(ours=early)) == (
        "Answered from 2026-11-23 09:00 to 2026-11-23 11:30; load of the machine, these programs "
        "included: 2.5 at the median, 4.0 at most."
    )
    assert reporting.circumstances({}) == "No question was answered by all systems."


def test_totals_are_percentiles_and_shares():
    replies = both(first=3000, total=4000)
    [_, _, row] = reporting.totals(runs(ours=replies))
    # mayor: 1 s and 2 s, river: 3 s and 4 s
    assert cells(row)[:8] == ["this program", "2", "2.0", "2.9", "3.0", "3.9", "300", "20"]
    assert cells(row)[8].startswith("0.50 ")
    assert [cell[:4] for cell in cells(row)[9:]] == ["1.00", "0.00", "0.00"]


def test_ratios_are_medians_of_the_same_question():
    theirs = {
        RIVER.question: said("The Oder.", first=4000, total=8000),
        MAYOR.question: said("I don't know.", first=2000, total=4000),
    }
    [_, _, row] = reporting.compared(runs(ours=both(), llamaindex=theirs))
    # first word: 4/1 and 2/1; whole answer: 8/2 and 4/2; both answered the river alone
    assert cells(row) == [
        "LlamaIndex, as_query_engine",
        "3.0 (2.0–4.0)",
        "3.0 (2.0–4.0)",
        "1",
        "4.0 (4.0–4.0)",
        "4.0 (4.0–4.0)",
        "+0.00 (-1.00–+1.00)",
        "1.000",
    ]


def test_first_answers_count_from_the_start_of_the_process():
    replies = {name: said("The Elbe.") for name in (RIVER.question, MAYOR.question)}
    for given, start in zip(replies.values(), (5000, 7000), strict=True):
        given["timings"]["start_ms"] = start
    [_, _, row] = reporting.cold(runs(txtai_rag=replies))
    assert cells(row) == ["txtai", "2", "6.0", "7.0", "8.0", "9.0"]


def test_shares_are_what_the_generator_did_not_take():
    replies = both(total=2000, generator=1500)
    [_, _, row] = reporting.shares((), runs(ours=replies)["ours"])
    # river: .5 of 2 s, mayor: .2 of 2 s
    assert cells(row) == ["later", "2", "0.10", "1.65", "0.35", "17.5%", "24.2%", "25.0%"]


# --- libraries ---


def test_the_larger_library_holds_the_examples_among_as_many_documents_as_it_says(tmp_path):
    data = PROJECT.parent / "shared" / "data"
    if not data.is_dir():
        pytest.skip("the public data sets are not there")
    files = libraries.folder("40", data, tmp_path)
    seeds = {path.name for path in libraries.SEEDS.iterdir()}
    found = {path.name for path in files.iterdir()}
    assert len(found) == 40
    assert seeds < found
    assert libraries.digest(libraries.folder("40", data, tmp_path)) == libraries.digest(files)
