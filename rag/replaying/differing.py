"""What of an answer given again is not as it was recorded.

In: a record, an answer. Out: a line for each difference. Knows nothing about causes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from rag.recording import Call, Record
from rag.rendering import answer_object
from rag.types import Answer

_CLOCKS = ("retrieve_ms", "prompt_ms", "first_token_ms", "total_ms")
_NOT_COMPARED = ("answer_id", *_CLOCKS, "prompt_reused")
_LONGEST = 300  # characters of a value before it is cut


def differences(record: Record, answer: Answer, calls: Sequence[Call]) -> list[str]:
    """Return a line for each difference between what was recorded and what came now."""
    now = json.loads(json.dumps(answer_object(answer)))
    return [*_prompts(record.calls, calls), *_unlike(record.answer, now, "")]


def _prompts(before: Sequence[Call], after: Sequence[Call]) -> Iterator[str]:
    if len(before) != len(after):
        yield f"The generator was asked {_times(len(after))}, not {_times(len(before))}."
    for number, (then, now) in enumerate(zip(before, after, strict=False), 1):
        if then.prompt != now.prompt:
            yield f"Prompt {number} has the SHA-256 {now.prompt[:12]}…, not {then.prompt[:12]}…."
        if then.output != now.output:
            yield f"Reply {number}: {_told(now.output)}, not {_told(then.output)}."


def _unlike(then: object, now: object, name: str) -> Iterator[str]:
    """Yield a line for each value that differs; what was not recorded is not compared."""
    if isinstance(then, dict) and isinstance(now, dict):
        for key, value in then.items():
            if key not in _NOT_COMPARED:
                yield from _unlike(value, now.get(key), f"{name}, {key}" if name else key)
    elif isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        for number, (one, other) in enumerate(zip(then, now, strict=True), 1):
            yield from _unlike(one, other, f"{name} {number}")
    elif then != now:
        yield f"{name.capitalize()}: {_told(now)}, not {_told(then)}."


def _told(value: object) -> str:
    if isinstance(value, list):
        return f"{len(value)} of them"
    shown = f"“{value}”" if isinstance(value, str) else str(value)
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"
