"""The chat page without a browser: escaping, marks, cards, refusals, routes, stopping."""

from __future__ import annotations

import html
import re
import socket
import threading
from datetime import date

import pytest
from fastapi.testclient import TestClient

from rag.errors import InputError, PortBusy, UsageError
from rag.filtering import Choices, Wish
from rag.serving import Chat, Conversation, header, listening_socket, local_address, web_app
from rag.serving.documents.pages import document_page, marked_text
from rag.serving.markup import attribute, escaped, highlighted, merged
from rag.serving.showing.cards import evidence_panel
from rag.serving.showing.transcript import answer_body, doubtful_sentences, transcript
from rag.serving.talking.exchange import Exchange, history, waiting
from rag.serving.talking.limits import options, panel_title, reach, typed
from rag.types import (
    Copy,
    Document,
    Evidence,
    EvidenceFound,
    Fact,
    Filters,
    Finished,
    HitsFound,
    Rewritten,
    Span,
    Stage,
    TextGrown,
    Turn,
)
from tests.chat_demo import (
    COST,
    DOCUMENTS,
    HOSTILE,
    LATER,
    OPENING,
    DemoAssistant,
    evidence,
    refused,
    usual,
)

BRIDGE = DOCUMENTS[0]
PUBLISHED = "published since 1 January 2026"


def plain(page: str) -> str:
    """What a reader sees of a piece of HTML."""
    return html.unescape(re.sub(r"<[^>]*>", "", page))


def marked(page: str) -> list[str]:
    return [plain(words) for words in re.findall(r"<mark[^>]*>(.*?)</mark>", page, re.DOTALL)]


def removable(page: str) -> list[str]:
    """The filters that a reader can remove by a click."""
    return [html.unescape(words) for words in re.findall(r'data-filter="([^"]*)"', page)]


def finished(question: str = "When?", number: int = 1) -> Exchange:
    return Exchange(number, question).after(Finished(usual(question)))


@pytest.fixture
def client() -> TestClient:
    return TestClient(web_app(DemoAssistant()), base_url="http://127.0.0.1")


# Text made safe


def test_escaped_text_reads_the_same_and_runs_nothing():
    text = "<script>alert(\"1\")</script> & 'two' ${x} {{y}} **z**"
    assert "<" not in escaped(text)
    assert html.unescape(escaped(text)) == text


def test_characters_that_reverse_text_are_written_out():
    assert "\u202e" not in escaped("invoice\u202efdp.exe")
    assert plain(escaped("invoice\u202efdp.exe")) == "invoiceU+202Efdp.exe"
    assert attribute('a"\u202eb') == "a&quot;b"


def test_a_broken_character_becomes_the_replacement_character():
    assert escaped("a\udcffb").encode() == "a\ufffdb".encode()


def test_highlights_count_code_points_after_emoji_and_dotted_capital_i():
    text = "😀 İlçe & more: “yes”."
    start = text.index("more")
    assert marked(highlighted(text, [Span(start, start + 4)])) == ["more"]
    assert plain(highlighted(text, [Span(0, 1), Span(start, len(text))])) == text


def test_spans_are_clamped_joined_and_emptied():
    spans = [Span(5, 9), Span(-3, 2), Span(7, 99), Span(4, 4), Span(12, 10)]
    assert merged(spans, 10) == [Span(0, 2), Span(5, 10)]


# The document page


def test_a_document_page_marks_exactly_the_cited_words():
    start = BRIDGE.text.index(OPENING)
    page = document_page(BRIDGE, Span(start, start + len(OPENING)))
    assert marked(page) == [OPENING]
    assert page.count('<mark id="cited">') == 1


def test_a_document_page_changes_no_character_of_the_text():
    for document in DOCUMENTS[:3]:
        for span in (None, Span(3, 20), Span(-5, 10**9)):
            assert plain(marked_text(document, span)) == document.text


def test_furniture_is_dimmed_also_inside_the_mark():
    text = marked_text(BRIDGE, Span(0, len(BRIDGE.text)))
    dimmed = re.findall(r'<span class="furniture">(.*?)</span>', text, re.DOTALL)
    assert [plain(words).strip() for words in dimmed] == [
        "Home | News | Weather",
        "Subscribe to our newsletter! © Larkfield Herald",
    ]
    assert "furniture" not in marked_text(DOCUMENTS[1], None)


