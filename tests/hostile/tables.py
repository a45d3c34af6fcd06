"""Hostile CSV and JSON: cells, columns, quotes, depth, figures, keys, broken lines.

In: nothing. Out: `TABLES`.
"""

from __future__ import annotations

from tests.hostile.records import GOOD, Hostile


def _wide() -> bytes:
    head = ",".join(f"column {n}" for n in range(100_000))
    return f"{head}\n{',' * 99_999}\n{GOOD}\n".encode()


def _echo() -> bytes:
    """A header of 79 characters for each of 20,000 columns, said again by each of 400 rows."""
    head = ",".join(f"{n:a>79}" for n in range(20_000))
    return (f"{head}\n" + ("1," * 20_000 + "\n") * 400).encode()


TABLES = (
    Hostile("10 MB cell.csv", lambda: f"a,b\n{'x' * 10_000_000},1\n".encode(), "no table"),
    Hostile("100,000 columns.csv", _wide, "", "new"),
    Hostile("echoing headers.csv", _echo, "too many columns"),
    Hostile("nul.csv", lambda: b"a,b\n1,\0\n" + b"2,two\n" * 20, "binary"),
    Hostile("open quote.csv", lambda: b'a,b\n"' + b"x,\n" * 2_000_000, "no table"),
    Hostile("ragged quotes.csv", lambda: f'a,b\n{GOOD}"x"",""\n'.encode() * 1_000, "", "new"),
    Hostile("commas.csv", lambda: b"," * 10_000_000, "", "empty"),
    Hostile("lines.csv", lambda: b"\n" * 10_000_000, "", "empty"),
    Hostile("deep.json", lambda: b"[" * 100_000 + b"]" * 100_000, "no JSON"),
    Hostile("deep objects.json", lambda: b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "no JSON"),
    Hostile(
        "huge figure.json",
        lambda: b'{"a": 1e999, "b": -1e999, "c": %s}' % (b"9" * 1_000_000),
        "no JSON",
    ),
    Hostile(
        "twice the key.json",
        lambda: (f'{{"text": "x", "text": "{GOOD}", "title": 1, "title": []}}').encode(),
        "",
        "new",
    ),
    Hostile(
        "half characters.json",
        lambda: (f'{{"text": "{GOOD} \\ud800 \\udfff \\u0000", "title": "\\ud83d"}}').encode(),
        "",
        "new",
    ),
    Hostile("no numbers.json", lambda: b"[NaN, Infinity, -Infinity]", "", "new"),
    Hostile(
        "strange types.json",
        lambda: (
            f'[{{"text": "{GOOD}", "title": {{"name": 7}}, '
            '"author": [[[[]]]], "published": 1e308}]'
        ).encode(),
        "",
        "new",
    ),
    Hostile("million records.json", lambda: b"[" + b'{"text":"a"},' * 200_000 + b"1]", "parts"),
    Hostile("lists.json", lambda: b"[" + b"[[[[[1]]]]]," * 20_000 + b"1]", "", "new"),
    Hostile("bad line.jsonl", lambda: f'{{"text": "{GOOD}"}}\n{{"text": \n'.encode(), "Line 2"),
    Hostile("deep line.jsonl", lambda: b"{}\n" + b"[" * 100_000, "Line 2"),
    Hostile("blank lines.jsonl", lambda: b"\n" * 5_000_000, "", "empty"),
    Hostile(
        "pages within.json",
        lambda: ('{"text": "' + "<div>" * 100_000 + f'{GOOD}</div>"}}').encode(),
        "too deeply",
    ),
)
