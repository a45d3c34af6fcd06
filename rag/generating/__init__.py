"""Continues prompts with a model, of a GGUF file here or on a server.

In: a file or an address, prompts as messages. Out: what the model read, thinks and writes. Knows
nothing about documents, evidence or citations.

    llama   a model in this process      remote      one on an OpenAI-compatible server
    layers  what is seen in its depth    server      how that is talked to
                                         estimating  tokens, where it does not count them
"""

from rag.generating.llama import LlamaGenerator, physical_cores
from rag.generating.remote import RemoteGenerator

__all__ = ["LlamaGenerator", "RemoteGenerator", "physical_cores"]
