"""Copies of one text are put together, texts that only look alike never are."""

from __future__ import annotations

from collections import Counter
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.merging import collapse, near_duplicates, same
from rag.types import Hit, Passage

STORY = (
    "The ministry did confirm that five soldiers were wounded near Kursk on Monday. "
    "It gave no further details of the attack. The governor of the region spoke of two more "
    "cases, and “the hospital” has published colour photographs of 1,200 visitors."
)


def passage(text: str, document: str = "", at: int = 0) -> Passage:
    return Passage(at, document or text, 0, len(text), text)


def hits(*texts: str) -> list[Hit]:
    return [Hit(passage(text, f"d{at}", at), 1 / (at + 1)) for at, text in enumerate(texts)]


COPIES = {
    "wrapped anew": STORY.replace(" ", "\n"),
    "in capitals": STORY.upper(),
    "with other quotes": STORY.replace("“", '"').replace("”", '"'),
    "in American spelling": STORY.replace("colour", "color"),
    "with another dateline": "MOSCOW, January 12. /TASS/. " + STORY,
    "with a reporter's dateline": "Seoul, Jan. 13 (Yonhap) -- " + STORY,
    "after a headline": "Five Soldiers Hurt At Border " + STORY,
    "after a banner": "Subscribe to our newsletter.\n\n" + STORY,
    "without a sentence": STORY.replace(" It gave no further details of the attack.", ""),
    "with a sentence more": STORY + " Roads to the town were closed until the evening.",
    "with a figure set otherwise": STORY.replace("1,200", "1200"),
    "with that left out": STORY.replace("confirm that", "confirm"),
}
OTHERS = {
    "denied": STORY.replace("did confirm", "did not confirm"),
    "denied shortly": STORY.replace("did confirm", "didn't confirm"),
    "with another number": STORY.replace("five", "six"),
    "with another figure": STORY.replace("1,200", "1,300"),
    "with a point moved": STORY.replace("1,200", "1.2"),
    "with another day": STORY.replace("Monday", "Tuesday"),
    "with another place": STORY.replace("Kursk", "Kherson"),
    "with another deed": STORY.replace("wounded", "killed"),
    "with a doubt": STORY.replace("were wounded", "were allegedly wounded"),
    "called false at its end": STORY + " The report is false.",
    "called false before": "It is not true that the" + STORY.removeprefix("The"),
    "asked": STORY.replace("on Monday.", "on Monday?"),
    "answered in one word": STORY.replace("on Monday.", "on Monday. No."),
    "moved and changed": STORY.replace(" It gave no further details of the attack.", "")
    + " It gave many further details of the attack.",
}


@pytest.mark.parametrize("text", COPIES.values(), ids=COPIES.keys())
def test_a_copy_is_the_same(text):
    assert same(STORY, text) and same(text, STORY)
    assert len(near_duplicates([passage(STORY), passage(text)])) == 1


@pytest.mark.parametrize("text", OTHERS.values(), ids=OTHERS.keys())
def test_similarity_is_not_sameness(text):
    assert not same(STORY, text) and not same(text, STORY)
    assert len(near_duplicates([passage(STORY), passage(text)])) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [("filed a suit", "filled a suit"), ("for men", "four men"), ("prized it", "prised it")],
)
def test_words_that_are_spelled_alike_stay_different(one, other):
    start = "The council of the lower town met again in the evening and "
    assert not same(start + one + " before noon.", start + other + " before noon.")


def test_two_names_before_a_dash_stay_different():
    rest = " — the alliance — did send its ships to the harbour on the first day of the year."
    assert not same("NATO" + rest, "CSTO" + rest)


def test_other_scripts_are_compared_too():
    said = "Министерство подтвердило, что пять солдат были ранены под Курском в понедельник."
    assert same(said, "МОСКВА. " + said)
    assert not same(said, said.replace("пять", "шесть"))
    assert not same("部长昨天在北京会见了五名代表。", "部长昨天在北京会见了六名代表。")


def test_the_best_stays_and_carries_its_copies():
    denied = OTHERS["denied"]
    found = hits(STORY, denied, STORY.upper(), denied.upper(), COPIES["after a headline"])
    first, second = collapse(found)
    assert [first.passage, *first.copies] == [found[at].passage for at in (0, 2, 4)]
    assert [second.passage, *second.copies] == [found[at].passage for at in (1, 3)]
    assert first.score == found[0].score


def test_passages_of_one_document_are_never_copies_of_each_other():
    twice = [Hit(passage(STORY, "d", at), 1.0) for at in range(2)]
    assert collapse(twice) == twice


def test_a_copy_is_found_behind_a_variant_that_came_first():
    variants = [STORY.replace("five", str(n)) for n in range(20, 30)]
    groups = near_duplicates([passage(text, str(at)) for at, text in enumerate(variants * 3)])
    assert [len(group) for group in groups] == [3] * 10


texts = st.lists(
    st.sampled_from([STORY, *COPIES.values(), *OTHERS.values(), "", "…", "Short.", "短い。"]),
    max_size=14,
)


@given(texts, st.lists(st.sampled_from("abcdefgh"), min_size=14, max_size=14))
def test_nothing_is_lost_and_doing_it_twice_changes_nothing(chosen, documents):
    found = [
        Hit(passage(text, documents[at], at), -at, dense_rank=at) for at, text in enumerate(chosen)
    ]
    once = collapse(found)
    kept = [one for hit in once for one in (hit.passage, *hit.copies)]
    assert Counter(kept) == Counter(hit.passage for hit in found)
    assert [hit.score for hit in once] == sorted((hit.score for hit in once), reverse=True)
    for hit in once:
        ids = [hit.passage.document_id, *(copy.document_id for copy in hit.copies)]
        assert len(set(ids)) == len(ids)
    assert collapse(once) == once


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_two_texts_can_be_compared_either_way(one, other):
    assert same(one, one)
    assert same(one, other) in (True, False)
    assert len(near_duplicates([passage(one, "a"), passage(other, "b")])) in (1, 2)


def letters(number: int) -> str:
    return "".join(chr(97 + int(digit)) for digit in str(number))


@pytest.mark.parametrize("end", ["", " The year was {}."], ids=["copies", "variants"])
def test_a_hundred_passages_take_little_time(end):
    stories = [" ".join(f"w{letters(100 * n + m)}" for m in range(100)) for n in range(20)]
    found = [
        passage(f"{letters(n)}. {story}.{end.format(n)}", f"{n} {story}")
        for story in stories
        for n in range(5)
    ]
    times = []
    for _ in range(5):
        start = process_time()
        assert len(near_duplicates(found)) == (100 if end else 20)
        times.append(process_time() - start)
    assert min(times) < 0.1  # a twentieth of it on the machine of the benchmark
