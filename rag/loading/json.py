"""Reads JSON and JSON Lines: records with a text are documents, others are sentences.

In: the bytes of a file. Out: a part for each record. Which field is what is told by its name;
RAG_JSON_FIELDS ("text=story,published=day") names others.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from rag.errors import InputError
from rag.loading.csv import named_after
from rag.loading.frontmatter import read_pairs_as_facts
from rag.loading.html import read_page_text
from rag.loading.plausible import plausible_day
from rag.loading.source import Part, Source
from rag.loading.text import decode
from rag.settings import Settings
from rag.types import DAYS, FACTS

TEXTS = ("text", "body", "content", "articlebody", "article", "full_text")
_DEEPEST = 6


def read_json(data: bytes, name: str) -> Iterator[Part]:
    """Yield the records of a JSON file: those of its list, or of the first list in it."""
    try:
        found = json.loads(decode(data, name), parse_constant=str)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{name} is no JSON that can be read. Write it again.") from error
    if isinstance(found, dict) and not _text(found, json_fields()):
        lists = [v for v in found.values() if isinstance(v, list) and v and isinstance(v[0], dict)]
        found = lists[0] if len(lists) == 1 else found
    yield from _parts(found if isinstance(found, list) else [found], name)


def read_json_lines(data: bytes, name: str) -> Iterator[Part]:
    """Yield the records of a file with one JSON value a line. Raises InputError."""
    records = []
    for number, line in enumerate(decode(data, name).split("\n"), 1):
        try:
            records += [json.loads(line, parse_constant=str)] if line.strip() else []
        except (ValueError, RecursionError) as error:
            raise InputError(f"Line {number} of {name} is no JSON. Correct it.") from error
    yield from _parts(records, name)


def json_fields() -> dict[str, str]:
    """Return the names of fields that the settings add, by what they hold, in lower case."""
    stated = Settings.from_environment().json_fields
    pairs = (pair.partition("=") for pair in stated.split(",") if "=" in pair)
    return {key.strip(): name.strip().casefold() for key, _, name in pairs}


def _parts(records: Iterable[object], name: str) -> Iterator[Part]:
    fields, rows = json_fields(), []
    for number, record in enumerate(records, 1):
        text = _text(record, fields) if isinstance(record, dict) else ""
        if text:
            yield Part(f"#{number}", Source(_plain(text, name), _stated(record, fields)))
        else:
            rows.append("; ".join(_sentences(record, "", 0)))
    text = "\n".join(f"{row}." for row in rows if row)
    if text:
        yield Part("", Source(_fit(text), named_after(name), bare=True))


def _text(record: Mapping, fields: Mapping[str, str]) -> str:
    named = {key.casefold(): value for key, value in record.items()}
    for key in (fields.get("text", ""), *TEXTS):
        value = named.get(key)
        if isinstance(value, str) and value.strip():
            return value
        if isinstance(value, list) and value and all(isinstance(one, str) for one in value):
            return "\n\n".join(value)
    return ""


def _plain(text: str, name: str) -> str:
    text = _fit(text).replace("\r\n", "\n").replace("\r", "\n")
    is_page = "</p>" in text or "</div>" in text
    return read_page_text(text, name).text if is_page else text


def _stated(record: Mapping, fields: Mapping[str, str]) -> dict:
    named = {key.casefold(): words for key, value in record.items() if (words := _words(value))}
    if "source" in named and not named["source"].startswith("http"):
        named.setdefault("publisher", named["source"])
    for key in FACTS:
        if fields.get(key) in named:
            named[key] = named[fields[key]]
    facts = read_pairs_as_facts(named, "JSON field")
    return {
        key: fact for key, fact in facts.items() if key not in DAYS or plausible_day(fact.value)
    }


def _words(value: object) -> str:
    """Return a value as words: a list's values, or the name of an object."""
    if isinstance(value, dict):
        value = value.get("name")
    if isinstance(value, list):
        return ", ".join(filter(None, map(_words, value[:50]))) if len(value) else ""
    return value.strip() if isinstance(value, str) else ""


def _sentences(value: object, path: str, depth: int) -> Iterator[str]:
    if isinstance(value, dict) and depth < _DEEPEST:
        for key, inner in value.items():
            yield from _sentences(inner, f"{path} {key}".strip(), depth + 1)
    elif isinstance(value, list) and depth < _DEEPEST:
        for inner in value:
            yield from _sentences(inner, path, depth + 1)
    elif value not in (None, "") and not isinstance(value, dict | list):
        words = " ".join(str(value).split())
        yield f"{path}: {words}" if path else words


def _fit(text: str) -> str:
    return text.encode("utf-8", "ignore").decode("utf-8").replace("\0", "")
