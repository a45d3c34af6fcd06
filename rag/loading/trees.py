"""HTML as a tree, and the readable text of a tree.

In: bytes or decoded HTML. Out: an lxml tree; the text of its blocks, one a paragraph, with
rows of tables as sentences. Knows nothing about articles or facts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree, html

from rag.errors import InputError
from rag.loading.rows import row_sentences
from rag.loading.text import decode

DEEPEST = 250
"""Tags within tags; beyond this lxml itself gives up, and nothing written is nested so."""
_BLOCK_NAMES = (
    "p div section article main header footer aside h1 h2 h3 h4 h5 h6 ul ol li dl dt dd table "
    "blockquote pre figure figcaption address hr body form fieldset tr nav details summary "
    # The names that trafilatura gives to headings, lists and quotations.
    "head list item quote row"
)
_SKIPPED_NAMES = "script style noscript template svg math iframe object canvas select"
BLOCKS = frozenset(_BLOCK_NAMES.split())
SKIPPED = frozenset(_SKIPPED_NAMES.split())

_CHARSET = re.compile(
    rb"""<(?:meta[^>]+charset|\?xml[^>]+encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.I
)
_SPACES = re.compile(r"[^\S\n]+")
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


def read_tree(data: bytes, name: str) -> html.HtmlElement | None:
    """Return the tree of a page, None for a blank one. Raises InputError for what is no text."""
    declared = _CHARSET.search(data[:4096])
    text = decode(data, name, declared=declared[1].decode() if declared else "")
    return parse_tree(text, name)


def parse_tree(text: str, name: str) -> html.HtmlElement | None:
    """Return the tree of decoded HTML; None where it holds nothing."""
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", _UNFIT.sub(" ", text))
    if not text.strip():
        return None
    parser = html.HTMLParser(encoding="utf-8", huge_tree=True, remove_pis=True)
    try:
        tree = html.document_fromstring(text.encode("utf-8"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise InputError(f"{name} is no HTML that can be read. Save the page again.") from error
    if any(error.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for error in parser.error_log):
        # What lies deeper is not in the tree: to go on would be to lose it without a word.
        raise InputError(f"{name} is nested too deeply to be read. Save it as text.")
    return tree


def text_of(tree: etree._Element) -> str:
    """Return the text of a tree, its paragraphs apart by a blank line."""
    blocks = (_SPACES.sub(" ", block).strip() for block in _blocks(tree))
    return "\n\n".join(re.sub(r" ?\n ?", "\n", block) for block in blocks if block)


def _blocks(tree: etree._Element) -> Iterator[str]:
    """Yield the text of each block; the walk holds no more than the path to where it is."""
    words: list[str] = []
    skipped = None
    for event, element in etree.iterwalk(tree, events=("start", "end", "comment", "pi")):
        if event in ("comment", "pi"):
            if skipped is None and element is not tree:
                words.append(_flat(element.tail))
            continue
        tag = element.tag
        if event == "start":
            if skipped is not None:
                continue
            if tag in BLOCKS:
                yield "".join(words)
                words = []
            if tag in SKIPPED or (tag in ("head", "title") and _is_page_head(element)):
                skipped = element
            elif tag == "table" and not _is_nested(element):
                yield "\n".join(row_sentences(_cells(element)))
                skipped = element
            elif tag in ("br", "lb"):
                words.append("\n")
            else:
                words.append(_flat(element.text, keep=tag == "pre"))
            continue
        if skipped is not None and element is not skipped:
            continue
        skipped = None
        if tag in BLOCKS:
            yield "".join(words)
            words = []
        elif tag in ("td", "th", "cell"):
            words.append(" ")
        if element is not tree:
            words.append(_flat(element.tail))
    yield "".join(words)


def _is_page_head(element: etree._Element) -> bool:
    """Return whether this is the head of a page, and no heading as trafilatura names them."""
    parent = element.getparent()
    return element.tag == "title" or (parent is not None and parent.tag == "html")


def _flat(text: str | None, *, keep: bool = False) -> str:
    return (text or "") if keep else re.sub(r"\s+", " ", text or "")


def _is_nested(table: etree._Element) -> bool:
    """Return whether a table lays out other tables, or holds whole paragraphs: it has no rows."""
    if next(iter(table.iterdescendants("table")), None) is not None:
        return True
    return any(len(" ".join(cell.itertext())) > 1_000 for cell in table.iter("td", "th", "cell"))


def _cells(table: etree._Element) -> Iterator[list[str]]:
    for row in table.iter("tr", "row"):
        yield ["".join(cell.itertext()) for cell in row if cell.tag in ("td", "th", "cell")]
