"""Filters as people type them: understood or told what would be, and explained in plain words."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from rag.assembling import Assistant
from rag.cli.ask import ask
from rag.cli.search import _blocks, search
from rag.errors import InputError, RagError, UsageError
from rag.filtering import (
    Choices,
    Wish,
    first_of,
    joined,
    last_of,
    nothing_left,
    parts,
    single,
    understood,
    without,
)
from rag.rendering import search_results
from rag.settings import Settings
from rag.types import Filters, Narrowing, Passage
from tests.articles import Fakes, library


@pytest.fixture
def settings(tmp_path) -> Settings:
    return library(tmp_path)


@pytest.fixture
def assistant(settings):
    opened = Assistant.open(settings, Fakes())
    yield opened
    opened.close()


def left(assistant: Assistant, filters: Filters) -> str:
    """The documents whose passages a search for all of them finds, by letter."""
    hits = assistant.search("Which dam held?", 100, filters=filters)
    return "".join(sorted({Path(d.path).stem for d in assistant.sources(hits).values()}))


# From words to filters


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("2024-02-05", "2024-02-05", "2024-02-05"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2024-2", "2024-02-01", "2024-02-29"),
        (" 2024 ", "2024-01-01", "2024-12-31"),
        ("9999-12", "9999-12-01", "9999-12-31"),
        ("", None, None),
    ],
)
def test_a_month_or_a_year_means_its_first_or_its_last_day(words, first, last):
    assert (first_of(words), last_of(words)) == tuple(
        day and date.fromisoformat(day) for day in (first, last)
    )


@pytest.mark.parametrize(
    "words", ["2026-13", "2026-02-30", "0000", "yesterday", "1/2/2026", "26", "2026-01-", "٢٠٢٦-٩٩"]
)
@pytest.mark.parametrize("read", [first_of, last_of])
def test_what_is_no_date_is_told_with_the_forms_that_are(read, words):
    with pytest.raises(UsageError, match="like 2026-01-31, a month like 2026-01"):
        read(words)


@pytest.mark.parametrize(
    ("wish", "found"),
    [
        (Wish(), "abcdef"),
        (Wish(publishers=("tass",)), "acf"),
        (Wish(publishers=("Tass", "KCNA")), "abcdf"),
        (Wish(after="2026"), "abef"),
        (Wish(before="2025"), "c"),
        (Wish(before="2026-01-01"), "abc"),
        (Wish(after="2026-01", before="2026-01-01"), "ab"),
        (Wish(as_of="2025"), "cd"),
        (Wish(languages=("DE",)), "d"),
        (Wish(documents=("a.md",)), "a"),
        (Wish(documents=("old/c.md", "e.md")), "ce"),
        (Wish(folders=("news",)), "abcd"),
        (Wish(folders=("news/old",)), "cd"),
        (Wish(folders=("old", "files")), "abcdef"),
        (Wish(publishers=("TASS",), folders=("news",), after="2026"), "a"),
    ],
)
def test_filters_are_understood_as_typed(assistant, wish, found):
    assert left(assistant, assistant.filters(wish)) == found


def test_a_document_goes_by_its_id_the_beginning_of_it_and_its_path(assistant):
    one = next(d for d in assistant.documents() if d.path.endswith("a.md"))
    for name in (one.document_id, one.document_id[:12].upper(), one.path):
        assert assistant.filters(Wish(documents=(name,))).documents == (one.document_id,)


def test_a_folder_goes_by_its_path_from_here(assistant, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path / "files" / "news")
    (tmp_path / "link").symlink_to(tmp_path / "files" / "news")
    for name in ("old", "./old", "../news/old", str(tmp_path / "link" / "old")):
        assert left(assistant, assistant.filters(Wish(folders=(name,)))) == "cd"


def test_a_file_with_several_documents_means_all_of_them(tmp_path):
    paths = {"1a": "/x/all.txt#1", "1b": "/x/all.txt#2", "2c": "/y/all.txt"}
    nothing = Choices(3, 3)
    assert understood(Wish(documents=("x/all.txt",)), nothing, paths).documents == ("1a", "1b")
    assert understood(Wish(documents=("all.txt#2",)), nothing, paths).documents == ("1b",)
    with pytest.raises(InputError, match=r"'all.txt' may be any of these: /x/all.txt, /y/all.txt"):
        understood(Wish(documents=("all.txt",)), nothing, paths)


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        (Wish(publishers=("TAS",)), r"the publisher 'TAS'\. Known: TASS, KCNA\."),
        (Wish(publishers=("KCNN",)), r"Known: KCNA, TASS\."),
        (Wish(languages=("dee",)), r"the language 'dee'\. Known: de, en\."),
        (Wish(documents=("z.md",)), r"the document 'z.md'\. Known: .*a\.md"),
        (Wish(documents=("",)), r"the document ''"),
        (Wish(folders=("/no/news",)), r"the folder '/no/news'\. Known: .*news"),
        (Wish(after="2026-02", before="2026-01"), "swap the two dates"),
    ],
)
def test_an_unknown_name_is_told_with_those_that_are_known(assistant, wish, told):
    with pytest.raises(RagError, match=told) as error:
        assistant.filters(wish)
    assert "\n" not in str(error.value)


@given(name=st.text(max_size=80))
def test_any_name_is_found_or_told_in_one_line(name):
    paths = {"ab12": "/x/news/a.md", "ab34": "seed #2", "": ""}
    choices = Choices(2, 4, (("TASS", 2),), ())
    for wish in (Wish((name,)), Wish(documents=(name,)), Wish(folders=(name,))):
        try:
            understood(wish, choices, paths)
        except RagError as error:
            assert len(str(error).splitlines()) == 1


# From filters to words


def test_a_library_says_what_it_can_be_filtered_by(assistant):
    assert assistant.choices() == Choices(
        documents=6,
        passages=12,
        publishers=(("TASS", 3), ("KCNA", 2)),
        languages=(("en", 5), ("de", 1)),
        first=date(2025, 6, 30),
        last=date(2026, 1, 5),
        undated=1,
    )


def test_every_filter_says_what_it_left_after_those_before_it(assistant):
    filters = assistant.filters(Wish(publishers=("TASS",), folders=("news",), after="2026"))
    folder = filters.folders[0]
    assert assistant.narrowing(filters) == [
        Narrowing("publisher TASS", 3, 6),
        Narrowing(f"folder {folder}", 2, 4),
        Narrowing("published since 1 January 2026", 1, 2),
    ]
    assert assistant.narrowing(Filters()) == []


def test_the_last_narrowing_is_what_is_searched(assistant):
    filters = assistant.filters(Wish(publishers=("KCNA", "TASS"), before="2026-01-01"))
    hits = assistant.search("Which dam held?", 100, filters=filters)
    assert assistant.narrowing(filters)[-1].passages == len(hits) == 6


@pytest.mark.parametrize(
    ("after", "before", "words"),
    [
        ("2021-01", "2021-01", "published January 2021"),
        ("2026-01-01", "2026-01-01", "published 1 January 2026"),
        ("2022", "2022", "published 2022"),
        ("2024-03", "", "published since 1 March 2024"),
        ("", "2019", "published until 31 December 2019"),
        ("2023-05", "2023-07", "published 1 May 2023 to 31 July 2023"),
    ],
)
def test_days_of_publication_in_words(after, before, words):
    [part] = parts(Filters(after=first_of(after), before=last_of(before)))
    assert part.words == words


def test_one_filter_is_taken_away_by_its_name():
    filters = Filters(publishers=("TASS", "KCNA"), after=date(2026, 1, 1), as_of=date(2026, 2, 1))
    names = [part.words for part in single(filters)]
    assert names == [
        "publisher TASS",
        "publisher KCNA",
        "published since 1 January 2026",
        "as of 1 February 2026",
    ]
    assert without(filters, "publisher TASS") == replace(filters, publishers=("KCNA",))
    assert without(filters, names[2]) == replace(filters, after=None)
    assert joined(part.filters for part in single(filters)) == filters


def test_nothing_left_names_the_filter_that_left_nothing(assistant):
    some = assistant.filters(Wish(publishers=("TASS",), after="2027"))
    assert nothing_left(assistant.narrowing(some)) == (
        "No document is left by “published since 1 January 2027” (before it there were 3): "
        "widen it or leave it out."
    )
    assert nothing_left(assistant.narrowing(Filters(after=date(2026, 1, 1)))) == ""
    assert nothing_left([]) == ""


def test_time_words_propose_and_apply_nothing(assistant):
    question = "Which dam held in January 2026?"
    proposal = assistant.proposal(question)
    assert proposal.filters == Filters(after=date(2026, 1, 1), before=date(2026, 1, 31))
    assert len(assistant.search(question, 100)) == 12
    assert assistant.proposal("last May", today=date(2026, 6, 1)).filters.after.year == 2026


# The command line


@pytest.fixture
def rag(settings, monkeypatch):
    """Run a command over the library with the fakes as its models."""
    monkeypatch.setattr("rag.assembling.Models", Fakes)

    def run(command, *arguments: str) -> Result:
        return CliRunner().invoke(command, [*arguments, "--library", str(settings.library)])

    return run


def test_search_explains_filters_and_hits(rag):
    shown = rag(search, "Which dam held?", "--publisher", "tass", "--after", "2026").stdout
    blocks = shown.split("\n\n")
    assert blocks[0].splitlines() == [
        "publisher TASS: 3 documents, 6 passages of 12",
        "published since 1 January 2026: 2 documents, 4 passages of 6",
    ]
    assert re.search(r"^   dense \d, keyword \d, reranker -\d+\.\d$", blocks[1], re.MULTILINE)
    assert "KCNA" not in shown


def test_search_without_filters_shows_hits_alone(rag):
    done = rag(search, "Which dam held?", "-k", "1")
    assert done.stdout.startswith("1. ") and done.stderr == ""


def test_the_same_as_json(rag):
    arguments = ("Which dam held?", "--publisher", "TASS", "-k", "2", "--json")
    found = json.loads(rag(search, *arguments).stdout)
    assert found["filters"] == [{"by": "publisher TASS", "documents": 3, "passages": 6}]
    assert len(found["hits"]) == 2
    for hit in found["hits"]:
        assert {"dense_rank", "keyword_rank", "late", "reranker", "copies"} <= set(hit)


def test_a_hit_shows_the_score_of_each_reranker_that_read_it(assistant):
    [hit, *_] = assistant.search("Which dam a held?", 1)
    hit = replace(hit, dense_rank=None, keyword_rank=3, late=0.517, reranker=None)
    shown = _blocks([hit], assistant.sources([hit]))[0]
    assert "dense -, keyword 3, late interaction 0.52\n" in shown


def test_near_duplicates_are_shown_with_publisher_and_date(assistant):
    [hit, *_] = assistant.search("Which dam a held?", 1)
    copies = [d for d in assistant.documents() if d.path.endswith(("b.md", "e.md"))]
    hit = replace(hit, copies=tuple(Passage(0, d.document_id, 0, 5, d.text[:5]) for d in copies))
    documents = assistant.sources([hit])
    assert "2 near-duplicates: 2026-01-02; KCNA, 2026-01-01" in _blocks([hit], documents)[0]
    [told] = search_results([hit], documents)["hits"]
    assert [one["publisher"] for one in told["copies"]] == [None, "KCNA"]


def test_a_filter_that_leaves_nothing_is_named(rag):
    done = rag(search, "Which dam held?", "--publisher", "TASS", "--before", "2020")
    assert done.exit_code == 0
    assert "No document is left by “published until 31 December 2020”" in done.stdout
    told = json.loads(rag(search, "dam?", "--before", "2020", "--json").stdout)
    assert told["hits"] == [] and told["filters"][0]["documents"] == 0


@pytest.mark.parametrize("command", [search, ask])
@pytest.mark.parametrize(
    ("options", "kind"),
    [
        (("--publisher", "Tas"), InputError),
        (("--after", "soon"), UsageError),
        (("--after", "2026", "--before", "2025"), UsageError),
        (("--folder", "nowhere"), InputError),
    ],
)
def test_bad_filters_are_errors_of_one_line(rag, command, options, kind):
    done = rag(command, "Which dam held?", *options)
    assert isinstance(done.exception, kind) and done.stdout == ""


def test_time_words_are_a_hint_until_they_are_wanted(rag):
    question = "Which dam held on 5 January 2026?"
    hinted = rag(search, question)
    assert "“on 5 January 2026” is not used as a filter; --after 2026-01-05" in hinted.stderr
    assert hinted.stderr.count("\n") == 1 and "published" not in hinted.stdout
    applied = rag(search, question, "--dates-from-question")
    assert applied.stdout.startswith("published 5 January 2026: 1 document, 2 passages of 12\n")
    assert applied.stderr == ""
    both = rag(search, question, "--dates-from-question", "--publisher", "TASS")
    assert "published 5 January 2026: 1 document, 2 passages of 6\n" in both.stdout


def test_named_filters_win_over_time_words(rag):
    question = "Which dam held on 5 January 2026?"
    assert rag(search, question, "--publisher", "TASS").stderr == ""
    dated = rag(search, question, "--before", "2025", "--dates-from-question")
    assert dated.stdout.startswith("published until 31 December 2025: 1 document")


def test_time_words_that_would_leave_nothing_are_not_used(rag):
    done = rag(search, "Which dam held in May 2019?", "--dates-from-question", "-k", "20")
    assert "it would leave no document" in done.stderr
    assert done.stdout.count("dense") == 12


def test_ask_answers_from_the_filtered_documents(rag):
    done = rag(ask, "Which dam held in spring?", "--document", "a.md", "--json")
    told = json.loads(done.stdout)
    assert {Path(item["path"]).name for item in told["evidence"]} == {"a.md"}
    assert "document " in done.stderr and "1 document, 2 passages of 12" in done.stderr


def test_ask_says_which_filter_left_nothing_and_asks_no_model(rag):
    done = rag(ask, "Which dam held in spring?", "--before", "2020", "--json")
    assert json.loads(done.stdout)["refusal"] == "nothing_found"
    assert "No document is left by" in done.stderr