def test_a_document_page_says_which_words_its_facts_were_read_from():
    seen = plain(document_page(BRIDGE))
    assert "Larkfield Heraldread from “/Larkfield Herald/.” in the dateline" in seen
    assert "14 January 2026read from “LARKFIELD, January 14.” in the dateline" in seen
    unknown = plain(document_page(DOCUMENTS[2]))
    assert "publisher unknown" in unknown and "undated" in unknown and "minutes.txt" in unknown


def test_the_document_route_answers_with_a_policy_that_forbids_scripts(client):
    answer = client.get("/document/hostile")
    assert answer.status_code == 200
    assert "<script" not in answer.text and "<img" not in answer.text
    assert HOSTILE.split("\u202e")[0] in plain(answer.text)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script-src" not in policy


@pytest.mark.parametrize(
    "span", ["start=x&end=y", "start=5", "end=5", "start=9&end=3", "start=" + "9" * 5000 + "&end=1"]
)
def test_a_span_that_is_none_is_ignored(client, span):
    answer = client.get(f"/document/minutes?{span}")
    assert answer.status_code == 200
    assert marked(answer.text) == []


def test_a_span_beyond_the_text_is_clamped(client):
    answer = client.get("/document/minutes?start=-7&end=7000000")
    assert marked(answer.text) == [DOCUMENTS[2].text]


def test_a_document_that_left_the_library_opens_as_far_as_answers_kept_it(client):
    answer = client.get("/document/gazette-ferry?start=900&end=918")
    seen = plain(answer.text)
    assert answer.status_code == 200 and "No longer in the library" in seen
    assert marked(answer.text) == ["The ferry stopped."]
    assert "The ferry stopped. <b>It</b> sinks.\n\n[…]\n\nNobody was on board." in seen
    assert "<b>" not in answer.text


@pytest.mark.parametrize(
    "address", ["/document/none", "/document/..%2F..%2Fetc%2Fpasswd", "/document/%00", "/page/x.py"]
)
def test_an_unknown_address_is_a_plain_404(client, address):
    answer = client.get(address)
    assert answer.status_code == 404
    assert "Traceback" not in answer.text


def test_the_list_of_documents_links_to_each(client):
    page = client.get("/documents").text
    for document in DOCUMENTS:
        assert f'href="/document/{document.document_id}"' in page


def test_the_pages_own_files_are_served_from_here(client):
    kinds = {"palette.css": "text/css", "style.css": "text/css", "chat.js": "text/javascript"}
    for name, kind in kinds.items():
        answer = client.get(f"/page/{name}")
        assert answer.headers["Content-Type"].startswith(kind)
        assert not re.search(r"https?:|@import|url\(", answer.text)


def test_a_request_under_a_foreign_name_is_turned_away():
    foreign = TestClient(web_app(DemoAssistant()), base_url="http://elsewhere.example")
    assert foreign.get("/documents").status_code == 400
    opened = TestClient(web_app(DemoAssistant(), host="0.0.0.0"), base_url="http://box.lan")
    assert opened.get("/documents").status_code == 200


# Cards


def test_cards_stand_in_the_order_in_which_the_model_read_them():
    panel = evidence_panel([finished()])
    assert re.findall(r'id="evidence-1-(\d)"', panel) == ["1", "2", "3", "4"]
    assert 'aria-label="Source 1: Larkfield Herald, 14 January 2026"' in panel
    assert 'aria-label="Source 3: publisher unknown, undated"' in panel


def test_cited_sentences_are_marked_in_the_full_passage():
    panel = evidence_panel([finished()])
    assert marked(panel) == [OPENING, COST, LATER]
    quotes = re.findall(r"<blockquote[^>]*>(.*?)</blockquote>", panel, re.DOTALL)
    assert [plain(quote) for quote in quotes[:3]] == [found.text for found in evidence()[:3]]
    assert re.findall(r'class="card (\w+)"', panel) == ["cited", "cited", "read", "read"]


def test_a_card_opens_the_document_at_the_first_cited_words():
    [address] = re.findall(r'href="(/document/herald-bridge[^"]*)"', evidence_panel([finished()]))
    numbers = re.fullmatch(
        r"/document/herald-bridge\?start=(\d+)&end=(\d+)#cited", html.unescape(address)
    )
    assert BRIDGE.text[int(numbers[1]) : int(numbers[2])] == OPENING


