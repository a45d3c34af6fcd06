"""A report as JUnit XML, for the test reports of a build server.

In: a report. Out: XML without a clock in it. Knows nothing about files.
"""

from __future__ import annotations

from xml.etree import ElementTree

from rag.evaluating.records import Judged, Report
from rag.evaluating.reporting.wording import (
    answer_of,
    expected,
    failures,
    given,
    printable,
    set_name,
)


def junit_xml(report: Report) -> str:
    """Return one suite with a test case for each case; the stage is the type of a failure."""
    stages = [judged.stage for judged in report.cases]
    errors = stages.count("failed")
    counts = {
        "tests": len(stages),
        "failures": len(failures(report)) - errors,
        "errors": errors,
        "skipped": stages.count("not judged"),
        "time": _seconds(sum(map(_total_ms, report.cases))),
    }
    name = set_name(report.run)
    root = _element("testsuites", name=report.run.name, **counts)
    suite = _element("testsuite", name=name, **counts)
    root.append(suite)
    suite.extend(_test_case(judged, name) for judged in report.cases)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=False) + "\n"


def _test_case(judged: Judged, classname: str) -> ElementTree.Element:
    name, time = judged.outcome.case.case_id, _seconds(_total_ms(judged))
    element = _element("testcase", classname=classname, name=name, time=time)
    if judged.stage == "not judged":
        message = "the test set does not say what is right"
        element.append(_element("skipped", message=message))
    elif judged.stage != "right":
        element.append(_complaint(judged))
    return element


def _complaint(judged: Judged) -> ElementTree.Element:
    wanted, got = expected(judged.outcome.case), given(judged)
    message = f"expected {wanted or 'a right answer'}; given {got}"
    kind = "error" if judged.stage == "failed" else "failure"
    element = _element(kind, type=judged.stage, message=message)
    element.text = printable(
        f"question: {judged.outcome.case.question}\nexpected: {wanted}\ngiven: {got}"
    )
    return element


def _element(tag: str, **attributes: object) -> ElementTree.Element:
    told = {name: printable(str(value)) for name, value in attributes.items()}
    return ElementTree.Element(tag, told)


def _total_ms(judged: Judged) -> float:
    timings = answer_of(judged).get("timings") or {}
    return timings.get("total_ms") or judged.outcome.retrieve_ms


def _seconds(milliseconds: float) -> str:
    return f"{milliseconds / 1000:.3f}"
