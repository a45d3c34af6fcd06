"""Test sets of every format are read whole, and every way to get one wrong is explained."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.cli.eval.check import check
from rag.errors import InputError, UsageError
from rag.evaluating.records import Case, Problem, TestSet
from rag.evaluating.testsets import FORMATS, examine, read, with_noise
from rag.settings import PROJECT
from rag.types import Filters, Turn

DATA = PROJECT.parent / "shared" / "data"
GOOD = {"id": "a", "question": "Which city?", "answers": [["Paris"]]}
CONTEXT = "Normandy lies in France. Rollo came in 911."


def data(name: str) -> Path:
    if not (DATA / name).exists():
        pytest.skip(f"the public data (../shared/data/{name}) is not beside this checkout")
    return DATA / name


def written(folder: Path, name: str, *rows: object) -> Path:
    """Write rows as JSON lines, strings as they are, and return the path."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="")
    return path


def good(path: Path) -> TestSet:
    found, problems = examine(path)
    assert problems == () and found is not None
    return found


# --- the public sets -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kind", "cases", "answerable", "corpus"),
    [
        ("squad2/squad2_dev_8_articles.json", "squad", 2805, 1278, 294),
        ("xquad/xquad.en.json", "squad", 1190, 1190, 240),
        ("xquad/xquad.de.json", "squad", 1190, 1190, 240),
        ("xquad/xquad.es.json", "squad", 1190, 1190, 240),
        ("xquad/xquad.ru.json", "squad", 1190, 1190, 240),
        ("xquad/xquad.zh.json", "squad", 1190, 1190, 240),
        ("scifact_beir", "beir", 809, 809, 5183),
        ("rgb/rgb_en_150.jsonl", "rgb", 150, 150, 1172),
        ("rgb/en_fact_50.jsonl", "rgb", 50, 50, 487),
        ("multihop_rag_500/multihoprag_500.jsonl", "multihop", 500, 429, 326),
        ("clapnq", "clapnq", 300, 150, 299),
        ("clapnq/unanswerable_150.jsonl", "clapnq", 150, 0, 150),
        ("mtrag/mtragun_half.jsonl", "mtrag", 234, 151, 481),
        ("mtrag/mtrag_reference_subset_with_human_evaluations.json", "mtrag", 159, 150, 350),
    ],
)
def test_public_sets_are_read_whole(name, kind, cases, answerable, corpus):
    found = good(data(name))
    assert found.kind == kind and len(found.cases) == cases
    assert sum(case.answerable for case in found.cases) == answerable
    assert len(found.corpus) == corpus
    names = {source.name for source in found.corpus}
    assert len(names) == corpus
    assert len({case.case_id for case in found.cases}) == cases
    for case in found.cases:
        assert {*case.documents, *case.own} <= names
        assert case.line > 0 and case.question.strip()
        assert case.answerable or not (case.answers or case.quotes or case.documents)


@pytest.mark.parametrize(
    "name", ["squad2/squad2_dev_8_articles.json", "xquad/xquad.zh.json", "clapnq"]
)
def test_quotes_stand_in_their_documents_word_for_word(name):
    found = good(data(name))
    texts = {source.name: source.text for source in found.corpus}
    for case in found.cases:
        for quote in case.quotes:
            assert any(quote in texts[document] for document in case.documents)
        for group in case.answers:
            assert any(words in case.quotes[0] for words in group)


def test_a_beir_folder_and_its_queries_are_the_same_set():
    by_folder = good(data("scifact_beir"))
    assert by_folder.name == "scifact_beir"
    assert good(data("scifact_beir/queries_train.jsonl")) == by_folder
    assert by_folder.cases[0].documents == ("31715818",) and by_folder.cases[0].grades == (1.0,)
    first = by_folder.corpus[0]
    assert first.text.startswith(f"{first.title}\n\n")


def test_rgb_needs_all_of_the_outer_list_and_one_of_the_inner():
    answers = {case.question: case.answers for case in good(data("rgb/rgb_en_150.jsonl")).cases}
    teams = answers["Which teams are playing in the 2021-22 NBA Finals?"]
    assert teams == (("Golden State Warriors",), ("Boston Celtics",))
    assert answers["Who won the 2022 Citrus Bowl?"] == (("Kentucky Wildcats",),)
    assert "Jul 11" in answers["What is the start date of Prime Day 2023?"][0]


