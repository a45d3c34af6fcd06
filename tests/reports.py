"""Made-up reports: a small one with every stage and hostile words, and one of any size.

In: nothing. Out: `Report` records, the same at every call. No model is loaded.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from rag.evaluating.records import (
    STAGES,
    Case,
    Found,
    Gold,
    Judged,
    Metric,
    Outcome,
    Report,
    Row,
    RunInfo,
    Share,
    Stage,
    Unit,
)
from rag.rendering import answer_object
from rag.types import (
    Answer,
    Citation,
    Document,
    Evidence,
    Fact,
    Refusal,
    Span,
    Statement,
    Timings,
    Turn,
)

HOSTILE = "</script><script>window.pwned=1</script><!-- <script> ]]> <img src=x onerror=pwned=2>"
REVERSED = "\u202egnp.exe\u202c"
RTL = "متى يُفتح الجسر من جديد؟"
LONG = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz" * 4
OPENING = "The bridge will reopen to trams on 2 March 2026"
COST = "41.3 million crowns"
BRIDGE = Document(
    "d1",
    "news/bridge.txt",
    "😀😀 LARKFIELD. /Larkfield Herald/. İlçe Bridge has been closed since the flood of October "
    f"2024. {OPENING}, the council said 😀. The council now puts the cost at {COST}. An earlier "
    "estimate was 28 million.",
    (),
    title=Fact("Bridge to reopen to trams in March", "", "headline"),
    publisher=Fact("Larkfield Herald", "", "dateline"),
    published=Fact("2026-01-14", "", "dateline"),
)
ODD = Document(
    "d2",
    "saved/odd page.html",
    f"A page saved from the web. {HOSTILE} {REVERSED} {LONG} Its end.",
    (),
)
MINUTES = Document(
    "d3",
    "minutes.md",
    "Minutes of the works committee. The committee took note of the divers' report. Two of the "
    "seven piers have shifted by up to 11 centimetres.\n\n\tA vote was not taken.",
    (),
)


def span_of(document: Document, words: str) -> Span:
    """Return where words stand in a document."""
    start = document.text.index(words)
    return Span(start, start + len(words))


def unit(document: Document, words: str) -> Unit:
    """Return the gold place of words."""
    return Unit(document.document_id, span_of(document, words))


def stated(text: str, document: Document, words: str, verdict: str = "supported") -> Statement:
    """Return a sentence that cites words of the bridge (1), the odd page (2) or the minutes (3)."""
    at = span_of(document, words)
    number = [BRIDGE, ODD, MINUTES].index(document) + 1
    return Statement(text, (Citation(number, document, at.start, at.end),), verdict)


def answered(case: Case, text: str, *statements: Statement, refusal: Refusal | None = None) -> dict:
    """Return what `rag ask --json` prints for an answer read from the three documents."""
    read = () if refusal == "nothing_found" else (BRIDGE, ODD, MINUTES)
    evidence = tuple(Evidence(n, one, 0, len(one.text)) for n, one in enumerate(read, 1))
    told = Answer(
        case.question,
        text,
        refusal,
        statements,
        evidence,
        Timings(210.4, 1800.2, 2300.0 + 10 * len(text), 5100.5 + 20 * len(text), 700, 90),
        missing="Nothing says who pays." if statements else "",
        confidence=None if refusal == "nothing_found" else 0.83,
    )
    return answer_object(told)


def found(*documents: Document) -> tuple[Found, ...]:
    """Return a hit over the whole of each document."""
    return tuple(
        Found(one.document_id, one.path, 0, len(one.text), 3.5 - n, 4.25 - 2 * n)
        for n, one in enumerate(documents)
    )


def judged(stage: Stage, case: Case, answer: dict | None, **options) -> Judged:
    """Return a judged case that found all three documents, unless told otherwise."""
    told = {"gold": Gold(), "found": found(BRIDGE, ODD, MINUTES), "retrieve_ms": 210.4, **options}
    right = float(stage == "right")
    shares = {"answer accuracy": Share(right, 1), "recall@8": Share(len(told["found"]) > 0, 1)}
    return Judged(Outcome(case, answer=answer, **told), stage, {} if stage == "failed" else shares)


REFUSED = "The documents do not answer this question."
SHIFTED = Gold((Unit("d3", Span(0, 60)),), ((unit(MINUTES, "shifted by up to 11 centimetres"),),))


def case(name: str, question: str, *tags: str, **options) -> Case:
    """Return a case that the minutes answer."""
    return Case(name, question, (("11 cm",),), tags=tags, documents=("minutes.md",), **options)


VOID = case("void", "Who painted the bridge?", "unanswerable", answerable=False)
PIERS = case("piers", "How far did the piers shift?", "figures", quotes=("shifted",))


def small_cases() -> tuple[Judged, ...]:
    """Return a case for every stage and both refusals."""
    return (_answered_rightly(), *_refused_rightly(), *_unread(), *_wrong(), *_without_verdict())


def _answered_rightly() -> Judged:
    opening = Case(
        "opening", "When will the bridge reopen?", (("2 March 2026", "March 2"), ("trams",)),
        documents=("bridge.txt",), quotes=(OPENING, COST, "words that are nowhere"),
        history=(Turn("user", "Which bridge is closed?"), Turn("assistant", "İlçe Bridge [1].")),
        tags=("dates", "news"), reference="It reopens to trams on 2 March 2026.",
    )  # fmt: skip
    gold = Gold(
        (Unit("d1", Span(0, len(BRIDGE.text))),),
        ((unit(BRIDGE, OPENING),), (unit(BRIDGE, COST),)),
        absent=("words that are nowhere",),
    )
    said = stated(
        "It reopens to trams on 2 March 2026.", BRIDGE, f"{OPENING}, the council said 😀."
    )
    cost = stated("It costs 41.3 million crowns.", BRIDGE, "the cost at 41.3", "partly supported")
    text = "It reopens to trams on 2 March 2026 [1]. It costs 41.3 million crowns [1] [9]."
    return judged("right", opening, answered(opening, text, said, cost), gold=gold)


def _refused_rightly() -> tuple[Judged, ...]:
    weather = case("weather", RTL, "unanswerable", "|pipe\nbreak|", answerable=False)
    return (
        judged("right", VOID, answered(VOID, REFUSED, refusal="not_answered")),
        judged("right", weather, answered(weather, "Nothing.", refusal="nothing_found"), found=()),
    )


def _unread() -> tuple[Judged, ...]:
    """Return cases whose gold passage the generator was not given."""
    absent = case("absent", "=1+1 Who said it?", "figures")
    hidden = case("hidden", "@sum Was there a vote?", "news")
    nowhere, elsewhere = Gold(absent=("minutes.md",)), found(BRIDGE)
    return (
        judged("not indexed", absent, answered(VOID, "-5 degrees"), gold=nowhere),
        judged("not retrieved", PIERS, answered(PIERS, "By 3 m."), gold=SHIFTED, found=elsewhere),
        judged("not shown", hidden, answered(VOID, "Yes. [1]")),
    )


def _wrong() -> tuple[Judged, ...]:
    """Return cases with a wrong answer, citation, refusal and lack of one."""
    odd = case(f'odd/#"{HOSTILE}', f"{HOSTILE} {REVERSED} {LONG}", HOSTILE, "$\\frac{1}{<b>")
    depth = replace(PIERS, case_id="depth")
    shy = case("shy", "Was a vote taken?", "news")
    bold = replace(VOID, case_id="bold")
    contradicted = stated(HOSTILE, ODD, HOSTILE, "contradicted")
    beside = stated("11 cm.", MINUTES, "A vote was not taken.", "not supported")
    refused = answered(VOID, REFUSED, refusal="not_answered")
    return (
        judged("answered wrongly", odd, answered(odd, f"{HOSTILE} [2] {REVERSED}", contradicted)),
        judged("cited wrongly", depth, answered(PIERS, "11 cm [3].", beside), gold=SHIFTED),
        judged("wrongly refused", shy, refused, gold=SHIFTED),
        judged("wrongly answered", bold, answered(VOID, "\x00\x08Picasso. [1]")),
    )


def _without_verdict() -> tuple[Judged, ...]:
    broken, told = case("broken", "What broke?"), "The model is gone:\x0b no file."
    later = answered(VOID, "Now it is open. [1]")
    return (
        judged("failed", broken, None, error=told),
        judged("not judged", Case("open", "And now?"), later),
    )


def large_cases(size: int) -> tuple[Judged, ...]:
    """Return cases as big as real ones: four passages read, and some of 24 hits found."""
    chance = random.Random(7)
    words = [
        f"{a}{b}" for a in ("tram", "bridge", "council", "pier", "cost") for b in ("", "s", "ing")
    ]
    weights = (60, 1, 9, 4, 8, 4, 5, 5, 1, 3)
    return tuple(_large_case(n, chance, words, weights) for n in range(size))


def _large_case(
    number: int, chance: random.Random, words: list[str], weights: Sequence[int]
) -> Judged:
    documents = [
        Document(
            f"doc-{k}",
            f"corpus/part-{k % 7}/document-{k}.txt",
            " ".join(chance.choices(words, k=90)),
            (),
        )
        for k in chance.sample(range(400), 24)
    ]
    evidence = tuple(Evidence(n, one, 0, len(one.text)) for n, one in enumerate(documents[:4], 1))
    first, stage = documents[0], chance.choices(STAGES, weights)[0]
    sentence = " ".join(chance.choices(words, k=18)).capitalize()
    says = Statement(f"{sentence}.", (Citation(1, first, 40, 160),), "supported")
    refusal = "not_answered" if stage == "wrongly refused" else None
    timings = Timings(
        chance.gauss(230, 20), 1500, chance.gauss(2400, 400), chance.gauss(5600, 1300), 700, 80
    )
    case = Case(
        f"q{number:05d}", f"What about the {' '.join(chance.choices(words, k=8))}?",
        answers=((sentence[:30],),),
        tags=(chance.choice(["dates", "figures", "names", "comparison", "two documents"]),),
        documents=(first.path,), quotes=(first.text[60:200],),
    )  # fmt: skip
    answer = Answer(
        case.question, f"{sentence} [1].", refusal, (says,), evidence, timings, confidence=0.7
    )
    gold = Gold(
        (Unit(first.document_id, Span(0, 600)),), ((Unit(first.document_id, Span(60, 200)),),)
    )
    hits = tuple(
        Found(one.document_id, one.path, 0, len(one.text), 5 - k / 5, 4 - k / 3)
        for k, one in enumerate(documents)
    )
    shares = {"answer accuracy": Share(float(stage == "right"), 1)}
    return Judged(Outcome(case, gold, hits, answer_object(answer), 230.0), stage, shares)


def report_of(cases: Sequence[Judged], *, complete: bool = True) -> Report:
    """Return a report over some cases; its figures are plausible, not computed."""
    return Report(
        run=_run(len(cases) if complete else len(cases) + 8),
        digest="9e107d9d372bb6826bd81d3542a419d6" * 2,
        complete=complete,
        metrics=_metrics(len(cases)),
        matrix=_matrix(cases),
        stages=Counter(one.stage for one in cases),
        tags=_rows(cases, lambda one: one.outcome.case.tags),
        documents=_rows(cases, lambda one: one.outcome.case.documents),
        risk_coverage=tuple((n / 60, 0.04 + 0.25 * (n / 60) ** 2) for n in range(1, 61)),
        latency={
            "first_token_ms": {"p50": 2410.0, "p90": 2900.5, "p95": 3104.0, "p99": 3600.0},
            "total_ms": {"p50": 5602.0, "p90": 7200.5, "p95": 8104.0, "p99": 9600.0},
        },
        cases=tuple(cases),
    )


def _run(cases: int) -> RunInfo:
    """Return what is told of a run over so many cases."""
    return RunInfo(
        name="baseline",
        folder="runs/baseline",
        test_set={"name": "larkfield <b>", "kind": "cases", "sha256": "ab" * 32},
        settings={"candidates": 24, "evidence_tokens": 450, "generator": "qwen2.5-1.5b | q4"},
        models={"embedder": "all-minilm-l6-v2@1110a243", "reranker": "ms-marco-minilm-l12-v2@7b0"},
        library="5f" * 32,
        program="c0" * 32,
        retrieval_only=False,
        cases=cases,
    )


def _metrics(size: int) -> dict[str, Metric]:
    """Return figures with intervals around them, over so many cases."""
    values = {
        "accuracy": 0.71, "answer_accuracy": 0.74, "refusal_recall": 0.88, "wrong_refusals": 0.064,
        "citation_precision": 0.846, "citation_recall": 0.79, "supported_share": 0.861,
        "nugget_recall": 0.802, "f1": 0.61, "mrr": 0.77, "map": 0.74,
    }  # fmt: skip
    values |= {
        f"{name}@{k}": 0.5 + k / 50 for name in ("recall", "hit", "ndcg") for k in (1, 3, 5, 20)
    }
    found = {
        name: Metric(value, max(0, value - 0.06), min(1, value + 0.05), size)
        for name, value in values.items()
    }
    return found | {"total_ms": Metric(5602.0, 5400.0, 5800.0, size)}


def _matrix(cases: Sequence[Judged]) -> dict[str, dict[str, int]]:
    kinds = Counter((one.outcome.case.answerable, one.refused) for one in cases)
    return {
        name: {"answered": kinds[is_answerable, False], "refused": kinds[is_answerable, True]}
        for name, is_answerable in (("answerable", True), ("unanswerable", False))
    }


def _rows(cases: Sequence[Judged], names) -> dict[str, Row]:
    stages: dict[str, Counter] = {}
    for one in cases:
        for name in names(one):
            stages.setdefault(name, Counter())[one.stage] += 1
    return {
        name: Row(sum(counts.values()), counts["right"], counts) for name, counts in stages.items()
    }
