"""Sweeps: every combination once, models shared, stopped ones resumed, differences paired."""

from __future__ import annotations

import json
import os
from contextlib import nullcontext
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rag.assembling import build
from rag.cli import main
from rag.errors import InputError, LibraryMissing, UsageError
from rag.evaluating import sweeping, testsets
from rag.evaluating.launching import CHANGES, Request, Watch
from rag.evaluating.reporting import as_sweep
from rag.evaluating.running import Plan
from rag.evaluating.sweeping import Sweep
from tests.fakes import WordEmbedder, WordLate, WordReranker
from tests.test_running import BARLEY, DAMS, EchoGenerator, Stopped, bench, request  # noqa: F401


class Loads:
    """Makes what stands where `Models` stands, and keeps a log of what was loaded and freed."""

    def __init__(self):
        self.log: list[str] = []
        self.prompts = 0

    def __call__(self, settings):
        return _Made(settings, self)


class _Made:
    def __init__(self, settings, loads: Loads):
        self._settings, self._loads, self._kept = settings, loads, {}

    def identity(self, job: str) -> str:
        name = getattr(self._settings, job)
        return f"{name}@{name}"

    @property
    def embedder(self):
        return self._load("embedder", WordEmbedder)

    @property
    def late(self):
        return self._load("late", WordLate)

    @property
    def reranker(self):
        return self._load("reranker", WordReranker)

    @property
    def generator(self):
        return self._load("generator", lambda: _Heard(self._loads, self._settings.generator))

    def _load(self, job: str, make):
        if job not in self._kept:
            self._kept[job] = make()
            self._kept[job].identity = self.identity(job)
            self._loads.log.append(f"load {getattr(self._settings, job)}")
        return self._kept[job]


class _Heard(EchoGenerator):
    """Answers as `EchoGenerator` does; the one called "mute" thinks that nothing is answered."""

    def __init__(self, loads: Loads, name: str):
        super().__init__()
        self._loads, self._name = loads, name

    def read(self, messages):
        self._loads.prompts += 1
        reading = super().read(messages)
        self.yes = 0.0 if self._name == "mute" else self.yes
        return reading

    def close(self) -> None:
        self._loads.log.append(f"close {self._name}")


@pytest.fixture
def named(bench):  # noqa: F811
    """Settings whose models have short names, as the library of the bench says."""
    return replace(
        bench, generator="echo", embedder="0", late="3", reranker="rr", passage_tokens=140
    )


def ran(asked: Request, settings, *vary: str, loads: Loads | None = None, **how) -> Sweep:
    varied = sweeping.values(vary, searching=asked.plan.depth is not None)
    combined = sweeping.combinations(settings, varied)
    done = sweeping.sweep(asked, combined, models=loads or Loads(), **how)
    return sweeping.weighed([sweeping.measured(*one) for one in done])


def test_values_are_those_of_the_environment():
    found = sweeping.values(
        ("strictness=0.5,.5", "evidence_tokens=200, 500", "prompts=~/mine", "strictness=1")
    )
    assert found == {
        "evidence_tokens": (200, 500),
        "strictness": (0.5, 1.0),
        "prompts": (Path("~/mine").expanduser(),),
    }
    assert set(CHANGES) < set(sweeping.VARIABLE)


@pytest.mark.parametrize(
    "wanted, said",
    [
        ([], "Say what to vary"),
        (["colour=red"], "names no setting that changes answers"),
        (["threads=2"], "names no setting that changes answers"),
        (["evidence_tokens=many"], "must be a whole number of 0 or more, not 'many'"),
        (["evidence_tokens=200,"], "has an empty value"),
        (["strictness"], "has an empty value"),
        (["strictness=2"], "must be a number from 0 to 1, not '2'"),
    ],
)
def test_what_cannot_be_varied_is_said_in_one_line(wanted, said):
    with pytest.raises(UsageError) as error:
        sweeping.values(wanted)
    assert said in str(error.value)
    assert "What can be varied: generator, context, embedder" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_search_alone_is_not_changed_by_the_generator():
    with pytest.raises(UsageError, match="generator changes nothing in a search alone"):
        sweeping.values(["generator=a,b"], searching=True)


def test_combinations_keep_equal_generators_together(named):
    varied = sweeping.values(["strictness=0.2,0.9", "generator=mute,echo,loud"])
    found = [dict(one.varied) for one in sweeping.combinations(named, varied)]
    assert found[0] == {"generator": "echo", "strictness": None}
    assert [one["generator"] for one in found[1:]] == ["echo"] * 2 + ["mute"] * 2 + ["loud"] * 2


