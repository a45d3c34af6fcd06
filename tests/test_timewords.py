"""Time words propose days of publication, and numbers that are no times propose nothing."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.timewords import proposed

TODAY = date(2026, 1, 15)  # a Thursday

# Written by hand before they were first run. First and last day; "" is no end on that side.
TIMED = (
    ("What did Kim Jong Un say last December?", "2025-12-01", "2025-12-31"),
    ("What did KCNA report in January 2021?", "2021-01-01", "2021-01-31"),
    ("What happened in Pyongyang on 1 January 2026?", "2026-01-01", "2026-01-01"),
    ("How has the front line moved since March 2024?", "2024-03-01", ""),
    ("What did analysts expect before 2020?", "", "2019-12-31"),
    ("Which laws passed between May and July 2023?", "2023-05-01", "2023-07-31"),
    ("What did the council decide in 2022?", "2022-01-01", "2022-12-31"),
    ("What did Peskov say last week?", "2026-01-05", "2026-01-11"),
    ("Which prices rose last month?", "2025-12-01", "2025-12-31"),
    ("Who resigned last year?", "2025-01-01", "2025-12-31"),
    ("What did the minister announce yesterday?", "2026-01-14", "2026-01-14"),
    ("What was reported the day before yesterday?", "2026-01-13", "2026-01-13"),
    ("What has the bank published this year?", "2026-01-01", "2026-12-31"),
    ("What did the company earn in Q3 2025?", "2025-07-01", "2025-09-30"),
    ("How did exports do in the third quarter of 2025?", "2025-07-01", "2025-09-30"),
    ("What did the paper write on March 5, 2024 about the dam?", "2024-03-05", "2024-03-05"),
    ("What was said on the 5th of March 2024?", "2024-03-05", "2024-03-05"),
    ("Statements dated 2024-03-05 about grain", "2024-03-05", "2024-03-05"),
    ("What did they say from January 2021 onwards?", "2021-01-01", ""),
    ("What was known until June 2023?", "", "2023-06-30"),
    ("What did critics say after 2023?", "2024-01-01", ""),
    ("Who visited Moscow between 2019 and 2021?", "2019-01-01", "2021-12-31"),
    ("What was said between 5 and 10 May 2023?", "2023-05-05", "2023-05-10"),
    ("From 28 April to 3 May 2023, what did the port ship?", "2023-04-28", "2023-05-03"),
    ("What did the Guardian write in the last 3 months about rent?", "2025-10-17", ""),
    ("What changed over the past two weeks?", "2026-01-01", ""),
    ("What did the mayor promise in December last year?", "2025-12-01", "2025-12-31"),
    ("In 2023, what did the ministry say about bread?", "2023-01-01", "2023-12-31"),
    ("New Year speech Kim Jong Un January 2021", "2021-01-01", "2021-01-31"),
    ("What did he say in early February 2022 about gas?", "2022-02-01", "2022-02-28"),
    ("What did TASS say in Sept. 2024?", "2024-09-01", "2024-09-30"),
    ("Was sagte Kim im Januar 2021?", "2021-01-01", "2021-01-31"),
    ("Was schrieb die Zeitung am 5. Mai 2023 über den Damm?", "2023-05-05", "2023-05-05"),
    ("Was geschah seit März 2024?", "2024-03-01", ""),
    ("Wer trat letztes Jahr zurück?", "2025-01-01", "2025-12-31"),
    ("¿Qué dijo el ministro en enero de 2021?", "2021-01-01", "2021-01-31"),
    ("¿Qué se publicó antes de 2020?", "", "2019-12-31"),
    ("¿Quién dimitió la semana pasada?", "2026-01-05", "2026-01-11"),
    ("Что сказал Песков в январе 2021 года?", "2021-01-01", "2021-01-31"),
    ("Что сообщил ТАСС 1 января 2026 года?", "2026-01-01", "2026-01-01"),
    ("Кто приехал в прошлом году?", "2025-01-01", "2025-12-31"),
    ("What did the union say three weeks ago?", "2025-12-22", "2025-12-28"),
    ("What did the agency report on Monday?", "2026-01-12", "2026-01-12"),
)
UNTIMED = (
    "What did Gerasimov say about demining?",
    "Who won at the 2024 summit?",
    "How many of the 5000 soldiers returned?",
    "What does Resolution 2371 forbid?",
    "Does it still run on Windows 2000?",
    "Who was born in 1984?",
    "Which company was founded in 2011?",
    "What is said in 'In 2022' by the band?",
    'Who directed "Last Year at Marienbad"?',
    "What did he do in the last year of his life?",
    "Who presents Last Week Tonight?",
    "How many people live in 2000 villages?",
    "What are the goals by 2030?",
    "What will the budget be in 2027?",
    "What caused the crisis of 2008?",
    "Which model is the iPhone 2022 edition?",
    "What did the $2000 grant pay for?",
    "What may follow from Article 2019?",
    "What did March say about the film?",
    "Does May think the deal will hold?",
    "Who lives at 1984 Orwell Street?",
    "What is the 1951 Refugee Convention?",
    "How tall is the tower, in 2,022 steps?",
    "What was last year's winner called?",
    "Which flight is BA2023?",
    "What did the report say about 2024 targets?",
    "After the report by The Age on 22 October 2023, did TechCrunch agree?",
    "Did the paper change its view between the article of 2 May 2023 and the later one?",
    "Was passierte auf dem Gipfel 2024?",
    "¿Qué pasó en la cumbre de 2024?",
    "Что решили на саммите 2024?",
    "When was the treaty signed?",
    "Who spoke at the last congress?",
    "What is the last month of the fiscal calendar?",
    "How did it go at last, may I ask?",
)


def days(question: str) -> tuple[str, str] | None:
    found = proposed(question, TODAY)
    if found is None:
        return None
    return tuple("" if d is None else str(d) for d in (found.filters.after, found.filters.before))


def test_most_time_words_are_read_and_none_are_read_into_other_words(capsys):
    read = [question for question, *said in TIMED if days(question) == tuple(said)]
    wrong = [q for q, *said in TIMED if days(q) not in (None, tuple(said))]
    invented = [question for question in UNTIMED if days(question)]
    with capsys.disabled():
        print(
            f"\ntime words: {len(read)} of {len(TIMED)} read, {len(wrong)} read wrongly, ", end=""
        )
        print(f"{len(invented)} of {len(UNTIMED)} questions without any misread")
    assert (wrong, invented) == ([], [])
    assert len(read) / len(TIMED) >= 0.95


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("What did Kim say in January 2021 about rice?", "in January 2021"),
        ("Who came between May and July 2023?", "between May and July 2023"),
        ("What was said after May 2023 and before July 2023?", "after May 2023 … before July 2023"),
    ],
)
def test_a_proposal_quotes_the_words_it_rests_on(question, words):
    found = proposed(question, TODAY)
    assert found.words == words
    assert " … ".join(question[span.start : span.end] for span in found.spans) == words


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (
            "Compare what was said in May 2022 and what was said in May 2024.",
            "2022-05-01/2024-05-31",
        ),
        ("What was said after May 2023 and before July 2023?", "2023-06-01/2023-06-30"),
        ("What was said before July 2023 and after May 2023?", "2023-06-01/2023-06-30"),
        ("What was said between November 9, 2023, and May 2, 2024?", "2023-11-09/2024-05-02"),
    ],
)
def test_several_times_are_covered_together(question, said):
    assert "/".join(days(question)) == said


def test_what_contradicts_itself_or_is_still_to_come_proposes_nothing():
    assert days("What was said after May 2023 and before July 2020?") is None
    assert days("What did A say after May 2023, and what did B say after July 2023?") is None
    assert days("What did A say on 6 November 2026, and what on 15 December 2025?") is None
    assert days("Who came between July and May 2023?") is None


def test_the_last_month_of_a_name_has_ended():
    on = {
        day: proposed("last May", day).filters.after.year
        for day in map(date.fromisoformat, ("2026-04-30", "2026-05-01", "2026-05-31", "2026-06-01"))
    }
    assert list(on.values()) == [2025, 2025, 2025, 2026]


WORDS = """in on since before after between and to from by of last past this the May January März
мая enero 2021 1999 2371 31 5 Q3 week month year years days yesterday 2024-02-30 30.02.2024 12 3
five ago , ? . – ' " “ ” Monday letzte Woche прошлом году pasado de quarter second"""
PIECES = st.sampled_from(WORDS.split())


@given(
    question=st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=14).map(" ".join)),
    today=st.dates(date(1900, 1, 1), date(2200, 12, 31)),
)
def test_any_question_is_read_without_error_and_in_order(question, today):
    found = proposed(question, today)
    if found:
        after, before = found.filters.after, found.filters.before
        assert after or before
        assert not (after and before) or after <= before
        assert all(question[span.start : span.end] in found.words for span in found.spans)
        assert list(found.spans) == sorted(found.spans)
