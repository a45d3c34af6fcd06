"""Runs `gather` or `fit`; see the package."""

import sys
from pathlib import Path

from tests.benchmarks.answerability.fitting import fit
from tests.benchmarks.answerability.gathering import gather

{"gather": gather, "fit": fit}[sys.argv[1]](Path(sys.argv[2]))
