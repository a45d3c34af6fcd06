"""Questions that lean on the conversation: told apart, and made to stand alone."""

from __future__ import annotations

import time

import pytest

from rag.assembling import Assistant
from rag.rewriting import leaning, standalone
from rag.types import Turn

LEANS = [
    ("When did he say it?", "he"),
    ("And Novak?", "And"),
    ("What about the owners?", "What about"),
    ("Why?", "Why?"),
    ("What is her post?", "her"),
    ("How do I use them?", "them"),
    ("Which bridges did she praise?", "she"),
    ("What did the visitors promise there?", "there"),
    ("What did the minister promise?", "the minister"),
    ("Is this legal?", "this"),
    ("What happened after that?", "after that"),
    ("What is the history of the bridge?", "the bridge"),
    ("Is the second one cheaper?", "the second one"),
    ("Does the same hold for children?", "the same"),
    ("Which is better?", "Which is better?"),
    ("Are there any others?", "Are there any others?"),
    ("Tell me more.", "Tell me more"),
    ("No, I meant the old bridge.", "No,"),
    ("I mean in Larkfield", "I mean"),
]
STANDS = [
    "Who closed the tram bridge of Larkfield?",
    "When did Jana Novak say that the bridge was closed?",
    "What did Jana Novak promise when she was elected?",
    "Which company sold the land that its founder had bought?",
    "Is it possible to cross the river in winter?",
    "How long does it take to repair a tram bridge?",
    "Are there trams in Larkfield?",
    "Who said that North Korean soldiers helped with demining?",
    "What is radiation?",
    "What is a primary source?",
    "How many people live in Larkfield this year?",
    "Is a tram cheaper than a bus?",
    "And what does the council of Larkfield decide on Mondays?",
    "Wann wurde die Brücke gesperrt?",
    "Когда Песков это сказал?",
    "谁关闭了大桥?",
    "What is the history of the bridge of Larkfield?",
]


def talk(*turns: str) -> list[Turn]:
    """A conversation: question, answer, question, answer…"""
    return [Turn("assistant" if at % 2 else "user", text) for at, text in enumerate(turns)]


@pytest.mark.parametrize(("question", "by"), LEANS)
def test_a_question_that_leans_tells_by_which_words(question, by):
    assert leaning(question) == by


@pytest.mark.parametrize("question", STANDS)
def test_a_question_that_stands_alone_is_left_untouched(question):
    assert leaning(question) == ""
    assert standalone(question, talk("Who sells barley?", "Ann Lee sells barley [1].")) == ""


@pytest.mark.parametrize(("question", "_"), LEANS)
def test_a_first_question_is_never_rewritten(question, _):
    assert standalone(question, []) == ""


def test_a_pronoun_gets_what_was_asked_and_the_names_of_the_answer():
    before = talk("Which firm built the bridge of Larkfield?", "Novak and Sons did [1].")
    assert standalone("When did they say it?", before) == (
        "About firm built the bridge of Larkfield, Novak, Sons: when did they say it?"
    )


SUBJECTS = [
    (
        ("What did Jana Novak say about the tram?", "That it stops, wrote Ann Lee [1]."),
        ("When did she say it?", "About tram: when did Jana Novak say it?"),
    ),
    (
        ("Who thanked the firemen of Larkfield?", "Jana Novak did, the mayor [1]."),
        (
            "When did she say it?",
            "About thanked the firemen of Larkfield: when did Jana Novak say it?",
        ),
    ),
    (
        ("Who is Ann Lee?", "A farmer [1]."),
        ("Where does she live?", "Where does Ann Lee live?"),
    ),
    (
        ("What did Ann Lee sell?", "Barley [1]."),
        ("What is her farm called?", "About sell: what is Ann Lee’s farm called?"),
    ),
    (
        ("What did Ann Lee sell?", "Barley [1]."),
        ("Who met her in June?", "About sell: who met Ann Lee in June?"),
    ),
]


@pytest.mark.parametrize(("before", "asked"), SUBJECTS)
def test_he_and_she_become_the_one_that_was_asked_about(before, asked):
    question, told = asked
    assert standalone(question, talk(*before)) == told