def test_multihop_without_bodies_makes_articles_of_the_facts():
    found = good(data("multihop_rag_500/multihoprag_500.jsonl"))
    texts = {source.name: source.text for source in found.corpus}
    case = found.cases[0]
    assert case.tags == ("comparison_query",) and case.answers == (("no",),)
    assert len(case.quotes) == len(case.documents) == 3
    for quote, title in zip(case.quotes, case.documents, strict=True):
        assert quote in texts[title]
    assert found.corpus[0].publisher == "The Verge"
    assert found.corpus[0].published == date(2023, 9, 26)


def test_mtrag_keeps_the_conversation_and_the_answerability():
    found = good(data("mtrag/mtragun_half.jsonl"))
    states = Counter(case.tags[0] for case in found.cases)
    assert states == {"ANSWERABLE": 131, "UNANSWERABLE": 48, "UNDERSPECIFIED": 35, "PARTIAL": 20}
    case = found.cases[0]
    assert case.question == "Are those the only steps?" and len(case.history) == 6
    assert [turn.role for turn in case.history[-2:]] == ["user", "assistant"]
    assert all(case.reference for case in found.cases if case.answerable)


# --- small sets of every format ------------------------------------------------------------

FULL = {
    "id": "one",
    "question": "Who signed it?",
    "history": [
        {"role": "user", "content": "What happened on Monday?"},
        {"role": "assistant", "content": "A treaty was signed."},
    ],
    "answers": [["Ann Lee", "Lee"], ["Bo Kim"]],
    "documents": ["treaty.md", "news/monday.txt"],
    "grades": [2, 1],
    "quotes": ["signed by Ann Lee and Bo Kim"],
    "reference": "Ann Lee and Bo Kim.",
    "as_of": "2024-03-05",
    "tags": ["people"],
    "filters": {"publisher": "KCNA", "language": ["en", "ko"], "after": "2024-01-01"},
    "draft": True,
}


def test_own_cases_keep_everything(tmp_path):
    empty = {"id": 7, "question": " And why? ", "answerable": False}
    found = good(written(tmp_path, "set.jsonl", FULL, "", empty))
    assert (found.name, found.kind, found.corpus) == ("set", "cases", ())
    one, two = found.cases
    assert one == Case(
        case_id="one",
        question="Who signed it?",
        history=(
            Turn("user", "What happened on Monday?"),
            Turn("assistant", "A treaty was signed."),
        ),
        answers=(("Ann Lee", "Lee"), ("Bo Kim",)),
        documents=("treaty.md", "news/monday.txt"),
        grades=(2.0, 1.0),
        quotes=("signed by Ann Lee and Bo Kim",),
        reference="Ann Lee and Bo Kim.",
        as_of=date(2024, 3, 5),
        tags=("people",),
        filters=Filters(publishers=("KCNA",), languages=("en", "ko"), after=date(2024, 1, 1)),
        draft=True,
        line=1,
    )
    assert two == Case("7", "And why?", answerable=False, line=3)


def test_a_list_of_cases_is_read_like_lines_of_them(tmp_path):
    pretty = tmp_path / "set.json"
    pretty.write_text(json.dumps([FULL, GOOD], indent=1))
    found = good(pretty)
    assert [case.case_id for case in found.cases] == ["one", "a"]
    assert pretty.read_text().split("\n")[found.cases[1].line - 1].strip() == "{"


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path):
    path = tmp_path / "set.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(GOOD).encode() + b"\r\n\r\n")
    assert good(path).cases[0].case_id == "a"


def test_a_line_separator_inside_a_string_ends_no_line(tmp_path):
    row = json.dumps(case(question="one\u2028two"), ensure_ascii=False)
    assert good(written(tmp_path, "set.jsonl", row)).cases[0].question == "one\u2028two"


def test_without_any_id_lines_are_the_ids(tmp_path):
    row = {"question": "Where?", "documents": ["a.md"]}
    assert [c.case_id for c in good(written(tmp_path, "a.jsonl", row, "", row)).cases] == ["1", "3"]
    listed = written(tmp_path, "b.json", [row, row])
    assert [case.case_id for case in good(listed).cases] == ["1", "2"]


