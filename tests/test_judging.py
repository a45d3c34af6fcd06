"""Every way in which a case can fail has its own name."""

from __future__ import annotations

import pytest

from rag.evaluating.judging import judged
from rag.evaluating.records import Case, Gold, Share
from tests.evaluating import answered, found, outcome, unit

HELD, MENDED, OTHER = unit("dams", 0, 20), unit("dams", 21, 50), unit("barley")
ASKED = Case("1", "Which dam held?", answers=(("Ilm",),), documents=("dams",), quotes=("held",))
GOLD = Gold(documents=(unit("dams", 0, 60),), quotes=((HELD,),), nuggets=((HELD,),))
UNANSWERABLE = Case("2", "Which bridge fell?", answerable=False)
RIGHT = answered("The dam at Ilm [1] held.", cites=(HELD,), evidence=(HELD,))
REFUSED = answered("No.", refusal="not_answered", evidence=(HELD,))


@pytest.mark.parametrize(
    ("stage", "one"),
    [
        ("right", outcome(ASKED, GOLD, found=found(HELD), answer=RIGHT)),
        ("not indexed", outcome(ASKED, Gold(absent=("dams", "held")), answer=REFUSED)),
        ("not retrieved", outcome(ASKED, GOLD, found=found(OTHER), answer=REFUSED)),
        (
            "not shown",
            outcome(
                ASKED,
                GOLD,
                found=found(OTHER, HELD),
                answer=answered("The bridge.", evidence=(OTHER,)),
            ),
        ),
        (
            "answered wrongly",
            outcome(
                ASKED,
                GOLD,
                found=found(HELD),
                answer=answered("The bridge.", cites=(HELD,), evidence=(HELD,)),
            ),
        ),
        (
            "cited wrongly",
            outcome(
                ASKED,
                GOLD,
                found=found(HELD),
                answer=answered(cites=(MENDED,), evidence=(HELD, MENDED)),
            ),
        ),
        ("cited wrongly", outcome(ASKED, GOLD, answer=answered(evidence=(HELD,)))),
        ("wrongly refused", outcome(ASKED, GOLD, found=found(HELD), answer=REFUSED)),
        ("wrongly answered", outcome(UNANSWERABLE, answer=answered())),
        ("right", outcome(UNANSWERABLE, answer=REFUSED)),
        ("failed", outcome(ASKED, GOLD, error="too long")),
        ("not judged", outcome(Case("3", "?", reference="A dam."), answer=answered())),
        ("right", outcome(ASKED, GOLD, found=found(OTHER, HELD))),
        ("not retrieved", outcome(ASKED, GOLD, found=found(OTHER))),
        ("not judged", outcome(UNANSWERABLE, found=found(OTHER))),
    ],
)
def test_a_stage_for_every_way(stage, one):
    assert judged(one).stage == stage


def test_the_part_that_is_missing_decides_where_it_was_lost():
    """Both documents are needed; one was read, the other never found."""
    case = Case("4", "?", answers=(("Ilm",), ("barley",)), documents=("dams", "barley"))
    gold = Gold(documents=(unit("dams"), OTHER), nuggets=((HELD,), (OTHER,)))
    answer = answered("The dam at Ilm.", cites=(HELD,), evidence=(HELD,))
    assert judged(outcome(case, gold, found=found(HELD), answer=answer)).stage == "not retrieved"
    both = found(HELD, OTHER)
    assert judged(outcome(case, gold, found=both, answer=answer)).stage == "not shown"


def test_one_place_of_a_quote_that_stands_twice_is_enough():
    gold = Gold(documents=(unit("dams", 0, 60),), quotes=((HELD, OTHER),), nuggets=((HELD, OTHER),))
    answer = answered(cites=(OTHER,), evidence=(OTHER,))
    one = judged(outcome(ASKED, gold, found=found(OTHER), answer=answer))
    assert one.stage == "right"
    assert one.shares["citation_recall"] == Share(1, 1)


def test_rankings_are_of_documents_else_of_quotes():
    ranked = judged(outcome(ASKED, GOLD, found=found(OTHER, MENDED, HELD)))
    assert ranked.shares["mrr"] == Share(1 / 2, 1)
    assert ranked.shares["recall@1"] == Share(0, 1)
    assert ranked.shares["quote_recall@3"] == Share(1, 1)
    quoted = Case("5", "?", quotes=("held",))
    gold = Gold(quotes=((HELD,),))
    by_quote = judged(outcome(quoted, gold, found=found(OTHER, MENDED, HELD)))
    assert by_quote.shares["mrr"] == Share(1 / 3, 1)


def test_a_document_that_the_library_lacks_counts_as_not_found():
    case = Case("6", "?", documents=("dams", "lost"))
    gold = Gold(documents=(unit("dams"),), absent=("lost",))
    assert judged(outcome(case, gold, found=found(HELD))).shares["recall@10"] == Share(1 / 2, 1)


def test_a_refusal_counts_as_the_empty_answer():
    shares = judged(outcome(UNANSWERABLE, answer=REFUSED)).shares
    assert shares["exact_match"] == shares["f1"] == shares["refusal_recall"] == Share(1, 1)
    assert shares["refusal_precision"] == Share(1, 1)
    shares = judged(outcome(ASKED, GOLD, found=found(HELD), answer=REFUSED)).shares
    assert shares["f1"] == shares["answer_accuracy"] == shares["citation_recall"] == Share(0, 1)
    assert shares["refusal_precision"] == Share(0, 1)
    assert "citation_precision" not in shares


def test_markers_are_not_part_of_the_answer():
    answer = answered("The dam [1] at [2] Ilm. [1]", cites=(HELD,), evidence=(HELD,))
    case = Case("7", "?", answers=(("dam at Ilm",),), documents=("dams",))
    assert judged(outcome(case, GOLD, found=found(HELD), answer=answer)).stage == "right"
