"""Hostile HTML: depth, width, what is never closed, entities, addresses, patterns.

In: nothing. Out: `PAGES`.
"""

from __future__ import annotations

from tests.hostile.records import GOOD, Hostile


def _page(inner: str, head: str = "") -> bytes:
    return f"<html><head>{head}</head><body>{inner}</body></html>".encode()


def _deep(tag: str, depth: int) -> bytes:
    return _page(f"<{tag}>" * depth + GOOD + f"</{tag}>" * depth)


def _attributes() -> bytes:
    return _page(f"<p {' '.join(f'a{n}=1' for n in range(20_000))}>{GOOD}</p>")


PAGES = (
    Hostile("100,000 divs.html", lambda: _deep("div", 100_000), "too deeply"),
    Hostile(
        "100,000 open fonts.html", lambda: _page("<font>" * 100_000 + f"<p>{GOOD}"), "too deeply"
    ),
    Hostile("100,000 tables.html", lambda: _page("<table><tr><td>" * 100_000 + GOOD), "too deeply"),
    Hostile("240 tables.html", lambda: _page("<table><tr><td>" * 80 + GOOD), "", "new"),
    Hostile("open comment.html", lambda: _page(f"<p>{GOOD}</p>" + "<!-- " * 1_000_000), "", "new"),
    Hostile("open tags.html", lambda: _page(f"<p>{GOOD}</p>" + "<a " * 1_000_000), "", "new"),
    Hostile("open scripts.html", lambda: _page(f"<p>{GOOD}</p>" + "<script>" * 500_000), "", "new"),
    Hostile(
        "10 MB attribute.html",
        lambda: _page(f'<p title="{"x" * 10_000_000}">{GOOD}</p>'),
        "",
        "new",
    ),
    Hostile("20,000 attributes.html", _attributes, "", "new"),
    Hostile("20,000 tags.html", lambda: _page(f"<p>{GOOD}</p>" + "<b>x</b>" * 20_000), "", "new"),
    Hostile("many asides.html", lambda: _page("<ul class=related>" * 3_000 + GOOD), "too deeply"),
    Hostile(
        "many lists.html", lambda: _page("<ul><li>a</li></ul>" * 3_000 + f"<p>{GOOD}"), "", "new"
    ),
    Hostile(
        "entities.html",
        lambda: _page(
            f"<p>{GOOD} &#x110000; &#xD800; &#0; &#99999999999999999999; &amp;amp; {'&' * 20_000}"
        ),
        "",
        "new",
    ),
    Hostile(
        "laughs.xhtml",
        lambda: (
            b'<!DOCTYPE h [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>' + _page(f"<p>{GOOD} &b;</p>")
        ),
        "",
        "new",
    ),
    Hostile(
        "refresh.html",
        lambda: _page(
            f"<p>{GOOD}</p>", '<meta http-equiv="refresh" content="0;url=file:///etc/passwd">'
        ),
        "",
        "new",
    ),
    Hostile(
        "base64.html",
        lambda: _page(f'<p>{GOOD}</p><img src="data:image/png;base64,{"QUJD" * 2_000_000}">'),
        "",
        "new",
    ),
    Hostile(
        "frames.html",
        lambda: _page(f"<p>{GOOD}</p><iframe src='frames.html'></iframe>" * 1_000),
        "",
        "new",
    ),
    Hostile(
        "deep data.html",
        lambda: _page(
            f"<p>{GOOD}</p>",
            (f'<script type="application/ld+json">{"[" * 100_000}{"]" * 100_000}</script>'),
        ),
        "",
        "new",
    ),
    Hostile(
        "wide data.html",
        lambda: _page(
            f"<p>{GOOD}</p>",
            (f'<script type="application/ld+json">[{"{}," * 500_000}1e999,{"9" * 5_000}]</script>'),
        ),
        "",
        "new",
    ),
    Hostile(
        "many data.html",
        lambda: _page(
            f"<p>{GOOD}</p>",
            (
                '<script type="application/ld+json">'
                '{"@type":"NewsArticle","datePublished":"x"}</script>' * 20_000
            ),
        ),
        "",
        "new",
    ),
    Hostile(
        "many meta.html",
        lambda: _page(f"<p>{GOOD}</p>", '<meta name="date" content="2021-01-01">' * 50_000),
        "",
        "new",
    ),
    Hostile(
        "charset.html",
        lambda: b'<meta charset="idna">' + _page(f"<p>{GOOD} \xc3\xa9</p>"),
        "",
        "new",
    ),
    Hostile(
        "charset of binary.html",
        lambda: b'<meta charset="zlib_codec">\xff\xfe\xfd' + bytes(range(256)) * 20,
        "unknown encoding",
    ),
    Hostile("cell of all.html", lambda: _page("<table>" + "<tr><td>" * 50_000 + GOOD), "", "new"),
)
