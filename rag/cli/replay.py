"""`rag replay`: give a logged answer again, or say what changed."""

from __future__ import annotations

from pathlib import Path

import click

from rag.cli.common import emit, json_option, library_option, settings_for
from rag.errors import NotReproduced
from rag.recording import from_json
from rag.rendering import answer_object
from rag.replaying import Replay
from rag.replaying import replay as again
from rag.storing import answers


@click.command()
@click.argument("answer_id", metavar="ID")
@library_option
@json_option
def replay(answer_id: str, library: Path | None, as_json: bool) -> None:
    """Give the logged answer ID again over the evidence that it rested on.

    Exit code 0 when it is the same byte for byte, 1 when it is not; both with what changed.
    """
    settings = settings_for(library)
    entry = answers.entry(settings.library, answer_id)
    found = again(from_json(entry.record), settings)
    emit(_object(entry.answer_id, found), as_json, lambda: _text(found))
    if not found.reproduced:
        number = len(found.differences)
        raise NotReproduced(
            f"The answer {entry.answer_id} was not reproduced "
            f"({number} difference{'' if number == 1 else 's'}). "
            f"See it as it was with: rag log show {entry.answer_id}"
        )


def _object(answer_id: str, found: Replay) -> dict:
    return {
        "answer_id": answer_id,
        "reproduced": found.reproduced,
        "differences": list(found.differences),
        "changes": list(found.changes),
        "answer": found.answer and answer_object(found.answer),
    }


def _text(found: Replay) -> str:
    head = "Reproduced byte for byte." if found.reproduced else "What differs:"
    changes = ["", "What has changed since:"] if found.changes else []
    lines = [head, *map(_line, found.differences), *changes, *map(_line, found.changes)]
    return "\n".join(lines)


def _line(words: str) -> str:
    return f"  {' '.join(words.split())}"
