"""Keeps a library while it is in use: what it lists, what is added, removed and corrected.

In: a person's wishes. Out: the library changed, and a job that all windows can watch. Knows
nothing about pages. It writes as `rag index` does, with the models that answer questions.

    keeping   the librarian             jobs    one run of indexing at a time
    arriving  files sent by a browser   naming  what they may be called
"""

from rag.librarian.arriving import LARGEST, MOST_FILES, Arrival, Uploads
from rag.librarian.jobs import Job, Jobs
from rag.librarian.keeping import Details, Folder, Librarian

__all__ = [
    "LARGEST",
    "MOST_FILES",
    "Arrival",
    "Details",
    "Folder",
    "Job",
    "Jobs",
    "Librarian",
    "Uploads",
]