def test_hostile_documents_cannot_leave_their_card():
    panel = evidence_panel([finished()])
    assert "<script" not in panel and "<img" not in panel and "<b>" not in panel
    assert 'Nice "title" <b>& more</b>' in plain(panel)


def test_only_the_last_exchange_is_in_view_and_the_others_are_kept():
    panel = evidence_panel([finished("One?", 1), finished("Two?", 2)])
    assert re.findall(r'data-turn="(\d)"[^>]*?( hidden)?>', panel) == [("1", " hidden"), ("2", "")]


def test_a_page_number_is_shown_where_there_is_one():
    text = "First page. Second page."
    paged = Document("p", "p.pdf", text, (Span(0, 24),), pages=(Span(0, 12), Span(12, 24)))
    exchange = Exchange(1, "?").after(EvidenceFound((Evidence(1, paged, 12, 24),)))
    assert "· page 2" in evidence_panel([exchange])


def test_all_publishers_stand_on_the_card_and_lead_to_their_copies():
    text = "The bridge is open."
    told = (Fact("Herald <b>", "", ""), Fact("2024-05-03", "", ""))
    also = (Copy("h 1", "h.txt", 4, 10, *told), Copy("u", "u.txt", 0, 19))
    item = Evidence(1, Document("d", "d.txt", text, (Span(0, 19),)), 0, 19, also=also)
    panel = evidence_panel([Exchange(1, "?").after(EvidenceFound((item,)))])
    assert "Also published by Herald <b>, 3 May 2024; publisher unknown, undated." in plain(panel)
    assert 'href="/document/h%201?start=4&amp;end=10#cited"' in panel


# The conversation


def test_markers_link_to_the_card_of_their_number_and_turn():
    body = answer_body(finished(number=3))
    assert re.findall(r'href="#evidence-3-(\d)"', body) == ["1", "2", "1"]
    assert 'aria-label="Source 2: Eastern Tramways, 16 January 2026"' in body


def test_hits_that_are_not_read_change_nothing():
    exchange = Exchange(1, "?").after(EvidenceFound(evidence()))
    assert exchange.after(HitsFound(())) == exchange


def test_a_number_that_was_never_shown_is_no_link():
    exchange = Exchange(1, "?").after(EvidenceFound(evidence()))
    assert "href" not in answer_body(exchange.after(TextGrown("So it is [9].")))
    assert "[9]" in answer_body(exchange.after(TextGrown("So it is [9].")))


def test_a_marker_still_being_written_is_held_back():
    exchange = Exchange(1, "?").after(EvidenceFound(evidence()))
    seen = [plain(answer_body(exchange.after(TextGrown(text)))) for text in ("Yes [", "Yes [1")]
    assert seen == ["Yes", "Yes"]


def test_sentences_that_failed_the_check_are_pointed_out():
    answer = usual("?")
    [(start, end, doubted)] = doubtful_sentences(answer)
    assert answer.text[start:end].startswith("The repair") and answer.text[start:end].endswith("].")
    assert doubted.verdict == "partly supported"
    assert "only partly supported by its source" in transcript([finished()])


def test_an_answer_tells_what_is_missing_and_what_was_dropped():
    seen = plain(transcript([finished()]))
    assert "Nothing in your documents says who pays." in seen
    assert "1 made-up citation dropped" in seen
    assert "2 of 3 sentences confirmed by the source" in seen


@pytest.mark.parametrize("refusal", ["nothing_found", "not_answered"])
def test_refusals_are_notices_and_not_answers(refusal):
    exchange = Exchange(1, "Who?").after(Finished(refused("Who?", refusal)))
    page = transcript([exchange])
    assert f'class="notice {refusal}"' in page and 'class="answer"' not in page
    panel = plain(evidence_panel([exchange]))
    assert ("Closest passages" in panel) == (refusal == "not_answered")


def test_the_closest_passages_come_with_a_refusal_and_what_is_missing():
    exchange = Exchange(1, "Who?").after(Finished(refused("Who?", "not_answered")))
    assert "do not say who designed the bridge" in plain(transcript([exchange]))
    assert re.findall(r'id="evidence-1-(\d)"', evidence_panel([exchange])) == ["1", "2"]


