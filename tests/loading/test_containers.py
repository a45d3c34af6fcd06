"""Files that hold several things: mail, archives, JSON; and what stands beside a file."""

from __future__ import annotations

import gzip
import io
import json
import mailbox
import tarfile
import zipfile
from email.message import EmailMessage

import pytest

from rag.errors import InputError
from rag.loading import is_companion, load, load_file
from rag.syncing.finding import content_hash
from rag.types import Fact
from tests.loading.conftest import MORE, PROSE, body


def message(subject="Paint", text=PROSE, date="Thu, 04 Mar 2021 23:30:00 +0100", **files):
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["Date"] = subject, "Ann Lee <ann@wire.example>", date
    mail.set_content(text)
    for name, content in files.items():
        name = name.replace("_", ".")
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return mail


def zipped(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def tarred(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
        link = tarfile.TarInfo("link.txt")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return file.getvalue()


# Mail


def test_a_message_states_its_subject_sender_and_day(read_one):
    document = read_one("a.eml", message().as_bytes())
    assert body(document) == PROSE
    assert document.title == Fact("Paint", "Paint", "Subject header")
    assert document.author.value == "Ann Lee"
    words = "Thu, 04 Mar 2021 23:30:00 +0100"
    assert document.published == Fact("2021-03-04", words, "Date header")


@pytest.mark.parametrize("sent", ["", "soon", "Thu, 99 Mar 2021", "Mon, 1 Jan 2199 00:00:00 +0000"])
def test_a_date_header_that_is_none_is_unknown(read_one, sent):
    data = message().as_bytes().replace(b"Thu, 04 Mar 2021 23:30:00 +0100", sent.encode())
    assert read_one("a.eml", data).published is None


def test_attachments_are_documents_of_their_own(read, tmp_path):
    inner = message("Inner", MORE)
    mail = message(note_txt=MORE.encode(), b_csv=b"A,B\nx,y", c_exe=b"MZ", d_pdf=b"broken")
    mail.add_attachment(inner)
    documents = read("a.eml", mail.as_bytes())
    path = tmp_path / "a.eml"
    assert [document.path.removeprefix(str(path)) for document in documents] == [
        "",
        "!note.txt",
        "!b.csv",
        "!5.eml",
    ]
    assert documents[3].title.value == "Inner"
    assert len({document.document_id for document in documents}) == 4
    assert [line.split(". ")[0] for line in load_file(path).skipped] == [
        "c.exe is of a kind that is not read.",
        "d.pdf is no PDF file or a damaged one",
    ]


def test_pictures_in_the_text_and_signatures_are_no_attachments(tmp_path):
    mail = message()
    mail.add_attachment(b"GIF89a", maintype="image", subtype="gif", filename="a.gif")
    mail.add_attachment(b"x", maintype="application", subtype="pgp-signature", filename="b.asc")
    picture = next(mail.iter_attachments())
    told = {"attachment": ("a.gif is of a kind that is not read.",), "inline": ()}
    for disposition, lines in told.items():
        picture.replace_header("Content-Disposition", f'{disposition}; filename="a.gif"')
        (tmp_path / "a.eml").write_bytes(mail.as_bytes())
        assert load_file(tmp_path / "a.eml").skipped == lines


def test_a_message_of_html_alone_is_read_without_its_tags(read_one):
    mail = message()
    mail.set_content(f"<p>{PROSE}</p><p>Blå &amp; red.</p>", subtype="html", charset="latin-1")
    assert body(read_one("a.eml", mail.as_bytes())) == f"{PROSE}\n\nBlå & red."


def test_a_mailbox_holds_its_messages(read, tmp_path):
    box = mailbox.mbox(tmp_path / "made")
    for number in range(3):
        box.add(message(f"Paint {number}", f"{PROSE}\n\nFrom now on it is {number}."))
    box.flush()
    documents = read("a.mbox", (tmp_path / "made").read_bytes())
    assert [document.title.value for document in documents] == ["Paint 0", "Paint 1", "Paint 2"]
    assert documents[2].path.endswith("a.mbox#3")
    assert body(documents[1]).endswith("From now on it is 1.")


# JSON


def test_a_record_with_a_text_is_a_document(read_one):
    record = {"title": "Paint", "body": PROSE, "date": "2021-03-04T10:00:00Z", "source": "Wire"}
    record |= {"url": "https://wire.example/a", "author": {"name": "Ann Lee"}, "language": "en"}
    document = read_one("a.json", json.dumps({"count": 1, "articles": [record]}))
    assert body(document) == PROSE
    assert document.published == Fact("2021-03-04", "2021-03-04T10:00:00Z", "JSON field")
    assert (document.publisher.value, document.author.value) == ("Wire", "Ann Lee")
    assert document.link.value == "https://wire.example/a"


def test_each_line_is_a_document_and_the_setting_names_fields(read, monkeypatch):
    monkeypatch.setenv("RAG_JSON_FIELDS", "text=Story, published=day")
    rows = [{"story": f"{PROSE} {n}", "day": f"2021-03-0{n}", "text": "x"} for n in (1, 2)]
    documents = read("a.jsonl", "\n".join(map(json.dumps, rows)))
    assert [document.published.value for document in documents] == ["2021-03-01", "2021-03-02"]
    assert body(documents[1]) == f"{PROSE} 2"


def test_records_without_a_text_are_sentences(read_one):
    rows = [{"region": "North", "sales": {"2020": 12}, "date": "2021-03-04"}, {"region": "South"}]
    document = read_one("a.json", json.dumps(rows))
    assert document.text == "region: North; sales 2020: 12; date: 2021-03-04.\nregion: South."
    assert document.published is None


@pytest.mark.parametrize("text", ["{", "[" * 100_000, '{"text": 1', "\ufeff{]"])
def test_broken_json_is_said(tmp_path, text):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(InputError, match=r"a\.json is no JSON"):
        load(tmp_path / "a.json")


# Archives


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("a.zip", zipped),
        ("a.tar", tarred),
        ("a.tgz", lambda m: gzip.compress(tarred(m))),
        ("a.tar.gz", lambda m: gzip.compress(tarred(m))),
    ],
)
def test_members_are_documents_of_their_own(read, tmp_path, name, pack):
    members = {"b/one.txt": PROSE.encode(), "two.eml": message().as_bytes(), "x.bin": b"\0"}
    members |= {"deep.zip": zipped({"three.txt": MORE.encode()}), "b/.hidden.txt": b"no"}
    members["./c/four.txt"] = b"As tar names what is here."
    documents = read(name, pack(members | {"/etc/five.txt": b"no"}))
    places = [document.path.removeprefix(str(tmp_path / name)) for document in documents]
    assert places == ["!b/one.txt", "!two.eml", "!deep.zip!three.txt", "!c/four.txt"]
    assert documents[1].published.value == "2021-03-04"
    told = load_file(tmp_path / name).skipped
    assert told[0] == "x.bin is of a kind that is not read."
    # Python's zipfile takes the first stroke away when it writes.
    outside = "five.txt has a path that leads out of the archive."
    links = ["link.txt is a link or a device."] if "tar" in name or "tgz" in name else []
    assert [line.rpartition("/")[2] for line in told[1:]] == [outside, *links]


