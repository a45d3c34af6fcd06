"""HTML pages: the article, and the dates that are and are not days of publication."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from rag.errors import InputError
from tests.loading.conftest import MORE, PROSE, body

DAY = "2021-03-04"
STAMP = f"{DAY}T10:15:00+01:00"
OTHER = "2022-05-06T07:08:09Z"


def linked(node: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(node)}</script>'


def article(**fields) -> dict:
    return {"@context": "https://schema.org", "@type": "NewsArticle", **fields}


def page(head: str = "", top: str = "", tail: str = "", text: str = "") -> str:
    return f"""<!doctype html><html lang="en-GB"><head><meta charset="utf-8">
<title>Bridge to Be Painted | The Wire</title>{head}</head><body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/w">World news</a></li></ul></nav>
<main><article><h1>Bridge to Be Painted</h1>{top}
{text or f"<p>{PROSE}</p><p>{MORE}</p><p>{PROSE.replace('Monday', 'Tuesday')}</p>"}</article>
<section class="related"><h3>Related stories</h3><ul><li><a href="/f">Ferry Is Late</a>
<time datetime="{OTHER}">May 6</time></li></ul></section>
<div id="comments" class="comments"><h3>2 comments</h3><div class="comment">
<time datetime="{OTHER}">6 May 2022</time><p>I do not like this paint, said ann to the board.</p>
</div></div>{tail}</main><footer>© 2026 The Wire. <a href="/p">Privacy</a></footer></body></html>"""


GRAPH = {
    "@graph": [
        {"@type": "WebPage", "@id": "#p", "datePublished": STAMP, "dateModified": OTHER},
        article(datePublished=STAMP, dateModified=OTHER, publisher={"@id": "#o"}),
        {"@type": "Organization", "@id": "#o", "name": "The Wire"},
    ]
}
KNOWN = {
    "linked": {"head": linked(article(datePublished=STAMP, dateModified=OTHER))},
    "linked in a list": {"head": linked([article(datePublished=DAY)])},
    "linked graph": {"head": linked(GRAPH)},
    "linked types": {"head": linked({"@type": ["Report", "Thing"], "datePublished": DAY})},
    "linked in a page": {
        "head": linked({"@type": "WebPage", "mainEntity": article(datePublished=DAY)})
    },
    "linked comment": {
        "head": linked(
            article(datePublished=DAY, comment=[{"@type": "Comment", "datePublished": OTHER}])
        )
    },
    "linked and related": {
        "head": '<link rel="canonical" href="https://wire.example/a">'
        + linked(article(datePublished=OTHER, url="https://wire.example/b"))
        + linked(article(datePublished=DAY, mainEntityOfPage="https://wire.example/a"))
    },
    "open graph": {"head": f'<meta property="article:published_time" content="{STAMP}">'},
    "open graph by name": {"head": f'<meta name="article:published_time" content="{STAMP}">'},
    "parsely": {"head": f'<meta name="parsely-pub-date" content="{STAMP}">'},
    "pubdate": {"head": '<meta name="pubdate" content="20210304">'},
    "meta date": {"head": f'<meta name="date" content="{DAY}">'},
    "dublin core": {"head": f'<meta name="DC.date.issued" content="{DAY}">'},
    "dc.date": {"head": f'<meta name="dc.date" content="{DAY}">'},
    "citation": {"head": '<meta name="citation_publication_date" content="2021/03/04">'},
    "microdata": {"top": f'<meta itemprop="datePublished" content="{STAMP}">'},
    "microdata time": {"top": f'<time itemprop="datePublished" datetime="{DAY}">4.3.</time>'},
    "time": {"top": f'<time datetime="{STAMP}">4 March</time>'},
    "time in words": {"top": "<time>March 4, 2021</time>"},
    "time pubdate": {
        "top": f'<time pubdate datetime="{DAY}"></time><time datetime="{OTHER}"></time>'
    },
    "wordpress": {
        "top": f'<time class="entry-date published" datetime="{STAMP}">4 March</time>'
        f'<time class="updated" datetime="{OTHER}">6 May</time>'
    },
    "time and update": {
        "top": f'<p>Published <time datetime="{STAMP}">4 March</time>. '
        f'Updated <time datetime="{OTHER}">6 May</time></p>'
    },
    "class": {"top": '<div class="article-date">March 4, 2021</div>'},
    "class with label": {"top": '<span class="post-date">Published on 4 March 2021</span>'},
    "dateline": {"text": f"<p>OSLO, March 4, 2021 (Wire) - {PROSE}</p><p>{MORE}</p>"},
    "metadata line": {
        "top": "<p>Date: 04/03/2021 | Source: The Wire</p>",
        "text": f"<p>OSLO, March 4 (Wire) - {PROSE}</p><p>{MORE}</p>",
    },
}
LATER = (date.today() + timedelta(days=40)).isoformat()
UNKNOWN = {
    "nothing": {},
    "modified": {"head": linked(article(dateModified=OTHER))},
    "modified time": {"head": f'<meta property="article:modified_time" content="{OTHER}">'},
    "last-modified": {"head": f'<meta http-equiv="last-modified" content="{OTHER}">'},
    "updated": {"top": f'<p>Updated: <time datetime="{OTHER}">6 May</time></p>'},
    "updated label": {"top": '<span>Last updated</span><time datetime="2022-05-06">6 May</time>'},
    "updated class": {"top": f'<time class="updated" datetime="{OTHER}">6 May</time>'},
    "updated in words": {"top": "<p>Updated May 6, 2022</p>"},
    "updated above": {"top": "<p>Last updated</p><p>May 6, 2022</p>"},
    "two times": {
        "top": f'<time datetime="{DAY}">4</time><p>to</p><time datetime="{OTHER}">6</time>'
    },
    "future": {"head": linked(article(datePublished=LATER))},
    "impossible": {"head": '<meta name="date" content="2021-02-31">'},
    "ambiguous": {"head": '<meta name="date" content="03/04/2021">'},
    "epoch": {"head": '<meta name="date" content="0001-01-01">'},
    "two articles": {"head": linked([article(datePublished=DAY), article(datePublished=OTHER)])},
    "two metas": {
        "head": f'<meta name="date" content="{DAY}"><meta name="date" content="{OTHER}">'
    },
    "list of articles": {
        "head": linked({"@type": "ItemList", "itemListElement": [article(datePublished=OTHER)]})
    },
    "comment": {"head": linked({"@type": "Comment", "datePublished": OTHER})},
    "event": {"head": linked({"@type": "Event", "startDate": OTHER, "datePublished": OTHER})},
    "comment in microdata": {
        "tail": f'<div itemscope itemtype="https://schema.org/Comment">'
        f'<meta itemprop="datePublished" content="{OTHER}"></div>'
    },
    "broken": {"head": '<script type="application/ld+json">{"datePublished": "2022</script>'},
}


@pytest.mark.parametrize("name", KNOWN)
def test_the_day_of_publication_is_found(read_one, name):
    document = read_one("a.html", page(**KNOWN[name]))
    assert document.published is not None
    assert document.published.value == DAY
    assert document.published.words and document.published.where


@pytest.mark.parametrize("name", UNKNOWN)
def test_another_date_is_none_of_publication(read_one, name):
    assert read_one("a.html", page(**UNKNOWN[name])).published is None


@pytest.mark.parametrize("name", [*KNOWN, *UNKNOWN])
def test_the_body_is_the_article(read_one, name):
    words = body(read_one("a.html", page(**{**KNOWN, **UNKNOWN}[name])))
    assert PROSE in words and MORE in words
    for other in ("World news", "Ferry", "do not like", "Privacy", "Related", "2022", "datePub"):
        assert other not in words


def test_each_fact_names_its_words_and_place(read_one):
    node = article(
        headline="Bridge &amp; Paint",
        datePublished=STAMP,
        inLanguage="en",
        author=[{"name": "Ann Lee"}, {"name": "Bo Ek"}],
        publisher={"name": "The Wire"},
    )
    head = linked(node) + '<link rel="canonical" href="https://wire.example/a">'
    document = read_one("a.html", page(head))
    assert document.title.value == "Bridge & Paint"
    assert (document.published.words, document.published.where) == (STAMP, "JSON-LD datePublished")
    assert (document.author.value, document.author.where) == ("Ann Lee, Bo Ek", "JSON-LD author")
    assert (document.publisher.value, document.publisher.where) == ("The Wire", "JSON-LD publisher")
    assert (document.link.value, document.link.where) == (
        "https://wire.example/a",
        "canonical link",
    )
    assert document.language.value == "en"


def test_a_table_is_read_by_rows_and_a_saved_page_names_its_address(read_one):
    table = (
        "<table><tr><th>Region</th><th>Sales</th></tr><tr><td>North</td><td>12</td></tr></table>"
    )
    text = page(text=f"<p>{PROSE}</p><p>{MORE}</p>{table}<p>{PROSE}</p>")
    text = text.replace("<html", "<!-- saved from url=(0022)https://wire.example/a -->\n<html")
    document = read_one("a.htm", text)
    assert "Region: North; Sales: 12." in body(document)
    assert document.link.value == "https://wire.example/a"


def test_a_page_without_an_article_is_read_whole(read_one):
    document = read_one(
        "a.html", "<title>Keys</title><p>The key is <b>red</b>.</p><script>x()</script>"
    )
    assert document.text == "The key is red."
    assert document.title.value == "Keys"


@pytest.mark.parametrize("encoding", ["cp1251", "utf-16", "shift_jis", "utf-8-sig"])
def test_the_declared_encoding_counts(read_one, encoding):
    words = "キーは赤い。" if encoding == "shift_jis" else "Ключ красный."
    text = f'<meta charset="{encoding.removesuffix("-sig")}"><p>{words}</p>'
    assert read_one("a.html", text.encode(encoding)).text == words


@pytest.mark.parametrize(
    "text",
    [
        "<" * 10_000 + PROSE,
        "<p>" + "<b>" * 1_000 + PROSE,
        '<!DOCTYPE a [<!ENTITY b "c">]><p>&b;' + PROSE,
        f"<p>{PROSE}&#0;&#xD800;\ud7ff</p>",
    ],
)
def test_pages_made_to_hurt_do_not(read, text):
    read("a.html", text)


def test_a_page_nested_beyond_what_can_be_read_is_said(read):
    with pytest.raises(InputError, match="nested too deeply"):
        read("a.html", "<div>" * 50_000 + PROSE)


def test_a_blank_page_holds_no_document(read):
    assert read("a.html", " \n") == read("b.html", "<html><body></body></html>") == []
