"""Two benches for the Evaluate tab: one with runs that are kept, and one that really runs.

    python -m tests.evaluating_demo [--port N] [--pace SECONDS] [--folder DIR]

In: a folder. Out: a bench; as a program, the page of `app.py` over learnt answers, with real
runs of test sets over a small library of fakes. No model is loaded.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from rag.errors import InputError
from rag.evaluating import journal
from rag.evaluating.bench import Bench
from rag.evaluating.records import Case, Gold, RunInfo
from rag.settings import Settings
from rag.types import Document, Fact, Span
from tests.evaluating import answered, found, outcome, unit

HOSTILE = '<script>window.pwned = 7</script> Who "broke" <b>it</b>?'
HOLD = "hold"
SLOW = 0.4  # seconds for a case


@dataclass(frozen=True, slots=True)
class OnlySettings:
    """Stands where an assistant stands as long as nothing is run."""

    settings: Settings

    @property
    def models(self) -> object:
        raise InputError("The demonstration shows runs, and makes none.")


def kept_bench(folder: Path) -> Bench:
    """Return a bench with two finished runs and an unfinished one, which runs nothing."""
    settings = replace(Settings(), library=folder / "library", runs=folder / "runs")
    sets = _test_sets(folder)
    for name, right, done in (("dams-1", 2, 4), ("dams-2", 3, 4), ("dams-3", 1, 2)):
        _keep(settings.runs / name, right, done)
    return Bench(OnlySettings(settings), (sets,))


def running_bench(folder: Path, *, pace: float = 0.0) -> Bench:
    """Return a bench over two documents that takes `pace` seconds for a case.

    While there is a file named HOLD in the folder, no more questions are answered than it says.
    """
    from rag.assembling import Assistant, build_from  # here: it loads every model library
    from tests.fakes import WordEmbedder
    from tests.test_running import BARLEY, DAMS, Fakes

    class SlowEmbedder(WordEmbedder):
        def __init__(self) -> None:
            super().__init__()
            self.asked: set[str] = set()

        def embed_question(self, text: str):
            self.asked.add(text)
            time.sleep(pace)
            while (folder / HOLD).exists() and len(self.asked) > int((folder / HOLD).read_text()):
                time.sleep(0.02)
            return super().embed_question(text)

    models = Fakes()
    models.embedder = SlowEmbedder()
    settings = replace(Settings(), library=folder / "library", runs=folder / "runs")
    build_from([_document("dams", DAMS), _document("barley", BARLEY)], settings, models=models)
    return Bench(Assistant.open(settings, models, logged=False), (_test_sets(folder),))


def _test_sets(folder: Path) -> Path:
    """Write a right test set and a broken one."""
    sets = folder / "sets"
    sets.mkdir(parents=True, exist_ok=True)
    cases = [
        {"id": "dam", "question": "Which dam held in spring?", "answers": [["Ilm"]]},
        {"id": "again", "question": "Which dam was mended?", "answers": [["dam at Ilm"]]},
        {"id": "bridge", "question": "Which bridge fell in June?", "answerable": False},
        {"id": "none", "question": "Quo vadis?", "answerable": False},
        {"id": "odd", "question": HOSTILE, "answers": [["<i>nobody</i>"]]},
    ]
    (sets / "dams.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in cases))
    (sets / "broken.jsonl").write_text('{"id": "one", "question": ""}\n')
    return sets


def _keep(folder: Path, right: int, done: int) -> None:
    info = RunInfo(
        name=folder.name,
        folder=str(folder.resolve()),
        test_set={"name": "dams", "kind": "cases", "sha256": "ab" * 32, "sample": 4, "seed": 0},
        settings={"evidence_tokens": 450, "strictness": None, "depth": None, "own": False},
        models={"generator": "told@2", "reranker": "words@1"},
        library="5f" * 8,
        program=f"c{right}" * 8,
        retrieval_only=False,
        cases=4,
    )
    journal.start(info)
    with journal.opened(folder) as opened:
        for number in range(len(opened.outcomes), done):
            opened.add(_outcome(number, number < right))


def _outcome(number: int, right: bool):
    case = Case(f"case-{number}", f"{HOSTILE} Which dam held?", (("Ilm",),), documents=("dams",))
    source = unit("dams", 0, 24)
    text = "The dam at Ilm held [1]." if right else "Barley <b>fell</b> [1]."
    answer = dict(answered(text, cites=(source,), evidence=(source,)))
    [shown] = answer["evidence"]
    answer["evidence"] = [{**shown, "text": HOSTILE, "title": "Dams", "path": "dams.txt"}]
    return outcome(case, Gold(documents=(source,)), found=found(source), answer=answer)


def _document(name: str, text: str) -> Document:
    span = Span(0, len(text))
    return Document(name, f"{name}.txt", text, (span,), language=Fact("en", "", "detected"))


def main() -> None:
    """Serve the demonstration until Ctrl-C."""
    from app import serve  # here, for tests to use this module without Gradio
    from rag.serving import Offer, listening_socket
    from tests.chat_demo import DemoAssistant

    parser = argparse.ArgumentParser(description="The page with real runs of test sets.")
    parser.add_argument("--port", type=int, default=7860)
    parser.add_argument("--pace", type=float, default=SLOW, help="seconds for each case")
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    bench = running_bench(options.folder or Path(tempfile.mkdtemp()), pace=options.pace)
    with listening_socket("127.0.0.1", options.port) as listener:
        serve(DemoAssistant(), listener, host="127.0.0.1", offer=Offer(bench=bench))


if __name__ == "__main__":
    main()