def test_the_digest_is_over_every_byte(tmp_path):
    path = written(tmp_path, "a.jsonl", GOOD)
    before = good(path).sha256
    assert good(path).sha256 == before and len(before) == 64
    written(tmp_path, "a.jsonl", GOOD, "")
    assert good(path).sha256 != before


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_tables_are_read_whatever_their_delimiter(tmp_path, mark):
    rows = [
        ["id", "Question", "answers", "answerable", "quotes", "as_of", "tags"],
        ["1", '"Who, where; when?"', '"Ann|Lee;Paris"', "yes", '"a b|c"', "2024-01-02", "x|y"],
        ["2", "Why?", "", "NO", "", "", ""],
    ]
    text = "\r\n".join(mark.join(row) for row in rows)
    path = tmp_path / "table.txt"
    path.write_text("\ufeff" + text, encoding="utf-8")
    found = good(path)
    assert found.kind == "csv"
    one, two = found.cases
    assert one.question == "Who, where; when?" and one.answers == (("Ann", "Lee"), ("Paris",))
    assert one.quotes == ("a b", "c") and one.as_of == date(2024, 1, 2) and one.line == 2
    assert two.answerable is False and two.line == 3


def test_a_cell_may_hold_line_breaks(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text('question,documents\n"Who\ndid it?",a.md\nWhere?,b.md\n')
    assert [(case.question, case.line) for case in good(path).cases] == [
        ("Who\ndid it?", 2),
        ("Where?", 4),
    ]


def squad(**changes) -> dict:
    question = {
        "id": "q1",
        "question": "When did Rollo come?",
        "answers": [{"text": "911", "answer_start": 39}, {"text": "in 911", "answer_start": 36}],
    }
    paragraph = {"context": CONTEXT, "qas": [{**question, **changes}]}
    return {"version": "v2.0", "data": [{"title": "Normans", "paragraphs": [paragraph]}]}


@pytest.mark.parametrize("indent", [None, 2])
def test_squad_quotes_the_sentence_of_the_first_answer(tmp_path, indent):
    path = tmp_path / "squad.json"
    path.write_text(json.dumps(squad(), indent=indent))
    (case,) = good(path).cases
    assert case.answers == (("911", "in 911"),)
    assert case.quotes == ("Rollo came in 911.",)
    assert case.documents == case.own == ("Normans/0",)
    assert case.tags == ("Normans", "answerable")
    assert '"q1"' in path.read_text().split("\n")[case.line - 1]


def beir(folder: Path, *judged: str) -> Path:
    written(
        folder,
        "corpus.jsonl",
        {"_id": "d1", "title": "T", "text": "words"},
        {"_id": "d2", "text": "x"},
    )
    written(folder, "queries.jsonl", {"_id": "q1", "text": "one?"}, {"_id": "q2", "text": "two?"})
    written(folder, "qrels/test.tsv", *judged)
    return folder


def test_beir_keeps_grades_and_only_judged_queries(tmp_path):
    folder = beir(tmp_path / "set", "q1\td1\t2", "q1\td2\t1", "q2\td1\t0")
    found = good(folder)
    (case,) = found.cases
    assert case.documents == ("d1", "d2") and case.grades == (2.0, 1.0)
    assert [source.text for source in found.corpus] == ["T\n\nwords", "x"]
    written(folder, "qrels/dev.tsv", "query-id\tcorpus-id\tscore", "q2\td2\t1")
    assert good(folder).cases == (case,)
    assert good(folder / "corpus.jsonl").cases == (case,)


def rgb(**changes) -> dict:
    one = {"id": 1, "query": "Who?", "answer": ["Ann"], "positive": ["p1", "p2"]}
    return {**one, "negative": ["n1", "n2", "n3", "n4", "n5"], **changes}


def test_rgb_keeps_a_passage_once_and_takes_one_of_each_inner_list_first(tmp_path):
    other = rgb(id=2, answer="Bo", positive=[["x1", "x2"], ["y1"]], negative=["p1", " "])
    found = good(written(tmp_path, "rgb.json", rgb(), other))
    one, two = found.cases
    assert one.documents == ("1/positive/0", "1/positive/1")
    texts = {source.name: source.text for source in found.corpus}
    assert [texts[name] for name in two.documents] == ["x1", "y1", "x2"]
    assert two.own == (*two.documents, "1/positive/0") and two.answers == (("Bo",),)


@pytest.mark.parametrize(
    ("noise", "positives", "negatives"), [(0, 2, 3), (0.2, 2, 3), (0.7, 1, 4), (1, 0, 5)]
)
def test_noise_follows_the_rule_of_rgb(tmp_path, noise, positives, negatives):
    found = good(written(tmp_path, "rgb.json", rgb()))
    mixed = with_noise(found, noise, seed=3)
    (case,) = mixed.cases
    kinds = Counter(name.split("/")[1] for name in case.own)
    assert kinds == Counter(positive=positives, negative=negatives)
    assert case.answerable == bool(case.answers) == bool(case.documents) == (noise < 1)
    assert set(case.documents) <= set(case.own)
    assert with_noise(found, noise, seed=3) == mixed
    orders = {with_noise(found, noise, seed=seed).cases[0].own for seed in range(9)}
    assert len(orders) > 1


def test_noise_fills_up_from_the_positives(tmp_path):
    row = rgb(positive=["p1", "p2", "p3", "p4"], negative=["n1"])
    (case,) = with_noise(good(written(tmp_path, "rgb.json", row)), 0.8, seed=0).cases
    assert sorted(case.own) == ["1/negative/0", *(f"1/positive/{n}" for n in range(4))]
    with pytest.raises(UsageError, match="between 0 and 1"):
        with_noise(good(tmp_path / "rgb.json"), 1.5, seed=0)


def test_multihop_takes_the_corpus_beside_it(tmp_path):
    facts = [{"title": "A", "fact": "a fact"}]
    rows = [
        {
            "query": "Who?",
            "answer": "Ann",
            "question_type": "inference_query",
            "evidence_list": facts,
        },
        {"query": "Eh?", "answer": "Insufficient information.", "evidence_list": []},
    ]
    path = written(tmp_path, "MultiHopRAG.json", rows)
    assert [source.text for source in good(path).corpus] == ["a fact"]
    body = {"title": "A", "body": "In full: a fact.", "source": "S", "published_at": "2023-09-26T1"}
    written(tmp_path, "corpus.json", [body, {**body, "body": "Another."}])
    found = good(path)
    assert [source.name for source in found.corpus] == ["A", "A (2)"]
    assert found.corpus[0].published == date(2023, 9, 26)
    assert [case.answerable for case in found.cases] == [True, False]


def test_clapnq_finds_sentences_whatever_their_white_space(tmp_path):
    row = {
        "id": "1",
        "input": "which one",
        "passages": [{"title": "T", "text": "First.  Second\none."}],
        "output": [{"answer": "The second.", "selected_sentences": ["Second one."]}],
    }
    (case,) = good(written(tmp_path, "c.jsonl", row)).cases
    assert case.quotes == ("Second\none.",) and case.reference == "The second."


def judged(*judgements: dict, refusal: str | None = None) -> dict:
    citation = {"number": 1, "document_id": "d1", "quote": "its words"}
    statement = {"text": "So.", "verdict": "supported", "citations": [citation]}
    answer = {"question": "Who?", "text": "So. [1]", "refusal": refusal, "statements": [statement]}
    return {"question": "Who?", "answer": answer, "judgements": list(judgements)}


def test_judgements_become_cases(tmp_path):
    said = {"statement": 0, "citation": None, "verdict": "right"}
    cited = {"statement": 0, "citation": 0, "verdict": "right", "note": "good"}
    found = good(
        written(
            tmp_path,
            "judged.jsonl",
            judged(said, cited),
            judged({**cited, "verdict": "wrong span"}),
            judged(said, refusal="not_answered"),
            judged({**said, "verdict": "wrong"}, refusal="not_answered"),
        )
    )
    one, two, three, four = found.cases
    assert one.quotes == ("its words",) and one.documents == ("d1",) and one.tags == ("judged",)
    assert two.quotes == two.documents == () and two.answerable
    assert [case.answerable for case in (one, three, four)] == [True, False, True]


# --- what is wrong, where, and what to do --------------------------------------------------


def case(**changes) -> dict:
    return {**GOOD, **changes}


def after_a_good_one(*rows: object) -> list:
    return [{**GOOD, "id": "first"}, *rows]


def turns(*turns: tuple) -> list:
    return [{"role": role, "content": content} for role, content in turns]


DEEP = '{"question": ' + "[" * 100_000 + "]" * 100_000 + "}"
WRONG_CASES = {
    "broken json": ('{"id": "x", question: 1}', "column 13", "JSON library"),
    "cut off": ('{"id": "x", "question": "Wh', "breaks off", "to its end"),
    "two on a line": ('{"id": "x"} {"id": "y"}', "follows the end", "one line"),
    "not an object": ("[1, 2]", "a list where an object", "one {…}"),
    "a number": ("42", "a number where an object", "one {…}"),
    "no question": ({"id": "x", "answers": [["a"]]}, "is missing", 'Add "question"'),
    "empty question": (case(question="  "), '"question" is empty', "Write something"),
    "question no string": (case(question=["a"]), "a list, not a string", 'Write "question"'),
    "question too long": (case(question="why " * 1100), "4,399 characters", "Shorten"),
    "id used twice": (case(id="first"), "used before, at", "another"),
    "no id": ({"question": "Who?", "answers": [["a"]]}, '"id" is missing', 'Add "id"'),
    "id no name": (case(id=1.5), '"id" is 1.5', 'Write "id"'),
    "answers a string": (case(answers="Paris"), '"Paris", not a list', '[["Paris"]]'),
    "answers flat": (case(answers=["A", "B"]), "not a list of lists", '[["A"], ["B"]] if not'),
    "answers flat, one": (case(answers=["A"]), "not a list of lists", '[["A"]]'),
    "answers empty inside": (case(answers=[[]]), "an empty list", "strings that will do"),
    "answers blank": (case(answers=[["a", ""]]), "an empty string", "strings that will do"),
    "answers a number": (case(answers=[[1]]), "not a string", "strings that will do"),
    "unanswerable, answers": (case(answerable=False), "yet it has", 'Take out "answers"'),
    "unanswerable, quotes": (
        {"id": "x", "question": "Who?", "quotes": ["a"], "answerable": False},
        "yet it has",
        'Take out "quotes"',
    ),
    "nothing to judge": ({"id": "x", "question": "Who?"}, "nothing can be judged", "answerable"),
    "misspelt key": (case(documnets=["a"]), 'unknown key "documnets"', 'mean "documents"'),
    "unknown key": (case(zzz=1), 'unknown key "zzz"', "the keys are: id, question"),
    "answerable a string": (case(answerable="yes"), '"yes", not true', '"answerable": true'),
    "draft a number": (case(draft=1), "1, not true or false", '"draft": true'),
    "wrong role": (case(history=turns(("system", "a"))), '"system", not', '"user" or "assistant"'),
    "no content": (case(history=[{"role": "assistant"}]), '"content" is missing', "Add"),
    "history no list": (case(history="before"), "not a list", 'Write "history"'),
    "history of strings": (case(history=["before"]), "turn 1: a string", "{…}"),
    "history ends early": (case(history=turns(("user", "a"))), "turn of the user", "Take that"),
    "no date": (case(as_of="5 March 2024"), "not a date", "2024-03-01"),
    "date a number": (case(as_of=2024), "2024, not a date", "2024-03-01"),
    "no such day": (case(as_of="2024-02-30"), "not a date", "year-month-day"),
    "documents a string": (case(documents="a.md"), "not a list of strings", '"documents": ["'),
    "quotes of numbers": (case(quotes=[1]), "not a list of strings", '"quotes": ["'),
    "tags blank": (case(tags=[""]), "an empty string", "Fill it in"),
    "grades words": (case(grades=["high"]), "not a list of numbers", '"grades": [1'),
    "grades too few": (case(documents=["a", "b"], grades=[1]), "1 grades for 2", "each document"),
    "filters no object": (case(filters="KCNA"), "a string where an object", "{…}"),
    "filter unknown": (case(filters={"publishr": "a"}), 'key "publishr"', '"publisher"'),
    "filter no date": (case(filters={"after": "May"}), '"after" is "May"', "2024-03-01"),
    "filter dates swapped": (
        case(filters={"after": "2024-02-01", "before": "2024-01-01"}),
        "later than",
        "Swap",
    ),
    "half a character": (r'{"id": "x", "question": "\ud800"}', "half a character", "itself"),
    "escaped nul": (r'{"id": "x", "question": "a\u0000"}', "NUL character", "take it out"),
    "not a number": ('{"id": "x", "grades": [NaN]}', "NaN is no JSON", "null"),
    "huge number": ('{"id": ' + "1" * 5000 + "}", "4,300 digits", "as a string"),
    "too deep": (DEEP, "nested too deeply", "Flatten"),
    "too long": ('{"id": "' + "x" * 10_000_001 + '"}', "a line of 10 MB", "10 MB are the most"),
}


@pytest.mark.parametrize("row, what, remedy", WRONG_CASES.values(), ids=WRONG_CASES)
def test_a_wrong_case_is_explained(tmp_path, row, what, remedy):
    path = written(tmp_path, "set.jsonl", *after_a_good_one("", row))
    found, problems = examine(path)
    assert found is None and len(problems) == 1
    (problem,) = problems
    assert (problem.path, problem.line) == (str(path), 3)
    assert what in problem.what and remedy in problem.remedy
    assert "\n" not in str(problem) and not problem.what.endswith(".")
    assert problem.remedy.endswith((".", "?", ")"))


WRONG_FILES = {
    "empty": ("a.jsonl", b"", 0, "empty", "Write a case"),
    "blank": ("a.jsonl", b"\xef\xbb\xbf \n\n", 0, "empty", "Write a case"),
    "latin-1": ("a.jsonl", b'{"id": 1}\n{"id": "\xe9"}', 2, "byte 0xe9 is byte 9", "UTF-8"),
    "utf-16": ("a.jsonl", '{"question": "a"}'.encode("utf-16"), 0, "UTF-16", "UTF-8"),
    "utf-16 bare": ("a.jsonl", '{"question": "a"}'.encode("utf-16-le"), 0, "UTF-16", "UTF-8"),
    "nul": ("a.jsonl", b'{"id": 1}\n{"question": "a\0"}', 2, "NUL byte", "without NUL"),
    "zip": ("a.xlsx", b"PK\x03\x04....", 0, "spreadsheet", "CSV"),
    "gzip": ("a.jsonl.gz", b"\x1f\x8b....", 0, "gzip", "Unpack"),
    "prose": ("a.md", b"# Notes\nNothing.", 0, "neither JSON objects nor", "Known are: cases"),
    "other json": ("a.jsonl", b'{"label": 1, "claim": 2}', 0, '"label, claim"', "Known are"),
    "whole json cut": ("a.json", b'{\n "data": [\n  {"title": "a"', 3, "breaks off", "again"),
    "one line cut": ("a.json", b'{"data": [{"title": "a"', 1, "breaks off", "again"),
    "list cut": ("a.json", b'[\n{"query": "a"},\n', 3, "breaks off", "again"),
    "list no comma": ("a.json", b'[{"id": 1}\n{"id": 2}]', 2, "column 1", "JSON library"),
    "no column": ("a.csv", b"query,answers\na,b", 1, 'no column "question"', "first line"),
    "only a header": ("a.csv", b"question,answers\n", 0, "no question in it", "whole file"),
    "empty list": ("a.json", b"[]", 0, "neither JSON objects", "Known are"),
    "column twice": ("a.csv", b"question,tags,tags\na,b,c", 1, 'two columns "tags"', "Rename"),
    "column misspelt": ("a.csv", b"question,anwsers\na,b", 1, '"anwsers"', '"answers"'),
    "too many cells": ("a.csv", b"question,answers\nWho, then?,b", 2, "3 cells", 'around cells'),
    "open quotation": ("a.csv", b'question,answers\na,b\n"c,d\n', 3, "broken cell", "Close"),
    "cell no truth": ("a.tsv", b"question\tanswerable\na\tmaybe", 2, '"maybe"', "yes or no"),
    "empty table row": ("a.csv", b"question,answers\n,b", 2, '"question" is missing', "Add"),
}  # fmt: skip


@pytest.mark.parametrize("name, content, line, what, remedy", WRONG_FILES.values(), ids=WRONG_FILES)
def test_a_wrong_file_is_explained(tmp_path, name, content, line, what, remedy):
    path = tmp_path / name
    path.write_bytes(content)
    found, problems = examine(path)
    assert found is None
    assert (problems[0].path, problems[0].line) == (str(path), line)
    assert what in problems[0].what and remedy in problems[0].remedy


PASSAGE = [{"title": "T", "text": "Words."}]
CLAPNQ = {"id": "1", "input": "a", "passages": PASSAGE}
MTRAG = {
    "task_id": "t",
    "input": [{"speaker": "user", "text": "Why?"}],
    "targets": [],
    "contexts": [],
}
WRONG_FOREIGN = {
    "squad offset": (squad(answers=[{"text": "911", "answer_start": 3}]), 1, "(3)", "Count"),
    "squad no offset": (squad(answers=[{"text": "911"}]), 1, "(missing)", "Count"),
    "squad no answer": (squad(answers=[]), 1, "no answer", "is_impossible"),
    "squad no context": ({"data": [{"paragraphs": [{}]}]}, 0, '"context" is missing', "Add"),
    "squad no questions": ({"data": []}, 0, "no question in it", "whole"),
    "squad data of strings": ({"data": ["a"]}, 0, "article 1: a string", "{…}"),
    "rgb no positive": (rgb(positive=None), 1, '"positive" is missing', "Add"),
    "rgb no answer": (rgb(answer=[]), 1, '"answer" is missing', "Add"),
    "rgb answer of numbers": (rgb(answer=[[1]]), 1, '"answer" holds', "strings"),
    "rgb passage no string": (rgb(negative=[1]), 1, "but not a list of strings", "Write"),
    "multihop no evidence": (
        {"query": "a", "answer": "b", "evidence_list": []}, 1, "no evidence", "null_query",
    ),
    "clapnq no passage": ({**CLAPNQ, "passages": [], "output": []}, 1, "no passage", "Add"),
    "clapnq stray sentence": (
        {**CLAPNQ, "output": [{"answer": "x", "selected_sentences": ["Other."]}]},
        1, "stands in no passage", "Copy it",
    ),
    "mtrag state": ({**MTRAG, "answerability": ["MAYBE"]}, 1, '"MAYBE"', "PARTIAL"),
    "mtrag agent last": (
        {**MTRAG, "answerability": ["UNANSWERABLE"], "input": [{"speaker": "agent", "text": "a"}]},
        1, "turn of the user", "question",
    ),
    "mtrag no text": (
        {**MTRAG, "answerability": ["ANSWERABLE"], "contexts": [{"document_id": "d"}]},
        1, 'no document "d"', '"text"',
    ),
    "judgement no statement": (
        judged({"statement": 1, "verdict": "right"}), 1, "counted from 0", "0 to 0",
    ),
    "judgement no citation": (
        judged({"statement": 0, "citation": 5, "verdict": "right"}), 1, '"citation" is 5', "0 to 0",
    ),
    "judgement verdict": (judged({"statement": 0, "verdict": "good"}), 1, '"good"', '"wrong span"'),
    "judgement twice": (
        judged({"statement": 0, "verdict": "right"}, {"statement": 0, "verdict": "wrong"}),
        1, "before", "Keep one",
    ),
    "judgement no answer": (
        {"question": "a", "judgements": []}, 1, '"answer" is missing', "rag ask",
    ),
}  # fmt: skip


@pytest.mark.parametrize("row, line, what, remedy", WRONG_FOREIGN.values(), ids=WRONG_FOREIGN)
def test_a_wrong_case_of_another_format_is_explained(tmp_path, row, line, what, remedy):
    path = written(tmp_path, "set.json", row)
    found, problems = examine(path)
    assert found is None
    assert (problems[0].path, problems[0].line) == (str(path), line)
    assert what in problems[0].what and remedy in problems[0].remedy


WRONG_BEIR = {
    "no query": ("q9\td1\t1", 'no query "q9"', "take out this line"),
    "no document": ("q1\td9\t1", 'no document "d9"', "take out this line"),
    "no number": ("q1\td1\thigh", '"high" is no number', "1 for relevant"),
    "not finite": ("q1\td1\tnan", '"nan" is no number', "1 for relevant"),
    "two cells": ("q1\td1", "2 cells", "tabs between"),
    "spaces": ("q1 d1 1", "1 cells", "tabs between"),
}


@pytest.mark.parametrize("row, what, remedy", WRONG_BEIR.values(), ids=WRONG_BEIR)
def test_wrong_judgements_of_documents_are_explained(tmp_path, row, what, remedy):
    folder = beir(tmp_path, "query-id\tcorpus-id\tscore", "q1\td1\t1", row)
    (problem,) = examine(folder)[1]
    assert (problem.path, problem.line) == (str(folder / "qrels" / "test.tsv"), 3)
    assert what in problem.what and remedy in problem.remedy


def test_folders_without_a_whole_set_are_explained(tmp_path):
    (problem,) = examine(tmp_path)[1]
    assert "no test set as a whole" in problem.what and "beir, clapnq" in problem.remedy
    beir(tmp_path, "q1\td1\t1")
    (tmp_path / "corpus.jsonl").unlink()
    (problem,) = examine(tmp_path)[1]
    assert problem.path == str(tmp_path / "corpus.jsonl") and "no such file" in problem.what
    (tmp_path / "qrels" / "test.tsv").unlink()
    assert "no queries with qrels" in examine(tmp_path)[1][0].what


def test_missing_and_odd_files_are_explained(tmp_path):
    written(tmp_path, "questions.jsonl", GOOD)
    (problem,) = examine(tmp_path / "question.jsonl")[1]
    assert problem.line == 0 and "no such file" in problem.what
    assert f"Did you mean {tmp_path / 'questions.jsonl'}?" == problem.remedy
    assert "no folder" in examine(tmp_path / "no" / "set.jsonl")[1][0].remedy
    assert "regular" in examine(Path("/dev/zero"))[1][0].what
    assert examine(tmp_path / ("x" * 300))[0] is None


def test_every_problem_is_listed_in_order_of_lines(tmp_path):
    rows = [case(id=str(n), as_of="soon") for n in range(1200)]
    path = written(tmp_path, "set.jsonl", "{", *rows, case(id="1"))
    problems = examine(path)[1]
    assert len(problems) == 1000
    assert [problem.line for problem in problems] == sorted(problem.line for problem in problems)
    assert "used before" in next(p for p in problems if p.line == 1202).what


def test_reading_raises_the_first_problem_in_one_line(tmp_path):
    path = written(tmp_path, "set.jsonl", case(answers="Paris", as_of="soon"))
    with pytest.raises(InputError) as caught:
        read(path)
    text = str(caught.value)
    assert text.startswith(f"{path}:1: ") and '[["Paris"]]' in text
    assert text.endswith(f"(and 1 more: rag eval check {path})") and "\n" not in text
    assert read(written(tmp_path, "good.jsonl", GOOD)).cases[0].case_id == "a"


# --- whatever comes ------------------------------------------------------------------------

KEYS = [
    *("id", "question", "answers", "answerable", "history", "documents", "quotes", "filters"),
    *("data", "query", "positive", "negative", "answer", "evidence_list", "input", "passages"),
    *("output", "targets", "tasks", "contexts", "judgements", "_id", "text", "title", "role"),
    *("content", "after", "paragraphs", "context", "qas", "statements", "statement", "tags"),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6)
    ),
    max_leaves=12,
)
FUZZ = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def assert_read_or_explained(path: Path) -> None:
    found, problems = examine(path)
    assert (found is None) == bool(problems)
    assert all(isinstance(one, Problem) and "\n" not in str(one) for one in problems)


