"""Every form of a report: whole, well-formed on hostile words, the same bytes each time."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement

from rag.evaluating.records import STAGES, Metric, Report, Unit
from rag.evaluating.reporting import bodies, plots
from rag.evaluating.reporting.as_csv import case_table
from rag.evaluating.reporting.as_html import html
from rag.evaluating.reporting.as_json import report_object
from rag.evaluating.reporting.as_junit import junit_xml
from rag.evaluating.reporting.as_markdown import markdown
from rag.evaluating.reporting.places import CITED, GOLD, Place, of_case, segments
from rag.settings import PROJECT
from rag.types import Span
from tests.browsing import PHONE, seen, until
from tests.reports import (
    BRIDGE,
    COST,
    HOSTILE,
    OPENING,
    RTL,
    large_cases,
    report_of,
    small_cases,
)

FORMS = {
    "json": lambda report: json.dumps(report_object(report)),
    "csv": case_table,
    "junit": junit_xml,
    "markdown": markdown,
    "html": html,
}


@pytest.fixture(scope="module")
def report() -> Report:
    return report_of(small_cases())


def test_the_small_report_has_every_stage(report):
    assert {judged.stage for judged in report.cases} == set(STAGES)


def digests() -> dict[str, str]:
    small = report_of(small_cases())
    return {
        name: hashlib.sha256(form(small).encode("utf-8")).hexdigest()
        for name, form in FORMS.items()
    }


def test_every_form_has_the_same_bytes_twice_and_in_another_process():
    code = (
        "import json, sys; from tests.test_reporting import digests; print(json.dumps(digests()));"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    other = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT,
        env={**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert digests() == digests() == json.loads(other.stdout)


@pytest.mark.parametrize("form", FORMS)
def test_a_form_survives_a_report_of_nothing(form):
    assert FORMS[form](report_of([]))


def test_broken_characters_can_be_written():
    [first, *_] = small_cases()
    broken = replace(first.outcome.case, question="half \ud83d of one")
    cases = [replace(first, outcome=replace(first.outcome, case=broken))]
    for form in FORMS.values():
        form(report_of(cases)).encode("utf-8")


# JSON.


def test_the_object_says_what_each_case_is_worth(report):
    told = report_object(report)
    assert list(told) == [
        "run", "name", "metrics", "cases", "digest", "complete", "matrix", "stages", "tags",
        "documents", "risk_coverage", "latency", "test_set", "settings", "models", "library",
        "program", "retrieval_only",
    ]  # fmt: skip
    assert told["run"] == "runs/baseline"
    assert told["metrics"]["mrr"] == {
        "value": 0.77,
        "low": 0.71,
        "high": 0.8200000000000001,
        "cases": 12,
    }
    assert told["cases"][0] == {
        "id": "opening",
        "question": "When will the bridge reopen?",
        "tags": ["dates", "news"],
        "answerable": True,
        "stage": "right",
        "right": True,
        "refusal": None,
        "text": "It reopens to trams on 2 March 2026 [1]. It costs 41.3 million crowns [1] [9].",
        "confidence": 0.83,
        "scores": {"answer accuracy": 1.0, "recall@8": 1.0},
        "error": "",
        "first_token_ms": 3080.0,
        "total_ms": 6660.5,
    }
    by_id = {case["id"]: case for case in told["cases"]}
    assert by_id["open"]["right"] is None
    assert by_id["broken"]["right"] is False and by_id["broken"]["total_ms"] is None
    assert told["risk_coverage"][0] == [1 / 60, 0.04 + 0.25 / 3600]


def test_the_object_is_strict_json(report):
    odd = replace(report, metrics={"none": Metric(float("nan"), 0.0, float("inf"), 0)})
    assert json.loads(json.dumps(report_object(odd), allow_nan=False))["metrics"]["none"] == {
        "value": None, "low": 0.0, "high": None, "cases": 0,
    }  # fmt: skip


# CSV.


def test_the_table_has_a_row_for_each_case_and_runs_no_formula(report):
    text = case_table(report)
    assert text.count("\r\n") >= 13
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["id"] for row in rows] == [one.outcome.case.case_id for one in report.cases]
    by_id = {row["id"]: row for row in rows}
    assert by_id["absent"]["question"] == "'=1+1 Who said it?"
    assert by_id["absent"]["text"] == "'-5 degrees"
    assert by_id["hidden"]["question"] == "'@sum Was there a vote?"
    assert by_id["opening"]["answer accuracy"] == "1.0"
    assert by_id["open"]["right"] == "" and by_id["broken"]["right"] == "false"
    assert "|pipe\nbreak|" in by_id["weather"]["tags"]
    assert not [value for row in rows for value in row.values() if value[:1] in ("=", "+", "@")]


# JUnit.


def test_junit_counts_what_it_holds(report):
    suite = ElementTree.fromstring(junit_xml(report)).find("testsuite")
    cases = suite.findall("testcase")
    assert len(cases) == 12 == int(suite.get("tests"))
    assert {case.get("classname") for case in cases} == {"larkfield <b>"}
    for kind, attribute in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        found = [case for case in cases if case.find(kind) is not None]
        assert len(found) == int(suite.get(attribute))
    [failure] = [case.find("failure") for case in cases if case.get("name") == "absent"]
    assert failure.get("type") == "not indexed"
    assert failure.get("message") == "expected 11 cm; given -5 degrees"
    assert cases[0].get("time") == "6.660"
    [broken] = suite.iter("error")
    assert broken.get("message").endswith("given error: The model is gone: no file.")


# Markdown.


def test_markdown_tables_keep_their_columns(report):
    text = markdown(report)
    width = 0
    for line in text.splitlines():
        pipes = len(re.findall(r"(?<!\\)\|", line))
        width = 0 if not pipes else width or pipes
        assert pipes == width, line
    assert r"\|pipe break\|" in text
    assert "<script" not in re.sub(r"\\<", "", text)
    assert "| nDCG@3 | 0.560 | 0.500 – 0.610 | 12 |" in text
    assert "| answerable | 8 | 1 |" in text
    assert text.index("| figures | 3 | 0 | 0 % |") < text.index("| unanswerable | 3 | 2 | 67 % |")


def test_markdown_lists_twenty_failures_and_counts_the_rest():
    text = markdown(report_of(large_cases(120)))
    assert text.count("\n- **q0") == 20
    failed = sum(one.stage not in ("right", "not judged") for one in large_cases(120))
    assert f"{failed} cases, the first 20:" in text


def test_a_run_of_retrieval_alone_has_no_word_about_answers():
    cases = [replace(one, outcome=replace(one.outcome, answer=None)) for one in small_cases()]
    bare = report_of(cases)
    nothing = {kind: dict.fromkeys(row, 0) for kind, row in bare.matrix.items()}
    bare = replace(bare, matrix=nothing, run=replace(bare.run, retrieval_only=True))
    assert "Answered and refused" not in markdown(bare) + html(bare)
    assert "hits, no answer was asked for" in markdown(bare)
    assert report_object(bare)["cases"][0]["total_ms"] is None
    assert len(list(csv.reader(io.StringIO(case_table(bare), newline="")))) == 13
    assert ElementTree.fromstring(junit_xml(bare))[0][0].get("time") == "0.210"


# Marks.


def spans(length: int):
    edge = st.integers(-5, length + 5)
    return st.lists(st.tuples(edge, edge).map(sorted), max_size=6)


@settings(max_examples=200, deadline=None)
@given(st.data(), st.text(max_size=60), st.integers(0, 9))
def test_pieces_rebuild_the_text_and_flag_every_character(data, text, start):
    at = Place("d", start, start + len(text))
    drawn = [data.draw(spans(len(text))) for _ in range(2)]
    cited, gold = ([Place("d", start + a, start + b) for a, b in some] for some in drawn)
    pieces = segments(text, at, [*cited, Place("other", 0, 99)], gold)
    assert "".join(piece for piece, _ in pieces) == text
    assert all(piece for piece, _ in pieces)
    flags = [flag for piece, flag in pieces for _ in piece]
    assert flags == [
        CITED * any(a <= n < b for a, b in drawn[0]) + GOLD * any(a <= n < b for a, b in drawn[1])
        for n in range(len(text))
    ]
    assert all(before[1] != after[1] for before, after in pairwise(pieces))


def test_a_case_shows_which_gold_words_were_cited(report):
    told = bodies.body(report.cases[0], {})
    assert told["quotes"] == [[OPENING, "cited"], [COST, "cited in part"]]
    assert told["absent"] == ["words that are nowhere"]
    assert [piece for piece in told["evidence"][0]["pieces"] if piece[1]] == [
        (OPENING, CITED | GOLD),
        (", the council said 😀.", CITED),
        ("the cost at ", CITED),
        ("41.3", CITED | GOLD),
        (" million crowns", GOLD),
    ]
    assert [hit[4:] for hit in told["hits"]] == [["quote", True], ["", True], ["", True]]


def test_gold_that_was_not_retrieved_is_said_so(report):
    [lost] = [one for one in report.cases if one.stage == "not retrieved"]
    places = of_case(replace(lost, outcome=replace(lost.outcome, answer=None)))
    unit = Unit("d3", Span(0, 9))
    assert places.reached([unit], entire=True) == "not retrieved"
    assert places.reached([Unit("d1", Span(0, 9)), unit], entire=True) == "retrieved"


# Plots.


def drawings(report: Report) -> list[str]:
    points = [
        ("8 candidates", Metric(0.70, 0.66, 0.74, 12), 2100.0),
        ("24 candidates", Metric(0.78, 0.74, 0.82, 12), 3900.0),
        ("64 candidates", Metric(0.77, 0.73, 0.81, 12), 7900.0),
        ("64 candidates, twice", Metric(0.772, 0.73, 0.81, 12), 7950.0),
    ]
    return [
        plots.metrics(report.metrics),
        plots.stages(report.stages),
        plots.tags(report.tags),
        plots.risk_coverage(report.risk_coverage),
        plots.latency(report.cases),
        plots.quality_time(points),
        plots.differences([("answer accuracy", 0.03, -0.01, 0.07), (RTL, -0.02, -0.05, 0.01)]),
    ]


def test_plots_are_xml_with_ids_of_their_own_and_colours_of_the_page(report):
    ids = Counter()
    for svg in drawings(report):
        ids.update(element.get("id") for element in ElementTree.fromstring(svg).iter())
        assert "var(--ink, #1d1d1f)" in svg or "var(--soft, #5d5c59)" in svg
        assert "<metadata" not in svg and "<style" not in svg and "<!--" not in svg
    del ids[None]
    assert set(ids.values()) == {1}


def test_plots_do_not_touch_anybodys_settings(report):
    import matplotlib

    before = matplotlib.rcParams.copy()
    with matplotlib.rc_context({"svg.fonttype": "path", "font.size": 30}):
        odd = drawings(report)
    assert odd == drawings(report)
    assert matplotlib.rcParams.copy() == before


def test_nothing_to_draw_is_no_plot():
    assert plots.metrics({}) == plots.stages({"right": 0}) == plots.tags({}) == ""
    assert plots.risk_coverage(()) == plots.latency(()) == ""
    assert plots.quality_time([]) == plots.differences([]) == ""


def test_the_front_holds_what_nothing_betters():
    def point(name: str, quality: float, time: float) -> tuple[str, Metric, float]:
        return name, Metric(quality, quality, quality, 1), time

    best = [point("fast", 0.6, 1), point("middle", 0.7, 2), point("slow", 0.9, 9)]
    worse = [point("slower and worse", 0.65, 3), point("as good, slower", 0.7, 4)]
    assert plots.pareto_front([*worse, *reversed(best)]) == best


def test_wilson_is_wilson():
    # Newcombe 1998, Statistics in Medicine 17:857, Table I: 81 of 263, 0 of 20.
    assert plots.wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert plots.wilson(0, 20) == pytest.approx((0, 0.1611), abs=1e-4)


# The page.


class Leading(HTMLParser):
    """Collects every address that a page names, and the scripts and data in it."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.scripts: list[str] = []
        self.tags: Counter[str] = Counter()
        self._inside = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        leading = ("src", "href", "xlink:href", "action", "srcset", "data", "poster", "formaction")
        self.addresses += [value or "" for name, value in attributes if name in leading]
        assert not [name for name, _ in attributes if name.startswith("on")]
        self._inside = tag == "script"

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.scripts.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._inside = False