def test_a_reference_among_the_combinations_is_run_once(named):
    varied = sweeping.values(["evidence_tokens=200,500", "candidates=6,50"])
    found = [tuple(one.varied.values()) for one in sweeping.combinations(named, varied)]
    assert found == [(50, 500), (50, 200), (6, 500), (6, 200)]


def test_a_sweep_weighs_every_combination_against_the_reference(named):
    found = ran(request(named), named, "generator=echo,mute", "strictness=0.5,0.99")
    rows = {one.combination.name: one for one in found.results}
    assert found.quality == "accuracy"
    assert next(iter(rows)) == "generator=echo, strictness=default"
    assert rows["generator=echo, strictness=default"].quality.value == 3 / 4
    assert rows["generator=echo, strictness=default"].difference.p == 1
    mute = rows["generator=mute, strictness=0.5"]
    assert mute.quality.value == 2 / 4
    assert mute.difference.value == -1 / 4
    assert mute.combination.settings.generator == "mute"
    assert any(one.pareto for one in found.results)


def test_one_generator_is_loaded_at_a_time_and_others_stay(named):
    loads = Loads()
    ran(request(named), named, "generator=echo,mute", "evidence_tokens=60,500", loads=loads)
    assert loads.log == [
        "load 0",
        "load 3",
        "load rr",
        "load echo",
        "close echo",
        "load mute",
        "close mute",
    ]


def test_a_stopped_sweep_goes_on_where_it_was(named):
    vary = ("evidence_tokens=60,500", "strictness=0.9")
    asked, loads = request(named), Loads()

    def stopping(step):
        def stop(progress) -> None:
            if step.number == 2 and progress.done == 2:
                raise Stopped

        return nullcontext(Watch(running=stop))

    with pytest.raises(Stopped):
        ran(asked, named, *vary, loads=loads, watching=stopping)
    assert loads.log[-1] == "close echo"
    before = loads.prompts
    found = ran(asked, named, *vary, loads=loads)
    whole = ran(replace(asked, again=True), named, *vary)
    assert [one.quality for one in found.results] == [one.quality for one in whole.results]
    whole_prompts = Loads()
    ran(replace(asked, again=True), named, *vary, loads=whole_prompts)
    assert loads.prompts == whole_prompts.prompts
    assert before < loads.prompts
    again = Loads()
    ran(asked, named, *vary, loads=again)
    assert again.prompts == 0
    assert "load echo" not in again.log


def test_other_passages_need_another_library_of_the_same_documents(named):
    plan = Plan(depth=24)
    loads = Loads()
    found = ran(request(named, plan=plan), named, "passage_tokens=8,140", loads=loads)
    short, usual = sorted(found.results, key=lambda one: one.combination.varied["passage_tokens"])
    assert usual.combination is found.results[0].combination
    assert short.run.library != usual.run.library
    (folder,) = (named.runs / "libraries").iterdir()
    assert folder.name.startswith("library-")
    assert found.quality == "ndcg@10"
    again = Loads()
    ran(request(named, plan=plan), named, "passage_tokens=8,140", loads=again)
    assert list((named.runs / "libraries").iterdir()) == [folder]


def test_another_embedder_gets_a_library_of_its_own(named):
    found = ran(request(named, plan=Plan(depth=24)), named, "embedder=other")
    assert [one.run.models["embedder"] for one in found.results] == ["0@0", "other@other"]
    assert len(list((named.runs / "libraries").iterdir())) == 1


def test_an_empty_library_is_an_error_also_where_another_would_be_built(named, tmp_path):
    (tmp_path / "blank.txt").write_text(" ")
    empty = replace(named, library=tmp_path / "empty")
    build(empty, [tmp_path / "blank.txt"], models=Loads()(named))
    with pytest.raises(LibraryMissing, match="holds no documents"):
        ran(request(empty), empty, "passage_tokens=8")
    with pytest.raises(LibraryMissing, match="no library"):
        ran(request(named, library=tmp_path / "nowhere"), named, "passage_tokens=8")


def test_a_set_with_its_own_documents_is_indexed_for_each_embedder(named, tmp_path):
    folder = tmp_path / "beir"
    (folder / "qrels").mkdir(parents=True)
    rows = [{"_id": name, "title": "", "text": text} for name, text in (("a", DAMS), ("b", BARLEY))]
    (folder / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "queries.jsonl").write_text('{"_id": "q1", "text": "price of barley"}\n')
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\tb\t1\n")
    asked = Request(testsets.read(folder), plan=Plan(depth=24))
    found = ran(asked, named, "embedder=0,other")
    assert [one.quality.value for one in found.results] == [1, 1]
    assert len(list((named.runs / "libraries").iterdir())) == 2


