"""Makes the files of the made-up collection with the programs that people make them with.

In: the texts. Out: `files/`. Needs LibreOffice (Debian: libreoffice-writer-nogui, -calc-nogui,
-impress-nogui) and Chromium with its driver. Run: python -m tests.formats.making [NAME …]
"""

from __future__ import annotations

import csv
import io
import json
import mailbox
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from email.message import EmailMessage
from pathlib import Path, PurePath

import pypdfium2

from tests.formats.browsing import browsing, made
from tests.formats.opendocument import presentation, spreadsheet, text_document
from tests.formats.texts import FILES, Text, texts

_FLAT: dict[str, tuple[str, Callable[[Text], str]]] = {
    "writer": (".fodt", text_document),
    "scan": (".fodt", text_document),
    "calc": (".fods", spreadsheet),
    "impress": (".fodp", presentation),
}
_BROWSED = ("browser", "saved", "snapshot")
_UNREAD = {
    "choir-bus.ics": b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n",
    "estate/portrait.png": b"\x89PNG\r\n\x1a\n",
}
"""Members and attachments of kinds that are not read."""

Made = dict[str, bytes]


def main(names: Sequence[str]) -> None:
    """Make the files, or those of `names` and what is in them."""
    wanted = [text for text in texts() if not names or {text.file, text.within} & {*names}]
    made = {**_UNREAD, **_by_office(wanted), **_by_browser(wanted)}
    made |= {text.file: _written(text) for text in wanted if _is_written(text)}
    for text in reversed(wanted):  # a text stands below the file that holds it
        if text.holds or text.made.startswith("mail"):
            made[text.file] = _packed(text, made)
    FILES.mkdir(exist_ok=True)
    for text in wanted:
        if not text.within:
            (FILES / text.file).write_bytes(made[text.file])


def _by_office(wanted: Sequence[Text]) -> Made:
    """Return what LibreOffice writes, one run for each format."""
    chosen = [text for text in wanted if text.made in _FLAT]
    found = {}
    for suffix in {PurePath(text.file).suffix for text in chosen}:
        alike = [text for text in chosen if PurePath(text.file).suffix == suffix]
        with tempfile.TemporaryDirectory() as folder:
            found |= _converted(alike, suffix, Path(folder))
    return {
        text.file: _pictured(found[text.file]) if text.made == "scan" else found[text.file]
        for text in chosen
    }


def _converted(alike: Sequence[Text], suffix: str, folder: Path) -> Made:
    flat = []
    for text in alike:
        ending, write = _FLAT[text.made]
        flat.append(folder / f"{PurePath(text.file).stem}{ending}")
        flat[-1].write_text(write(text), encoding="utf-8")
    own = f"-env:UserInstallation=file://{folder}/profile"
    command = ["soffice", own, "--headless", "--convert-to", suffix[1:], "--outdir", str(folder)]
    subprocess.run([*command, *map(str, flat)], check=True, capture_output=True, timeout=300)
    return {t.file: (folder / PurePath(t.file).name).read_bytes() for t in alike}


def _pictured(pdf: bytes) -> bytes:
    """Return a PDF whose pages are pictures of those of `pdf`, as a scanner makes it."""
    pages = [page.render(scale=200 / 72).to_pil() for page in pypdfium2.PdfDocument(pdf)]
    file = io.BytesIO()
    first, *rest = (page.convert("1") for page in pages)
    first.save(file, "PDF", resolution=200, save_all=True, append_images=rest)
    return file.getvalue()


def _by_browser(wanted: Sequence[Text]) -> Made:
    chosen = [text for text in wanted if text.made in _BROWSED]
    if not chosen:
        return {}
    with browsing(chosen) as browser:
        return {text.file: made(text, browser) for text in chosen}


def _is_written(text: Text) -> bool:
    return text.made.partition(" ")[0] in ("text", "table", "json", "lines")


def _written(text: Text) -> bytes:
    """Return a file that is plain text of some kind."""
    kind, *options = text.made.split(" ")
    if kind == "text":
        return _plain(text).encode(options[0])
    if kind == "table":
        return _table(text, options[0]).encode(options[1])
    if kind == "lines":
        records = ({"headline": text.title, "body": _words(page)} for page in text.pages)
        return "".join(f"{json.dumps(record)}\n" for record in records).encode()
    return json.dumps(_record(text, rows=bool(options)), indent=1).encode()


def _record(text: Text, *, rows: bool) -> object:
    if not rows:
        return {"title": text.title, "text": _words(text.pages[0]), "date": "2024-05-17"}
    header, *others = (block.cells for block in text.pages[0])
    return [dict(zip(header, cells, strict=True)) for cells in others]


def _plain(text: Text) -> str:
    """Return a title and its blocks, with the marks of Markdown where the file is that."""
    mark = "# " if PurePath(text.file).suffix in (".md", ".markdown") else ""
    lines = [f"{mark}{text.title}", ""]
    rows = 0
    for block in text.pages[0]:
        if block.kind == "row":
            lines += [f"| {' | '.join(block.cells)} |"]
            lines += ["|---" * len(block.cells) + "|"] if not rows else []
            rows += 1
        else:
            lines += [f"{'## ' if block.kind == 'heading' else ''}{block.words}", ""]
    return "\n".join(lines) + "\n"


def _table(text: Text, delimiter: str) -> str:
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter).writerows(block.cells for block in text.pages[0])
    return file.getvalue()


def _words(page: Sequence) -> str:
    return "\n\n".join(block.words for block in page)


def _packed(text: Text, made: Made) -> bytes:
    """Return a file that holds others: a mail, a mailbox or an archive."""
    members = {name: made[name] for name in text.holds}
    if text.made == "mailbox":
        return _mailbox(text)
    if text.made.startswith("mail"):
        return _mail(text, 0, members).as_bytes()
    file = io.BytesIO()
    if text.file.endswith(".zip"):
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        return file.getvalue()
    folding = {"gz": "gz", "tgz": "gz", "bz2": "bz2", "xz": "xz"}.get(text.file.split(".")[-1], "")
    with tarfile.open(fileobj=file, mode=f"w:{folding}") as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(f"./{name}")  # as tar names what is in a folder
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return file.getvalue()


def _mail(text: Text, number: int, members: Made) -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"] = f"{text.title}, part {number + 1}" if len(text.pages) > 1 else text.title
    mail["From"], mail["To"] = "Philippa Snow <snow@choir.example>", "all@choir.example"
    mail["Date"] = f"Fri, 17 May 2024 08:0{number}:00 +0200"
    words = _words(text.pages[number])
    if text.made.endswith("html"):
        mail.set_content(f"<p>{words}</p>", subtype="html", charset="iso-8859-1")
    else:
        mail.set_content(words)
    for name, content in members.items():
        kind = {"maintype": "application", "subtype": "octet-stream"}
        mail.add_attachment(content, **kind, filename=name)
    return mail


def _mailbox(text: Text) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        box = mailbox.mbox(Path(folder) / "box")
        for number in range(len(text.pages)):
            box.add(_mail(text, number, {}))
        box.close()
        return (Path(folder) / "box").read_bytes()


if __name__ == "__main__":
    main(sys.argv[1:])
