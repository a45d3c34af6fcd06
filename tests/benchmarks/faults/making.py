"""Plants one fault in a statement.

In: an item, the other items, a seeded generator of random numbers. Out: the changed statement
or source, None where the statement has nothing to change. Knows nothing about the checks that
are to find the fault.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from .statements import Item


def listed(words: str) -> list[str]:
    """Return the words of a text as a list."""
    return words.split()


_MONTHS = listed(
    """
    January February March April May June July August September October November
    December
    """
)
_WEEKDAYS = listed(
    """
    Monday Tuesday Wednesday Thursday Friday Saturday Sunday
    """
)
_NUMBER_WORDS = listed(
    """
    two three four five six seven eight nine ten eleven twelve twenty
    """
)
_ORDINALS = listed(
    """
    first second third fourth fifth sixth seventh eighth ninth tenth
    """
)
_ONLY = r"(?! (?:only|just|merely|simply|limited|necessarily)\b)"  # "not only" denies nothing
_NEGATED = (
    (r"\b(do|does|did|is|are|was|were|has|have|had|would|could|should|can|may)"
     rf"(?:n['’]t| not)\b{_ONLY}", r"\1"),
    (rf"\bwill not\b{_ONLY}|\bwon['’]t\b", "will"),
    (r"\bcannot\b|\bcan['’]t\b", "can"),
    (rf"(?<!or )(?<!if )\bnot\b{_ONLY} ", ""),
    (r"\bnever\b ", ""),
    (r"\bno longer\b", "still"),
    (r"\bno (?!matter|doubt|more|less|fewer|later|earlier)(?=[a-z]{3,})", "some "),
    (r"\bwithout\b", "with"),
    (r"\bfailed to\b", "managed to"),
    (r"\bunable to\b", "able to"),
    (r"\brefused to\b", "agreed to"),
    (r"\bdenied\b", "confirmed"),
    (r"\bimpossible\b", "possible"),
    (r"\bunlikely\b", "likely"),
)  # fmt: skip
_OPPOSITES = (
    ("increase", "decrease"), ("increased", "decreased"), ("rose", "fell"), ("rise", "fall"),
    ("higher", "lower"), ("more", "less"), ("won", "lost"), ("accepted", "rejected"),
    ("supported", "opposed"), ("opened", "closed"), ("largest", "smallest"),
    ("highest", "lowest"), ("allowed", "forbidden"), ("included", "excluded"), ("north", "south"),
    ("east", "west"), ("most", "least"), ("always", "never"), ("oldest", "youngest"),
    ("above", "below"), ("maximum", "minimum"), ("joined", "left"), ("began", "ended"),
)  # fmt: skip
_ORDER = (
    ("before", "after"),
    ("earlier", "later"),
    ("prior to", "after"),
    ("preceded", "followed"),
)
_LIST_MARK = re.compile(r"(?:^|(?<=[\n\[]))\d{1,2}[.)\]]")
_REPORTS = (
    r"said|says|told|stated|announced|reported|claimed|argued|added|wrote|noted|predicted|explained"
    r"|predicts|named|described|suggested|believes?|thinks|confirmed|denied|declared|warned"
)
_NAME = r"[A-Z][\w.’'-]*[a-z](?: (?:of |the |de )?[A-Z][\w’'-]+)*"
_LINKED = re.compile(
    rf"(?P<one>{_NAME}) (?P<link>(?:[a-z][\w-]+ ){{1,5}})(?:the )?(?P<other>{_NAME})"
)
_MUTUAL = re.compile(
    r"\b(?:and|or|with|between|met|meets?|is|are|was|were|than|versus|of|in|at|on|during|for"
    r"|married|marries|played|plays|faced|faces|joined|known|called|named|renamed|means|stands"
    r"|equals|includes|included)\b"
)
_NO_NAMES = frozenset(
    listed(
        """
    the a an it he she they his her its this that these those in on at by for from with
    as and but or after before when while during since until although however also both
    who which there one i if some many most all each other such to of yes no not you
    your we our dr mr mrs ms
    """
    )
)


def negation(item: Item, others: Sequence[Item], rng: random.Random) -> Item | None:
    """Drop the first negation."""
    for pattern, instead in _NEGATED:
        changed = re.sub(pattern, instead, item.statement, count=1)
        if changed != item.statement:
            return replace(item, statement=changed)
    return None


def inserted(item: Item, others: Sequence[Item], rng: random.Random) -> Item | None:
    """Put a "not" after the first auxiliary verb."""
    if re.search(r"\b(?:not|no|never|none|without)\b|n't", item.statement):
        return None
    pattern = r"\b(is|are|was|were|has|have|had|can|could|will|would|should|must|may)\b"
    changed = re.sub(pattern, r"\1 not", item.statement, count=1)
    return None if changed == item.statement else replace(item, statement=changed)


def opposite(item: Item, others: Sequence[Item], rng: random.Random) -> Item | None:
    """Put the opposite in a word's place."""
    return _exchanged(item, _OPPOSITES)


