"""A question about several things is taken apart; a question about one is left whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.parting import MOST_PARTS, parts

APART = {
    "Which of Siemens and Bosch was founded first?": ("Siemens", "Bosch"),
    "Which of the Beatles and the Rolling Stones was formed first?": ("Beatles", "Rolling Stones"),
    "Of Paris, London, and Berlin, which is largest?": ("Paris", "London", "Berlin"),
    "Who was born first out of Ann Lee and Bo Park?": ("Ann Lee", "Bo Park"),
    "Who is older, Ann Lee or Bo Park?": ("Ann Lee", "Bo Park"),
    "Was Ann Lee or Bo Park born first?": ("Ann Lee", "Bo Park"),
    "Is Mount Everest taller than K2?": ("Mount Everest", "K2"),
    "Was Alan Turing born before Kurt Gödel?": ("Alan Turing", "Kurt Gödel"),
    "Which film came out first, Romeo and Juliet or Hamlet?": ("Romeo and Juliet", "Hamlet"),
    "Which came first, “War, and Peace” or 'Anna Karenina'?": ("War, and Peace", "Karenina"),
    "Which is larger: Paris, London or Berlin?": ("Paris", "London", "Berlin"),
    "Which country, France or Germany, has more people?": ("France", "Germany"),
    "Who died first, Maurice, Prince of Orange or William III?": ("Maurice, Prince of", "William"),
    "Are Ann Lee and Bo Park from the same country?": ("Ann Lee", "Bo Park"),
    "Are Coal City, Illinois and Lash Kenar, Nur both in one country?": ("Illinois", "Nur"),
    "Did Google and Apple both report losses in 2023?": ("Google", "Apple"),
    "What do Chile and Peru have in common?": ("Chile", "Peru"),
    "What is the difference between Chile and Peru?": ("Chile", "Peru"),
    "Do the director of Alpha Dog and the director of Beta share a home?": ("Alpha Dog", "Beta"),
    "What did TASS, KCNA and Yonhap say about the mines?": ("TASS", "KCNA", "Yonhap"),
    "What did TASS and KCNA say about the mines?": ("TASS", "KCNA"),
    "Does The Verge praise it, while Wired finds many faults?": ("The Verge", "Wired"),
    "Who wrote Dune and when was it published?": ("wrote Dune", "when was Dune published"),
    "When was the Berlin Wall built and why?": ("When was", "why was the Berlin Wall built"),
    "Who wrote Emma and where was she born?": ("Who wrote Emma", "where was the person who wrote"),
}
WHOLE = (
    "Who directed Romeo and Juliet?",
    "When was Simon and Garfunkel founded?",
    "What did the Ministry of Culture and Tourism announce in May?",
    "Who is the man who wrote Dune and who sold it?",
    "Did the mayor and the council meet?",
    "Is wellington in the north or south island?",
    "What is known about the time between May and June?",
    "What happens if it rains or snows?",
    "What is the most common language in England and Wales?",
    "Did she leave before Christmas?",
    "Why was Bach and not Telemann chosen?",
    "Какой город больше, Москва или Киев?",
    "北京和上海哪个更大？",
    "",
    "?",
    "and or and",
)


@pytest.mark.parametrize(("question", "each"), APART.items())
def test_every_part_holds_one_thing_and_no_other(question, each):
    found = parts(question)
    assert len(found) == len(each)
    for at, part in enumerate(found):
        assert each[at] in part
        assert not any(other in part for other in each if other != each[at])


def test_a_part_keeps_the_words_of_the_relation():
    assert parts("Which of Siemens and Bosch was founded first?") == (
        "Which of Siemens was founded first",
        "Which of Bosch was founded first",
    )
    assert parts("Do both films Alpha and Beta have the directors from the same country?") == (
        "Do films Alpha have the directors from country",
        "Do films Beta have the directors from country",
    )


@pytest.mark.parametrize("question", WHOLE)
def test_in_doubt_a_question_stays_whole(question):
    assert parts(question) == ()


def test_a_title_keeps_its_words():
    assert parts("Which song is older, Both Sides Now or Blue (Da Ba Dee, 1998)?") == (
        "Which song is older Both Sides Now",
        "Which song is older Blue (Da Ba Dee, 1998)",
    )


def test_more_things_than_can_be_searched_for_stay_together():
    names = ", ".join(f"Town{n}" for n in range(MOST_PARTS))
    assert parts(f"Of {names}, and Last, which is largest?") == ()


WORDS = (
    "Who which Of is older first and or , Ann Lee “ ” ' ( ) the both same than while K2 é 北京 ?"
)
words = st.sampled_from(WORDS.split())


@given(st.one_of(st.text(max_size=200), st.lists(words, max_size=40).map(" ".join)))
def test_any_text_can_be_asked(question):
    found = parts(question)
    assert len(found) != 1 and len(set(found)) == len(found) <= MOST_PARTS
    assert all(part and part == " ".join(part.split()) for part in found)
