"""From one file to its documents, whatever is in it.

In: a path, and the hash its bytes should have. Out: documents, or the problem with them.
Knows nothing about libraries. Runs in a worker process, or in this one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag import loading
from rag.errors import InputError
from rag.syncing.finding import cannot, content_hash
from rag.types import FACTS, Document

_REASON = 200  # characters of a library's own words


@dataclass(frozen=True, slots=True)
class Extracted:
    """The documents of a file, or the problem that kept it from being read.

    `left_out` has a line for each part of it that could not be read. A problem is `passing` when
    the file changed meanwhile: what was known of it stands until the next run. `spent` says that
    the process may have no memory left for another file.
    """

    documents: tuple[Document, ...] = ()
    left_out: tuple[str, ...] = ()
    problem: str = ""
    passing: bool = False
    spent: bool = False


def extracted(path: str, expected: str) -> Extracted:
    """Return what a file holds; every failure of a reader becomes a problem of this file."""
    try:
        loaded = loading.load_file(Path(path))
        problem = next(filter(None, map(_unfit, loaded.documents)), "")
        if content_hash(Path(path)) != expected:
            return _changed()
        if problem:
            return Extracted(problem=problem)
        return Extracted(loaded.documents, tuple(map(_line, loaded.skipped)))
    except FileNotFoundError:
        return _changed()
    except InputError as error:
        return _changed() if not Path(path).exists() else Extracted(problem=_line(str(error)))
    except OSError as error:
        return Extracted(problem=_line(cannot(error)))
    except MemoryError:
        return Extracted(problem="needs more memory than a file may take to read", spent=True)
    except RecursionError:
        return Extracted(problem="is nested too deeply to be read")
    except Exception as error:  # a reader's own fault must cost one file, not the run
        return Extracted(problem=_line(f"cannot be read ({type(error).__name__}: {error})"))


def _changed() -> Extracted:
    told = "changed while it was being read: index it again when it is done"
    return Extracted(problem=told, passing=True)


def _unfit(document: Document) -> str:
    """Return why a document cannot be stored, "" when it can."""
    facts = (getattr(document, name) for name in FACTS)
    texts = [document.path, *_strings(filter(None, facts)), document.text]
    if any("\0" in text for text in texts):
        return "holds NUL characters: it is no text"
    try:
        for text in texts:
            text.encode()
    except UnicodeEncodeError:
        return "holds characters that are not valid text"
    return ""


def _strings(facts: Iterator) -> Sequence[str]:
    return [words for fact in facts for words in (fact.value, fact.words, fact.where)]


def _line(words: str) -> str:
    """Return words as one line of a report."""
    line = " ".join(words.split()).encode("utf-8", "backslashreplace").decode()
    return line if len(line) <= _REASON else f"{line[: _REASON - 1]}…"
