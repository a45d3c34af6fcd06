"""Says what an outcome is worth, and where a wrong one went wrong.

In: outcomes. Out: `Judged` records: a stage, and a share for each metric that applies.
Knows nothing about libraries or models: everything it needs was kept with the outcome.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rag.evaluating.metrics import answers as said
from rag.evaluating.metrics import citations as cited
from rag.evaluating.metrics import ranking, refusals
from rag.evaluating.records import Case, Found, Judged, Outcome, Share, Stage, Unit
from rag.types import Span

KS = (1, 3, 5, 10, 20)
"""The depths at which rankings are measured."""
_ORDER: tuple[Stage, ...] = ("not indexed", "not retrieved", "not shown")


def judged(outcome: Outcome, ks: Sequence[int] = KS) -> Judged:
    """Return what one outcome is worth."""
    shares = dict(_ranking(outcome, ks))
    if outcome.answer is not None or outcome.error:
        shares |= _refusal(outcome)
        shares |= _wording(outcome)
        shares |= _citing(outcome)
    where = _stage(outcome)
    if where != "not judged" and (outcome.answer is not None or outcome.error):
        shares["accuracy"] = Share(where == "right", 1)
    return Judged(outcome, where, shares)


def text_of(outcome: Outcome) -> str:
    """Return the answer without markers; "" for a refusal, an error, or no answer."""
    if not outcome.answer or outcome.answer["refusal"]:
        return ""
    return said.plain(outcome.answer["text"])


def citations_of(outcome: Outcome) -> list[Unit]:
    """Return the places that an answer cites, in order, once for each citation."""
    return [
        Unit(one["document_id"], Span(one["start"], one["end"]))
        for statement in (outcome.answer or {}).get("statements", ())
        for one in statement["citations"]
    ]


def evidence_of(outcome: Outcome) -> list[Unit]:
    """Return the places that the generator read."""
    return [
        Unit(one["document_id"], Span(one["start"], one["end"]))
        for one in (outcome.answer or {}).get("evidence", ())
    ]


def needs(outcome: Outcome) -> list[Sequence[Unit]]:
    """Return what has to be found: groups of places, one place of each being enough.

    These are the places that state each part of the answer, as far as the test set names
    any; else each of its quotes; else any of its documents.
    """
    gold = outcome.gold
    if any(gold.nuggets):
        return [group for group in gold.nuggets if group]
    if outcome.case.quotes:
        return [*gold.quotes, *([()] if len(gold.quotes) < len(outcome.case.quotes) else [])]
    return [gold.documents] if outcome.case.documents else []


# --- below: shares ---


def _ranking(outcome: Outcome, ks: Sequence[int]) -> Iterator[tuple[str, Share]]:
    """Yield the ranking metrics: of documents where the case names some, else of quotes."""
    relevant, ranked = _relevant(outcome), _ranked(outcome)
    if relevant and not outcome.error:
        yield "mrr", Share(ranking.reciprocal_rank(ranked, relevant), 1)
        yield "map", Share(ranking.average_precision(ranked, relevant), 1)
        for k in ks:
            yield f"recall@{k}", Share(ranking.recall_at(ranked, relevant, k), 1)
            yield f"hit@{k}", Share(ranking.hit_at(ranked, relevant, k), 1)
            yield f"ndcg@{k}", Share(ranking.ndcg_at(ranked, relevant, k), 1)
    if outcome.case.quotes and not outcome.error:
        for k in ks:
            covered = _quotes_in(outcome, outcome.found[:k])
            yield f"quote_recall@{k}", Share(len(covered) / len(outcome.case.quotes), 1)


def _relevant(outcome: Outcome) -> Mapping[str, float]:
    """Return what should be found; what the library does not hold counts as not found."""
    case, gold = outcome.case, outcome.gold
    if case.documents:
        known = {unit.document_id: unit.grade for unit in gold.documents}
        return known | {f"absent: {name}": 1.0 for name in gold.absent if name in case.documents}
    return {f"quote {number}": 1.0 for number in range(len(case.quotes))}


def _ranked(outcome: Outcome) -> list[str]:
    if outcome.case.documents:
        return [one.document_id for one in outcome.found]
    ranked = []
    for number, one in enumerate(outcome.found):
        covered = sorted(_quotes_in(outcome, (one,)))
        ranked += [f"quote {quote}" for quote in covered] or [f"passage {number}"]
    return ranked


def _quotes_in(outcome: Outcome, found: Sequence[Found]) -> set[int]:
    places = [_place(one) for one in found]
    return {
        number
        for number, quote in enumerate(outcome.gold.quotes)
        if any(cited.covers(place, unit) for place in places for unit in quote)
    }


def _refusal(outcome: Outcome) -> dict[str, Share]:
    refused = bool(outcome.answer and outcome.answer["refusal"])
    pair = [(outcome.case.answerable, refused)]
    shares = {
        "refusal_precision": refusals.refusal_precision(pair),
        "refusal_recall": refusals.refusal_recall(pair),
        "wrong_refusals": Share(refused, 1) if outcome.case.answerable else None,
    }
    return {name: share for name, share in shares.items() if share}


def _wording(outcome: Outcome) -> dict[str, Share]:
    case, text = outcome.case, text_of(outcome)
    golds = _golds(case)
    shares = {}
    if golds:
        shares["exact_match"] = Share(said.exact_match(text, golds), 1)
        shares["f1"] = Share(said.token_f1(text, golds), 1)
        if case.answerable:
            shares["answerable_f1"] = shares["f1"]
    if case.answerable and case.answers:
        shares["answer_accuracy"] = Share(said.answer_correct(text, case.answers), 1)
        shares["nugget_recall"] = _averaged(said.nugget_recall(text, case.answers))
        contained = all(any(said.contains(text, one) for one in group) for group in case.answers)
        shares["containment"] = Share(contained, 1)
    return shares


def _golds(case: Case) -> list[str]:
    """Return the wordings that exact match and F1 compare with, by the rules of SQuAD 2.0."""
    if not case.answerable:
        return [""]
    if case.reference:
        return [case.reference]
    if len(case.answers) == 1:
        return list(case.answers[0])
    return [" ".join(group[0] for group in case.answers)] if case.answers else []


def _citing(outcome: Outcome) -> dict[str, Share]:
    if not outcome.answer or outcome.answer["refusal"]:
        # An answer that was withheld cites nothing: that costs recall, and no precision.
        wanted = outcome.case.answerable and outcome.gold.quotes
        return {"citation_recall": Share(0, 1)} if wanted else {}
    statements = [(one["verdict"], len(one["citations"])) for one in outcome.answer["statements"]]
    found = {"supported_share": cited.supported_share(statements)}
    places, gold = citations_of(outcome), outcome.gold
    if outcome.case.answerable and gold.quotes:
        found["citation_precision"] = cited.citation_precision(places, gold.quotes)
        found["citation_recall"] = cited.citation_recall(places, gold.quotes)
    elif outcome.case.answerable:
        found["citation_precision"] = cited.verdict_precision(statements)
        found["citation_recall"] = cited.verdict_recall(statements)
    if outcome.case.answerable and gold.documents:
        found["document_precision"] = cited.document_precision(places, gold.documents)
    return {name: _averaged(share) for name, share in found.items() if share}


def _averaged(share: Share) -> Share:
    """Return a case's own value with weight one: each case counts alike, however long."""
    return Share(share.part / share.whole, 1)