def test_archives_made_to_hurt_are_refused(tmp_path):
    bomb = zipped({"a.txt": b"0" * 20_000_000})
    deep = zipped({"a.txt": PROSE.encode()})
    for _ in range(6):
        deep = zipped({"a.zip": deep})
    cases = [("a.zip", bomb, "unfolds"), ("b.zip", deep, "too deep"), ("c.zip", b"PK", "damaged")]
    cases += [("d.tgz", gzip.compress(tarred({"a.txt": b"x"}))[:40], "damaged")]
    for name, data, message_ in cases:
        (tmp_path / name).write_bytes(data)
        with pytest.raises(InputError, match=message_):
            load(tmp_path / name)


# Beside a file


def test_what_stands_beside_a_file_corrects_it(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(f"---\ntitle: Old\npublisher: Post\n---\n{PROSE}")
    plain = content_hash(path)
    (tmp_path / "metadata.csv").write_text("file,title,date\na.txt,New,2021-03-04\nb.txt,B,\n")
    document = load(path)[0]
    assert document.title == Fact("New", "New", "metadata.csv, row 2")
    assert document.published.value == "2021-03-04"
    assert document.publisher.value == "Post"
    (tmp_path / "a.txt.yaml").write_text("title: Newest\npublished: 03/04/2021\n")
    document = load(path)[0]
    assert document.title == Fact("Newest", "Newest", "a.txt.yaml")
    assert len({plain, content_hash(path)}) == 2
    assert document.document_id == content_hash(path)[:16]


def test_companions_are_no_documents(tmp_path):
    (tmp_path / "a.txt").write_text("a")
    (tmp_path / "a.html").write_text("a")
    for name in ("metadata.csv", "a.txt.yaml", "a.txt.meta.yaml", "a_files/frame.html"):
        assert is_companion(tmp_path / name)
    for name in ("a.txt", "b.txt.yaml", "b_files/frame.html", "data.csv"):
        assert not is_companion(tmp_path / name)


def test_a_table_without_a_column_of_files_is_said(tmp_path):
    (tmp_path / "a.txt").write_text("a")
    (tmp_path / "metadata.csv").write_text("title\nA\n")
    with pytest.raises(InputError, match='no column "file"'):
        load(tmp_path / "a.txt")