def test_questions_are_escaped():
    page = transcript([finished('<script>alert(1)</script> "x"')])
    assert "<script" not in page
    assert header([]).count("0 documents") == 1


def test_a_rewritten_question_is_shown_as_it_was_understood():
    exchange = Exchange(2, "And who?").after(Rewritten("About <b>bridges</b> & trams: and who?"))
    page = transcript([exchange])
    assert "Understood as: About <b>bridges</b> & trams: and who?" in plain(page)
    assert "<b>" not in page
    assert page.index("And who?") < page.index("Understood as")
    done = exchange.after(Finished(usual("And who?")))
    page = transcript([done])
    assert page.index("Understood as") < page.index('class="answer"')


def test_a_question_that_stood_alone_is_shown_once():
    assert "Understood as" not in transcript([finished()])


def test_of_a_refusal_only_the_question_goes_on():
    told = Exchange(1, "Who?").after(Finished(refused("Who?", "not_answered")))
    assert history([told, finished("When?", 2)]) == [
        Turn("user", "Who?"),
        Turn("user", "When?"),
        Turn("assistant", usual("When?").text),
    ]


def test_history_holds_finished_exchanges_only():
    open_one = Exchange(2, "And then?").after(Stage("searching", "Searching"))
    assert history([finished("When?"), open_one]) == [
        Turn("user", "When?"),
        Turn("assistant", usual("When?").text),
    ]


# Asking and stopping


def settled(conversation: Conversation) -> Conversation:
    """Wait until the last question has come to its end."""
    met = threading.Event()
    with conversation.watched(met.set):
        while conversation.working:
            assert met.wait(20)
            met.clear()
    return conversation


def ask(chat: Chat, conversation: Conversation, question: str, **options) -> str:
    """Ask, wait for the end, and return the page."""
    assert chat.ask(conversation, question, **options)
    return shown(settled(conversation))


def shown(conversation: Conversation) -> str:
    return transcript(conversation.exchanges)


@pytest.fixture
def conversation() -> Conversation:
    return Conversation("a" * 24)


def test_an_answer_is_there_in_the_end(conversation):
    ask(Chat(DemoAssistant(pace=0.003)), conversation, "When?")
    assert conversation.exchanges[0].answer == usual("When?")


def test_the_conversation_so_far_goes_with_the_next_question(conversation):
    assistant = DemoAssistant(pace=0)
    chat = Chat(assistant)
    ask(chat, conversation, "When?")
    ask(chat, conversation, "And who?")
    assert assistant.histories == [
        [],
        [Turn("user", "When?"), Turn("assistant", usual("When?").text)],
    ]


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("  ", "The question is empty: ask something in words."),
        ("x" * 4001, "The question has 4,001 characters: ask it in at most 4,000."),
    ],
)
def test_a_question_that_cannot_be_asked_is_told_and_leaves_no_trace(conversation, question, told):
    with pytest.raises(InputError, match=told):
        Chat(DemoAssistant(pace=0)).ask(conversation, question)
    assert conversation.exchanges == ()


def test_a_fault_is_told_in_one_line(conversation):
    page = ask(Chat(DemoAssistant(pace=0)), conversation, "a fault")
    assert "Something went wrong inside the program" in plain(page)
    assert "Traceback" not in page and "Ask again" in plain(page)


def test_stopping_closes_the_stream_and_the_next_question_is_answered(conversation):
    assistant = DemoAssistant(pace=0.01)
    chat = Chat(assistant)
    begun = threading.Event()
    with conversation.watched(begun.set):
        chat.ask(conversation, "When?")
        assert begun.wait(20)
    chat.stop(conversation)
    assert not conversation.working and "Stopped." in shown(conversation)
    assert conversation.exchanges[0].stopped
    ask(chat, conversation, "And now?")
    assert assistant.closed <= 1  # it may have been stopped before its stream began
    assert conversation.exchanges[1].answer