# --- below: stages ---


def _stage(outcome: Outcome) -> Stage:
    if outcome.error:
        return "failed"
    if outcome.answer is None:
        return _retrieved(outcome)
    refused = bool(outcome.answer["refusal"])
    if not outcome.case.answerable:
        return "right" if refused else "wrongly answered"
    if refused:
        return _lost(outcome, needs(outcome)) or "wrongly refused"
    if outcome.case.answers:
        lacking = _lacking(outcome)
        if lacking is not None:
            return _lost(outcome, lacking) or "answered wrongly"
    elif not _checkable(outcome):
        return "not judged"
    if _checkable(outcome) and not _cites_gold(outcome):
        lost = None if outcome.case.answers else _lost(outcome, needs(outcome))
        return lost or "cited wrongly"
    return "right"


def _retrieved(outcome: Outcome) -> Stage:
    """Return the stage of a case in a run that only searched."""
    wanted = needs(outcome)
    if not outcome.case.answerable or not wanted:
        return "not judged"
    return _lost(outcome, wanted, shown=False) or "right"


def _lacking(outcome: Outcome) -> list[Sequence[Unit]] | None:
    """Return the places of what a wrong answer lacks, None when it lacks nothing."""
    text = text_of(outcome)
    missing = [
        number
        for number, group in enumerate(outcome.case.answers)
        if not any(said.matches(text, one) for one in group)
    ]
    if not missing:
        return None
    places = outcome.gold.nuggets
    stated = [places[number] for number in missing if number < len(places) and places[number]]
    return stated or needs(outcome)


def _lost(
    outcome: Outcome, wanted: Sequence[Sequence[Unit]], *, shown: bool = True
) -> Stage | None:
    """Return the first stage at which something wanted was lost, None when all came through."""
    found = [_place(one) for one in outcome.found]
    read = evidence_of(outcome)
    stages: set[Stage] = set()
    for group in wanted:
        if not group:
            stages.add("not indexed")
        elif not _reached(group, found):
            stages.add("not retrieved")
        elif shown and not _reached(group, read):
            stages.add("not shown")
    return next((stage for stage in _ORDER if stage in stages), None)


def _reached(group: Sequence[Unit], places: Sequence[Unit]) -> bool:
    return any(cited.covers(place, unit) for place in places for unit in group)


def _checkable(outcome: Outcome) -> bool:
    return bool(outcome.gold.quotes or outcome.gold.documents)


def _cites_gold(outcome: Outcome) -> bool:
    places = citations_of(outcome)
    if outcome.gold.quotes:
        return any(_reached(quote, places) for quote in outcome.gold.quotes)
    return _reached(outcome.gold.documents, places)


def _place(found: Found) -> Unit:
    return Unit(found.document_id, Span(found.start, found.end))
