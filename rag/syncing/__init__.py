"""Keeps a library in step with folders of files.

In: folders, a store, an embedder. Out: a report with a line for each file. First a plan is
made from a look at the files, then it is applied; files are committed in small groups, so
a killed run loses at most the group it was working on and the next run goes on from there.

    finding    what lies in folders          extracting  from a file to its documents
    planning   what has to happen to it      workers     the same in other processes
    applying   plan and files into the store running     all of a run; rebuilding
    checking   whether a library is whole    watching    when folders change
    correcting what a person sets by hand
"""

from rag.syncing.applying import Progress
from rag.syncing.checking import Finding, check
from rag.syncing.correcting import CORRECTABLE, correct
from rag.syncing.finding import existing
from rag.syncing.planning import Plan, Step, plan
from rag.syncing.running import add, check_embedder, rebuild, sync
from rag.syncing.watching import changes
from rag.syncing.workers import Limits

__all__ = [
    "CORRECTABLE",
    "Finding",
    "Limits",
    "Plan",
    "Progress",
    "Step",
    "add",
    "changes",
    "check",
    "check_embedder",
    "correct",
    "existing",
    "plan",
    "rebuild",
    "sync",
]
