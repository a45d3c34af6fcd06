"""Continues prompts with a local GGUF model.

In: a GGUF file, prompts as messages. Out: what the model read, thinks and writes. Knows nothing
about documents, evidence or citations.
"""

from rag.generating.llama import LlamaGenerator, physical_cores

__all__ = ["LlamaGenerator", "physical_cores"]