def number(item: Item, others: Sequence[Item], rng: random.Random) -> Item | None:
    """Change a number that is no date."""
    months = "|".join(_MONTHS)
    bare = re.sub(rf"(?:{months})\.? \d+|\b\d+ (?:{months})|\b(?:1[5-9]|20)\d\d\b",
                  lambda m: "·" * len(m[0]), item.statement)  # fmt: skip
    words = "|".join([*_NUMBER_WORDS, *_ORDINALS[1:]])
    found = list(re.finditer(rf"(?<![\w.,-])\d+(?:[.,]\d+)*(?!\w)|\b(?:{words})\b", bare))
    found = [place for place in found if not _LIST_MARK.match(bare, place.start())]
    if not found:
        return None
    place = rng.choice(found)
    return replace(
        item,
        statement=_put(item.statement, place.span(), _other_number(place[0], item, rng)),
    )


def date(item: Item, others: Sequence[Item], rng: random.Random) -> Item | None:
    """Change a year, a month, a day of the month or a weekday."""
    months = "|".join(_MONTHS)
    pattern = (
        rf"\b(?P<year>(?:1[5-9]|20)\d\d)\b|\b(?P<month>{months})(?= \d|\s*,)"
        rf"|(?<=\b)(?P<weekday>{'|'.join(_WEEKDAYS)})\b|(?<=[a-z] )(?P<day>\d\d?)(?= (?:{months}))"
    )
    found = list(re.finditer(pattern, item.statement))
    if not found:
        return None
    place = rng.choice(found)
    match place.lastgroup:
        case "year":
            new = str(int(place[0]) + rng.choice([-10, -3, -2, -1, 1, 2, 3, 10]))
        case "month":
            new = rng.choice([month for month in _MONTHS if month != place[0]])
        case "weekday":
            new = rng.choice([day for day in _WEEKDAYS if day != place[0]])
        case _:
            new = str(int(place[0]) % 28 + 1)
    return replace(item, statement=_put(item.statement, place.span(), new))


def name(item: Item, others: Sequence[Item], rng: random.Random) -> Item | None:
    """Put another name in a name's place, from the same document where it has one."""
    found = _names(item.statement, item)
    if not found:
        return None
    place = rng.choice(found)
    new = _other_name(place[0], item, others, rng)
    return replace(item, statement=_put(item.statement, place.span(), new)) if new else None


def speaker(item: Item, others: Sequence[Item], rng: random.Random) -> Item | None:
    """Put another name in the place of who said it."""
    pattern = rf"(?P<one>{_NAME})(?=,? (?:[a-z]+ly |also |has |had )?(?:{_REPORTS})\b)"
    told = re.search(rf"(?:[Aa]ccording to |, said )(?:the )?(?P<one>{_NAME})", item.statement)
    place = told or re.search(pattern, item.statement)
    if not place or place["one"].lower() in _NO_NAMES:
        return None
    new = _other_name(place["one"], item, others, rng)
    return replace(item, statement=_put(item.statement, place.span("one"), new)) if new else None


def order(item: Item, others: Sequence[Item], rng: random.Random) -> Item | None:
    """Swap what comes before and what comes after, by the word or by the clauses."""
    swapped = re.fullmatch(
        r"(?P<a>[A-Z].{12,}?)(?P<by> (?:before|after|until|then|followed by|prior to) )"
        r"(?P<b>.{8,}?)\.?",
        item.statement,
    )
    if swapped and rng.random() < 0.5:
        first, last = swapped["b"], swapped["a"]
        changed = f"{first[0].upper()}{first[1:]}{swapped['by']}{last[0].lower()}{last[1:]}."
        return replace(item, statement=changed)
    return _exchanged(item, _ORDER)


