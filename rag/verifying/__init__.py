"""Decides from evidence: whether documents answer a question, and support a statement."""

from rag.verifying.deciding import (
    Calibration,
    answerable,
    calibration,
    missing_names,
    names,
    relevant,
    signs,
)
from rag.verifying.inventing import invented
from rag.verifying.probing import Probe
from rag.verifying.supporting import verified

__all__ = [
    "Calibration",
    "Probe",
    "answerable",
    "calibration",
    "invented",
    "missing_names",
    "names",
    "relevant",
    "signs",
    "verified",
]
