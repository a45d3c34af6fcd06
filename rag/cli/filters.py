"""What limits the documents a command uses: options, the time words of a question, and what
each filter left in words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import wraps

import click

from rag.assembling import Assistant
from rag.filtering import Choices, Wish, joined, nothing_left
from rag.types import Filters, Narrowing

_NAMES = {"multiple": True, "metavar": "NAME"}
_DATE = {"default": "", "metavar": "DATE"}
_OPTIONS = (
    click.option("--publisher", "publishers", **_NAMES, help="Only this publisher; repeatable."),
    click.option("--after", **_DATE, help="First day of publication: 2026-01-31, 2026-01 or 2026."),
    click.option("--before", **_DATE, help="Last day of publication, written in the same way."),
    click.option("--language", "languages", **_NAMES, help="Only this language, as in: en."),
    click.option("--document", "documents", **_NAMES, help="Only this id, path or file name."),
    click.option("--folder", "folders", **_NAMES, help="Only files anywhere in this folder."),
    click.option("--as-of", **_DATE, help="Leave out what is known to be published later."),
    click.option(
        "--dates-from-question",
        is_flag=True,
        help='Take time words such as "last December" as days of publication.',
    ),
)


def filter_options(command: Callable) -> Callable:
    """Give a command the options that limit its documents, as `wish` and `dates_from_question`."""

    @wraps(command)
    def wished(**options):
        wish = Wish(**{field.name: options.pop(field.name) for field in fields(Wish)})
        return command(wish=wish, **options)

    for option in reversed(_OPTIONS):
        wished = option(wished)
    return wished


def chosen_filters(
    assistant: Assistant, question: str, wish: Wish, *, dates_from_question: bool
) -> Filters:
    """Return the filters that were asked for, and tell on stderr what time words could add.

    The days of publication that a person names win over those that a question may mean.
    """
    filters, proposal = assistant.filters(wish), assistant.proposal(question)
    if proposal is None or filters.after or filters.before:
        return filters
    words = f"“{proposal.words}” is not used as a filter"
    if dates_from_question:
        both = joined((filters, proposal.filters))
        if not nothing_left(assistant.narrowing(both)):
            return both
        click.echo(f"{words}: it would leave no document.", err=True)
    elif not filters:
        would = _as_options(proposal.filters)
        click.echo(f"{words}; {would} would, or --dates-from-question.", err=True)
    return filters


def narrowing_lines(left: Sequence[Narrowing], choices: Choices) -> list[str]:
    """Return a line for each filter with what it left: "publisher TASS: 1 document, …"."""
    lines, before = [], choices.passages
    for one in left:
        documents = f"{one.documents:,} document{'' if one.documents == 1 else 's'}"
        passages = f"{one.passages:,} passage{'' if one.passages == 1 else 's'}"
        lines.append(f"{one.by}: {documents}, {passages} of {before:,}")
        before = one.passages
    return lines


def _as_options(filters: Filters) -> str:
    named = (("--after", filters.after), ("--before", filters.before))
    return " ".join(f"{option} {day}" for option, day in named if day)