@FUZZ
@given(st.lists(st.dictionaries(st.sampled_from(KEYS), JSON, max_size=8) | JSON, max_size=4))
def test_any_json_is_read_or_explained(tmp_path, rows):
    assert_read_or_explained(written(tmp_path, "lines.jsonl", *map(json.dumps, rows)))
    assert_read_or_explained(written(tmp_path, "list.json", json.dumps(rows)))


@FUZZ
@given(
    st.binary(max_size=60) | st.text('"{}[],:;\\u0d8\t\r\nquestion|', max_size=60).map(str.encode)
)
def test_any_bytes_are_read_or_explained(tmp_path, content):
    for name in ("a.jsonl", "a.csv"):
        for start in (b"", b"question,answers\n", b'{"question": "a"}\n'):
            path = tmp_path / name
            path.write_bytes(start + content)
            assert_read_or_explained(path)


# --- the command ---------------------------------------------------------------------------


def test_check_counts_what_a_set_holds(tmp_path):
    path = written(tmp_path, "set.jsonl", FULL, case(answers=None, answerable=False))
    result = CliRunner().invoke(check, [str(path)])
    assert result.exit_code == 0
    assert "cases, 2 cases (1 answerable, 1 not; 1 drafts)" in result.output
    assert "answers 1, quotes 1, documents 1, reference 1, history 1, filters 1" in result.output
    one = json.loads(CliRunner().invoke(check, [str(path), "--json"]).output)["files"][0]
    assert (one["path"], one["kind"], one["problems"]) == (str(path), "cases", [])
    assert (one["cases"], one["answerable"], one["drafts"], one["corpus"]) == (2, 1, 1, 0)


