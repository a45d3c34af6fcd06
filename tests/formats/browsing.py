"""Lets a real browser print and save pages.

In: texts. Out: the bytes that Chromium writes. The pages come from a server on this machine
that answers for the made-up host news.example.
"""

from __future__ import annotations

import base64
import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import PurePath

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from tests.conftest import BROWSERS, QUIET
from tests.formats.texts import Block, Text

_STYLE = "body{font:12pt serif}.new{break-before:page}td,th{padding:2pt 9pt;text-align:left}"
_HOST = "http://news.example"


@contextmanager
def browsing(texts: list[Text]) -> Iterator[webdriver.Chrome]:
    """Yield a browser that can open the pages of `texts` at `address`."""
    pages = {_path(text): page(text).encode() for text in texts}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            found = pages.get(self.path, b"")
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(found)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    options = webdriver.ChromeOptions()
    options.binary_location = next(filter(None, map(shutil.which, BROWSERS)))
    quiet = [option for option in QUIET if "resolver" not in option]
    for option in (*quiet, f"--host-resolver-rules=MAP *.example 127.0.0.1:{server.server_port}"):
        options.add_argument(option)
    browser = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        yield browser
    finally:
        browser.quit()
        server.shutdown()


def made(text: Text, browser: webdriver.Chrome) -> bytes:
    """Return the page of `text` as the browser prints it, saves it, or saves it as one file."""
    browser.get(_HOST + _path(text))
    if text.made == "browser":
        wanted = {"displayHeaderFooter": True, "paperWidth": 8.27, "paperHeight": 11.69}
        return base64.b64decode(browser.execute_cdp_cmd("Page.printToPDF", wanted)["data"])
    if text.made == "snapshot":
        saved = browser.execute_cdp_cmd("Page.captureSnapshot", {"format": "mhtml"})
        return saved["data"].encode()
    if text.file.endswith(".xhtml"):
        script = "return new XMLSerializer().serializeToString(document)"
        return browser.execute_script(script).encode()
    return f"<!DOCTYPE html>\n{browser.page_source}".encode()


def page(text: Text) -> str:
    """Return a page of a news site: menus, structured data, article, other articles."""
    stated = {"@context": "https://schema.org", "@type": "NewsArticle", "headline": text.title}
    stated |= {"datePublished": "2024-05-17T08:00:00+02:00"}
    stated |= {"publisher": {"@type": "Organization", "name": "The Marn Courier"}}
    parts = (f'<div class="{"new" if n else "first"}">{_html(p)}</div>' for n, p in _counted(text))
    furniture = text.made != "browser"
    above = "<nav><a href='/'>Home</a> <a href='/sport'>Sport</a></nav>" if furniture else ""
    below = (
        "<aside class='related'><h3>More articles</h3><ul><li><a href='/x'>Mayor eats hat</a></li>"
        "</ul></aside><footer>All rights reserved</footer>"
    )
    return (
        f"<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'><title>{escape(text.title)}"
        f"</title><style>{_STYLE}</style><script type='application/ld+json'>{json.dumps(stated)}"
        f"</script></head><body>{above}<main><article><h1>{escape(text.title)}</h1>"
        f"{''.join(parts)}</article></main>{below if furniture else ''}</body></html>"
    )


def _counted(text: Text) -> Iterator[tuple[int, tuple[Block, ...]]]:
    yield from enumerate(text.pages)


def _path(text: Text) -> str:
    return f"/{PurePath(text.file).stem}.html"


def _html(blocks: tuple[Block, ...]) -> str:
    pieces, rows = [], []
    for block in blocks:
        if block.kind == "row":
            tag = "td" if rows else "th"
            rows.append("".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in block.cells))
            continue
        pieces.append(_rows(rows))
        rows = []
        tag = {"heading": "h2", "words": "p", "note": "small"}[block.kind]
        pieces.append(f"<{tag}>{escape(block.words)}</{tag}>")
    return "".join([*pieces, _rows(rows)])


def _rows(rows: list[str]) -> str:
    return f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>" if rows else ""
