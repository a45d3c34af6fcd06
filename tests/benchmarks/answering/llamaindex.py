"""LlamaIndex as its starter tutorial for local models has it: `as_query_engine` at its defaults.

In: what is given. Out: a system. Documents are cut by its own `SentenceSplitter` (1,024 tokens,
200 shared) and kept in its own vector store on disk; the two nearest go into its own prompt
(`similarity_top_k` 2, compact). Its guide for llama.cpp hands over the model's chat template:
here the one in the GGUF file. Set beyond that: temperature 0, the common window, limit and
threads, streaming. The embedder reads the first 256 tokens of each part, as it does everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path

from llama_cpp.llama_chat_format import Jinja2ChatFormatter
from llama_index.core import Document, Settings, StorageContext, VectorStoreIndex
from llama_index.core import load_index_from_storage as load
from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.llms import ChatMessage
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
from llama_index.llms.llama_cpp import LlamaCPP

from tests.benchmarks.answering.given import CONTEXT, LIMIT, Given, System
from tests.benchmarks.answering.spending import counted


def open_system(given: Given) -> System:
    """Return the query engine of the tutorial."""
    spent, index = counted(), open_index(given)
    return System(asking(index.as_query_engine(streaming=True)), spent)


def asking(engine: BaseQueryEngine):
    """Return what asks an engine that streams."""

    def ask(question: str) -> Iterator[str]:
        return accumulate(engine.query(question).response_gen)

    return ask


def open_index(given: Given) -> VectorStoreIndex:
    """Return the index of the folder, made where it is not there; sets the models for all."""
    Settings.embed_model = HuggingFaceEmbedding(given.embedder, device="cpu")
    Settings.llm = _generator(given)
    if Path(given.made).is_dir():
        return load(StorageContext.from_defaults(persist_dir=given.made))
    documents = [Document(text=text, metadata={"file_name": name}) for name, text in given.texts]
    index = VectorStoreIndex.from_documents(documents)
    index.storage_context.persist(given.made)
    return index


def _generator(given: Given) -> LlamaCPP:
    llm = LlamaCPP(
        model_path=given.generator,
        temperature=0.0,
        max_new_tokens=LIMIT,
        context_window=CONTEXT,
        model_kwargs=given.llama,
        verbose=False,
    )
    template = Jinja2ChatFormatter(
        llm._model.metadata["tokenizer.chat_template"], eos_token="", bos_token=""
    )

    def prompt(messages: Sequence[ChatMessage]) -> str:
        turns = [{"role": one.role.value, "content": one.content} for one in messages]
        return template(messages=turns).prompt

    llm.messages_to_prompt = prompt
    llm.completion_to_prompt = lambda text: prompt([ChatMessage(role="user", content=text)])
    return llm