def test_check_prints_every_problem_and_fails(tmp_path):
    bad = written(tmp_path, "bad.jsonl", case(as_of="soon"), case(id="b", answers="Paris"))
    fine = written(tmp_path, "fine.jsonl", GOOD)
    result = CliRunner().invoke(check, [str(bad), str(fine)])
    assert isinstance(result.exception, InputError)
    assert str(result.exception).startswith("2 problems in 1 of 2 test sets.")
    assert f"{bad}:1: " in result.output and f"{bad}:2: " in result.output
    result = CliRunner().invoke(check, [str(bad), "--json"])
    (one,) = json.loads(result.output)["files"]
    assert one["kind"] is None and one["cases"] is None
    assert [problem["line"] for problem in one["problems"]] == [1, 2]
    assert set(one["problems"][0]) == {"path", "line", "what", "remedy"}
    assert isinstance(result.exception, InputError)


def test_help_lists_the_formats():
    output = CliRunner().invoke(check, ["--help"]).output
    assert all(name in output for name in FORMATS)


def test_nothing_heavy_is_imported():
    heavy = {"torch", "faiss", "onnxruntime", "sentence_transformers", "gradio", "llama_cpp"}
    code = "import sys, rag.evaluating.testsets, rag.cli.eval.check; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert heavy.isdisjoint(loaded)
    assert {name for name in loaded if name.startswith("rag.")} <= {
        *(name for name in loaded if name.startswith(("rag.evaluating", "rag.cli"))),
        *("rag.types", "rag.errors", "rag.settings", "rag.preferences", "rag.splitting"),
        "rag.addressing",
    }