def test_one_model_answers_one_question_at_a_time_in_the_order_of_arrival():
    busy, most, order = [], [], []

    class Watched(DemoAssistant):
        def _told(self, question):
            busy.append(question)
            most.append(len(busy))
            order.append(question)
            yield from super()._told(question)
            busy.remove(question)

    chat = Chat(Watched(pace=0.002))
    visitors = [Conversation(f"{number}" * 24) for number in range(5)]
    for number, visitor in enumerate(visitors):
        chat.ask(visitor, f"When {number}?")
    for visitor in visitors:
        settled(visitor)
    assert most == [1] * 5
    assert order == [f"When {number}?" for number in range(5)]


def test_the_place_in_line_is_shown_and_moves_up():
    chat = Chat(DemoAssistant(pace=0.01))
    first, second, third, fourth = (Conversation(f"{number}" * 24) for number in range(4))
    for visitor in (first, second, third, fourth):
        chat.ask(visitor, "When?")
    assert "Waiting for the model: 3rd in line" in plain(shown(fourth))
    chat.stop(second)
    assert "Waiting for the model: 2nd in line" in plain(shown(fourth))
    assert "Waiting for the model: next in line" in plain(shown(third))
    chat.stop(first)
    assert settled(fourth).exchanges[0].answer


@pytest.mark.parametrize(
    ("place", "told"), [(1, "next"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (22, "22nd")]
)
def test_places_are_said_as_people_do(place, told):
    assert waiting(place).detail == f"Waiting for the model: {told} in line"


def test_a_second_question_waits_until_the_first_is_answered(conversation):
    chat = Chat(DemoAssistant(pace=0.002))
    assert chat.ask(conversation, "When?")
    assert not chat.ask(conversation, "Too early?")
    assert [exchange.question for exchange in conversation.exchanges] == ["When?"]


def test_asking_again_takes_the_place_of_what_came_of_it(conversation):
    assistant = DemoAssistant(pace=0)
    chat = Chat(assistant)
    ask(chat, conversation, "When?")
    ask(chat, conversation, "A fault?", wish=Wish(after="2026"))
    chat.ask_again(conversation)
    settled(conversation)
    [first, again] = conversation.exchanges
    assert first.answer and again.error and again.filters == Filters(after=date(2026, 1, 1))
    ask(chat, conversation, "And who?", instead=again.number)
    assert [exchange.question for exchange in conversation.exchanges] == ["When?", "And who?"]


# Filters


def test_filters_are_chips_above_the_answer_and_hold_for_the_conversation(conversation):
    assistant = DemoAssistant(pace=0)
    chat = Chat(assistant)
    wish = Wish(publishers=("larkfield herald",), after="2026-01")
    page = ask(chat, conversation, "When?", wish=wish)
    assert assistant.asked == [
        ("When?", Filters(publishers=("Larkfield Herald",), after=date(2026, 1, 1)))
    ]
    assert removable(page) == ["publisher Larkfield Herald", PUBLISHED]
    assert page.index("chips") < page.index("stage")
    assert typed(conversation.filters) == Wish(publishers=("Larkfield Herald",), after="2026-01-01")


def test_a_filter_is_removed_by_asking_again_without_it(conversation):
    assistant = DemoAssistant(pace=0)
    chat = Chat(assistant)
    ask(chat, conversation, "When?", wish=Wish(publishers=("Larkfield Herald",), after="2026"))
    chat.ask_without(conversation, "publisher Larkfield Herald")
    settled(conversation)
    assert assistant.asked[-1] == ("When?", Filters(after=date(2026, 1, 1)))
    assert len(conversation.exchanges) == 1 and conversation.filters == Filters(
        after=date(2026, 1, 1)
    )


def test_only_the_last_answer_offers_to_remove_its_filters(conversation):
    chat = Chat(DemoAssistant(pace=0))
    for question in ("One?", "Two?"):
        page = ask(chat, conversation, question, wish=Wish(after="2026"))
    assert plain(page).count("Published since 1 January 2026") == 2
    assert removable(page) == [PUBLISHED]


def test_time_words_are_applied_as_a_chip_for_this_question_alone(conversation):
    assistant = DemoAssistant(pace=0)
    chat = Chat(assistant)
    page = ask(chat, conversation, "What was said in January 2026?")
    assert "Published January 2026 from “in January 2026”" in plain(page)
    assert conversation.filters == Filters()
    chat.ask_without(conversation, "published January 2026")
    settled(conversation)
    ask(chat, conversation, "Who?")
    assert [filters for _, filters in assistant.asked] == [
        Filters(after=date(2026, 1, 1), before=date(2026, 1, 31)),
        Filters(),
        Filters(),
    ]


def test_time_words_add_nothing_to_the_filters_of_a_person(conversation):
    assistant = DemoAssistant(pace=0)
    chat = Chat(assistant)
    ask(chat, conversation, "What was said in January 2026?", wish=Wish(after="2026-01-15"))
    assert assistant.asked[0][1] == Filters(after=date(2026, 1, 15))


def test_time_words_that_would_leave_nothing_are_a_quiet_note(conversation):
    assistant = DemoAssistant(pace=0)
    page = ask(Chat(assistant), conversation, "What was said in May 2019?")
    assert "“in May 2019” is not used as a filter" in plain(page)
    assert removable(page) == [] and assistant.asked[0][1] == Filters()


def test_a_filter_that_leaves_nothing_is_told_without_a_model(conversation):
    assistant = DemoAssistant(pace=0)
    chat = Chat(assistant)
    page = ask(chat, conversation, "When?", wish=Wish(before="2020"))
    told = "No document is left by “published until 31 December 2020”"
    assert told in plain(page) and not conversation.working
    assert removable(page) == ["published until 31 December 2020"]
    assert assistant.asked == []
    chat.ask_without(conversation, "published until 31 December 2020")
    assert settled(conversation).exchanges[0].answer


def test_a_filter_can_be_removed_while_the_answer_is_written(conversation):
    assistant = DemoAssistant(pace=0.01)
    chat = Chat(assistant)
    chat.ask(conversation, "When?", Wish(after="2026"))
    chat.ask_without(conversation, PUBLISHED)
    settled(conversation)
    assert conversation.exchanges[0].filters == Filters() and conversation.exchanges[0].answer


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        (Wish(after="soon"), "write a day like 2026-01-31"),
        (Wish(after="2026", before="2025"), "swap the two dates"),
        (Wish(publishers=("Gazette",)), "Known: Larkfield Herald"),
    ],
)
def test_filters_that_are_none_are_told_and_the_next_question_is_answered(conversation, wish, told):
    chat = Chat(DemoAssistant(pace=0))
    page = ask(chat, conversation, "When?", wish=wish)
    assert told in plain(page) and not conversation.working
    ask(chat, conversation, "When?")
    assert conversation.exchanges[-1].answer