def test_a_search_alone_goes_as_deep_as_answering(named):
    found = ran(request(named, plan=Plan(depth=24)), named, "candidates=1,50")
    assert [one.run.settings["depth"] for one in found.results] == [50, 1]
    assert len(list(named.runs.glob("*/run.json"))) == 2


def test_a_set_that_judges_nothing_is_an_error(named, tmp_path):
    path = tmp_path / "open.jsonl"
    path.write_text(
        json.dumps({"id": "a", "question": "Which dam held in spring?", "reference": "Ilm."}) + "\n"
    )
    with pytest.raises(InputError, match="gives no accuracy"):
        ran(Request(testsets.read(path)), named, "strictness=0.1")


def test_missing_prompts_are_noticed_before_anything_is_loaded(named, tmp_path):
    loads = Loads()
    combined = sweeping.combinations(named, sweeping.values([f"prompts={tmp_path}"]))
    with pytest.raises(InputError, match="prompt file"):
        sweeping.check(combined, models=loads)
    sweeping.check(combined, searching=True, models=loads)
    assert loads.log == []


@pytest.fixture
def rag(named, monkeypatch: pytest.MonkeyPatch):
    """Return a function that calls `rag eval sweep` on the bench with fakes."""
    for name in ("runs", "library", "generator", "embedder", "late", "reranker"):
        monkeypatch.setenv(f"RAG_{name.upper()}", str(getattr(named, name)))
    loads = Loads()
    whole, checked = sweeping.sweep, sweeping.check
    monkeypatch.setattr(sweeping, "sweep", lambda *a, **b: whole(*a, models=loads, **b))
    monkeypatch.setattr(sweeping, "check", lambda *a, **b: checked(*a, models=loads, **b))
    path = str(named.runs.parent / "set.jsonl")

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(main, ("eval", "sweep", path, *arguments))

    return call


def test_the_command_prints_one_json_document(rag):
    result = rag("--vary", "generator=mute", "--vary", "evidence_tokens=60,500", "--json")
    document = json.loads(result.stdout)
    assert document.keys() == {"test_set", "quality", "reference", "runs"}
    assert (document["test_set"], document["quality"]) == ("set", "accuracy")
    assert document["reference"] == document["runs"][0]["run"]
    assert document["runs"][0]["settings"] == {"generator": "echo", "evidence_tokens": 500}
    assert len(document["runs"]) == 3
    for one in document["runs"]:
        assert one.keys() == {
            *("run", "settings", "metrics", "quality", "total_ms", "difference", "pareto"),
        }
        assert one["quality"] == one["metrics"]["accuracy"]
        assert one["total_ms"] == one["metrics"]["total_ms"]["value"]
        assert one["difference"].keys() == {"value", "low", "high", "p"}
        assert os.path.isfile(f"{one['run']}/report.html")
    assert "3 of 3: generator=mute, evidence_tokens=60" in result.stderr


def test_the_command_writes_a_page_and_markdown(rag, tmp_path):
    page, marked = tmp_path / "s.html", tmp_path / "s.md"
    result = rag(
        *("--vary", "strictness=0.2,0.9", "--html", str(page), "--markdown", str(marked)),
    )
    assert result.exit_code == 0
    assert "strictness=default" in result.stdout and "reference" in result.stdout
    assert "p is below 0.025" in result.stdout
    html = page.read_text()
    assert html.count("<svg") == 1 and "median seconds to the whole answer" in html
    assert "http://" not in html.replace("http://www.w3.org", "")
    assert marked.read_text().count("\n| strictness=") == 3


def test_a_page_about_searches_says_so(rag, tmp_path):
    page = tmp_path / "s.html"
    rag("--retrieval-only", "--vary", "candidates=6", "--html", str(page))
    assert "median seconds of the search" in page.read_text()


def test_a_page_shows_hostile_names_as_words(named):
    found = ran(request(named), named, "generator=<b>x</b>|y")
    assert "&lt;b&gt;x" in as_sweep.html(found) and "<b>x" not in as_sweep.html(found)
    assert r"\<b\>x\</b\>\|y" in as_sweep.markdown(found)


def test_equal_generators_stand_together_whatever_else_is_varied(named):
    varied = sweeping.values(["generator=a,b,c", "context=1024,2048", "embedder=x,y"])
    used = [one.varied["generator"] for one in sweeping.combinations(named, varied)]
    changes = sum(one != other for one, other in pairwise(used))
    assert changes == 3  # from the reference's to a, b and c
