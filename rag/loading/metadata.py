"""What a document says about itself: title, publisher, author, date, language, link.

In: a layout, and the facts stated outside the text. Out: facts with the words they were
read from. Front matter comes before metadata lines, those before the dateline; what none of
them states stays unknown. Knows nothing about files: their names and times say nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from rag.loading.datelines import Dateline
from rag.loading.dates import infer_year, is_near, stated_date
from rag.loading.layout import Layout
from rag.loading.lines import ends_sentence
from rag.months import make_date
from rag.types import Fact

TITLE_CHARACTERS = 80
SAMPLE_CHARACTERS = 4_000
"""The identifier was calibrated on short texts: on long repetitive ones its scores saturate."""
FEWEST_LETTERS = 20
LEAST_CONFIDENCE = 0.5

_ENOUGH_LETTERS = re.compile(rf"(?:[\W\d_]*[^\W\d_]){{{FEWEST_LETTERS}}}")
_WEB_ADDRESS = re.compile(r"https?://\S+")
_LANGUAGE_MARK = re.compile(r"\s*\([A-Z]?[a-z]{1,2}\)$")
_DOMAIN = re.compile(r"(?:www\.)?([\w-]+)\.[a-z]{2,4}")
_LANGUAGE_TAG = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]{2,8})*")
_SENTENCE = re.compile(r"(?:\S+\s+){2,}?\S+[.!?][\"'”’)]*(?=\s+[^\W\d_a-z]|\s*$)")


def read_facts(layout: Layout, stated: Mapping[str, Fact]) -> dict[str, Fact | None]:
    """Return the facts of a document by the names of `Document` fields, None for unknown."""
    fields = layout.head.fields
    source = fields.get("publisher", "")
    link = fields.get("link", source)
    return {
        "title": stated.get("title") or _title(layout),
        "publisher": stated.get("publisher") or _publisher(layout),
        "author": stated.get("author") or _author(layout),
        "published": _published(layout, stated.get("published")),
        "modified": _modified(layout, stated.get("modified")),
        "language": _language(layout, stated.get("language")),
        "link": stated.get("link")
        or (Fact(link, link, "metadata line") if _WEB_ADDRESS.fullmatch(link) else None),
    }


def _title(layout: Layout) -> Fact:
    words = layout.head.fields.get("title")
    if words:
        return Fact(words, words, "metadata line")
    if layout.headline:
        words = layout.headline.words
        return Fact(" ".join(words.split()), words, layout.headline.where)
    body = layout.text[layout.body[0].start : layout.body[0].end]
    words = _first_words(body)
    cut = body.startswith(words) and body[len(words) :].strip() and not ends_sentence(words)
    return Fact(" ".join(words.split()) + "…" * bool(cut), words, "first words")


def _first_words(body: str) -> str:
    """Return the first sentence, or as many of its words as fit a title."""
    opening = body[:TITLE_CHARACTERS]
    sentence = _SENTENCE.match(opening)
    if sentence:
        return sentence[0]
    around = body[TITLE_CHARACTERS - 1 : TITLE_CHARACTERS + 1]
    if len(around) == 2 and not any(map(str.isspace, around)):
        opening = opening.rsplit(None, 1)[0]
    return opening.rstrip()


def _publisher(layout: Layout) -> Fact | None:
    source = layout.head.fields.get("publisher", "")
    if source and not _WEB_ADDRESS.fullmatch(source):
        return Fact(_source_name(source), source, "metadata line")
    dateline = layout.head.dateline
    if dateline and dateline.agency:
        return Fact(dateline.agency.strip(), dateline.agency, "dateline")
    return None


def _source_name(source: str) -> str:
    """Return the name in "Agency.com (En)": "Agency"."""
    name = _LANGUAGE_MARK.sub("", source).strip()
    domain = _DOMAIN.fullmatch(name)
    return domain[1] if domain else name or source


def _author(layout: Layout) -> Fact | None:
    stated = layout.head.fields.get("author")
    if stated:
        return Fact(stated, stated, "metadata line")
    byline = layout.head.byline
    return Fact(byline, byline, "byline") if byline else None


def _published(layout: Layout, stated: Fact | None) -> Fact | None:
    dateline, line = layout.head.dateline, layout.head.fields.get("published", "")
    near = dateline.when if dateline else None
    for fact in (stated, Fact(line, line, "metadata line") if line else None):
        day = stated_date(fact.value, near=near) if fact else None
        if day:
            return Fact(day.isoformat(), fact.words, fact.where)
    if dateline and dateline.lead:
        return Fact(dateline.lead.isoformat(), dateline.lead_words, "date line")
    words = layout.head.date_line or ""
    day = stated_date(words) if words else None
    if day and (near is None or is_near(day, near)):
        return Fact(day.isoformat(), words, "date line")
    return _dateline_date(layout, dateline) if dateline and dateline.when else None


def _modified(layout: Layout, stated: Fact | None) -> Fact | None:
    line = layout.head.fields.get("modified", "")
    for fact in (stated, Fact(line, line, "metadata line") if line else None):
        day = stated_date(fact.value) if fact else None
        if day:
            return Fact(day.isoformat(), fact.words, fact.where)
    return None


def _dateline_date(layout: Layout, dateline: Dateline) -> Fact | None:
    month, day = dateline.when
    if dateline.year:
        stated = make_date(dateline.year, month, day)
        return Fact(stated.isoformat(), dateline.words, "dateline") if stated else None
    evidence = [layout.text[span.start : span.end] for span in layout.body]
    title = [layout.headline.words] if layout.headline else []
    inferred = infer_year(month, day, "\n".join(title + evidence))
    if not inferred:
        return None
    found = make_date(inferred.year, month, day)
    return Fact(found.isoformat(), dateline.words, f'dateline, year from "{inferred.words}"')


def _language(layout: Layout, stated: Fact | None) -> Fact | None:
    line = layout.head.fields.get("language")
    for fact in (stated, Fact(line, line, "metadata line") if line else None):
        tag = _LANGUAGE_TAG.fullmatch(fact.value) if fact else None
        if tag:
            return Fact(tag[1].lower(), fact.words, fact.where)
    return _detected(layout)


def _detected(layout: Layout) -> Fact | None:
    sample = ""
    for span in layout.body:
        sample += layout.text[span.start : min(span.end, span.start + SAMPLE_CHARACTERS)] + "\n"
        if len(sample) > SAMPLE_CHARACTERS:
            break
    if not _ENOUGH_LETTERS.match(sample):
        return None
    language, confidence = _identifier().classify(sample[:SAMPLE_CHARACTERS])
    known = confidence >= LEAST_CONFIDENCE and language not in ("zxx", "und")
    return Fact(language, "", "detected") if known else None


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
