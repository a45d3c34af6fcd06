"""Puts together passages that say the same, and spans that stand side by side.

In: passages or hits, best first; spans of one document. Out: groups of copies, hits that
carry their copies, joined spans. Knows nothing about searching, publishers or models.

Similarity is not sameness: "did confirm" and "did not confirm" share nearly every word. So
shared runs of words only propose two passages; they are copies when, wherever they run side
by side, they differ in nothing that carries meaning.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from rag.guarding import readable
from rag.types import Document, Hit, Passage, Span

ALIKE = 0.5
"""The lowest share of the longer passage's five-word runs that stand in the other one.

The highest that misses at most 1 % more of the changed copies than the lowest does, on the
even passages of tests/benchmarks/duplicates.py; `same` keeps different texts apart at each."""

_RUN = 5
_COMPARED = 8  # groups with each passage; a copy is among the most alike
_SENTENCE = 4  # words; a shorter one, as "No.", answers what stands before it
_ANCHOR = 3  # words in a row that show two texts to run side by side again
_LONG = 12  # the same where one repeats itself, as a headline before its text does
_WORD = re.compile(r"\d+(?:[.,]\d+)*|[\u3040-\u30ff\u3400-\u9fff]|[^\W\d_]+|[$€£¥₩%?]")
_ASCII_WORD = re.compile(r"[a-z]+|\d+(?:[.,]\d+)*|[$%?]")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")
_END = re.compile(r"\s*(?:[.!?…][\"'”’»)\]]*(?=\s|$)|[\"'”’»)\]]+[.!?]|\n\s*\n|[。！？])")
_CUT = re.compile(r"\s*(?:\.\.\.|…)")
_LIGHT = frozenset(
    ["a", "an", "the", "that", "and", "on", "said", "says", "also", "mr", "mrs", "ms"]
)
_NEGATES = re.compile(
    r"\b(?:no|not|never|none|nor|neither|nobody|nothing|without|cannot|t|if|would|could|may|might"
    r"|fail\w*|unlikely|hardly|barely|refus\w*|reject\w*)\b"
)
_DISPUTES = re.compile(
    r"\b(?:false\w*|untrue|incorrect\w*|wrong\w*|fake\w*|hoax\w*|rumou?rs?|myths?|mislead\w*"
    r"|den(?:y|ies|ied|ying)|refut\w*|retract\w*|correction|debunk\w*|fabricat\w*|alleg\w*)\b"
)
_SPELLINGS = tuple(
    (re.compile(british), american)
    for british, american in (
        (r"(?<=\w{3})our(?=s$|ed$|ing$|ite|able$|ful|hood|ers?$|$)", "or"),
        (r"(?<=\w{3})is(?=e[ds]?$|ing$|ations?$|ers?$)", "iz"),
        (r"(?<=\w{3})ys(?=e[ds]?$|ing$)", "yz"),
        (r"^(cent|theat|lit|met|fib|calib|spect|somb)re(?=s?$)", r"\1er"),
        (r"^(cent)re(?=d$)", r"\1ere"),
        (r"(?<=\w{4})ll(?=ed$|ing$|ers?$)", "l"),
        (r"(?<=\w{3})ogue(?=s?$)", "og"),
        (r"^(def|off|lic|pret)ence(?=s?$)", r"\1ense"),
        (r"^grey", "gray"),
        (r"^programme(?=s?$)", "program"),
    )
)
_DATELINE = re.compile(
    r"\s*(?:[A-Z][\w'’.-]*,? ){0,5}(?:[A-Z][a-z]{2,8}\.? \d{1,2}(?:, \d{4})?[.,]? ?)?"
    r"(?:/[A-Z][\w ]{1,20}/\.?|\([A-Z][\w ]{1,20}\)\s*[–—-]+)\s*"
)


class _Text:
    """A text without its dateline, and what it is compared by."""

    def __init__(self, text: str):
        dateline = _DATELINE.match(text)
        self.folded = _folded(text[dateline.end() :] if dateline else text)
        self.word = _ASCII_WORD if self.folded.isascii() else _WORD
        self.words = self.word.findall(self.folded)
        self.runs = _runs(self.words)

    @cached_property
    def anchors(self) -> dict[tuple[str, ...], list[int]]:
        """Where each three words in a row begin."""
        where: dict[tuple[str, ...], list[int]] = {}
        for at, three in enumerate(zip(self.words, self.words[1:], self.words[2:], strict=False)):
            where.setdefault(three, []).append(at)
        return where

    @cached_property
    def ends(self) -> frozenset[int]:
        """The places of the words that end a sentence; -1, as one ends before the first."""
        spans = enumerate((word[0], word.end()) for word in self.word.finditer(self.folded))
        ends = (at for at, (word, end) in spans if word == "?" or _ends(self.folded, end))
        return frozenset([-1, *ends])


@dataclass(slots=True)
class _Group:
    """A text and its copies, as places in the list, and the documents that they are from."""

    text: _Text
    documents: set[str]
    members: list[int]
    rivals: list[int]  # groups much alike, but not the same


def collapse(hits: Sequence[Hit]) -> list[Hit]:
    """Return the hits in their order, copies in lower places taken up into `copies`."""
    documents = [
        {hit.passage.document_id, *(copy.document_id for copy in hit.copies)} for hit in hits
    ]
    collapsed = []
    for first, *others in _grouped([readable(hit.passage.text) for hit in hits], documents):
        taken = [copy for at in others for copy in (hits[at].passage, *hits[at].copies)]
        collapsed.append(replace(hits[first], copies=(*hits[first].copies, *taken)))
    return collapsed


def near_duplicates(passages: Sequence[Passage]) -> list[tuple[Passage, ...]]:
    """Return groups of passages that say the same in nearly the same words, best first.

    Every passage is in one group; a group holds at most one passage of a document.
    """
    texts = [passage.text for passage in passages]
    grouped = _grouped(texts, [{passage.document_id} for passage in passages])
    return [tuple(passages[at] for at in members) for members in grouped]


def same(one: str, other: str) -> bool:
    """Say whether two texts run side by side without a difference that carries meaning.

    Numbers, names, negations and all but a few light words must agree. Either text may have
    more at its ends, and whole sentences that the other leaves out.
    """
    return _same(_Text(one), _Text(other))


def holds(text: str, part: str) -> bool:
    """Say whether a text has the words of a part in a row, in whatever spelling and signs.

    A dateline before the part does not count: each publisher puts its own there.
    """
    dateline = _DATELINE.match(part)
    part = part[dateline.end() :] if dateline else part
    words, wanted = (
        [american(word) for word in _WORD.findall(_folded(one))] for one in (text, part)
    )
    return f" {' '.join(wanted)} " in f" {' '.join(words)} "


def alike(one: str, other: str) -> float:
    """Return the share, 0…1, of the longer text's five-word runs that stand in the other."""
    return _shared(_Text(one).runs, _Text(other).runs)


