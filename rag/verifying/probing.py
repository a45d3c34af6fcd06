"""Reads a yes or no from a layer of the generator: a linear probe.

In: the layer at the end of a question (`Opinion.state`). Out: a logit. Knows nothing about what
was asked or which model it was.

That a model's layers tell whether a question can be answered, better than its words do: Slobodkin
et al., "The Curious Case of Hallucinatory (Un)answerability", EMNLP 2023. Probes: Alain and Bengio,
"Understanding intermediate layers using linear classifier probes", 2016.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rag.errors import ModelDamaged


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """Weights over a layer, (width,) float32, and a bias."""

    weights: np.ndarray
    bias: float

    @classmethod
    def read(cls, path: Path) -> Probe:
        """Return the probe that a file of `write` holds. Raises ModelDamaged."""
        try:
            whole = np.load(path)
        except (OSError, ValueError) as error:
            raise ModelDamaged(f"{path.name} cannot be read ({error}): install rag anew.") from None
        return cls(whole[:-1], float(whole[-1]))

    def write(self, path: Path) -> None:
        """Keep the probe in a file."""
        np.save(path, np.append(self.weights, self.bias).astype(np.float32))

    def logit(self, state: np.ndarray) -> float:
        """Return the logit of a yes; 0 for the layer of a model of another width."""
        return float(self.weights @ state + self.bias) if state.shape == self.weights.shape else 0.0
