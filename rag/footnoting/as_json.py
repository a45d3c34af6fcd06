"""Renders exported answers as one JSON document: answers, sentences, notes.

In: an export. Out: UTF-8 JSON; a sentence names its notes by number. Whoever wants all that is
kept of an answer takes its record: `rag log export --format jsonl`.
"""

from __future__ import annotations

import json
from dataclasses import asdict

from rag.footnoting.walking import Export, Sentence, Told


def rendered(export: Export) -> bytes:
    """Return answers and notes as one indented JSON document."""
    whole = {
        "answers": [_answer(one) for one in export.answers],
        "notes": [asdict(one) for one in export.notes],
    }
    # Half a character, which only a model could have written, has no form in UTF-8.
    return (json.dumps(whole, ensure_ascii=False, indent=2) + "\n").encode(errors="replace")


def _answer(told: Told) -> dict:
    return {
        **asdict(told),
        "sentences": [_sentence(one) for one in told.sentences],
        "differing": [[_sentence(one) for one in accounts] for accounts in told.differing],
    }


def _sentence(sentence: Sentence) -> dict:
    return {"text": sentence.text, "notes": [one.number for one in sentence.notes]}