def joined(
    spans: Sequence[tuple[Document, Span]], document: Document, span: Span
) -> list[tuple[Document, Span]]:
    """Return the spans with one more; those that it overlaps or touches become one with it.

    It touches where only white space lies between. The joined span stands where the first of
    its parts stood. Words that no span holds are never taken in: what lies between passages
    was either not found or is page furniture.
    """
    near = [at for at, (other, place) in enumerate(spans) if _touch(document, span, other, place)]
    whole = [span, *(spans[at][1] for at in near)]
    union = Span(min(one.start for one in whole), max(one.end for one in whole))
    place = near[0] if near else len(spans)
    before = list(spans[:place])
    after = [one for at, one in enumerate(spans[place:], place) if at not in near]
    return [*before, (document, union), *after]


def _touch(document: Document, one: Span, other_document: Document, other: Span) -> bool:
    if document.document_id != other_document.document_id:
        return False
    first, second = sorted((one, other))
    return not document.text[first.end : second.start].strip()


def _grouped(texts: Sequence[str], documents: Sequence[set[str]]) -> list[list[int]]:
    """Return the places of texts in groups; texts whose documents meet are never grouped."""
    groups: list[_Group] = []
    holder: dict[int, int] = {}  # the last group that holds a run of words
    for at, text in enumerate(map(_Text, texts)):
        near = _near(text.runs, groups, holder)
        group = next((groups[g] for g in near if _joins(text, documents[at], groups[g])), None)
        if group:
            group.members.append(at)
            group.documents |= documents[at]
            continue
        for rival in near:
            groups[rival].rivals.append(len(groups))
        holder.update(dict.fromkeys(text.runs, len(groups)))
        groups.append(_Group(text, set(documents[at]), [at], near))
    return [group.members for group in groups]


