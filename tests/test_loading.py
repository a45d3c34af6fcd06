"""Files become documents: decoding, items, body and furniture."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.errors import InputError
from rag.loading import LARGEST, is_supported, load
from rag.syncing.finding import content_hash
from rag.types import Document

SEEDS = Path(__file__).parent.parent.parent / "shared" / "seeds"
PROSE = "The harbour board met on Monday and agreed that an old bridge would be painted before May."
MORE = "Nobody spoke against it."


@pytest.fixture
def write(tmp_path):
    def written(content: str | bytes, name: str = "note.txt") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return written


def body(document: Document) -> list[str]:
    return [document.text[span.start : span.end] for span in document.body]


def only(documents: list[Document]) -> Document:
    assert len(documents) == 1
    return documents[0]


# Files and bytes


def test_text_and_markdown_are_supported_whatever_the_case():
    for name in ("a.txt", "a.TEXT", "a.md", "a.Markdown", "a.PDF", "a.b.tar.GZ"):
        assert is_supported(Path(name))
    for name in ("a.exe", "a", "txt", ".txt", "a.txt.gz"):
        assert not is_supported(Path(name))


def test_content_hash_is_the_sha256_of_the_bytes(write):
    assert content_hash(write(b"\xef\xbb\xbfa")) == hashlib.sha256(b"\xef\xbb\xbfa").hexdigest()


@pytest.mark.parametrize(
    "data",
    [
        PROSE.encode(),
        b"\xef\xbb\xbf" + PROSE.encode(),
        b"\xff\xfe" + PROSE.encode("utf-16-le"),
        b"\xfe\xff" + PROSE.encode("utf-16-be"),
    ],
)
def test_unicode_encodings_give_the_same_text(write, data):
    assert only(load(write(data))).text == PROSE


def test_bytes_that_are_not_utf8_are_windows_text(write):
    assert only(load(write(b"The caf\xe9 \x93opened\x94."))).text == "The café “opened”."


def test_one_broken_byte_does_not_garble_a_utf8_text(write):
    text = only(load(write("Größe, Öl, Äpfel, Straße, Übermut".encode() + b"\xc3"))).text
    assert text == "Größe, Öl, Äpfel, Straße, Übermut\ufffd"


def test_newlines_are_normalised_and_nothing_else(write):
    assert only(load(write("a\u0301 b\r\n c\u00a0\r\x0cd "))).text == "a\u0301 b\n c\u00a0\n\x0cd "


@pytest.mark.parametrize("content", ["", " \n\t\n", "\u00a0\n", "---\ntitle: A\n---\n \n"])
def test_a_blank_file_holds_no_document(write, content):
    assert load(write(content)) == []


@pytest.mark.parametrize(
    "data",
    [b"abc\0def", b"\x89PNG\r\n\x1a\n\0\0", b"\xff\xfea", b"\xff\xfe\x00\xd8", b"\x81\x8d\x90"],
)
def test_what_is_not_text_is_refused_in_one_line(write, data):
    with pytest.raises(InputError) as error:
        load(write(data))
    assert "\n" not in str(error.value)
    assert "note.txt" in str(error.value) and "UTF-8" in str(error.value)


def test_missing_foreign_and_huge_files_are_refused(write, tmp_path):
    with pytest.raises(InputError, match="Check that it exists"):
        load(tmp_path / "none.txt")
    with pytest.raises(InputError, match=r"Save it as one of \.txt"):
        load(write("x", "a.exe"))
    path = tmp_path / "huge.txt"
    with path.open("wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(InputError, match=r"50 MB\. Split it"):
        load(path)


def test_a_single_document_is_named_after_its_file(write):
    path = write(PROSE)
    document = only(load(path))
    assert document.document_id == content_hash(path)[:16]
    assert document.path == str(path)


# Items


def wire(*reports: tuple[str, str]) -> str:
    return "\n".join(f"{title}\n{dateline}{PROSE} {MORE}" for title, dateline in reports)


DATELINES = [
    "LONDON, March 3 (Reuters) - ",
    "PARIS (AP) — ",
    "SEOUL, Jan. 1 (Yonhap) -- ",
    "BEIJING, Jan. 1 (Xinhua) -- ",
    "SEOUL, Jan 1, 2026 (AFP) – ",
    "Pyongyang, January 1 (KCNA) — ",
    "ST. PETERSBURG, 1 January. /TASS/. ",
    "BOGOTÁ, Colombia (AP) — ",
    "Rio de Janeiro, 3 março 2020 (Wire) - ",
]


@pytest.mark.parametrize("dateline", DATELINES)
def test_a_headline_above_a_dateline_starts_an_item(write, dateline):
    text = wire(("Bridge to Be Painted", dateline), ("Ferry Is Late Again", dateline))
    path = write(text)
    first, second = load(path)
    assert first.text + second.text == text
    assert second.text.startswith("Ferry Is Late Again\n")
    assert [first.path, second.path] == [f"{path}#1", f"{path}#2"]
    assert second.document_id == content_hash(path)[:16] + "-2"
    assert body(first) == body(second) == [f"{PROSE} {MORE}"]


def test_a_byline_and_a_repeated_headline_belong_to_the_item(write):
    text = (
        wire(("One Thing", "OSLO (AP) — "))
        + "\n\nTwo Things\nTwo Things\nBy Ann Lee\n\nOSLO, May 4 (AP) — "
        + PROSE
    )
    assert [document.text[:10] for document in load(write(text))] == ["One Thing\n", "Two Things"]


def test_after_an_end_mark_an_item_needs_no_headline(write):
    text = f"OSLO, May 4 (AP) - {PROSE} (END)\nBONN, May 4 (dpa) - {PROSE} (END)"
    assert [document.publisher.value for document in load(write(text))] == ["AP", "dpa"]


def test_a_quoted_dateline_is_no_item(write):
    text = f"A Comment\n\n{PROSE}\n\nOSLO, May 4 (AP) - {PROSE}\n\n{MORE}"
    assert only(load(write(text))).publisher is None


@pytest.mark.parametrize(
    "opening",
    [
        "On Tuesday, March 3 (Tuesday) - ",
        "The Workers Party (WPA) — ",
        "He spoke to the house, March 3 (Reuters) - ",
        "OSLO, February 30 (AP) - ",
        "OSLO, Section 3 (AP) - ",
    ],
)
def test_what_only_resembles_a_dateline_stays_in_the_body(write, opening):
    document = only(load(write(f"A Headline\n{opening}{PROSE}\nOther Line\n{opening}{PROSE}")))
    assert document.publisher is None
    assert body(document)[0].startswith(opening.strip())


# Furniture

TAILS = [
    "NO COMMENTS\n\nLEAVE A REPLY\n\nPlease enter your name here",
    "Comments (3)\n\nann: good\nbob: I do not think so\n",
    "Related stories\n\nFerry Is Late Again\n\nOSLO, May 4 (AP) - A ferry was late for the third",
    "More From Wire (En)\n\nFerry Is Late\n\nMay 4, 2020\n\nOSLO, May 4 (AP) - A ferry was late",
    "## Share this\n\nMail\nPrint",
    "Read more\n\nFerry Is Late Again",
]


@pytest.mark.parametrize("tail", TAILS)
def test_a_tail_of_furniture_is_outside_the_body(write, tail):
    text = f"Bridge to Be Painted\n\n{PROSE}\n\n{MORE}\n\n{tail}"
    document = only(load(write(text)))
    assert document.text == text
    assert body(document) == [f"{PROSE}\n\n{MORE}"]


@pytest.mark.parametrize("marker", ["Comments", "More from the meeting", "Read more"])
def test_a_section_of_prose_is_no_tail(write, marker):
    text = f"Bridge to Be Painted\n\n{PROSE}\n\n{marker}\n\n{PROSE} {PROSE}"
    assert body(only(load(write(text)))) == [text[text.index(PROSE) :]]


def test_a_wrapped_section_is_no_tail(write):
    section = (
        "The board was asked for its view on the bridge, and\n"
        "gave it in a paper of some length that had been read\n"
        "by few of those who came to the meeting on Monday."
    )
    text = f"{PROSE}\n\nComments\n\n{section}"
    assert body(only(load(write(text)))) == [text]


def test_the_head_of_a_page_is_outside_the_body(write):
    head = (
        "Home Harbour Bridge to Be Painted Before the Month...\n\n"
        "March 01, 2026Mar 01, 2026\nWire Wire.com (En)\n"
        "Bridge to Be Painted Before the Month of May\n\n0\n"
        "Date: 21/01/2021 | Source: Wire.com (En) | Read original\n\n"
    )
    document = only(load(write(f"{head}OSLO, January 21 (Wire) -- {PROSE}")))
    assert body(document) == [PROSE]
    assert document.title.value == "Bridge to Be Painted Before the Month of May"
    assert document.publisher.value == "Wire"
    assert document.published.value == "2021-01-21"


def test_numbers_are_evidence_where_they_are_content(write):
    assert body(only(load(write("12\n15\n17\n\n" + PROSE)))) == ["12\n15\n17\n\n" + PROSE]
    assert body(only(load(write("0")))) == ["0"]


def test_end_marks_are_outside_the_body(write):
    assert body(only(load(write(f"{PROSE} -0-\n\n{MORE} (END)\n-30-")))) == [PROSE, MORE]


def test_a_caption_that_stands_twice_is_evidence_once(write):
    escaped = "The board\\'s oldest members stand on the bridge / Wire"
    plain = "The board’s oldest members\u00a0stand on the bridge / Wire"
    for first, second in ((escaped, plain), (plain, escaped)):
        text = f"{PROSE}\n\n {first}\n {second}\n\n{MORE}"
        assert "".join(body(only(load(write(text))))).count("oldest members") == 1
        assert plain in "".join(body(only(load(write(text)))))


def test_a_refrain_stays(write):
    text = f"{PROSE}\n\nComrades,\nComrades,\n\n{MORE}"
    assert body(only(load(write(text)))) == [text]


def test_a_sentence_across_a_blank_line_stays_in_one_span(write):
    text = "The board of the harbour thanked its\u00a0\n\nOldest Member for the paint that he gave."
    document = only(load(write(f"Paint\n\nOSLO, May 4 (AP) - {text}\n\n{MORE}")))
    assert body(document) == [f"{text}\n\n{MORE}"]


def test_a_title_is_evidence_only_where_there_is_nothing_else(write):
    assert body(only(load(write("Bridge to Be Painted")))) == ["Bridge to Be Painted"]
    assert body(only(load(write(f"Bridge Painted\n\nBridge Painted\n\n{PROSE}")))) == [PROSE]


def test_the_first_line_of_a_list_stays(write):
    assert body(only(load(write("Eggs\nMilk\nBread")))) == ["Eggs\nMilk\nBread"]


def test_wrapped_prose_has_no_headline(write):
    text = "The board of the harbour met on Monday in\nOslo to look at a bridge that has stood"
    text += "\nthere since the war. Nobody spoke against\nthe paint."
    document = only(load(write(text)))
    assert body(document) == [text]
    assert document.title.where == "first words"


# Invariants

LINES = st.sampled_from(
    [
        PROSE,
        MORE,
        "Bridge to Be Painted",
        "Comrades,",
        "OSLO, May 4 (AP) - " + PROSE,
        "OSLO (AP) — " + MORE + " -0-",
        "Comments",
        "LEAVE A REPLY",
        "0",
        "March 01, 2026",
        "Date: 21/01/2021 | Source: Wire",
        "By Ann Lee",
        "---",
        "# Heading",
        "```",
        "-0-",
        "",
        "  ",
        "\u00a0",
    ]
)
PAGES = st.lists(LINES | st.text(max_size=30), max_size=25).map("\n".join)
QUICK = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@QUICK
@given(page=PAGES, name=st.sampled_from(["page.txt", "page.md"]))
def test_any_page_keeps_the_invariants(write, page, name):
    path = write(page.encode("utf-8", "replace"), name)
    try:
        documents = load(path)
    except InputError:
        return
    assert documents == load(path)
    canonical = re.sub(r"\r\n?", "\n", path.read_bytes().decode("utf-8-sig"))
    assert canonical.endswith("".join(document.text for document in documents))
    if not canonical.startswith("---") and canonical.strip():
        assert canonical == "".join(document.text for document in documents)
    for document in documents:
        assert document.body
        last = -1
        for span in document.body:
            words = document.text[span.start : span.end]
            assert last < span.start < span.end <= len(document.text)
            assert words == words.strip()
            last = span.end


@QUICK
@given(data=st.binary(max_size=200), opening=st.sampled_from([b"", b"\xff\xfe", b"---\ntitle: "]))
def test_any_bytes_load_or_are_refused(write, data, opening):
    try:
        for document in load(write(opening + data)):
            repr(document).encode("utf-8")
            document.text.encode("utf-8")
    except InputError as error:
        assert "\n" not in str(error)


def test_large_files_are_read_in_time(write):
    assert len(load(write(f"{PROSE}\n\n" * 50_000))) == 1
    assert len(load(write("A (b, " * 1_500_000))) == 1
    assert len(load(write("January 1, 2020 " * 300_000))) == 1


# The real documents

EXPECTED = [
    (
        "Respected Comrade Kim Jong Un Sends New Year’s Message to Officers and Soldiers of "
        "Overseas Operations Units",
        "KCNA",
        "2026-01-01",
    ),
    ("Respected Comrade Kim Jong Un Visits Kumsusan Palace of Sun", "KCNA", "2026-01-02"),
    ("Respected Comrade Kim Jong Un‘s Speech at New Year Celebration", "KCNA", "2026-01-01"),
    (
        "North Korean leader Kim Jong Un has wished Happy New Year to the soldiers and…",
        "TASS",
        "2026-01-01",
    ),
    (
        "North Korea Puts Russia First Again For New Year… Tells Dispatched Troops “Be Brave For "
        "Our Brothers”",
        None,
        None,
    ),
    ("Outstanding Great Achievements for Cause of Global Independence", None, None),
    ("Army-People Rallies Held in Provinces and Cities", "KCNA", "2021-01-21"),
]
FURNITURE = (
    "NO COMMENTS",
    "LEAVE A REPLY",
    "More From",
    "Press Review",
    "Salt Industry",
    "Exit mobile version",
    "-0-",
    "\\",
    "KCNA.kp",
    "(KCNA) --",
    "/TASS/",
)


@pytest.fixture(scope="module")
def seeds() -> list[Document]:
    return [document for path in sorted(SEEDS.glob("*.txt")) for document in load(path)]


real = pytest.mark.skipif(not SEEDS.is_dir(), reason="shared/seeds is not beside this repository")


@real
def test_the_seeds_say_who_published_them_and_when(seeds):
    found = [
        (
            document.title.value,
            document.publisher.value if document.publisher else None,
            document.published.value if document.published else None,
        )
        for document in seeds
    ]
    assert found == EXPECTED
    assert {document.language.value for document in seeds} == {"en"}
    assert seeds[-1].publisher.words == "KCNA.kp (En)"


@real
def test_the_seeds_lose_their_furniture_and_nothing_else(seeds):
    for document in seeds:
        text = "\n".join(body(document))
        assert not [words for words in FURNITURE if words in text]
    covered = [sum(len(part) for part in body(document)) for document in seeds]
    assert covered == [2855, 1608, 6017, 2336, 4875, 3839, 2278]
    assert [len(document.body) for document in seeds] == [1, 1, 1, 1, 2, 1, 1]
