"""What decides whether an answer is given: the signs, the probe, and for which models."""

from __future__ import annotations

import numpy as np
import pytest

from rag import verifying
from rag.errors import ModelDamaged
from rag.types import Opinion
from rag.verifying import Probe

OURS = ("qwen2.5-coder-1.5b-instruct-q4_k_m@cc324af070c2", "ms-marco-minilm-l12-v2@1225ccd6afd0")


def test_a_probe_is_kept_and_read_as_it_was(tmp_path):
    probe = Probe(np.array([0.5, -2.0], dtype=np.float32), 0.25)
    probe.write(tmp_path / "one.npy")
    again = Probe.read(tmp_path / "one.npy")
    assert again.logit(np.array([1.0, 1.0], dtype=np.float32)) == pytest.approx(-1.25)


def test_a_probe_says_nothing_of_a_layer_of_another_width():
    assert Probe(np.ones(3, dtype=np.float32), 1.0).logit(np.ones(4, dtype=np.float32)) == 0.0


def test_a_damaged_probe_is_said(tmp_path):
    (tmp_path / "one.npy").write_bytes(b"not numbers")
    with pytest.raises(ModelDamaged, match=r"one\.npy"):
        Probe.read(tmp_path / "one.npy")


def test_the_default_models_have_a_probe_and_others_do_not():
    fitted = verifying.calibration(*OURS)
    assert fitted.probe is not None
    assert fitted.probe.weights.shape == (1536,)
    assert verifying.calibration("another@1", OURS[1]).probe is None
    assert 0 < fitted.answers < 1


def test_the_probe_is_one_of_the_signs():
    fitted = verifying.calibration(*OURS)
    towards = fitted.probe.weights / np.linalg.norm(fitted.probe.weights)
    sure, unsure = (
        verifying.signs("Who?", (), (), Opinion(0.5, side * 5 * towards), fitted.probe)
        for side in (1, -1)
    )
    assert verifying.answerable(sure, fitted) > verifying.answerable(unsure, fitted)
    assert verifying.signs("Who?", (), (), Opinion(0.5), fitted.probe).probe == 0.0
