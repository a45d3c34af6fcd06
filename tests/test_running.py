"""Runs of test sets: complete, resumable, repeatable, and cheap beside answering."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import replace
from pathlib import Path

import pytest

from rag.assembling import build
from rag.errors import InputError
from rag.evaluating import journal, testsets
from rag.evaluating.keeping import folder_of, load
from rag.evaluating.launching import Request, Watch, launch
from rag.evaluating.running import Plan
from rag.settings import Settings
from rag.storing import answers
from tests.fakes import ToldGenerator, WordEmbedder, WordLate, WordReranker

DAMS = "The dam at Ilm held in spring. Engineers had mended the dam before the flood came."
BARLEY = "Barley was sold early this year. The price of barley fell to nine crowns in June."
CASES = [
    {
        "id": "dam",
        "question": "Which dam held in spring?",
        "answers": [["Ilm"]],
        "documents": ["dams"],
        "quotes": ["The dam at Ilm held in spring."],
        "tags": ["direct"],
    },
    {
        "id": "price",
        "question": "What price did barley fall to?",
        "answers": [["nine crowns"]],
        "documents": ["barley.txt"],
        "tags": ["direct"],
        "filters": {"after": "2020-01-01"},
    },
    {"id": "bridge", "question": "Which bridge fell in June?", "answerable": False},
    {"id": "none", "question": "Quo vadis?", "answerable": False},
]


class EchoGenerator(ToldGenerator):
    """Answers with the first sentence of the first passage, and thinks yes of a dam."""

    def read(self, messages):
        reading = super().read(messages)
        passage = messages[-1].content.partition("[1]")[2].splitlines()[1]
        self.replies = deque([f"{passage.partition('.')[0]} [1]."])
        self.yes = 0.99 if "dam" in passage else 0.001
        return reading


class Fakes:
    """Stands where `Models` stands."""

    def __init__(self):
        self.embedder = WordEmbedder()
        self.late = WordLate()
        self.reranker = WordReranker()
        self.generator = EchoGenerator()

    def identity(self, job: str) -> str:
        return getattr(self, job).identity


@pytest.fixture
def bench(tmp_path: Path) -> Settings:
    """Settings with a library of two documents, and a test set beside it."""
    files = tmp_path / "files"
    files.mkdir()
    (files / "dams.txt").write_text(DAMS)
    (files / "barley.txt").write_text(BARLEY)
    settings = replace(Settings(), library=tmp_path / "library", runs=tmp_path / "runs")
    build(settings, [files], models=Fakes())
    lines = "".join(json.dumps(case) + "\n" for case in CASES)
    (tmp_path / "set.jsonl").write_text(lines)
    return settings


def request(bench: Settings, **options) -> Request:
    return Request(testsets.read(bench.runs.parent / "set.jsonl"), **options)


def test_every_case_ends_at_its_stage(bench):
    found = launch(request(bench), bench, models=Fakes())
    stages = {one.outcome.case.case_id: one.stage for one in found.cases}
    # The barley document has no date, so a filter by date leaves it out.
    assert stages == {
        "dam": "right",
        "price": "not retrieved",
        "bridge": "right",
        "none": "right",
    }
    assert found.metrics["accuracy"].value == 3 / 4
    assert found.metrics["answer_accuracy"].value == 1 / 2
    assert found.metrics["refusal_precision"].value == 2 / 3
    assert found.metrics["citation_precision"].value == 1
    assert found.matrix["unanswerable"] == {"answered": 0, "refused": 2}
    assert found.tags["direct"].right == 1


def test_a_run_keeps_the_whole_answer(bench):
    found = launch(request(bench), bench, models=Fakes())
    assert list(answers.entries(bench.library)) == []  # a run has a journal of its own
    kept = journal.read(Path(found.run.folder))[0]
    assert kept.answer["statements"][0]["citations"][0]["quote"] == "The dam at Ilm held in spring."
    assert kept.answer["evidence"][0]["text"].startswith("The dam at Ilm")
    assert kept.found[0].path.endswith("dams.txt")
    assert load(Path(found.run.folder)).cases[0].outcome == kept


class Stopped(Exception):
    """What a test throws into a run to stop it."""


@pytest.mark.parametrize("after", [0, 1, 2, 3])
def test_a_stopped_run_goes_on_and_reports_the_same(bench, after):
    whole = launch(request(bench, out=bench.runs / "whole"), bench, models=Fakes())

    def stop(progress) -> None:
        if progress.done == after:
            raise Stopped

    asked = request(bench)
    with pytest.raises(Stopped):
        launch(asked, bench, models=Fakes(), watch=Watch(running=stop))
    (folder,) = (path for path in bench.runs.iterdir() if path.name != "whole")
    with (folder / journal.CASES).open("ab") as file:
        file.write(b'{"case": {"case_id": "pri')  # what kill -9 leaves of a line
    partial = load(folder)
    assert (partial.complete, len(partial.cases)) == (False, after)
    resumed = launch(asked, bench, models=Fakes())
    assert resumed.digest == whole.digest
    assert resumed.metrics.keys() == whole.metrics.keys()
    assert resumed.stages == whole.stages
    assert [one.shares for one in resumed.cases] == [one.shares for one in whole.cases]


def test_a_finished_run_asks_nothing_again(bench):
    launch(request(bench), bench, models=Fakes())
    models = Fakes()
    launch(request(bench), bench, models=models)
    assert models.generator.prompts == []
    launch(request(bench, again=True), bench, models=models)
    assert models.generator.prompts != []
    assert len(list(bench.runs.iterdir())) == 2


def test_what_changes_answers_makes_another_run(bench):
    folders = set()
    for settings in (bench, replace(bench, evidence_tokens=60), replace(bench, strictness=0.2)):
        folders.add(launch(request(bench), settings, models=Fakes()).run.folder)
    folders.add(launch(request(bench, plan=Plan(depth=5)), bench, models=Fakes()).run.folder)
    folders.add(launch(request(bench, size=2), bench, models=Fakes()).run.folder)
    assert len(folders) == 5
    same = launch(request(bench), replace(bench, threads=1), models=Fakes()).run.folder
    assert same in folders


def test_a_folder_holds_one_run_only(bench):
    launch(request(bench, out=bench.runs / "mine"), bench, models=Fakes())
    with pytest.raises(InputError, match="run of something else"):
        other = request(bench, out=bench.runs / "mine", size=1)
        launch(other, bench, models=Fakes())


def test_searching_alone_needs_no_generator(bench):
    models = Fakes()
    del models.generator
    found = launch(request(bench, plan=Plan(depth=5)), bench, models=models)
    assert found.metrics["recall@5"].value == 1 / 2
    assert "answer_accuracy" not in found.metrics
    assert found.stages == {"right": 1, "not retrieved": 1, "not judged": 2}


def test_a_set_with_its_own_documents_gets_a_library_of_its_own(bench, tmp_path):
    folder = tmp_path / "beir"
    folder.mkdir()
    texts = {"d1": DAMS, "d2": BARLEY, "d3": "# Nothing (KCNA) -- to see. " * 3}
    rows = [{"_id": name, "title": "", "text": text} for name, text in texts.items()]
    (folder / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "queries.jsonl").write_text('{"_id": "q1", "text": "price of barley"}\n')
    (folder / "qrels").mkdir()
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td2\t1\n")
    asked = Request(testsets.read(folder), plan=Plan(depth=10))
    found = launch(asked, bench, models=Fakes())
    assert found.metrics["ndcg@10"].value == 1
    assert {one.path for one in found.cases[0].outcome.found} == set(texts)
    models = Fakes()
    launch(replace(asked, again=True), bench, models=models)
    assert models.embedder.embedded == []


def test_the_same_cases_with_another_share_of_noise_are_another_run(bench, tmp_path):
    rows = {"id": 1, "query": "price of barley", "answer": ["9"]}
    path = tmp_path / "rgb.json"
    path.write_text(json.dumps(rows | {"positive": [BARLEY], "negative": [DAMS, "Rye rose."]}))
    asked = Request(testsets.read(path), plan=Plan(own=True, noise=0.0))
    without, whole = (
        launch(replace(asked, plan=Plan(own=True, noise=noise)), bench, models=Fakes())
        for noise in (0.0, 1.0)
    )
    assert without.run.folder != whole.run.folder
    assert [one.outcome.case.answerable for one in (without.cases[0], whole.cases[0])] == [
        True,
        False,
    ]
    assert (without.run.settings["noise"], whole.run.settings["noise"]) == (0.0, 1.0)
    other = launch(replace(asked, seed=1), bench, models=Fakes())
    assert other.run.folder != without.run.folder


def test_noise_is_for_sets_that_say_which_passages_have_no_answer(bench):
    with pytest.raises(InputError, match="is not an RGB set"):
        launch(request(bench, plan=Plan(own=True, noise=0.5)), bench, models=Fakes())


def test_drafts_are_not_run(bench):
    path = bench.runs.parent / "drafts.jsonl"
    path.write_text(json.dumps(CASES[0] | {"draft": True}) + "\n" + json.dumps(CASES[2]) + "\n")
    found = launch(Request(testsets.read(path)), bench, models=Fakes())
    assert [one.outcome.case.case_id for one in found.cases] == ["bridge"]
    path.write_text(json.dumps(CASES[0] | {"draft": True}) + "\n")
    with pytest.raises(InputError, match="no case to run"):
        launch(Request(testsets.read(path)), bench, models=Fakes())


def test_a_set_without_passages_of_its_own_cannot_be_answered_from_them(bench):
    with pytest.raises(InputError, match="leave out --given"):
        launch(request(bench, plan=Plan(own=True)), bench, models=Fakes())


def test_a_question_that_cannot_be_asked_is_kept_with_its_error(bench):
    path = bench.runs.parent / "odd.jsonl"
    path.write_text(json.dumps({"id": "odd", "question": "?!?", "answerable": False}) + "\n")
    found = launch(Request(testsets.read(path)), bench, models=Fakes())
    assert found.cases[0].stage == "failed"
    assert "ask something in words" in found.cases[0].outcome.error


def test_a_damaged_journal_says_which_line(bench):
    folder = Path(launch(request(bench), bench, models=Fakes()).run.folder)
    lines = (folder / journal.CASES).read_bytes().splitlines(keepends=True)
    (folder / journal.CASES).write_bytes(lines[0] + b"{}\n" + lines[1])
    with pytest.raises(InputError, match=r"cases\.jsonl:2 is damaged"):
        load(folder)


def test_two_processes_do_not_write_one_run(bench):
    folder = Path(launch(request(bench), bench, models=Fakes()).run.folder)
    with journal.opened(folder), pytest.raises(InputError, match="Another process"):
        launch(request(bench), bench, models=Fakes())


def test_a_run_is_found_by_name_or_by_path(bench):
    info = launch(request(bench), bench, models=Fakes()).run
    assert folder_of(info.name, bench) == folder_of(info.folder, bench) == Path(info.folder)
    with pytest.raises(InputError, match="rag eval runs"):
        folder_of("no-such", bench)


def test_a_run_that_was_moved_is_still_that_run(bench):
    first = launch(request(bench, out=bench.runs / "old"), bench, models=Fakes())
    (bench.runs / "old").rename(bench.runs / "new")
    assert load(bench.runs / "new").run.name == "new"
    models = Fakes()
    moved = launch(request(bench, out=bench.runs / "new"), bench, models=models)
    assert (moved.digest, models.generator.prompts) == (first.digest, [])


def test_the_digest_does_not_depend_on_clock_order_or_place(bench, tmp_path):
    one = launch(request(bench), bench, models=Fakes())
    other = tmp_path / "elsewhere"
    (tmp_path / "files").rename(other)
    moved = replace(bench, library=tmp_path / "library2")
    build(moved, [other], models=Fakes())
    cases = testsets.read(tmp_path / "set.jsonl")
    turned = replace(cases, cases=tuple(reversed(cases.cases)))
    two = launch(Request(turned, out=tmp_path / "turned"), moved, models=Fakes())
    assert one.digest == two.digest