def test_names_in_chips_are_escaped():
    exchange = Exchange(1, "?", filters=Filters(publishers=('<b onclick="x">\u202e',)))
    page = transcript([exchange])
    assert "<b o" not in page and "\u202e" not in page


def test_the_panel_says_what_is_set_and_what_there_is():
    assert panel_title(Wish()) == "Filters"
    wish = Wish(publishers=("TASS", "KCNA"), after="2026", before="2026-02", languages=("en",))
    assert panel_title(wish) == "Filters: TASS, KCNA, from 2026, until 2026-02, en"
    assert options((("TASS", 1200),)) == [("TASS (1,200)", "TASS")]
    assert reach(DemoAssistant().choices()) == "14 January 2026 to 16 January 2026; 2 undated"
    assert reach(Choices(1, 1, undated=1)) == ""


# The port


def test_a_busy_port_is_one_line_that_names_the_option():
    with listening_socket("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        assert local_address(listener) == f"http://127.0.0.1:{port}"
        with pytest.raises(PortBusy, match=f"port {port} .*--port") as error:
            listening_socket("127.0.0.1", port)
        assert "\n" not in str(error.value)


def test_a_port_can_be_used_again_at_once():
    first = listening_socket("127.0.0.1", 0)
    port = first.getsockname()[1]
    with socket.create_connection(("127.0.0.1", port)), first.accept()[0]:
        pass
    first.close()
    listening_socket("127.0.0.1", port).close()


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 70000), ("no such host", 7860)])
def test_an_impossible_address_is_told(host, port):
    with pytest.raises(UsageError, match=r"--(port|host)"):
        listening_socket(host, port)


def test_dates_that_are_no_dates_stay_as_they_are():
    odd = Document("o", "o", "x", (Span(0, 1),), published=Fact("2026", "2026", "footer"))
    assert "2026" in plain(document_page(odd))