def roles(item: Item, others: Sequence[Item], rng: random.Random) -> Item | None:
    """Swap two names on the sides of a verb."""
    for found in _LINKED.finditer(item.statement):
        one, link, other = found["one"], found["link"], found["other"]
        verb = re.search(r"\w(?:ed|es|[a-z]s)\b|\b(?:by|won|beat|led|gave|sent|wrote|told)\b", link)
        bare = {one.lower(), other.lower()}
        shared = set(one.lower().split()) & set(other.lower().split())
        if verb and not _MUTUAL.search(link) and not bare & _NO_NAMES and not shared:
            words = item.statement
            changed = _put(words, found.span("other"), one)
            return replace(item, statement=_put(changed, found.span("one"), other))
    return None


def document(item: Item, others: Sequence[Item], rng: random.Random) -> Item | None:
    """Cite the source of the statement of another document that shares most words."""
    drawn = [other for other in rng.sample(others, min(120, len(others)))]
    drawn = [other for other in drawn if other.document != item.document]
    drawn = [other for other in drawn if other.context != item.context]  # asked of it twice
    words = set(item.statement.lower().split())

    def alike(other: Item) -> int:
        return len(words & set((other.statement + " " + other.text).lower().split()))

    if not drawn:
        return None
    chosen = max(drawn, key=alike)
    return replace(
        item,
        text=chosen.text,
        context=chosen.context,
        heading=chosen.heading,
        published=chosen.published,
    )


Maker = Callable[[Item, Sequence[Item], random.Random], Item | None]
KINDS: dict[str, Maker] = {
    "negation dropped": negation,
    "negation inserted": inserted,
    "opposite": opposite,
    "number": number,
    "date": date,
    "name": name,
    "speaker": speaker,
    "order": order,
    "roles": roles,
    "other document": document,
}


def _put(text: str, span: tuple[int, int], words: str) -> str:
    return text[: span[0]] + words + text[span[1] :]


def _exchanged(item: Item, pairs: Sequence[tuple[str, str]]) -> Item | None:
    """Return the item with the first word that has a counterpart replaced by it."""
    for one, other in (*pairs, *((b, a) for a, b in pairs)):
        changed = re.sub(rf"\b{one}\b(?! than\b)", other, item.statement, count=1)
        if changed != item.statement:
            return replace(item, statement=changed)
    return None


def _other_number(words: str, item: Item, rng: random.Random) -> str:
    if words in _NUMBER_WORDS:
        return rng.choice([word for word in _NUMBER_WORDS if word != words])
    if words in _ORDINALS:
        return rng.choice([word for word in _ORDINALS if word != words])
    near = re.findall(r"(?<![\w.,-])\d+(?:[.,]\d+)*(?!\w)", item.context)
    near = [n for n in near if len(n) == len(words) and n != words]
    if near and rng.random() < 0.4:
        return rng.choice(near)
    at = rng.choice([at for at, c in enumerate(words) if c.isdigit()])
    digit = rng.choice([d for d in "123456789" if d != words[at]])
    return words[:at] + digit + words[at + 1 :]


def _names(text: str, item: Item) -> list[re.Match[str]]:
    """Return the names in a text; one that begins it must be seen elsewhere or be several words."""
    found = []
    for match in re.finditer(_NAME, text):
        first = match.start() == 0
        elsewhere = re.search(rf"[a-z,] {re.escape(match[0])}\b", item.context)
        words = match[0].split()
        if "**" in text[: match.start()][-3:] or (
            text[: match.start()].strip() in ("", "-", "*") and len(words) == 1 and not elsewhere
        ):
            continue
        if words[0].lower() in _NO_NAMES or match[0] in (*_MONTHS, *_WEEKDAYS):
            continue
        if not first or elsewhere or len(words) > 1:
            found.append(match)
    return found


def _midway(text: str, start: int) -> bool:
    """Say whether a word that stands here is capitalised for what it is."""
    return bool(re.search(r"[a-z,] $", text[:start]))


def _other_name(words: str, item: Item, others: Sequence[Item], rng: random.Random) -> str | None:
    """Return a name of as many words that shares none with this one."""
    taken = set(words.lower().split())

    def fitting(text: str, about: Item) -> list[str]:
        names = [match[0] for match in _names(text, about) if _midway(text, match.start())]
        return [
            one
            for one in names
            if not taken & set(one.lower().split())
            and one[:4] != words[:4]  # "Europe" and "European"
            and len(one.split()) == len(words.split())
            and one not in item.statement
        ]

    same = fitting(item.context, item)
    if same and rng.random() < 0.6:
        return rng.choice(same)
    for _ in range(30):
        other = rng.choice(others)
        if found := fitting(other.context, other):
            return rng.choice(found)
    return None