def _near(runs: set[int], groups: Sequence[_Group], holder: dict[int, int]) -> list[int]:
    """Return the groups that share enough runs of words, those that share most first."""
    held = {holder[run] for run in runs & holder.keys()}
    possible = {*held, *(rival for group in held for rival in groups[group].rivals)}
    shares = {at: _shared(runs, groups[at].text.runs) for at in possible}
    near = sorted((at for at in possible if shares[at] >= ALIKE), key=lambda at: (-shares[at], at))
    return near[:_COMPARED]


def _joins(text: _Text, documents: set[str], group: _Group) -> bool:
    return not documents & group.documents and _same(group.text, text)


def _shared(one: set[int], other: set[int]) -> float:
    longer = max(len(one), len(other))
    return len(one & other) / longer if longer else 0.0


def _folded(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return (_THOUSANDS.sub("", text) if "," in text else text).casefold()


def _runs(words: list[str]) -> set[int]:
    """Return a number for each five words in a row; a shorter text is one run."""
    if len(words) < _RUN:
        return {hash(tuple(words))} if words else set()
    five = zip(words, words[1:], words[2:], words[3:], words[4:], strict=False)
    return set(map(hash, five))


@dataclass(frozen=True, slots=True)
class _Difference:
    """Words `start[0]:end[0]` of one text stand where `start[1]:end[1]` of the other do."""

    start: tuple[int, int]
    end: tuple[int, int]


def _ends(text: str, at: int) -> bool:
    """Say whether a sentence ends at an offset, and is not cut off there by "..."."""
    return bool(_END.match(text, at)) and not _CUT.match(text, at)


def _same(one: _Text, other: _Text) -> bool:
    if one.words == other.words:
        return True
    return any(_all_harmless(one, other, run) for run in (_ANCHOR, _LONG))


def _all_harmless(one: _Text, other: _Text, run: int) -> bool:
    found = list(_differences(one, other, run))
    return all(_harmless((one, other), each) for each in found) and not _told_anew(
        {word for each in found for word in one.words[each.start[0] : each.end[0]]},
        {word for each in found for word in other.words[each.start[1] : each.end[1]]},
    )


def _told_anew(one: set[str], other: set[str]) -> bool:
    """Say whether what either text has more is the same sentence, moved and changed."""
    shorter = min(len(one), len(other))
    return shorter >= _SENTENCE and one != other and len(one & other) >= shorter / 2


def _differences(one: _Text, other: _Text, run: int) -> Iterator[_Difference]:
    """Yield where two texts stop running side by side and where they do again for `run` words."""
    left, right = one.words, other.words
    i = j = 0
    while i < len(left) and j < len(right):
        if left[i] == right[j]:
            i, j = i + 1, j + 1
            continue
        after = _together(one, right, (i, j), run)
        if after is None:
            break
        yield _Difference((i, j), after)
        i, j = after
    if i < len(left) or j < len(right):
        yield _tail(left, right, i, j)


def _together(
    one: _Text, right: list[str], start: tuple[int, int], run: int
) -> tuple[int, int] | None:
    """Return the nearest places from which `run` words are equal, None where there are none."""
    best: tuple[int, int] | None = None
    for to in range(start[1], len(right) - _ANCHOR + 1):
        if best and to - start[1] >= sum(best) - sum(start):
            break
        places = one.anchors.get((right[to], right[to + 1], right[to + 2]), ())
        ahead = (at for at in places if at >= start[0] and _run_on(one.words, right, at, to, run))
        at = next(ahead, None)
        if at is not None and (best is None or at + to < sum(best)):
            best = (at, to)
    return best


def _run_on(left: list[str], right: list[str], at: int, to: int, run: int) -> bool:
    return run == _ANCHOR or left[at : at + run] == right[to : to + run]


def _tail(left: list[str], right: list[str], i: int, j: int) -> _Difference:
    """Return the last difference, without equal words at the end."""
    a, b = len(left), len(right)
    while a > i and b > j and left[a - 1] == right[b - 1]:
        a, b = a - 1, b - 1
    return _Difference((i, j), (a, b))


def _harmless(sides: tuple[_Text, _Text], found: _Difference) -> bool:
    """Say whether a difference leaves the meaning as it is."""
    extra = [
        [word for word in side.words[start:end] if word not in _LIGHT]
        for side, start, end in zip(sides, found.start, found.end, strict=True)
    ]
    if _spelled_alike(*extra):
        return True
    if all(extra):
        return _other_headline(sides, found, extra)
    longer = 0 if extra[0] else 1
    words = " ".join(extra[longer])
    if found.start == (0, 0) or all(
        end == len(side.words) for end, side in zip(found.end, sides, strict=True)
    ):
        return _more_at_the_edge(sides, found, longer, words)
    return _whole_sentences(sides[longer], found.start[longer], found.end[longer], words)


def _spelled_alike(one: list[str], other: list[str]) -> bool:
    """Say whether words are the same but for British spelling, hyphens and word breaks."""
    if one == other:
        return True
    if any(word[0].isdigit() for word in (*one, *other)):
        return False
    if "".join(one) == "".join(other):
        return True
    return len(one) == len(other) and all(map(_same_word, one, other))


def _same_word(one: str, other: str) -> bool:
    return one == other or american(one) == american(other)


def american(word: str) -> str:
    """Return a folded word in American spelling: "centre" as "center"."""
    for british, american in _SPELLINGS:
        word = british.sub(american, word)
    return word


def _other_headline(sides: tuple[_Text, _Text], found: _Difference, extra: list[list[str]]) -> bool:
    """Say whether texts only begin with unlike headlines, none of which disputes anything."""
    if found.start != (0, 0) or _alters(" ".join(extra[0])) or _alters(" ".join(extra[1])):
        return False
    bounded = all(end - 1 in side.ends for end, side in zip(found.end, sides, strict=True))
    return bounded and not set(extra[0]) & set(extra[1])


def _more_at_the_edge(
    sides: tuple[_Text, _Text], found: _Difference, longer: int, words: str
) -> bool:
    """Say whether one text merely begins earlier or ends later than the other."""
    at_end = found.start != (0, 0)
    if not at_end and not _alters(words):
        return True
    inner = found.start[longer] - 1 if at_end else found.end[longer] - 1
    if inner in sides[longer].ends:
        return not _DISPUTES.search(words)
    shorter = sides[1 - longer]
    ended = at_end and len(shorter.words) - 1 in shorter.ends
    return not ended and not _alters(words)


def _whole_sentences(side: _Text, start: int, end: int, words: str) -> bool:
    """Say whether the words are whole sentences, wherever the cut between equal words is made."""
    if end - start < _SENTENCE or _DISPUTES.search(words):
        return False
    while start > 0 and side.words[start - 1] == side.words[end - 1]:
        start, end = start - 1, end - 1
    while not (start - 1 in side.ends and end - 1 in side.ends):
        if end >= len(side.words) or side.words[start] != side.words[end]:
            return False
        start, end = start + 1, end + 1
    return True


def _alters(words: str) -> bool:
    return bool(_NEGATES.search(words) or _DISPUTES.search(words))
