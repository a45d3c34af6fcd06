"""What the time words of a question seem to ask of days of publication.

In: a question, today's date. Out: a `Proposal`, or None where the words may mean something
else: a wrong limit hides the answer, so in doubt nothing is proposed. Knows nothing about
which documents there are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from rag.timewords.naming import Days, named
from rag.types import Filters, Span


@dataclass(frozen=True, slots=True)
class Proposal:
    """Days of publication; `filters` hold nothing else.

    `words` are the exact words that propose them, and `spans` where these stand in the
    question; words of several places are joined by " … ".
    """

    filters: Filters
    words: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class _Limit:
    """What one group of time words lets through; None is no end on that side."""

    span: Span
    after: date | None
    before: date | None


_REACH = 60  # characters before the name of a time in which the words that govern it stand
_LEADING = re.compile(
    r"""(?<!\w)(?:
    (?P<until>on\sor\sbefore|no\slater\sthan|until|till|up\sto|through|as\sof|by
        |bis(?:\szum)?|hasta|по)
    |(?P<since>on\sor\safter|no\searlier\sthan|starting(?:\s(?:in|on))?|since|seit|ab|desde|со?)
    |(?P<after>after|later\sthan|nach|después\sdel?|tras|после)
    |(?P<before>before|prior\sto|earlier\sthan|vor|antes\sdel?|до)
    |(?P<within>in|on|during|within|throughout|over|from|dated|published|im|am|vom|während|en
        |durante|el|во?|на|за)
    |(?P<of>of|del?|von|от)
    )(?:\s(?:the|dem|der|el|la|los|las|year|jahr|año|month\sof|(?:start|beginning|middle|end)\sof
        |early|mid|late|anfang|mitte|ende)|\s\w+day,?){0,3}[\s-]$""",
    re.IGNORECASE | re.VERBOSE,
)
_OPENING = re.compile(
    r""".*(?<!\w)(?P<range>(?:between|from|in|during|zwischen|von|im|entre|desde|de|между|со?|во?)
    \s(?:the\s)?(?P<first>[^;?!]{1,25}?),?
    (?:\s(?:and|or|to|until|till|through|und|bis|y|a|hasta|и|по|до)\s(?:the\s)?|\s?[–—-]\s?))$""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_ONWARDS = re.compile(r"\s+(?:onwards?\b|on(?=\s*(?:[?.!,;]|$)))", re.IGNORECASE)
_BEGINNING = re.compile(
    r"\b(?:born|died|founded|established|built|created|formed|invented|geboren|gegründet"
    r"|nacid[oa]|fundad[oa])\s$",
    re.IGNORECASE,
)
"""The year of a beginning or an end is asked of any document, not of those of that year."""
# After a number that is a year; "in 2000 villages" is none.
_AFTER_YEAR = re.compile(
    r"""\s*(?:[?!;:)"”»–—]|[.,](?!\d)|$)|\s+(?:[A-ZÀ-ÞА-Я]|(?:and|or|to|until|till|through|by|on
    |onwards?|in|at|for|from|with|about|is|are|was|were|did|does|do|has|have|had|can|could|will
    |would|what|which|who|whom|whose|when|where|why|how|regarding|concerning|according|as|that
    |said|say|if|whether|against|under|the|a|an|it|its|he|she|they|we|his|her|their|but|while
    |und|oder|bis|über|von|mit|der|die|das|den|gab|war|wurde|wurden|hat|haben|ist|sind|zu|zum
    |zur|auf|für|gegen|y|o|sobre|de|del|la|el|los|las|en|con|por|que|según|se|fue|era|hubo|ha
    |и|или|в|о|об|на|с|по|что|кто|как|какие|был|была|было|были)\b)""",
    re.VERBOSE,
)
_ORDERING = re.compile(
    r"\b(?:after|before|later|earlier|subsequent(?:ly)?|previous(?:ly)?|prior|following|compared"
    r"|other than|nachdem|bevor|después|antes|после|раньше|позже)\b"
    r"|\bbetween\b.{0,80}\b(?:reports?|reporting|articles?|coverage|piece|story|stories|review)\b",
    re.IGNORECASE | re.DOTALL,
)


