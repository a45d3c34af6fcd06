"""Page furniture: what a web page puts around an article.

In: lines. Out: the indexes of those that are no part of the article. Knows nothing about
particular sites: it goes by shape, by repetition and by what such parts are usually called.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from rag.loading.fields import dates_alone
from rag.loading.lines import Line, ends_sentence, folded, has_words, runs

PROSE_SHARE = 0.3
"""A tail with at least this share of its characters in prose is part of the article."""
CLEAR_WORDS, VAGUE_WORDS = 20, 8
"""The words that make a line prose, after a clear marker and after one that an article uses."""
REPEATED_WORDS = 5
"""A repeated line shorter than this may be a refrain or a form of address."""

_CLEAR = re.compile(
    r"(?:no|\d+) comments?(?: yet)?|comments? \(\d+\)|(?:leave|post|add|write) a (?:reply|comment)"
    r"|more (?:from|on) \S.*|(?:read |see )?more (?:articles|stories|news|headlines|posts)"
    r"|related(?: (?:articles?|stor(?:y|ies)|posts?|news|topics|links|coverage|reading|content))"
    r"|you (?:may|might) also (?:like|be interested in)|recommended(?: for you| stories| articles)?"
    r"|(?:most (?:read|popular|viewed)|trending|latest news|also read|read next|up next)(?: now)?"
    r"|exit mobile version|sign up for \S.*newsletters?|share this(?: \S+)?"
)
_VAGUE = re.compile(r"comments?|read more|see also|related|share|tags")
_MARKER_EDGE = " \t#*_:-–—>."
_END_MARK = re.compile(r"(?:^|\s+)(?:-0-|-30-|\((?:END|Ends|end)\)|\[END\]|-END-)$")
_END_MARK_ALONE = re.compile(r"-0-|-30-|#{3}|\((?:END|Ends|end)\)|\[END\]|-END-|ENDS")
_NUMBER = re.compile(r"\d{1,7}")
_TRAIL = re.compile(r"\S.*?(?:\s[>»›]\s.*?){2,}|Home\s(?:[>»›/]\s.*)")


def tail_start(lines: Sequence[Line], head_end: int) -> int:
    """Return the index where the page's tail begins; `len(lines)` where there is none.

    A tail begins at a marker such as "Leave a reply" after the head, and reaches to the end,
    unless what follows the marker is prose: an article may have a section called "Comments".
    """
    marked = [i for i in range(head_end + 1, len(lines)) if _marker_words(lines[i])]
    if not marked:
        return len(lines)
    shares = {words: _prose_shares(lines, words) for words in (CLEAR_WORDS, VAGUE_WORDS)}
    for index in marked:
        if shares[_marker_words(lines[index])][index + 1] < PROSE_SHARE:
            return index
    return len(lines)


def _marker_words(line: Line) -> int:
    """Return how many words prose has after this line if it is a marker, else 0."""
    if line.code or not 4 <= len(line.text) <= 80 or has_words(line.text, 9):
        return 0
    text = folded(line.text.strip(_MARKER_EDGE))
    if _CLEAR.fullmatch(text):
        return CLEAR_WORDS
    return VAGUE_WORDS if _VAGUE.fullmatch(text) else 0


def _prose_shares(lines: Sequence[Line], words: int) -> list[float]:
    """Return, for each index, the share of prose in the characters from there to the end."""
    prose, total = [0] * (len(lines) + 1), [0] * (len(lines) + 1)
    for run in runs(lines):
        together = " ".join(lines[index].text[: end_mark(lines[index])] for index in run)
        counted = has_words(together, words) and ends_sentence(together)
        for index in run:
            total[index] = len(lines[index].text)
            prose[index] = total[index] * counted
    for index in range(len(lines) - 1, -1, -1):
        prose[index] += prose[index + 1]
        total[index] += total[index + 1]
    return [some / all_ if all_ else 0.0 for some, all_ in zip(prose, total, strict=True)]


def head_furniture(
    head: Sequence[Line], sources: Collection[str], *, has_prose: bool
) -> Iterator[int]:
    """Yield the indexes of furniture among the lines before the first prose.

    `sources` are the names that the document gives its source: a line of nothing but these
    is a label. Without prose below it, a number is content and no counter.
    """
    names = {word for name in sources for word in folded(name).split()}
    for index, line in enumerate(head):
        following = [other.text for other in head[index + 1 :]]
        if line.code:
            continue
        if (
            _is_breadcrumb(line.text, following)
            or (has_prose and _is_lone_number(head, index))
            or dates_alone(line.text)
            or _marker_words(line)
            or (names and not has_words(line.text, 7) and set(folded(line.text).split()) <= names)
        ):
            yield index


def _is_breadcrumb(text: str, following: Sequence[str]) -> bool:
    if len(text) > 300:
        return False
    if _TRAIL.fullmatch(text):
        return True
    if not text.endswith(("...", "…")):
        return False
    words = folded(text.rstrip(".… ")).split()
    ends = [" ".join(words[first:]) for first in range(len(words) - 3)]
    return any(folded(other[:400]).startswith(end) for other in following for end in ends)


def _is_lone_number(head: Sequence[Line], index: int) -> bool:
    around = head[max(0, index - 1) : index + 2]
    numbers = sum(bool(_NUMBER.fullmatch(line.text)) for line in around)
    return numbers == 1 and _NUMBER.fullmatch(head[index].text) is not None


def repeated_lines(lines: Sequence[Line]) -> Iterator[int]:
    """Yield the indexes of captions that stand twice in a row, one copy of each pair.

    The copy left out is the one with stray backslashes, else the second.
    """
    shortest = 2 * REPEATED_WORDS - 1
    for index in range(1, len(lines)):
        first, second = lines[index - 1].text, lines[index].text
        if min(len(first), len(second)) < shortest or abs(len(first) - len(second)) > 200:
            continue
        if lines[index].code:
            continue
        if folded(first) == folded(second) and _wordy(first):
            escaped = first.count("\\") > second.count("\\")
            yield index - 1 if escaped else index


def end_mark(line: Line) -> int | None:
    """Return where in the line its end mark begins ("-0-", "(END)"), else None."""
    if line.code or line.text[-1] not in "-)]#S":
        return None
    if _END_MARK_ALONE.fullmatch(line.text):
        return 0
    tail = line.text[-12:]
    match = _END_MARK.search(tail)
    return len(line.text) - len(tail) + match.start() if match else None


def _wordy(text: str) -> bool:
    words = text.split(None, 2 * REPEATED_WORDS)
    return sum(any(letter.isalpha() for letter in word[:40]) for word in words) >= REPEATED_WORDS
