"""Runs a BERT in float32 with NumPy alone, for one question at a time.

In: a folder in the form of sentence-transformers; token ids. Out: token vectors. Knows nothing
about prefixes or pooling.

Importing torch and transformers takes many times as long as embedding a question does; a command
that only searches waits for neither.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from threadpoolctl import ThreadpoolController
from tokenizers import Tokenizer

from rag.errors import ModelDamaged

_MODULES = {"Transformer", "Pooling", "Normalize"}
_MASKED = np.float32(-1e9)


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a BERT that its tensors do not tell."""

    layers: int
    heads: int
    epsilon: float


class PlainTransformer:
    """A BERT as transformers computes it, without dropout."""

    def __init__(self, path: Path):
        """Load the model; raises ModelDamaged when its tensors cannot be read."""
        self._shape = shape_of(path)
        self._blas = ThreadpoolController()
        try:
            self._tensors = _tensors(path / "model.safetensors")
            self.tokenizer = Tokenizer.from_file(str(path / "tokenizer.json"))
            self.run(input_ids=np.zeros((1, 2), np.int64), attention_mask=np.ones((1, 2), np.int64))
        except Exception as error:  # tokenizers raises bare Exceptions
            reason = str(error).splitlines()[0]
            raise ModelDamaged(
                f"{path} is not a sentence-transformers model that can be loaded ({reason}). "
                "Fetch it again with: rag models fetch"
            ) from None

    def run(self, *, input_ids: np.ndarray, attention_mask: np.ndarray, **_: object) -> np.ndarray:
        """Return float32 token vectors, shape (texts, tokens, dimension)."""
        # A question is too small for several threads: they would wait for each other.
        with self._blas.limit(limits=1, user_api="blas"):
            vectors = self._embedded(input_ids)
            unseen = (1 - attention_mask[:, None, None, :]).astype(np.float32) * _MASKED
            for layer in range(self._shape.layers):
                vectors = self._layer(vectors, unseen, f"encoder.layer.{layer}")
            return vectors

    def _embedded(self, ids: np.ndarray) -> np.ndarray:
        names = ("word_embeddings", "position_embeddings", "token_type_embeddings")
        words, positions, kinds = (self._tensors[f"embeddings.{name}.weight"] for name in names)
        return self._normalised(
            words[ids] + positions[: ids.shape[1]] + kinds[0], "embeddings.LayerNorm"
        )

    def _layer(self, vectors: np.ndarray, unseen: np.ndarray, at: str) -> np.ndarray:
        seen = self._linear(
            self._attended(vectors, unseen, f"{at}.attention.self"), f"{at}.attention.output.dense"
        )
        vectors = self._normalised(vectors + seen, f"{at}.attention.output.LayerNorm")
        wide = gelu(self._linear(vectors, f"{at}.intermediate.dense"))
        narrow = self._linear(wide, f"{at}.output.dense")
        return self._normalised(vectors + narrow, f"{at}.output.LayerNorm")

    def _attended(self, vectors: np.ndarray, unseen: np.ndarray, at: str) -> np.ndarray:
        """Return what the heads of one layer attend to, shape as `vectors`."""
        texts, tokens, dimension = vectors.shape
        by_head = (texts, tokens, self._shape.heads, -1)
        query, key, value = (
            self._linear(vectors, f"{at}.{name}").reshape(by_head).transpose(0, 2, 1, 3)
            for name in ("query", "key", "value")
        )
        scores = query @ key.swapaxes(2, 3) / np.float32(np.sqrt(query.shape[-1])) + unseen
        weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
        weights /= weights.sum(axis=-1, keepdims=True)
        return (weights @ value).transpose(0, 2, 1, 3).reshape(texts, tokens, dimension)

    def _linear(self, vectors: np.ndarray, at: str) -> np.ndarray:
        return vectors @ self._tensors[f"{at}.weight"].T + self._tensors[f"{at}.bias"]

    def _normalised(self, vectors: np.ndarray, at: str) -> np.ndarray:
        centred = vectors - vectors.mean(axis=-1, keepdims=True)
        variance = (centred * centred).mean(axis=-1, keepdims=True)
        scaled = centred / np.sqrt(variance + np.float32(self._shape.epsilon))
        return scaled * self._tensors[f"{at}.weight"] + self._tensors[f"{at}.bias"]


def runs(path: Path) -> bool:
    """Say whether a folder holds a model that `PlainTransformer` computes as it is meant."""
    config, pooling = _object(path / "config.json"), _object(path / "1_Pooling" / "config.json")
    kinds = _kinds(path)
    return (
        bool(kinds)
        and kinds <= _MODULES
        and all((path / name).is_file() for name in ("model.safetensors", "tokenizer.json"))
        and config.get("model_type") == "bert"
        and config.get("hidden_act") == "gelu"
        and config.get("position_embedding_type", "absolute") == "absolute"
        and pooling.get("include_prompt", True) is True
        and not _object(path / "sentence_bert_config.json").get("do_lower_case")
    )


def shape_of(path: Path) -> Shape:
    """Return the sizes that the model's own folder gives."""
    config = _object(path / "config.json")
    return Shape(
        int(config["num_hidden_layers"]),
        int(config["num_attention_heads"]),
        float(config.get("layer_norm_eps", 1e-12)),
    )


def gelu(values: np.ndarray) -> np.ndarray:
    """Return x·Φ(x) in float32, to 2e-7.

    The error function is formula 7.1.26 of Abramowitz and Stegun, Handbook of Mathematical
    Functions, which is right to 1.5e-7.
    """
    size = np.abs(values) * np.float32(np.sqrt(0.5))
    at = 1 / (1 + np.float32(0.3275911) * size)
    sum_ = np.float32(1.061405429)
    for factor in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        sum_ = sum_ * at + np.float32(factor)
    error = np.copysign(1 - sum_ * at * np.exp(-size * size), values)
    return np.float32(0.5) * values * (1 + error)


def _tensors(path: Path) -> Mapping[str, np.ndarray]:
    """Return the tensors as float32; raises SafetensorError and TypeError (bfloat16)."""
    with safe_open(path, framework="numpy") as file:
        found = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    if not found:
        raise SafetensorError("it holds no tensor")
    return {
        name.removeprefix("bert."): one.astype(np.float32, copy=False)
        for name, one in found.items()
        if one.dtype.kind == "f"
    }


def _kinds(path: Path) -> set[str]:
    """Return the names of the modules that make up a model of sentence-transformers."""
    modules = _read(path / "modules.json")
    listed = modules if isinstance(modules, list) else []
    return {str(one.get("type")).rpartition(".")[2] for one in listed if isinstance(one, dict)}


def _object(path: Path) -> dict:
    found = _read(path)
    return found if isinstance(found, dict) else {}


def _read(path: Path) -> object:
    """Return what a JSON file holds, None when it is not there or cannot be read."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
