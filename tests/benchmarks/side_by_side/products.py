"""What the systems share: models, passages, and the vectors of the passages.

In: a spec. Out: the same models and passages for each system. Knows nothing about questions.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from rag import fetching
from rag.assembling import Models
from rag.settings import Settings

EMBEDDER, RERANKER = "all-minilm-l6-v2", "ms-marco-minilm-l12-v2"
THREADS = 2

Search = Callable[[str], list[str]]
"""Takes a question and returns the names of passages, best first."""


@dataclass(frozen=True, slots=True)
class Spec:
    """What a system opens: one of the sets, the folder of public data, and a cache folder.

    `candidates` is how many passages each search hands on, and how many are reranked.
    """

    name: str
    data: Path
    cache: Path
    candidates: int


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage as this program split it; `name` is its document's name, "#", its offset."""

    name: str
    text: str


def settings() -> Settings:
    """Return the product's defaults, with the models that all systems have."""
    models = Settings.from_environment().models
    return replace(Settings(), embedder=EMBEDDER, reranker=RERANKER, models=models, threads=THREADS)


def embedder_path() -> str:
    """Return the folder of the embedder, for the other systems' own components to load."""
    return str(fetching.locate(EMBEDDER, models=settings().models))


def scorer() -> Callable[[str, Sequence[str]], np.ndarray]:
    """Return the cross-encoder that all systems rerank with: this program's, the same ONNX file."""
    return Models(settings()).reranker.score


def keep(spec: Spec, passages: Sequence[Passage], vectors: np.ndarray) -> None:
    """Write down passages and their vectors, float32 shape (n, 384), for the other systems."""
    rows = (json.dumps([one.name, one.text]) for one in passages)
    _passages(spec).write_text("\n".join(rows), encoding="utf-8")
    np.save(_vectors(spec), vectors)


def kept(spec: Spec) -> list[tuple[Passage, list[float]]]:
    """Return the passages of a set and their vectors; they are there once `ours` was opened."""
    lines = _passages(spec).read_text(encoding="utf-8").splitlines()
    passages = [Passage(*json.loads(line)) for line in lines]
    return list(zip(passages, np.load(_vectors(spec)).tolist(), strict=True))


def _passages(spec: Spec) -> Path:
    return spec.cache / f"{spec.name}.passages.jsonl"


def _vectors(spec: Spec) -> Path:
    return spec.cache / f"{spec.name}.vectors.npy"