def test_the_page_leads_nowhere_and_keeps_hostile_words_as_data(report):
    page = html(report)
    read = Leading()
    read.feed(page)
    assert {address for address in read.addresses if not address.startswith("#")} == {"data:,"}
    assert "@import" not in page
    assert set(re.findall(r"url\((.)", page)) == {"#"}
    assert read.tags["script"] == 3 and read.tags["img"] == 0
    index, _, bodies_ = read.scripts
    assert json.loads(index)["cases"][6]["question"] == report.cases[6].outcome.case.question
    evidence = json.loads(bodies_)[0]["evidence"]
    assert "".join(piece for piece, _ in evidence[0]["pieces"]) == BRIDGE.text


def test_figures_and_tables_stand_in_the_page_without_a_script(report):
    page = html(report)
    before = page[: page.index("<script")]
    assert before.count("<svg") == 5
    for words in (
        "0.846",
        "0.786 – 0.896",
        "5.60 s",
        "nDCG",
        "not retrieved",
        "minutes.md",
        "2 of 3",
        "8.10 s",
    ):
        assert words in before
    assert "<noscript>" in before


def test_an_unfinished_run_says_so(report):
    assert "not finished" not in html(report)
    assert "12 of 20 cases were run" in html(report_of(small_cases(), complete=False))
    assert "12 of 20 cases were run" in markdown(report_of(small_cases(), complete=False))


