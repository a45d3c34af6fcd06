"""Finds the passages whose vectors are nearest to a question's.

In: a store. Out: passage ids by similarity. Knows nothing about models or documents.
FAISS files are derived: whatever happens to them, they can be had again from the store.

    opening    which kind, kept in step with the store    exact      small libraries
    files      what lies on disk, and whether it is sound clustered  large ones
    ranking    what both kinds say of similarity             checking   against the store
"""

from rag.indexing.checking import flaw, remove
from rag.indexing.files import index_path
from rag.indexing.opening import EXACT_UP_TO, VectorIndex

__all__ = ["EXACT_UP_TO", "VectorIndex", "flaw", "index_path", "remove"]
