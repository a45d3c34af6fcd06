"""`rag eval check`: say what test sets hold, or everything that is wrong with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from rag.cli.common import emit, json_option
from rag.errors import InputError
from rag.evaluating.records import Problem, TestSet
from rag.evaluating.testsets import FORMATS, examine

_FORMATS = "\n".join(f"  {name:<10}  {line}" for name, line in FORMATS.items())
_COUNTED = ("answers", "quotes", "documents", "reference", "history", "filters")


@click.command(epilog=f"\b\nFormats, told apart by what a file holds:\n{_FORMATS}")
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path)
)
@json_option
def check(files: tuple[Path, ...], as_json: bool) -> None:
    """Check test sets without running them; a FILE may be a folder."""
    checked = [_object(path, *examine(path)) for path in files]
    emit({"files": checked}, as_json, lambda: "\n".join(map(_text, checked)))
    wrong = [one for one in checked if one["problems"]]
    if wrong:
        count = sum(len(one["problems"]) for one in wrong)
        problems = "1 problem" if count == 1 else f"{count} problems"
        raise InputError(
            f"{problems} in {len(wrong)} of {len(checked)} test sets. "
            "Mend what is listed and check again."
        )


def _object(path: Path, found: TestSet | None, problems: Sequence[Problem]) -> dict:
    """Return what --json prints of one test set; the counts of one with problems are null."""
    cases = found.cases if found else ()
    counts = {
        "cases": len(cases),
        "answerable": sum(case.answerable for case in cases),
        "unanswerable": sum(not case.answerable for case in cases),
        **{key: sum(bool(getattr(case, key)) for case in cases) for key in _COUNTED},
        "drafts": sum(case.draft for case in cases),
        "corpus": len(found.corpus) if found else 0,
    }
    return {
        "path": str(path),
        "kind": found.kind if found else None,
        **(counts if found else dict.fromkeys(counts)),
        "problems": [asdict(problem) for problem in problems],
    }


def _text(one: dict) -> str:
    if one["problems"]:
        return "\n".join(str(Problem(**problem)) for problem in one["problems"])
    gold = ", ".join(f"{key} {one[key]}" for key in _COUNTED if one[key])
    return (
        f"{one['path']}: {one['kind']}, {one['cases']} cases "
        f"({one['answerable']} answerable, {one['unanswerable']} not; {one['drafts']} drafts)\n"
        f"  with: {gold or 'nothing but questions'}\n"
        f"  brings {one['corpus']} documents"
    )