def test_a_pronoun_stays_where_nobody_was_asked_about():
    before = talk("Is Ann Lee’s brother ill?", "Yes, says Bob Ray [1].")
    assert standalone("Where does he live?", before).endswith("where does he live?")


def test_an_ellipsis_gets_what_was_asked():
    before = talk("How much does a ticket for the tram cost?", "It costs two crowns [1].")
    told = standalone("And for children?", before)
    assert told == "About ticket for the tram cost: and for children?"


def test_a_chain_of_leaning_questions_goes_back_to_the_one_that_stands_alone():
    before = talk("Why was the Ilm dam closed?", "For rust [1].", "For how long?", "A year [2].")
    told = standalone("And who decided that?", before)
    assert told.startswith("About Ilm dam closed") and told.endswith("and who decided that?")


def test_what_was_left_behind_does_not_come_back():
    before = talk(
        "Why was the Ilm dam closed?", "For rust [1].", "Who is Ann Lee?", "Ann Lee farms [1]."
    )
    told = standalone("Where does she live?", before)
    assert "Ann Lee" in told and "dam" not in told and "Ilm" not in told


def test_a_new_topic_is_not_dragged_back_to_the_old_one():
    before = talk("Why was the Ilm dam closed?", "For rust [1].")
    assert standalone("What does barley cost in June?", before) == ""
    assert standalone("And what does barley cost in Larkfield in June?", before) == ""


@pytest.mark.parametrize(
    "refusal",
    [
        "Nothing relevant to this question was found in the documents.",
        "The documents do not answer this question.",
        "I'm sorry, but I don't have information about Larkfield.",
    ],
)
def test_a_refusal_gives_its_question_and_not_its_text(refusal):
    told = standalone("And in winter?", talk("Does the Ilm ferry run?", refusal))
    assert told == "About Ilm ferry run: and in winter?"


def test_thanks_are_no_topic():
    before = talk("Does the Ilm ferry run?", "It runs daily [1].", "Thank you!", "You are welcome.")
    assert standalone("And in winter?", before) == "About Ilm ferry run: and in winter?"


def test_nothing_to_lean_on_leaves_the_question_as_it_is():
    assert (
        standalone("Why?", talk("Who is it?", "The documents do not answer this question.")) == ""
    )
    assert standalone("Why?", [Turn("assistant", "Ann Lee sells barley.")]) == ""


def test_every_word_of_a_rewrite_comes_from_the_conversation():
    before = talk("Who closed the dam?", "Jana Novak closed it on 2 March, for Larkfield [3].")
    told = standalone("Did they protest?", before)
    said = " ".join(turn.content for turn in before).casefold() + " about did they protest"
    assert all(word.strip(",:?").casefold() in said for word in told.split())
    assert "[3]" not in told


def test_long_turns_are_cut():
    before = talk("Why did " + "the dam of Ilm " * 300 + "break?", "Rust. " * 500)
    assert len(standalone("And when?", before).split()) < 60
    assert len(standalone("And when?", talk("dam" * 1000 + "?", "Now."))) < 400


@pytest.mark.parametrize("odd", ["", " ", "?!", "…", "[1]", "\ud800", "他", "🙂?"])
def test_odd_turns_do_no_harm(odd):
    assert isinstance(standalone("Why?", talk(odd, odd, odd)), str)
    assert standalone(odd, talk("Who is Ann Lee?", "A farmer."))[:5] in ("", "About")


def test_it_costs_no_time():
    before = talk("Why was the Ilm dam closed? " * 100, "For rust. " * 1000)
    started = time.perf_counter()
    for _ in range(20):
        standalone("And who decided that " + "in the end " * 60 + "?", before)
        standalone("And who decided that?", before)
    assert time.perf_counter() - started < 2


@pytest.mark.model
def test_a_follow_up_finds_what_its_own_words_do_not(seed_library):
    assistant = Assistant.open(seed_library)
    before = talk("Who thanked North Korea's field engineers?", "Dmitry Peskov did [1].")
    answer = assistant.ask("When did he say it?", before)
    assistant.close()
    assert answer.question == "When did he say it?"
    assert "Peskov" in answer.standalone
    assert "November 14" in answer.evidence[0].text
