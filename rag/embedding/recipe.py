"""What turns a model's output into good vectors: words put before a text, pooling, length.

In: a model's folder, and what the catalogue or the person says of it. Out: a frozen `Recipe`.
Knows nothing about running a model.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rag.errors import ModelDamaged

Pooling = Literal["mean", "cls"]

# The names under which sentence-transformers looks for a prompt, in its order.
_FOR_QUESTIONS = ("query",)
_FOR_PASSAGES = ("document", "passage", "corpus")
# Their positions start after the padding token's number, 1.
_SHIFTED = {"roberta", "xlm-roberta", "camembert", "mpnet"}


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a model wants its texts, and how its token vectors become one; `window` in tokens.

    `scale` is what its cosines are to be multiplied by beside scores of another kind.
    """

    question_prefix: str = ""
    passage_prefix: str = ""
    pooling: Pooling = "mean"
    window: int = 512
    scale: float = 1.0

    @property
    def mark(self) -> str:
        """What tells vectors of this recipe from others of the same model; "" for the plain one."""
        said = [self.question_prefix, self.passage_prefix, self.pooling]
        if said == ["", "", "mean"]:
            return ""
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:6]


def recipe_of(
    path: Path,
    *,
    question_prefix: str | None = None,
    passage_prefix: str | None = None,
    pooling: Pooling | None = None,
    window: int = 0,
    scale: float = 1.0,
) -> Recipe:
    """Return what is asked for, and where nothing is, what the model's own folder says.

    A prefix of blanks means none. Raises ModelDamaged for a pooling that is not known.
    """
    prompts = _read(path, "config_sentence_transformers.json").get("prompts") or {}
    return Recipe(
        _prefix(question_prefix, prompts, _FOR_QUESTIONS),
        _prefix(passage_prefix, prompts, _FOR_PASSAGES),
        pooling or _own_pooling(path),
        window or _own_window(path),
        scale,
    )


def _prefix(asked: str | None, prompts: dict[str, str], names: tuple[str, ...]) -> str:
    own = next((prompts[name] for name in names if name in prompts), "")
    prefix = own if asked is None else asked
    return prefix if prefix.strip() else ""


def _own_pooling(path: Path) -> Pooling:
    """Return the pooling that a sentence-transformers folder names, "mean" where none does."""
    config = _read(path, "1_Pooling/config.json")
    chosen = {key.removeprefix("pooling_mode_") for key, value in config.items() if value is True}
    name = config.get("pooling_mode") or " ".join(sorted(chosen - {"include_prompt"}))
    known: dict[str, Pooling] = {"": "mean", "mean": "mean", "mean_tokens": "mean"}
    known |= {"cls": "cls", "cls_token": "cls"}
    if name not in known:
        raise ModelDamaged(f"{path} pools by {name!r}, which is not supported. Choose another.")
    return known[name]


def _own_window(path: Path) -> int:
    own = _read(path, "sentence_bert_config.json").get("max_seq_length")
    config = _read(path, "config.json")
    positions = config.get("max_position_embeddings", 512)
    shift = 2 if config.get("model_type") in _SHIFTED else 0
    return int(own or positions - shift)


def _read(path: Path, name: str) -> dict:
    """Return a JSON file of the folder, {} when it has none that can be read."""
    try:
        content = json.loads((path / name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
