"""Whether the sentences that an answer cites are the right ones.

In: cited places and the places that hold the answer; or verdicts, where no such places are
known. Out: shares, None where a metric does not apply. Knows nothing about texts or models.

Citations are counted as they are given: one that is given twice counts twice.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.evaluating.records import Share, Unit
from rag.types import Verdict

Statements = Sequence[tuple[Verdict, int]]
"""For each statement of an answer, its verdict and the number of its citations."""


def covers(citation: Unit, quote: Unit) -> bool:
    """Say whether a citation and a quote share at least half of the shorter of the two.

    Of the shorter, because a citation is one sentence, while a quoted place may be a fragment
    of a sentence or several sentences: in both cases the citation shows the reader the place.
    Our own rule.
    """
    if citation.document_id != quote.document_id:
        return False
    one, other = citation.span, quote.span
    shared = min(one.end, other.end) - max(one.start, other.start)
    return shared > 0 and 2 * shared >= min(one.end - one.start, other.end - other.start)


def citation_precision(
    citations: Sequence[Unit], gold_quotes: Sequence[Sequence[Unit]]
) -> Share | None:
    """Return the share of the citations that cover any place of any gold quote.

    Each gold quote is the places where its words stand. None without citations or quotes.
    """
    if not citations or not gold_quotes:
        return None
    places = [place for quote in gold_quotes for place in quote]
    return Share(sum(_any_covers([one], places) for one in citations), len(citations))


def citation_recall(
    citations: Sequence[Unit], gold_quotes: Sequence[Sequence[Unit]]
) -> Share | None:
    """Return the share of the gold quotes of which some place is covered by some citation.

    None without gold quotes; with them, an answer without citations has recall 0.
    """
    if not gold_quotes:
        return None
    return Share(sum(_any_covers(citations, quote) for quote in gold_quotes), len(gold_quotes))


def document_precision(citations: Sequence[Unit], documents: Sequence[Unit]) -> Share | None:
    """Return the share of the citations whose document is a gold one (grade above 0).

    None without citations or gold documents.
    """
    gold = {unit.document_id for unit in documents if unit.grade > 0}
    if not citations or not gold:
        return None
    return Share(sum(one.document_id in gold for one in citations), len(citations))


def verdict_recall(statements: Statements) -> Share | None:
    """Return the share of the checked statements that their citations support.

    "Partly supported" is not supported, nor is a statement without citations. None where no
    statement was checked. Source: citation recall of ALCE (Gao et al., EMNLP 2023), the
    verdict in place of its entailment model.
    """
    checked = _checked(statements)
    if not checked:
        return None
    return Share(sum(verdict == "supported" and n > 0 for verdict, n in checked), len(checked))


def verdict_precision(statements: Statements) -> Share | None:
    """Return the share of the checked statements' citations that belong to a supported one.

    None where these have no citation. After citation precision of ALCE (Gao et al., EMNLP
    2023), but coarser: theirs also asks whether a citation could be left out.
    """
    checked = _checked(statements)
    cited = sum(number for _, number in checked)
    if not cited:
        return None
    return Share(sum(number for verdict, number in checked if verdict == "supported"), cited)


def supported_share(statements: Statements) -> Share | None:
    """Return the share of all statements that are supported, those not checked being not.

    What a reader may rely on without looking. None where no statement was checked.
    """
    if not _checked(statements):
        return None
    return Share(sum(verdict == "supported" for verdict, _ in statements), len(statements))


def _checked(statements: Statements) -> Statements:
    return [one for one in statements if one[0] != "not checked"]


def _any_covers(citations: Sequence[Unit], places: Sequence[Unit]) -> bool:
    return any(covers(citation, place) for citation in citations for place in places)
