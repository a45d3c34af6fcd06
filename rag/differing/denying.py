"""Finds sources of which one affirms what the other denies.

In: a question that asks whether something is so, and evidence. Out: a disagreement, or None.
Knows nothing about models. English.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from rag.keywords import asked, fold, indexed
from rag.splitting import sentences
from rag.types import Account, Citation, Disagreement, Evidence, Span

_WHETHER = re.compile(
    r"\s*(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might)\b",
    re.IGNORECASE,
)
_NEGATION = re.compile(r"\b(?:not|never|no|nobody|nothing|neither|nor|without|cannot)\b|n['’]t\b")
_COVERED = 0.7  # of the question's words, in each of the two sentences
_SHARED = 0.7  # of the shorter sentence's words, in the other one


@dataclass(frozen=True, slots=True)
class _Claim:
    item: Evidence
    span: Span
    stems: frozenset[str]
    negations: int


def denials(question: str, evidence: Sequence[Evidence]) -> Disagreement | None:
    """Return two accounts that say the same but for a negation; None where there are none."""
    if not _WHETHER.match(question):
        return None
    claims = [claim for item in evidence for claim in _claims(question, item)]
    for one, other in combinations(claims, 2):
        if one.item.document.document_id != other.item.document.document_id and _opposed(
            one, other
        ):
            return Disagreement((_account(one), _account(other)))
    return None


def _claims(question: str, item: Evidence) -> Iterator[_Claim]:
    wanted = set(asked(question).words)
    text = item.document.text
    for span in sentences(text, Span(item.start, item.end)):
        words = text[span.start : span.end]
        stems = frozenset(indexed(words).words)
        if wanted and len(wanted & stems) >= _COVERED * len(wanted) and "?" not in words:
            yield _Claim(item, span, stems, len(_NEGATION.findall(fold(words))))


def _opposed(one: _Claim, other: _Claim) -> bool:
    if one.item.document.document_id == other.item.document.document_id:
        return False
    shorter = min(len(one.stems), len(other.stems))
    alike = len(one.stems & other.stems) >= _SHARED * shorter
    return alike and (one.negations + other.negations) % 2 == 1


def _account(claim: _Claim) -> Account:
    document, span = claim.item.document, claim.span
    words = document.text[span.start : span.end]
    return Account(words, Citation(claim.item.number, document, span.start, span.end))
