"""Question answering over a person's own documents, with answers that can be checked.

Start at `rag.assembling.Assistant`. Importing this package loads nothing.
"""

__version__ = "0.1.0"
