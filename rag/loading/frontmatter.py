"""YAML front matter: the block between two "---" lines at the top of a file.

In: decoded text. Out: the facts that the block states, as written, and where the text
after it begins. Knows nothing about dates or languages: words stay words here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import yaml

from rag.types import Fact

LONGEST = 20_000
"""A block longer than this many characters is text between two rules, not front matter."""

_KEYS = {
    "title": ("title", "headline"),
    "publisher": ("publisher", "site_name", "agency"),
    "author": ("author", "authors", "creator", "byline"),
    "published": (
        "published",
        "date",
        "published_at",
        "publish_date",
        "date_published",
        "datepublished",
        "publication_date",
        "pubdate",
    ),
    "modified": (
        *("modified", "updated", "lastmod", "last_modified", "modified_at", "updated_at"),
        *("date_modified", "datemodified", "last_updated"),
    ),
    "language": ("language", "lang"),
    "link": ("link", "url", "permalink", "canonical_url", "source"),
}
_CLOSING = re.compile(r"^(?:---|\.\.\.)[ \t]*$", re.MULTILINE)
_PAIR = re.compile(r"(?P<key>[A-Za-z_][\w-]{0,40}):(?:[ \t]+(?P<value>.*))?")
_WEB_ADDRESS = re.compile(r"https?://\S+")


def read_front_matter(text: str) -> tuple[dict[str, Fact], int]:
    """Return the facts of the block and the offset of the text after it; ({}, 0) without one."""
    opening = re.match(r"---[ \t]*\n", text)
    closing = _CLOSING.search(text, opening.end(), LONGEST) if opening else None
    if not closing:
        return {}, 0
    block = text[opening.end() : closing.start()]
    pairs = _pairs(block)
    if pairs is None:
        return {}, 0
    after = closing.end() + 1 if closing.end() < len(text) else closing.end()
    return _facts(pairs, "front matter"), after


def read_yaml(text: str, where: str) -> dict[str, Fact] | None:
    """Return the facts of a file that is one block; None where it is no mapping."""
    pairs = _pairs(text)
    return None if pairs is None else _facts(pairs, where)


def read_pairs_as_facts(pairs: Mapping[str, str], where: str) -> dict[str, Fact]:
    """Return the facts among named values; the names are those of front matter."""
    return _facts({key: (_tidy(value), value) for key, value in pairs.items()}, where)


def _facts(pairs: Mapping[str, tuple[str, str]], where: str) -> dict[str, Fact]:
    facts = {}
    for name, keys in _KEYS.items():
        for key in keys:
            value, words = pairs.get(key, ("", ""))
            if value and (name != "link" or _WEB_ADDRESS.fullmatch(value)):
                facts.setdefault(name, Fact(value, words, where))
    return facts


def _pairs(block: str) -> dict[str, tuple[str, str]] | None:
    """Return value and exact words by key; None where the block is not a mapping.

    Nodes are composed and never constructed: every value stays the words that were written,
    so that `no` is a language and 2026-02-31 is not an exception.
    """
    try:
        root = yaml.compose(block, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError):
        return _plain_pairs(block)
    if not isinstance(root, yaml.MappingNode) or not all(map(_is_key, root.value)):
        return None
    return {key.value.casefold(): _words(value, block) for key, value in root.value}


def _is_key(pair: tuple[yaml.Node, yaml.Node]) -> bool:
    key = pair[0]
    return isinstance(key, yaml.ScalarNode) and re.fullmatch(r"[\w:-]{1,60}", key.value) is not None


def _words(node: yaml.Node, block: str) -> tuple[str, str]:
    value = _tidy(", ".join(_scalars(node)))
    if value in block:
        return value, value
    return value, _tidy(block[node.start_mark.index : node.end_mark.index])


def _scalars(node: yaml.Node) -> Iterator[str]:
    """Yield the words of a value: its own, a list's one level down, or a mapping's name."""
    if isinstance(node, yaml.ScalarNode):
        yield node.value
    elif isinstance(node, yaml.SequenceNode):
        yield from (one.value for one in node.value if isinstance(one, yaml.ScalarNode))
    elif isinstance(node, yaml.MappingNode):
        named = {key.value: value for key, value in node.value if isinstance(key, yaml.ScalarNode)}
        if isinstance(named.get("name"), yaml.ScalarNode):
            yield named["name"].value


def _plain_pairs(block: str) -> dict[str, tuple[str, str]] | None:
    """Read what YAML refuses, as in `title: One: two`, where every line is a pair."""
    matches = [_PAIR.fullmatch(line) for line in block.split("\n") if line.strip()]
    if not matches or not all(matches):
        return None
    values = (
        (match["key"].casefold(), _tidy(match["value"] or "").strip("\"'")) for match in matches
    )
    return {key: (value, value) for key, value in values}


def _tidy(value: str) -> str:
    """Return `value` on one line and fit for UTF-8, which a YAML escape may not be."""
    clean = value.encode("utf-8", "ignore").decode("utf-8").replace("\0", "")
    return " ".join(clean.split())