def test_three_thousand_cases_are_a_page_of_some_megabytes():
    page = html(report_of(large_cases(3000)))
    assert len(page.encode("utf-8")) < 40e6
    assert page.count('<script type="application/json" id="chunk-') == 30


# In a browser, from disk, with the network off.


@pytest.fixture(scope="module")
def small_page(report: Report, tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("small") / "report.html"
    path.write_text(html(report), encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def page(browser: WebDriver, small_page: str) -> WebDriver:
    arrive(browser, small_page)
    return browser


def arrive(browser: WebDriver, address: str) -> None:
    """Load a page anew, also where only what follows the "#" differs."""
    browser.get("about:blank")
    browser.get(address)


def one(browser: WebDriver, selector: str) -> WebElement:
    return browser.find_element(By.CSS_SELECTOR, selector)


def texts(browser: WebDriver, selector: str) -> list[str]:
    return [element.text for element in browser.find_elements(By.CSS_SELECTOR, selector)]


def schemes_asked(browser: WebDriver) -> set[str]:
    """The kinds of address that the browser asked for anything since this was last called."""
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [
        message["params"]["request"]["url"]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
    ]
    entries = "return performance.getEntriesByType('resource').map((entry) => entry.name)"
    return {urlsplit(address).scheme for address in [*asked, *browser.execute_script(entries)]}


@pytest.mark.browser
def test_the_page_asks_for_itself_alone_and_runs_no_hostile_word(browser, small_page):
    schemes_asked(browser), browser.get_log("browser")
    browser.get(small_page)
    for summary in browser.find_elements(By.CSS_SELECTOR, ".case > summary"):
        summary.send_keys(Keys.ENTER)
    until(browser, lambda: len(browser.find_elements(By.CSS_SELECTOR, ".case .body")) == 12)
    assert schemes_asked(browser) <= {"file", "data"}
    assert browser.get_log("browser") == []
    assert browser.execute_script("return [window.pwned, document.images.length]") == [None, 0]


@pytest.mark.browser
def test_every_plot_is_drawn(page):
    plots_ = page.find_elements(By.CSS_SELECTOR, ".plot svg")
    assert len(plots_) == 5
    assert all(svg.size["width"] > 250 and svg.size["height"] > 100 for svg in plots_)
    ids = page.execute_script("return [...document.querySelectorAll('[id]')].map((one) => one.id)")
    assert len(ids) == len(set(ids))


@pytest.mark.browser
def test_a_stage_a_tag_and_words_filter_the_cases(page):
    assert one(page, "#count").text == "12 cases"
    one(page, "a[data-stage='cited wrongly']").click()
    assert texts(page, ".case .question") == ["How far did the piers shift?"]
    assert one(page, "#count").text == "1 of 12 cases"
    assert one(page, "#stage").get_attribute("value") == str(STAGES.index("cited wrongly"))
    one(page, "a[data-tag='news']").click()
    assert one(page, "#count").text == "3 of 12 cases"
    one(page, "a[data-document='bridge.txt']").click()
    assert texts(page, ".case .question") == ["When will the bridge reopen?"]
    one(page, "#clear").click()
    one(page, "#search").send_keys("picasso painted")
    assert texts(page, ".case .question") == ["Who painted the bridge?"]
    one(page, "#search").send_keys(" never")
    assert one(page, "#count").text == "0 of 12 cases"


@pytest.mark.browser
def test_a_case_opens_from_the_keyboard_and_shows_its_marks(page):
    one(page, ".case > summary").send_keys(Keys.ENTER)
    until(page, lambda: page.find_elements(By.CSS_SELECTOR, ".case .body"))
    quoted = one(page, '.case .card[data-number="1"] blockquote')
    assert quoted.get_property("textContent") == BRIDGE.text
    assert texts(page, '.card[data-number="1"] blockquote mark.cited.gold') == [OPENING, "41.3"]
    assert page.execute_script("return location.hash") == "#case-opening"
    one(page, ".prose .marker").click()
    assert page.switch_to.active_element == one(page, '.card[data-number="1"]')


@pytest.mark.browser
def test_an_address_opens_its_case_and_hostile_words_stay_words(browser, small_page, report):
    name = report.cases[6].outcome.case.case_id
    arrive(browser, f"{small_page}#case-{quote(name, safe='')}")
    body = until(browser, lambda: one(browser, ".case[open] .body"))
    card = one(browser, '.case[open] .card[data-number="2"]')
    assert one(browser, '.case[open] .card[data-number="2"] mark').text == HOSTILE
    assert "U+202E" in card.text and body.text.count("contradicted") == 1
    assert browser.switch_to.active_element.tag_name == "summary"


@pytest.mark.browser
def test_the_page_fits_a_phone_in_the_dark_and_everything_pressed_has_a_name(browser, small_page):
    arrive(browser, small_page)
    light = one(browser, "html").value_of_css_property("background-color")
    with seen(browser, scheme="dark", phone=True):
        arrive(browser, f"{small_page}#case-opening")
        until(browser, lambda: one(browser, ".case[open] .body"))
        width = browser.execute_script("return document.documentElement.scrollWidth")
        assert width <= PHONE["width"]
        assert one(browser, "html").value_of_css_property("background-color") != light
        for element in browser.find_elements(By.CSS_SELECTOR, "a, button, input, select, summary"):
            assert not element.is_displayed() or element.accessible_name or element.text


@pytest.mark.browser
def test_three_thousand_cases_are_listed_in_pages_and_found_by_address(browser, tmp_path):
    path = tmp_path / "large.html"
    path.write_text(html(report_of(large_cases(3000))), encoding="utf-8")
    began = time.monotonic()
    arrive(browser, f"{path.as_uri()}#case-q02345")
    until(browser, lambda: one(browser, "[open] > #case-q02345 + .body"))
    assert time.monotonic() - began < 15  # some 1.5 s on two cores that have nothing else to do
    assert one(browser, "#page").text == "Page 24 of 30"
    assert len(browser.find_elements(By.CLASS_NAME, "case")) == 100
    one(browser, "#next").click()
    assert one(browser, ".case > summary").get_attribute("id") == "case-q02400"
    began = time.monotonic()
    one(browser, "a[data-stage='not retrieved']").click()
    assert time.monotonic() - began < 5
    assert " of 3,000 cases" in one(browser, "#count").text
    assert set(texts(browser, ".case .stage")) == {"not retrieved"}
