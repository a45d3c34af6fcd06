"""What rewriting follow-up questions does for retrieval, on the MTRAG pool.

    python -m tests.benchmarks.rewriting [--sample N] [--half tuning] [--whole] [--cache DIR]

The passages of all tasks are the corpus; a task's own passages, graded 1, are what its last
turn should find. Only later turns that have an answer count. nDCG@5 is over documents, each
where its best passage ranks.

Which turns lean is in rewriting.labels.json, by task id, labelled by hand before anything
was measured on that half: a turn leans when a person who saw it alone would have to ask
back ("of what?", "who?"). MTRAG's own "Follow-up" says only that a turn is not the first.
Conversations fall into halves by the hash of their id; `rag.rewriting` was made on the
tuning half alone.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

from rag import rewriting
from rag.assembling import Assistant, build_from
from rag.evaluating import corpora, sampling, testsets
from rag.evaluating.metrics.intervals import paired_difference
from rag.evaluating.metrics.ranking import ndcg_at
from rag.evaluating.metrics.timing import percentile
from rag.evaluating.records import Case, Share
from rag.settings import PROJECT, Settings

DATA = PROJECT.parent / "shared" / "data" / "mtrag"
LABELS = Path(__file__).with_name("rewriting.labels.json")
WAYS = ("last turn", "rewritten", "conversation")
"""What is searched for; the last one, slow, for reference only."""
CUTOFF = 5
LONGEST = 3900  # characters of a conversation that is searched for whole: its end


@dataclass(frozen=True, slots=True)
class Turned:
    """A later turn: its half, its label, and what each way of asking searches for."""

    case: Case
    half: str
    leans: bool
    asked: dict[str, str]


def main() -> None:
    """Print nDCG@5 for each half and label, then what was rewritten and how long it took."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--sample", type=int, help="so many turns, the same ones every time")
    asked.add_argument("--half", choices=("tuning", "held back"), help="one half only")
    asked.add_argument("--whole", action="store_true", help="search for whole conversations too")
    asked.add_argument("--cache", type=Path, help="keep the library here for the next run")
    chosen = asked.parse_args()
    sets = [testsets.read(path) for path in sorted(DATA.iterdir())]
    turns = [turned(case) for one in sets for case in one.cases if counts(case)]
    turns = [turn for turn in turns if chosen.half in (None, turn.half)]
    if chosen.sample:
        kept = sampling.sample([turn.case for turn in turns], chosen.sample)
        turns = [turn for turn in turns if turn.case in kept]
    documents = {doc.path: doc for one in sets for doc in corpora.documents(one)}
    with TemporaryDirectory() as folder:
        library = (chosen.cache or Path(folder)) / "library"
        settings = replace(Settings.from_environment(), library=library)
        build_from(list(documents.values()), settings)
        report(turns, WAYS if chosen.whole else WAYS[:2], Assistant.open(settings))


def counts(case: Case) -> bool:
    """Say whether a case is a later turn that has an answer in the corpus."""
    return bool(case.history and case.answerable and case.documents)


def turned(case: Case) -> Turned:
    """Return a case with its half, its label and its rewrite."""
    conversation = case.case_id.split("<::>")[0]
    odd = int(sha256(conversation.encode()).hexdigest(), 16) % 2
    question = " ".join(case.question.split())
    whole = " ".join([*(turn.content for turn in case.history), question])
    asked = (question, rewriting.standalone(question, case.history) or question, whole[-LONGEST:])
    leans = case.case_id in labels()
    return Turned(
        case, "held back" if odd else "tuning", leans, dict(zip(WAYS, asked, strict=True))
    )


@cache
def labels() -> frozenset[str]:
    """Return the ids of the turns that lean."""
    return frozenset(json.loads(LABELS.read_text(encoding="utf-8"))["leaning"])


def report(turns: Sequence[Turned], ways: Sequence[str], assistant: Assistant) -> None:
    """Print the figures."""
    print(f"{'':29}  " + "  ".join(f"{way:>12}" for way in ways) + "   rewritten - last (95 %)")
    found = {turn.case.case_id: [gain(turn, way, assistant) for way in ways] for turn in turns}
    order = sorted(turns, key=lambda turn: (turn.half, not turn.leans))
    for (half, leans), group in groupby(order, key=lambda turn: (turn.half, turn.leans)):
        show(f"{half}, {'leans' if leans else 'stands alone'}", list(group), found)
    for leans in (True, False):
        of = [turn for turn in turns if turn.leans is leans]
        show(f"all, {'leans' if leans else 'stands alone'}", of, found)
    detection(turns)


def gain(turn: Turned, way: str, assistant: Assistant) -> float:
    """Return the nDCG@5 of searching one way."""
    ranking = ranked(turn.asked[way], assistant)
    return ndcg_at(ranking, dict.fromkeys(turn.case.documents, 1.0), CUTOFF)


@cache
def ranked(question: str, assistant: Assistant) -> tuple[str, ...]:
    """Return the names of the documents found, best first, each once."""
    hits = assistant.search(question, assistant.settings.candidates)
    return tuple(assistant.document(hit.passage.document_id).path for hit in hits)


def show(title: str, turns: Sequence[Turned], found: dict[str, list[float]]) -> None:
    """Print one line of the table."""
    if not turns:
        return
    columns = list(zip(*(found[turn.case.case_id] for turn in turns), strict=True))
    means = "  ".join(f"{sum(column) / len(column):12.3f}" for column in columns)
    last, rewritten = ([Share(value, 1) for value in column] for column in columns[:2])
    gap = paired_difference(last, rewritten)
    told = f"{gap.value:+.3f} ({gap.low:+.3f} to {gap.high:+.3f})"
    print(f"{title:22} n={len(turns):4}  {means}   {told}", flush=True)


def detection(turns: Sequence[Turned]) -> None:
    """Print which turns were rewritten, and what that cost."""
    for half in sorted({turn.half for turn in turns}):
        for leans in (True, False):
            of = [turn for turn in turns if (turn.half, turn.leans) == (half, leans)]
            changed = sum(turn.asked["rewritten"] != turn.asked["last turn"] for turn in of)
            kind = "lean" if leans else "stand alone"
            print(f"{half}: {changed} of {len(of)} turns that {kind} were rewritten")
    later = [took(turn.asked["last turn"], turn.case.history) for turn in turns]
    first = [took(turn.asked["last turn"], ()) for turn in turns]
    for name, values in (("later", later), ("first", first)):
        p50, p95 = percentile(values, 50), percentile(values, 95)
        print(f"ms on a {name} question: median {p50:.3f}, p95 {p95:.3f}; no model call")


def took(question: str, history: Sequence) -> float:
    """Return the milliseconds of one rewrite."""
    started = time.perf_counter()
    rewriting.standalone(question, history)
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    main()
