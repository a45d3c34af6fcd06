"""Hostile e-mail: messages in messages, parts without end, boundaries, headers, names.

In: nothing. Out: `MAILS`.
"""

from __future__ import annotations

from tests.hostile.records import GOOD, Hostile

_HEAD = "From: a@example.org\nSubject: A report\nMIME-Version: 1.0\n"


def _recursive(depth: int) -> bytes:
    return (_HEAD + "Content-Type: message/rfc822\n\n").encode() * depth + (
        _HEAD + f"\n{GOOD}\n"
    ).encode()


def _mixed(parts: str, boundary: str = "x") -> bytes:
    return (
        f'{_HEAD}Content-Type: multipart/mixed; boundary="{boundary}"\n\n{parts}--{boundary}--\n'
    ).encode()


def _nested(depth: int) -> bytes:
    opening = "".join(
        f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(depth)
    )
    return f"{_HEAD}{opening}\n{GOOD}\n".encode()


def _attached(name: str, words: str = GOOD) -> str:
    return (
        f'--x\nContent-Type: text/plain\nContent-Disposition: attachment; filename="{name}"\n\n'
        f"{words}\n"
    )


def _saved_page(inner: str) -> bytes:
    return (
        "From: <Saved>\nSnapshot-Content-Location: http://example.org/\nMIME-Version: 1.0\n"
        f'Content-Type: multipart/related; boundary="x"\n\n{inner}--x--\n'
    ).encode()


_NAMES = (
    "../../out.txt",
    "/etc/passwd.txt",
    "a\x1b[31m.txt",
    "\u202etxt.exe.txt",
    "a" * 5000 + ".txt",
    "=?utf-8?b?//79?=.txt",
    "con.txt",
    "C:\\x.txt",
    "a;b|c.txt",
)

MAILS = (
    Hostile("1,000 deep.eml", lambda: _recursive(1_000)),
    Hostile("10,000 deep.eml", lambda: _recursive(10_000)),
    Hostile("nested parts.eml", lambda: _nested(2_000)),
    Hostile("20,000 parts.eml", lambda: _mixed("--x\n\na\n" * 20_000), "", "new"),
    Hostile(
        "200 attachments.eml",
        lambda: _mixed("".join(_attached("a.txt", f"{GOOD}") for n in range(200))),
        "",
        "new",
    ),
    Hostile("boundary of nothing.eml", lambda: _mixed(f"\n{GOOD}\n", ""), "", "empty"),
    Hostile(
        "10 MB boundary.eml", lambda: _mixed(f"--x\n\n{GOOD}\n", "x" * 10_000_000), "", "empty"
    ),
    Hostile(
        "10 MB header.eml", lambda: f"{_HEAD}X: {'a' * 10_000_000}\n\n{GOOD}\n".encode(), "", "new"
    ),
    Hostile(
        "10 MB subject.eml",
        lambda: (f"From: a@example.org\nSubject: {'a b ' * 2_500_000}\n\n{GOOD}\n").encode(),
        "",
        "new",
    ),
    Hostile(
        "encoded subject.eml",
        lambda: (
            f"From: a@example.org\nSubject: {'=?utf-8?q?a?= ' * 100_000}\n\n{GOOD}\n"
        ).encode(),
        "",
        "new",
    ),
    Hostile(
        "many addresses.eml",
        lambda: (f"From: {'<a@b>,' * 100_000}\n\n{GOOD}\n").encode(),
        "",
        "new",
    ),
    Hostile(
        "brackets in From.eml", lambda: f"From: {'(' * 500_000}\n\n{GOOD}\n".encode(), "", "new"
    ),
    Hostile(
        "quotes in Content-Type.eml",
        lambda: (f"From: a@b\nContent-Type: text/plain; {chr(34) * 200_000}\n\n{GOOD}\n").encode(),
        "",
        "new",
    ),
    Hostile(
        "parameters in Content-Type.eml",
        lambda: (f"From: a@b\nContent-Type: text/plain; {'a*0*=x; ' * 9_000}\n\n{GOOD}\n").encode(),
        "damaged",
    ),
    Hostile(
        "300,000 headers.eml", lambda: ("A: b\n" * 300_000 + f"\n{GOOD}\n").encode(), "", "new"
    ),
    Hostile(
        "wrong encodings.eml",
        lambda: (
            f"{_HEAD}Content-Type: text/plain; charset=klingon\n"
            f"Content-Transfer-Encoding: base64\n\n"
            f"{'=' * 1000}{GOOD}\n"
        ).encode(),
        "binary",
    ),
    Hostile(
        "hostile names.eml",
        lambda: _mixed("".join(_attached(name, f"{GOOD} {n}") for n, name in enumerate(_NAMES))),
        "",
        "new",
    ),
    Hostile(
        "dates.eml",
        lambda: (
            f"From: a@b\nDate: {'9' * 5_000} Jan {'9' * 5_000} 99:99:99 +9999999999\n\n{GOOD}\n"
        ).encode(),
        "",
        "new",
    ),
    Hostile("From lines.mbox", lambda: b"From a@b Sat Jan  1 00:00:00 2022\n" * 100_000, "", "new"),
    Hostile(
        "From messages.mbox",
        lambda: b"From a@b Sat Jan  1 00:00:00 2022\nSubject: a\n\nb\n\n" * 300,
        "",
        "new",
    ),
    Hostile("no mailbox.mbox", lambda: b"From\n" * 1_000_000, "no mailbox"),
    Hostile("empty lines.mbox", lambda: b"\r\n" * 2_000_000 + b"x", "no mailbox"),
    Hostile(
        "page in itself.mht",
        lambda: _saved_page(
            "--x\nContent-Type: text/html\nContent-Location: http://example.org/\n\n"
            f'<p>{GOOD}</p><iframe src="http://example.org/"></iframe>\n' * 500
        ),
        "",
        "new",
    ),
    Hostile(
        "no page.mht", lambda: _saved_page("--x\nContent-Type: image/png\n\nx\n"), "no web page"
    ),
    Hostile("deep.mht", lambda: _nested(3_000)),
)