def proposed(question: str, today: date) -> Proposal | None:
    """Return the days of publication that the time words of a question propose, if any.

    Several times are covered together. None for times still to come, and for a question
    that orders reports ("after the report of 5 May, did …"): their dates are landmarks.
    """
    limits = _limits(question, today)
    if not limits or _orders_reports(question, limits):
        return None
    after, before = _covered(limits)
    if not (after or before) or (after and before and after > before):
        return None
    spans = tuple(limit.span for limit in limits)
    words = " … ".join(question[span.start : span.end] for span in spans)
    return Proposal(Filters(after=after, before=before), words, spans)


def _limits(question: str, today: date) -> list[_Limit]:
    """Return what each group of time words lets through, in the order of the question."""
    found: list[_Limit] = []
    for days in reversed(named(question, today)):  # the end of a range knows its year
        if found and days.start >= found[-1].span.start:
            continue
        limit = _range(question, days, today) or _limit(question, days)
        if limit:
            found.append(limit)
    return [] if any(_is_to_come(limit, today) for limit in found) else found[::-1]


def _range(question: str, days: Days, today: date) -> _Limit | None:
    """Return the limit of "between May and July 2023", `days` being its end."""
    opening = _OPENING.match(question, max(0, days.start - _REACH), days.start)
    if not opening or not _is_time(question, days):
        return None
    words = re.sub(r"^\d{1,2}\W*\s+", "", question[days.start : days.end])  # "10 May 2023"
    for year in ("", f" {days.first.year}", f" {words}"):
        text = f"{opening['first']}{year}"
        for first in named(text, today):
            whole = (first.start, first.end) == (0, len(text))
            if whole and (days.last is None or first.first <= days.last):
                return _Limit(Span(opening.start("range"), days.end), first.first, days.last)
    return None


def _limit(question: str, days: Days) -> _Limit | None:
    """Return the limit that the word before a time makes of it; None where it makes none."""
    leading = _LEADING.search(question, max(0, days.start - _REACH), days.start)
    kind = leading.lastgroup if leading else None
    start = leading.start() if leading else days.start
    if not _is_time(question, days) or _BEGINNING.search(question, 0, start):
        return None
    if kind is None and not (days.alone or (not days.is_year and _stands_free(question, days))):
        return None
    if kind == "of" and days.is_year:  # "the crisis of 2008"
        return None
    if kind == "within" and (onwards := _ONWARDS.match(question, days.end)):
        return _Limit(Span(start, onwards.end()), days.first, None)
    span = Span(start, days.end)
    match kind:
        case "since":
            return _Limit(span, days.first, None)
        case "after":
            return _Limit(span, days.last + timedelta(1), None) if days.last else None
        case "before":
            return _Limit(span, None, days.first - timedelta(1))
        case "until":
            return _Limit(span, None, days.last)
    return _Limit(span, days.first, days.last)


def _is_time(question: str, days: Days) -> bool:
    return not days.is_year or bool(_AFTER_YEAR.match(question, days.end))


def _stands_free(question: str, days: Days) -> bool:
    """Whether a date stands apart, as in "January 2021: …" and "… speech January 2021?"."""
    before, after = question[: days.start].rstrip(), question[days.end :].lstrip()
    ends = not after.strip(" ?!.)") and not _OPENING.match(
        question, max(0, days.start - _REACH), days.start
    )
    return not before or before[-1] in ",;:(–—" or ends


def _is_to_come(limit: _Limit, today: date) -> bool:
    if limit.after:
        return limit.after > today
    return limit.before is None or limit.before >= today


def _orders_reports(question: str, limits: Sequence[_Limit]) -> bool:
    rest, position = [], 0
    for limit in limits:
        rest.append(question[position : limit.span.start])
        position = limit.span.end
    return bool(_ORDERING.search(" ".join([*rest, question[position:]])))


def _covered(limits: Sequence[_Limit]) -> tuple[date | None, date | None]:
    """Return the days that cover all limits; "after A and before B" is what lies between.

    "After A" beside "after B" are two reports, not one stretch of days: nothing then.
    """
    after = [limit.after for limit in limits if limit.after]
    before = [limit.before for limit in limits if limit.before]
    if len(limits) == 2 and len(after) == len(before) == 1:
        return after[0], before[0]
    if len(limits) > 1 and not len(after) == len(before) == len(limits):
        return None, None
    return min(after, default=None), max(before, default=None)
